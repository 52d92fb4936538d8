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
  /** When it was created, RFC 3339. @default now, or what it was */
  created_at?: string;
  acknowledged_by?: string | null;
  resolved_by?: string | null;
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
  'created_at',
  'acknowledged_by',
  'resolved_by',
];

/** Checks a seed as posted. @returns what is wrong, or undefined */
export function seedProblem(seed: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(seed).find((key) => !FIELDS.includes(key));
  if (unknown) return `expected ${FIELDS.join(' ')}, got ${unknown}`;
  const isKnown = ALERT_GROUP_STATES.some((state) => state === seed.state);
  if (seed.state === undefined || isKnown) return undefined;
  return `expected state ${ALERT_GROUP_STATES.join(' ')}, got ${String(seed.state)}`;
}

/**
 * Makes a whole group from a seed.
 * @param number - makes the default id unique
 * @param known - the same group as it was: what the seed does not name stays
 */
export function makeAlertGroup(
  seed: AlertGroupSeed,
  number: number,
  nowMs: number,
  known?: AlertGroup,
): AlertGroup {
  const id = seed.id ?? oncallId('I', `group-${number}`);
  const now = new Date(nowMs).toISOString().replace('Z', '000Z');
  const createdAt = seed.created_at ?? known?.created_at ?? now;
  const title = seed.title ?? known?.title ?? 'checkout-api 5xx ratio above 5%';
  return {
    id,
    integration_id: seed.integration_id ?? known?.integration_id ?? 'CX4R7ZQ8VK2NM',
    team_id: seed.team_id ?? known?.team_id ?? null,
    route_id: seed.route_id ?? known?.route_id ?? 'RB9H2LWYT6QDP',
    alerts_count: 1,
    created_at: createdAt,
    ...stateFields(seed, known, now),
    labels: seed.labels ? labelsInArrayForm(seed.labels) : (known?.labels ?? []),
    title,
    permalinks: {
      slack: null,
      slack_app: null,
      telegram: null,
      web: `https://grafana.example.com/a/grafana-oncall-app/alert-groups/${id}`,
    },
    last_alert: {
      id: oncallId('A', id),
      alert_group_id: id,
      created_at: createdAt,
      payload: seed.payload ?? { title },
    },
  };
}

/** The state, and when and by whom it came about. What a state does not have is null. */
function stateFields(seed: AlertGroupSeed, known: AlertGroup | undefined, now: string) {
  const state = seed.state ?? known?.state ?? 'firing';
  const isSame = state === known?.state;
  const at = (of: AlertGroupState, name: string) =>
    state === of ? ((isSame ? known?.[name] : undefined) ?? now) : null;
  const by = (of: AlertGroupState, who: string | null | undefined) =>
    state === of ? (who ?? null) : null;
  return {
    state,
    resolved_at: at('resolved', 'resolved_at'),
    resolved_by: by('resolved', seed.resolved_by),
    acknowledged_at: at('acknowledged', 'acknowledged_at'),
    acknowledged_by: by('acknowledged', seed.acknowledged_by),
    silenced_at: at('silenced', 'silenced_at'),
  };
}

/** The group inside a webhook's body, as the API would return it; undefined when there is none. */
export function alertGroupOfWebhook(body: unknown): AlertGroup | undefined {
  const { alert_group: group } = (body ?? {}) as { alert_group?: Record<string, unknown> };
  const isKnownState = ALERT_GROUP_STATES.some((state) => state === group?.state);
  if (typeof group?.id !== 'string' || typeof group.created_at !== 'string' || !isKnownState) {
    return undefined;
  }
  const labels = Array.isArray(group.labels)
    ? group.labels
    : labelsInArrayForm((group.labels ?? {}) as Record<string, string>);
  return { ...group, labels } as AlertGroup;
}

function labelsInArrayForm(labels: Record<string, string>): AlertGroup['labels'] {
  return Object.entries(labels).map(([key, value]) => ({
    key: { id: oncallId('L', key), name: key },
    value: { id: oncallId('L', `${key}=${value}`), name: value },
  }));
}

/** The letters of OnCall's public ids: no `O`, no `0`. */
const ALPHABET = 'ABCDEFGHIJKLMNPQRSTUVWXYZ123456789';

/** A public id in OnCall's form: a letter for the kind and 12 characters. */
export function oncallId(kind: string, seed: string): string {
  const bytes = createHash('sha256').update(`${kind}${seed}`).digest().subarray(0, 12);
  return kind + [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
