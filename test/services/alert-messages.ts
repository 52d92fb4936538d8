import { sha256Hex } from '../../src/domain/ids.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

/** The routing of the tests: one service, one responder. */
export const ROUTING = {
  services: [
    {
      name: 'checkout-api',
      match: { labels: { service: 'checkout' }, integrationIds: [], teams: [] },
      responders: [{ email: 'maya.ito@example.com' }],
      directoryGroups: [],
      slackUserGroups: [],
      components: ['c1'],
    },
  ],
  severity: [{ labels: { severity: 'critical' }, is: 'P1' as const }],
  components: [{ id: 'c1', name: 'Checkout' }],
  roles: { 'status-approver': { slackUserGroups: ['status-approvers'] } },
  fallback: { slackUserGroups: ['status-approvers'] },
  checklist: ['Name an incident commander', 'Say what customers see'],
  storm: { incidents: 10, windowS: 300 },
  timeZone: 'UTC',
  approvals: { remindAfterS: 300, widenAfterS: 900, pageAfterS: 1_800 },
};

/** One delivery as alert-webhook enqueues it. */
export function alertMessage(
  body: unknown,
  of: Partial<Omit<AlertMessage, 'kind' | 'bodyBase64'>> = {},
): AlertMessage {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    kind: 'alert',
    path: '/webhooks/grafana-oncall',
    requestId: 'request-1',
    receivedAtMs: Date.parse('2026-11-20T09:00:00Z'),
    bodyBase64: bytes.toString('base64'),
    rawSha256: sha256Hex(bytes),
    truncated: false,
    ...of,
  };
}

/** An OnCall body, as small as they come. */
export function onCall(
  type: string,
  of: { time?: string | null; group?: string; user?: object; alertGroup?: object } = {},
) {
  const { time = null, group = 'GROUP1', user = null, alertGroup = {} } = of;
  return {
    event: { type, time },
    alert_group_id: group,
    alert_group: {
      id: group,
      title: 'Checkout 5xx',
      created_at: '2026-11-20T08:59:00Z',
      ...alertGroup,
    },
    alert_payload: { labels: { service: 'checkout', severity: 'critical' } },
    user,
  };
}
