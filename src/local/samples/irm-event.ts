import { createHash } from 'node:crypto';

/** One event of one incident in Grafana IRM. */
export type IrmSample = {
  event: 'grafana.incident.created' | 'grafana.incident.updated.status';
  /** The incident; what later events of it refer to. */
  key: string;
  atMs: number;
  startedAtMs: number;
  title: string;
  labels: Record<string, string>;
  /** As this account has named its severities. */
  severity: string;
};

/** The body of an incident webhook of Grafana IRM. */
export function irmBody(sample: IrmSample): Record<string, unknown> {
  const { event, key, atMs, startedAtMs, title, labels, severity } = sample;
  const digest = createHash('sha256').update(key).digest();
  const incidentID = String(digest.readUInt32BE(0));
  const startedAt = new Date(startedAtMs).toISOString();
  const isOver = event !== 'grafana.incident.created';
  const closedAt = isOver ? new Date(atMs).toISOString() : '';
  return {
    version: 'v1.0.0',
    id: `webhook-out-${createHash('sha256').update(`${key} ${event}`).digest('hex').slice(0, 24)}`,
    source: '/grafana/incident',
    time: new Date(atMs).toISOString(),
    event,
    incident: {
      incidentID,
      severity,
      labels: Object.entries(labels).map(([name, label]) => ({ key: name, label })),
      isDrill: false,
      createdTime: startedAt,
      closedTime: closedAt,
      status: isOver ? 'resolved' : 'active',
      title,
      overviewURL: `/a/grafana-irm-app/incidents/${incidentID}`,
      incidentMembership: { assignments: [], totalAssignments: 0, totalParticipants: 0 },
      incidentStart: startedAt,
      incidentEnd: closedAt,
    },
  };
}
