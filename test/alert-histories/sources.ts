import type { AlertSource } from '../../src/domain/alert-signal.ts';
import type { Saying } from './histories.ts';

/** What one group of a source is, by the source itself. */
export type SourceState = 'never' | 'firing' | 'acknowledged' | 'resolved';

/** One thing that a source said. */
export type Said = {
  body: object;
  /** The state that it leaves its group in. */
  state: SourceState;
  /** It says that the group fires: whoever ended the incident has to hear of it. */
  fires: boolean;
  /** Read in another order or twice, it says something else: it has no time of its own. */
  isTimeless?: true;
  severity: 'warning' | 'critical';
};

/** One alert group at its source. Says what happens to it, or nothing if that cannot happen. */
export interface SourceGroup {
  say(what: Saying, nowMs: number): Said | undefined;
}

type Inside = {
  fingerprint: string;
  startsAt: string;
  endsAt: string;
  status: 'firing' | 'resolved';
  severity: 'warning' | 'critical';
};

const iso = (ms: number) => new Date(ms).toISOString();
const NEVER = '0001-01-01T00:00:00Z';

/** Alertmanager and Grafana Alerting: each delivery says how the whole group stands. */
class NotifyingGroup implements SourceGroup {
  readonly #key: string;
  #alerts: Inside[] = [];
  #count = 0;

  constructor(key: string) {
    this.#key = key;
  }

