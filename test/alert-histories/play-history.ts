import { ALERT_ROUTES, type AlertPath, readAlert } from '../../src/domain/alerts/alert-paths.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { Routing } from '../../src/domain/routing.ts';
import { isSeverer, type Severity } from '../../src/domain/severity.ts';
import { isOver } from '../../src/domain/transitions.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ROUTING } from '../services/alert-messages.ts';
import { givenStorms } from '../services/storm-world.ts';
import type { AlertModules } from './alert-modules.ts';
import type { Saying, Step } from './histories.ts';
import { type Said, SOURCE_GROUPS, type SourceGroup, type SourceState } from './sources.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

const MINUTE_MS = 60_000;
const STEP_MS = 90_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A sender gives up on one delivery within minutes. */
const RETRIED_MS = 5 * MINUTE_MS;
const WINDOW_MS = 10 * MINUTE_MS;
/** The queue drops equal messages for so long. */
const DEDUPLICATED_MS = 5 * MINUTE_MS;
const ROUTED: Routing = {
  ...ROUTING,
  severity: ['severity', 'priority'].flatMap((name) => [
    { labels: { [name]: 'critical' }, is: 'P1' as const },
    { labels: { [name]: 'warning' }, is: 'P3' as const },
  ]),
  storm: { incidents: 1_000, windowS: 300 },
};

/** A message on its way, and what its source meant by it. */
type Sent = {
  message: AlertMessage;
  said: Said;
  group: number;
  wasRead: boolean;
  isRetry: boolean;
};

/** What must be heard of one group, kept without a look at the code under test. */
class Expected {
  truth: SourceState = 'never';
  /** When it last came from something else to firing, by acceptance. */
  firedAtMs = -1;
  /** When it last said that it fires. */
  saidFiringAtMs = -1;
  endedAtMs = -1;
  /** When people were last told, after the end, that it goes on. */
  toldAtMs = -1;
  tellings = 0;
  /** The state that the room's newest line on it says. */
  lastWord: SourceState = 'never';
  unsaidSince = -1;
  /** What the source said while people were at it. */
  worst: Severity = 'P3';
  newestReadMs = -1;
  readIds = new Set<string>();
}

export const COUNTED = ['deliveries', 'episodes', 'told', 'flapped', 'raised'] as const;
export type Counts = Record<(typeof COUNTED)[number], number>;
export type Played = { broken: string | undefined; counts: Counts };

/** Plays one history of a sender. `broken` begins with the name of the promise that does not hold. */
export async function playHistory(
  path: AlertPath,
  steps: readonly Step[],
  modules: AlertModules,
): Promise<Played> {
  const history = new History(path, modules);
  for (const [index, step] of steps.entries()) {
    const broken = await history.play(step);
    if (broken) return { broken: `${broken} (step ${index})`, counts: history.counts };
  }
  return { broken: undefined, counts: history.counts };
}

class History {
  readonly counts: Counts = { deliveries: 0, episodes: 0, told: 0, flapped: 0, raised: 0 };
  readonly #path: AlertPath;
  readonly #modules: AlertModules;
  #nowMs = Date.parse('2026-11-20T09:00:00Z');
  readonly #trail = new MemoryAuditTrail();
  readonly #rows = new MemoryIncidentRows();
  readonly #record: IncidentRecord;
  readonly #intake: { receive: (message: AlertMessage) => Promise<string[]> };
  readonly #groups: SourceGroup[];
  readonly #names: string[];
  readonly #expected = [new Expected(), new Expected()];
  /** Newest incident of each group. */
  readonly #newest: (string | undefined)[] = [undefined, undefined];
  readonly #seen = new Map<string, number>();
  readonly #queued = new Map<string, number>();
  readonly #sent: Sent[] = [];
  #held: Sent[] = [];
  #reading: Sent | undefined;
  #requests = 0;
  #broken: string | undefined;

