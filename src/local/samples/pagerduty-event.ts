import { createHash } from 'node:crypto';

/** One event of one PagerDuty incident. */
export type PagerDutySample = {
  type: 'incident.triggered' | 'incident.resolved';
  /** The incident; what later events of it refer to. */
  key: string;
  atMs: number;
  startedAtMs: number;
  title: string;
  service: string;
  team: string;
  /** `P1` … `P4`, as this account has named its priorities. */
  priority: string;
};

/** The body of a PagerDuty webhook subscription, version 3. */
export function pagerDutyBody(sample: PagerDutySample): Record<string, unknown> {
  const { type, key, atMs, startedAtMs, title, service, team, priority } = sample;
  const id = `Q${createHash('sha256').update(key).digest('hex').slice(0, 13).toUpperCase()}`;
  const reference = { id: 'PF9KMXH', type: 'service_reference', summary: service };
  return {
    event: {
      id: createHash('sha256').update(`${key} ${type}`).digest('hex').slice(0, 26).toUpperCase(),
      event_type: type,
      resource_type: 'incident',
      occurred_at: new Date(atMs).toISOString(),
      agent: reference,
      client: null,
      data: {
        id,
        type: 'incident',
        html_url: `https://acme.pagerduty.com/incidents/${id}`,
        status: type === 'incident.triggered' ? 'triggered' : 'resolved',
        created_at: new Date(startedAtMs).toISOString(),
        title,
        service: reference,
        assignees: [],
        teams: [{ id: 'PFCVPS0', type: 'team_reference', summary: team }],
        priority: { id: 'PSO75BM', type: 'priority_reference', summary: priority },
        urgency: 'high',
      },
    },
  };
}
