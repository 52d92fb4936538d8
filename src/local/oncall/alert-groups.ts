import { createHash } from 'node:crypto';

/** The states of an alert group; the filter `state=new` means `firing`. */
export const ALERT_GROUP_STATES = ['firing', 'acknowledged', 'resolved', 'silenced'] as const;
export type AlertGroupState = (typeof ALERT_GROUP_STATES)[number];

/** An alert group as OnCall's public API returns it; labels are always in array form. */
export type AlertGroup = Record<string, unknown> & {
  id: string;
  integration_id: string;
  route_id: string | null;
  team_id: string | null;
  state: AlertGroupState;
  created_at: string;
  title: string | null;
  labels: { key: { id: string; name: string }; value: { id: string; name: string } }[];
};

/** A seed for one group: what a test cares about; the rest is made up. */
export type AlertGroupSeed = {
  id?: string;
  title?: string;
  state?: AlertGroupState;
  integration_id?: string;
  team_id?: string | null;
  route_id?: string | null;
  labels?: Record<string, string>;
  payload?: unknown;
};

const FIELDS = [
  'id',
  'title',
  'state',
  'integration_id',
  'team_id',
  'route_id',
  'labels',
  'payload',
];

/** Checks a seed as posted. @returns what is wrong, or undefined */
export function seedProblem(seed: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(seed).find((key) => !FIELDS.includes(key));
  if (unknown) return `expected ${FIELDS.join(' ')}, got ${unknown}`;
  const isKnown = ALERT_GROUP_STATES.some((state) => state === seed.state);
  if (seed.state === undefined || isKnown) return undefined;
  return `expected state ${ALERT_GROUP_STATES.join(' ')}, got ${String(seed.state)}`;
}

/** Makes a whole group from a seed. @param number makes the default id unique */
export function makeAlertGroup(seed: AlertGroupSeed, number: number, nowMs: number): AlertGroup {
  const id = seed.id ?? oncallId('I', `group-${number}`);
  const state = seed.state ?? 'firing';
  const at = new Date(nowMs).toISOString().replace('Z', '000Z');
  return {
    id,
    integration_id: seed.integration_id ?? 'CX4R7ZQ8VK2NM',
    team_id: seed.team_id ?? null,
    route_id: seed.route_id ?? 'RB9H2LWYT6QDP',
    alerts_count: 1,
    state,
    created_at: at,
    resolved_at: state === 'resolved' ? at : null,
    resolved_by: null,
    acknowledged_at: state === 'acknowledged' ? at : null,
    acknowledged_by: null,
    labels: Object.entries(seed.labels ?? {}).map(([key, value]) => ({
      key: { id: oncallId('L', key), name: key },
      value: { id: oncallId('L', `${key}=${value}`), name: value },
    })),
    title: seed.title ?? 'checkout-api 5xx ratio above 5%',
    permalinks: {
      slack: null,
      slack_app: null,
      telegram: null,
      web: `https://grafana.example.com/a/grafana-oncall-app/alert-groups/${id}`,
    },
    silenced_at: state === 'silenced' ? at : null,
    last_alert: {
      id: oncallId('A', id),
      alert_group_id: id,
      created_at: at,
      payload: seed.payload ?? { title: seed.title ?? 'checkout-api 5xx ratio above 5%' },
    },
  };
}

/** The letters of OnCall's public ids: no `O`, no `0`. */
const ALPHABET = 'ABCDEFGHIJKLMNPQRSTUVWXYZ123456789';

/** A public id in OnCall's form: a letter for the kind and 12 characters. */
export function oncallId(kind: string, seed: string): string {
  const bytes = createHash('sha256').update(`${kind}${seed}`).digest().subarray(0, 12);
  return kind + [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