  constructor(path: AlertPath, modules: AlertModules) {
    this.#path = path;
    this.#modules = modules;
    const clock = { nowMs: () => this.#nowMs };
    const [trail, rows] = [this.#trail, this.#rows];
    const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
    this.#record = record;
    const schedules = { set: async () => {}, remove: async () => {} };
    const quarantine = new Quarantine({ record, rows, schedules, clock });
    const log = { note() {}, warn() {}, error() {}, count() {} };
    const { storms } = givenStorms({ record, rows, clock, routing: ROUTED });
    const receiveAlert = new modules.ReceiveAlert({
      ...{ record, rows, routing: ROUTED, quarantine, storms, log },
    } as never);
    const groups = {
      confirm: async () => ({ kind: 'unasked' as const, because: 'not_configured' as const }),
      listOpen: async () => [],
      personById: async () => null,
    };
    this.#intake = new modules.AlertIntake({ receiveAlert, groups, log } as never);
    const { source } = ALERT_ROUTES[path];
    this.#groups = ['GROUP1', 'GROUP2'].map((name) => SOURCE_GROUPS[source](name));
    this.#names = ['', ''];
  }

  async play(step: Step): Promise<string | undefined> {
    this.#nowMs += step.do === 'wait' ? step.minutes * MINUTE_MS : STEP_MS;
    await this.#sweep();
    switch (step.do) {
      case 'say':
        await this.#say(step.group, step.what, step.held === true);
        break;
      case 'redeliver': {
        const known = this.#sent.filter(({ wasRead, said }) => wasRead && !said.isTimeless);
        const again = known[step.nth % Math.max(1, known.length)];
        if (again) await this.#read(again);
        break;
      }
      case 'retry':
        await this.#retry();
        break;
      case 'read':
        await this.#readHeld([...this.#held].reverse());
        break;
      case 'end':
        await this.#byHand(step.group, step.how);
        break;
      case 'reopen':
        await this.#byHand(step.group, 'INCIDENT_REOPENED');
        break;
    }
    return this.#broken ?? (await this.#check());
  }

  async #say(group: number, what: Saying, wantsHeld: boolean): Promise<void> {
    const said = this.#groups[group]!.say(what, this.#nowMs);
    if (!said) return;
    const isHeld = wantsHeld && !said.isTimeless;
    // Nothing tells where among the others one without a time belongs.
    if (said.isTimeless) await this.#readHeld(this.#held.filter((sent) => sent.group === group));
    await this.#accept({ said, group, isRetry: false }, isHeld);
    const newest = this.#sent.at(-1)?.message;
    const expected = this.#expected[group]!;
    // While its resolution is not read, nobody can know that it fires anew: then it goes on.
    const isRead = !this.#held.some((sent) => sent.group === group && sent.message !== newest);
    if (said.state === 'firing' && ['never', 'resolved'].includes(expected.truth) && isRead) {
      expected.firedAtMs = this.#nowMs;
    }
    expected.truth = said.state;
    if (said.fires) expected.saidFiringAtMs = this.#nowMs;
  }

  /** The sender had no answer, and tries again: for a source of states that is one more word. */
  async #retry(): Promise<void> {
    const last = this.#sent.at(-1);
    if (!last || this.#held.includes(last)) return;
    if (this.#nowMs > last.message.receivedAtMs + RETRIED_MS) return;
    const { said, group } = last;
    const saysState = signalOf(this.#path, said.body).isSnapshot === true;
    await this.#accept({ said, group, isRetry: !saysState }, false);
    if (saysState && said.fires) this.#expected[group]!.saidFiringAtMs = this.#nowMs;
  }

  async #accept(of: Pick<Sent, 'said' | 'group' | 'isRetry'>, isHeld: boolean): Promise<void> {
    this.#requests += 1;
    this.counts.deliveries += 1;
    const body = Buffer.from(JSON.stringify(of.said.body));
    this.#names[of.group] = signalOf(this.#path, of.said.body).group;
    const queue = {
      send: async (message: IncidentMessage, as: { deduplicationId: string }) => {
        const before = this.#queued.get(as.deduplicationId);
        if (before !== undefined && this.#nowMs < before + DEDUPLICATED_MS) return;
        this.#queued.set(as.deduplicationId, this.#nowMs);
        const sent = { ...of, message: message as AlertMessage, wasRead: false };
        this.#sent.push(sent);
        if (isHeld) this.#held.push(sent);
        else await this.#read(sent);
      },
    };
    const clock = { nowMs: () => this.#nowMs };
    const log = { note() {}, warn() {}, error() {}, count() {} };
    const outbox = { put: async () => Promise.reject(new Error('not here')) };
    await this.#modules.acceptAlert(
      { queue, outbox, clock, log },
      { path: this.#path, body, requestId: `r${this.#requests}` },
    );
  }

  async #readHeld(held: readonly Sent[]): Promise<void> {
    this.#held = this.#held.filter((sent) => !held.includes(sent));
    for (const sent of held) await this.#read(sent);
  }

  async #read(sent: Sent): Promise<void> {
    this.#reading = sent;
    const chains = await this.#intake.receive(sent.message);
    let added = 0;
    for (const chain of chains) added += await this.#look(chain);
    const expected = this.#expected[sent.group]!;
    if (sent.wasRead && added > 0)
      this.#break('twice', `${sent.message.requestId} made another fact`);
    const isNewest = !sent.wasRead && sent.message.receivedAtMs >= expected.newestReadMs;
    sent.wasRead = true;
    const incident = await this.#incident(sent.group);
    const isHeard = incident && !isOver(incident) && isNewest && sent.said.state !== 'resolved';
    if (isHeard && sent.said.severity === 'critical') expected.worst = 'P1';
    expected.newestReadMs = Math.max(expected.newestReadMs, sent.message.receivedAtMs);
    this.#reading = undefined;
  }

  async #byHand(
    group: number,
    type: 'INCIDENT_RESOLVED' | 'INCIDENT_CANCELLED' | 'INCIDENT_REOPENED',
  ): Promise<void> {
    const incident = await this.#incident(group);
    const isEnd = type !== 'INCIDENT_REOPENED';
    if (!incident || isOver(incident) === isEnd) return;
    const details = type === 'INCIDENT_RESOLVED' ? { summary: 'Fixed.' } : { reason: 'So it is.' };
    await this.#record.run({
      incidentId: incident.incidentId,
      commandId: `${type} ${this.#nowMs}`,
      actor: { kind: 'slack_user', id: 'U0MAYA' },
      decide: () => ({ append: type, details }) as never,
    });
    await this.#look(incident.incidentId);
    const expected = this.#expected[group]!;
    expected.endedAtMs = isEnd ? this.#nowMs : -1;
    expected.toldAtMs = -1;
    expected.tellings = 0;
    expected.worst = 'P3';
    // What was left unsaid at the end is said within a minute of taking it up again.
    if (!isEnd) await this.#sweep();
  }

  /** What the sweeper brings about each minute. */
  async #sweep(): Promise<void> {
    const clock = { nowMs: () => this.#nowMs };
    for (const incidentId of this.#newest) {
      const loaded = incidentId && (await this.#record.load(incidentId));
      if (!loaded) continue;
      await this.#modules.sayFlapping({ record: this.#record, clock }, loaded.state);
      await this.#look(incidentId);
    }
  }

  /** Follows what a chain says since it was last looked at. @returns how many events */
  async #look(chain: string): Promise<number> {
    const from = (this.#seen.get(chain) ?? 0) + 1;
    const events = await this.#trail.from(chain, from);
    const loaded = await this.#record.load(chain);
    for (const event of events) if (loaded) this.#hear(event, loaded.state);
    this.#seen.set(chain, from - 1 + events.length);
    return events.length;
  }

  #hear(event: AuditEvent, state: IncidentState): void {
    const group = this.#names.indexOf(state.alertGroup?.group ?? '');
    const expected = this.#expected[group];
    if (!expected) return;
    const { effectsOf, lineOf } = this.#modules;
    const plan = effectsOf(event).once;
    const hasLine = plan.includes('line') && lineOf(event, state) !== undefined;
    const { news } = event.details as { news?: string };
    if (news === 'still_firing' && plan.includes('still_firing') && hasLine) {
      this.counts.told += 1;
      expected.tellings += 1;
      expected.toldAtMs = Date.parse(event.at);
    }
    switch (event.type) {
      case 'INCIDENT_OPENED':
        this.counts.episodes += 1;
        this.#justified(expected);
        this.#newest[group] = event.incidentId;
        Object.assign(expected, { endedAtMs: -1, toldAtMs: -1, tellings: 0 });
        Object.assign(expected, { lastWord: 'firing', unsaidSince: -1, worst: 'P3' });
        return;
      case 'ALERT_RECEIVED':
        if (event.details.news === 'firing_again' && hasLine) this.#word(expected, 'firing');
        break;
      case 'ALERT_UNRESOLVED':
      case 'ALERT_UNACKNOWLEDGED':
        if (hasLine) this.#word(expected, 'firing');
        break;
      case 'ALERT_ACKNOWLEDGED':
        if (hasLine) this.#word(expected, 'acknowledged');
        break;
      case 'ALERT_RESOLVED':
        if (hasLine) this.#word(expected, 'resolved');
        break;
      case 'ALERT_FLAPPED':
        this.counts.flapped += 1;
        if (hasLine) this.#word(expected, event.details.groupState as SourceState);
        break;
      case 'SEVERITY_CHANGED':
        if (hasLine) this.counts.raised += 1;
        break;
    }
    if (news === 'flapping') {
      if (expected.unsaidSince < 0) expected.unsaidSince = Date.parse(event.at);
    }
  }

  #word(expected: Expected, word: SourceState): void {
    expected.lastWord = word;
    expected.unsaidSince = -1;
  }

  /** A room for what was known already, or was over before it was read, calls people for nothing. */
  #justified(expected: Expected): void {
    const reading = this.#reading;
    if (!reading) return;
    const isLate = reading.message.receivedAtMs < expected.newestReadMs;
    const saysState = signalOf(this.#path, reading.said.body).isSnapshot === true;
    if (reading.wasRead || reading.isRetry || (saysState && isLate)) {
      this.#break('phantom', `an episode was opened by ${reading.message.requestId}`);
    }
  }

  #break(promise: string, words: string): void {
    this.#broken ??= `${promise}: ${words}`;
  }

  async #incident(group: number): Promise<IncidentState | undefined> {
    const incidentId = this.#newest[group];
    return incidentId ? (await this.#record.load(incidentId))?.state : undefined;
  }

  async #check(): Promise<string | undefined> {
    for (const [group, expected] of this.#expected.entries()) {
      if (this.#held.some((sent) => sent.group === group)) continue;
      const incident = await this.#incident(group);
      const broken =
        incident && !isOver(incident)
          ? this.#whileOpen(expected, incident)
          : this.#afterwards(expected);
      if (broken) return `${broken} (group ${group})`;
    }
    return undefined;
  }

  #whileOpen(expected: Expected, incident: IncidentState): string | undefined {
    const { truth, lastWord, unsaidSince } = expected;
    const { alertGroup, severity } = incident;
    if (alertGroup?.state !== truth)
      return `state: ${alertGroup?.state}, and the source is ${truth}`;
    const isPending = unsaidSince >= 0 && this.#nowMs < unsaidSince + WINDOW_MS;
    // A room that was taken up again reads on from where it was left.
    if (
      truth !== 'acknowledged' &&
      lastWord !== truth &&
      !isPending &&
      this.#isSaidHere(expected)
    ) {
      return `last word: ${lastWord}, and the source is ${truth}`;
    }
    const { worst } = expected;
    if (isSeverer(worst, severity)) return `severity: ${severity}, and it was ${worst}`;
    return undefined;
  }

  #isSaidHere({ lastWord, truth }: Expected): boolean {
    return !(lastWord === 'acknowledged' && truth === 'firing');
  }

  #afterwards(expected: Expected): string | undefined {
    const { truth, firedAtMs, saidFiringAtMs, endedAtMs, toldAtMs, tellings } = expected;
    if (tellings > 1 && this.#groupsSayStates()) return `noise: told ${tellings} times of one end`;
    if (truth !== 'firing' || saidFiringAtMs <= endedAtMs) return undefined;
    if (firedAtMs > endedAtMs) return 'next: it fires after a resolution, and no incident is open';
    if (toldAtMs < 0)
      return 'unheard: it fires after people ended the incident, and nobody was told';
    if (saidFiringAtMs >= toldAtMs + HOUR_MS) return 'hour: it fires on, and no incident is open';
    return undefined;
  }

  #groupsSayStates(): boolean {
    return ['alertmanager', 'grafana-alerting'].includes(ALERT_ROUTES[this.#path].source);
  }
}

function signalOf(path: AlertPath, body: object) {
  const read = readAlert(path, Buffer.from(JSON.stringify(body)));
  if (read.kind !== 'signal') throw new RangeError(`cannot play ${path}: ${read.reason}`);
  return read.signal;
}
