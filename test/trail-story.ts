import type { Actor, DetailsOf } from '../src/domain/audit-event.ts';
import { incidentIdOfAlertGroup, incidentIdOfDeclaration, sha256Hex } from '../src/domain/ids.ts';
import { JONAS, LINA, MAYA, type TrailWorld } from './trail-builder.ts';

/** The chains of the usual story. */
export const OPENED = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'G1', episode: 1 });
export const REOPENED = incidentIdOfAlertGroup({
  source: 'grafana-oncall',
  group: 'G1',
  episode: 2,
});
export const DECLARED = incidentIdOfDeclaration('declared by Lina');
export const INTAKE = 'intake-20261120';

const worker: Actor = { kind: 'system', id: 'incident-worker' };
const oncall: Actor = { kind: 'alert_source', id: 'grafana-oncall' };
const maya: Actor = { kind: 'slack_user', id: MAYA, roles: ['incident-commander'] };

/**
 * The usual story: a P1 from an alert with two publications (one denied by its author first), its
 * next episode, a declared P3, and a quarantined body.
 */
export async function tellStory(world: TrailWorld): Promise<void> {
  await tellFirstEpisode(world);
  await world.append(REOPENED, { type: 'INCIDENT_OPENED', details: opened(2), actor: oncall });
  await world.append(REOPENED, {
    type: 'INCIDENT_CANCELLED',
    details: { reason: 'flapping' },
    actor: maya,
  });
  const declared = { title: 'Odd invoices', severity: 'P3', severityIsDefault: false } as const;
  await world.append(DECLARED, {
    type: 'INCIDENT_DECLARED',
    details: { ...declared, service: null, declaredIn: 'C0GENERAL' },
    actor: { kind: 'slack_user', id: LINA },
  });
  await world.append(DECLARED, {
    type: 'COMMAND_DENIED',
    details: { command: 'severity', rule: 'guests may not act', reason: 'guest' },
    actor: { kind: 'slack_user', id: 'U0GUEST' },
  });
  await world.append(INTAKE, {
    type: 'ALERT_QUARANTINED',
    details: {
      path: '/webhooks/grafana-oncall',
      reason: 'expected JSON, got text',
      rawSha256: sha256Hex('=cmd()'),
      bytes: 6,
      bodyBase64: Buffer.from('=cmd()').toString('base64'),
      truncated: false,
      count: 1,
    },
    actor: worker,
  });
}

async function tellFirstEpisode(world: TrailWorld): Promise<void> {
  await world.append(OPENED, { type: 'INCIDENT_OPENED', details: opened(1), actor: oncall });
  await world.append(OPENED, {
    type: 'WAR_ROOM_CREATED',
    details: { channelId: 'C0ROOM', channelName: 'inc-20261120-checkout', adopted: false },
    actor: worker,
  });
  await world.append(OPENED, {
    type: 'ROLE_ASSIGNED',
    details: { role: 'ic', slackUserId: MAYA },
    actor: maya,
  });
  const first = await world.draft(OPENED, {
    status: 'investigating',
    text: 'Payments are slow. We are looking into it.',
  });
  await world.approve(first, MAYA);
  await world.approve(first, JONAS);
  await world.publish(first);
  await world.append(OPENED, {
    type: 'NOTE_ADDED',
    details: { text: '=HYPERLINK("https://evil.example"), "quoted", and\na new line' },
    actor: maya,
  });
  const second = await world.draft(OPENED, {
    status: 'resolved',
    text: 'Payments are fast again.',
  });
  await world.approve(second, LINA);
  await world.publish(second);
  await world.append(OPENED, {
    type: 'INCIDENT_RESOLVED',
    details: { summary: 'A slow query was fixed.' },
    actor: maya,
  });
}

function opened(episode: number): DetailsOf<'INCIDENT_OPENED'> {
  return {
    title: episode === 1 ? 'Checkout is slow' : '=1+1 Checkout again',
    severity: 'P1',
    severityIsDefault: false,
    service: 'checkout-api',
    source: 'grafana-oncall',
    group: 'G1',
    episode,
    link: 'https://oncall.example.com/G1',
    labels: { service_name: 'checkout-api', severity: 'critical' },
    previousIncidentId: episode === 1 ? null : OPENED,
  };
}