  say(what: Saying, nowMs: number): Said | undefined {
    if (!this.#change(what, nowMs)) return undefined;
    const state = this.#fires() ? 'firing' : 'resolved';
    const isCritical = this.#alerts.some((a) => a.status === 'firing' && a.severity === 'critical');
    return {
      body: {
        ...{ status: state, groupKey: this.#key, orgId: 1 },
        externalURL: 'https://alerts.example.com',
        alerts: this.#alerts.map(({ severity, ...alert }) => ({
          ...alert,
          labels: { alertname: 'Checkout', service: 'checkout', severity },
        })),
      },
      state,
      fires: state === 'firing',
      severity: isCritical ? 'critical' : 'warning',
    };
  }

  #fires(): boolean {
    return this.#alerts.some(({ status }) => status === 'firing');
  }

  #change(what: Saying, nowMs: number): boolean {
    switch (what) {
      case 'fire':
        if (this.#fires()) return false;
        this.#alerts = [this.#alert(nowMs)];
        return true;
      case 'fire_as_before':
        if (this.#fires() || this.#alerts.length === 0) return false;
        this.#alerts = this.#alerts.map((alert) => ({ ...alert, status: 'firing', endsAt: NEVER }));
        return true;
      case 'repeat':
        return this.#alerts.length > 0;
      case 'resolve':
        if (!this.#fires()) return false;
        this.#alerts = this.#alerts.map((alert) => ended(alert, nowMs));
        return true;
      case 'join':
      case 'join_worse': {
        if (!this.#fires()) return false;
        const severity = what === 'join' ? 'warning' : 'critical';
        // Some began before the others and are told of now.
        const atMs = this.#count % 2 === 0 ? nowMs : nowMs - 7_200_000;
        this.#alerts.push({ ...this.#alert(atMs), severity });
        return true;
      }
      case 'leave': {
        const at = this.#alerts.findIndex(({ status }) => status === 'firing');
        if (at < 0) return false;
        this.#alerts[at] = ended(this.#alerts[at]!, nowMs);
        return true;
      }
      case 'rekey':
        if (!this.#fires()) return false;
        this.#alerts = this.#alerts.map((alert) => ({ ...alert, fingerprint: this.#name() }));
        return true;
      default:
        return false;
    }
  }

  #alert(atMs: number): Inside {
    const startsAt = iso(atMs);
    const fingerprint = this.#name();
    return { fingerprint, startsAt, endsAt: NEVER, status: 'firing', severity: 'warning' };
  }

  #name(): string {
    this.#count += 1;
    return `f${this.#count}`;
  }
}

function ended(alert: Inside, nowMs: number): Inside {
  return alert.status === 'resolved' ? alert : { ...alert, status: 'resolved', endsAt: iso(nowMs) };
}

/** How one source that sends events says what happens. */
type Dialect = {
  words: Partial<Record<Saying | 'reopen', string>>;
  timeless: readonly string[];
  bodyOf: (of: {
    type: string;
    group: string;
    id: string;
    atMs: number;
    createdMs: number;
    state: SourceState;
    severity: 'warning' | 'critical';
  }) => object;
};

/** OnCall, IRM, PagerDuty: each delivery is one event, with a time of its own as a rule. */
class EventGroup implements SourceGroup {
  readonly #group: string;
  readonly #dialect: Dialect;
  #state: SourceState = 'never';
  #severity: 'warning' | 'critical' = 'warning';
  #createdMs = 0;
  #count = 0;

  constructor(group: string, dialect: Dialect) {
    this.#group = group;
    this.#dialect = dialect;
  }

  say(what: Saying, nowMs: number): Said | undefined {
    const before = this.#state;
    const type = this.#typeOf(what, before);
    const after = type === undefined ? undefined : stateAfter(what, before);
    if (type === undefined || after === undefined) return undefined;
    if (before === 'never') this.#createdMs = nowMs;
    if (what === 'raise') this.#severity = 'critical';
    this.#state = after;
    this.#count += 1;
    const { timeless, bodyOf } = this.#dialect;
    const [group, createdMs, severity] = [this.#group, this.#createdMs, this.#severity];
    const id = `${group}-${this.#count}`;
    return {
      body: bodyOf({ type, group, id, atMs: nowMs, createdMs, state: after, severity }),
      state: after,
      fires: ['fire', 'fire_as_before', 'repeat', 'unacknowledge'].includes(what),
      ...(timeless.includes(type) ? { isTimeless: true } : {}),
      severity,
    };
  }

  #typeOf(what: Saying, state: SourceState): string | undefined {
    const isAgain = state !== 'never' && (what === 'fire' || what === 'fire_as_before');
    return this.#dialect.words[isAgain ? 'reopen' : what];
  }
}

function stateAfter(what: Saying, before: SourceState): SourceState | undefined {
  const isAlive = before === 'firing' || before === 'acknowledged';
  switch (what) {
    case 'fire':
      return isAlive ? undefined : 'firing';
    case 'fire_as_before':
      return before === 'resolved' ? 'firing' : undefined;
    case 'repeat':
      return before === 'firing' ? 'firing' : undefined;
    case 'resolve':
      return isAlive ? 'resolved' : undefined;
    case 'acknowledge':
      return before === 'firing' ? 'acknowledged' : undefined;
    case 'unacknowledge':
      return before === 'acknowledged' ? 'firing' : undefined;
    case 'note':
      return before === 'never' ? undefined : before;
    case 'reassign':
    case 'raise':
      return isAlive ? before : undefined;
    default:
      return undefined;
  }
}

const ONCALL: Dialect = {
  words: {
    fire: 'alert group created',
    reopen: 'unresolve',
    repeat: 'escalation',
    resolve: 'resolve',
    acknowledge: 'acknowledge',
    unacknowledge: 'unacknowledge',
    note: 'resolution note added',
  },
  // A step carries the time of the attempt, and none of its own.
  timeless: ['unresolve', 'unacknowledge', 'escalation'],
  bodyOf: ({ type, group, atMs, createdMs, state, severity }) => ({
    event: { type, time: type.startsWith('un') ? null : iso(atMs) },
    alert_group_id: group,
    alert_group: { id: group, title: 'Checkout', created_at: iso(createdMs), state },
    alert_payload: { labels: { service: 'checkout', severity } },
  }),
};

const PAGERDUTY: Dialect = {
  words: {
    fire: 'incident.triggered',
    reopen: 'incident.reopened',
    repeat: 'incident.escalated',
    resolve: 'incident.resolved',
    acknowledge: 'incident.acknowledged',
    unacknowledge: 'incident.unacknowledged',
    note: 'incident.annotated',
    reassign: 'incident.reassigned',
    raise: 'incident.priority_updated',
  },
  timeless: [],
  bodyOf: ({ type, group, id, atMs, state, severity }) => {
    const incident = { id: group, type: 'incident', title: 'Checkout' };
    const whole = {
      ...incident,
      status: state === 'firing' ? 'triggered' : state,
      priority: { summary: severity },
    };
    const data = type === 'incident.annotated' ? { type: 'incident_note', incident } : whole;
    return { event: { id, event_type: type, occurred_at: iso(atMs), data } };
  },
};

const IRM: Dialect = {
  words: {
    fire: 'grafana.incident.created',
    reopen: 'grafana.incident.updated.status',
    resolve: 'grafana.incident.closed',
    note: 'grafana.incident.updated.title',
    raise: 'grafana.incident.updated.severity',
  },
  timeless: [],
  bodyOf: ({ type, group, id, atMs, createdMs, state, severity }) => ({
    ...{ id, event: type, time: iso(atMs) },
    incident: {
      ...{ incidentID: group, title: 'Checkout', severity, isDrill: false },
      createdTime: iso(createdMs),
      closedTime: state === 'resolved' ? iso(atMs) : '',
      status: state === 'resolved' ? 'resolved' : 'active',
    },
  }),
};

/** Every source of the registry: one that is new does not compile until it can speak here. */
export const SOURCE_GROUPS: Record<AlertSource, (group: string) => SourceGroup> = {
  'grafana-oncall': (group) => new EventGroup(group, ONCALL),
  'grafana-alerting': (group) => new NotifyingGroup(group),
  alertmanager: (group) => new NotifyingGroup(group),
  pagerduty: (group) => new EventGroup(group, PAGERDUTY),
  'grafana-irm': (group) => new EventGroup(group, IRM),
};
