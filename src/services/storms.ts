import type { AlertKind, AlertSignal } from '../domain/alert-signal.ts';
import { FLAPPING_WINDOW_MS, saidState } from '../domain/alerts/group-news.ts';
import { requireDetails } from '../domain/audit-event.ts';
import { incidentIdOfAlertGroup, sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { type Routing, serviceNamedIn, serviceOf, severityOf } from '../domain/routing.ts';
import { isSeverer, type Severity, URGENT, worse } from '../domain/severity.ts';
import { linkKey, placeOf, stormGroup } from '../domain/storm.ts';
import { isOver } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import { type AlertDetails, rosterOf } from './alert-details.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentQueue, Log, Pause } from './ports.ts';
import type { LinkedAlert, StormLink, StormRows } from './storm-rows.ts';

export type StormsDeps = {
  record: IncidentRecord;
  rows: StormRows;
  queue: IncidentQueue;
  routing: Routing;
  clock: Clock;
  pause: Pause;
  log: Log;
};

/** One delivery, read. */
export type Delivered = {
  signal: AlertSignal;
  details: AlertDetails;
  commandId: string;
  /** Its name if the same words came before and are news again; absent: they never are. */
  commandIdAgain?: string;
};

type AlertGroup = NonNullable<IncidentState['alertGroup']>;

/** How a delivery comes to a storm: as a new group, and as one that its room is told of by name. */
type Joining = { isNew: boolean; aloud: boolean };

/** Races for a service's count that one delivery may lose; the winners fill it soon. */
const COUNT_ATTEMPTS_MAX = 40;
/** Longest title kept of a linked group. Unit: UTF-16 units. */
const LINKED_TITLE_MAX = 300;

const CHANGES_FROM: Partial<Record<AlertKind, StormLink['state']>> = {
  unacknowledge: 'acknowledged',
  unsilence: 'silenced',
  unresolve: 'resolved',
};
/** Kinds that say "somebody is alerted": after the storm is over they open something new. */
const FIRES: readonly AlertKind[] = [
  'created',
  'escalation',
  'acknowledge',
  'silence',
  'unresolve',
];

/**
 * Alert storms: beyond a set number of new incidents of a service within a window, further groups
 * join the service's one storm incident, each delivery first as a row, then in batches on its trail.
 *
 * Counting is a compare-and-swap on one row a service, so any number of invocations may count at
 * once; a repeated delivery is counted once. A delivery is never dropped: its row is written before
 * this resolves, and the message or the sweeper brings it to the trail.
 */
export class Storms {
  readonly #deps: StormsDeps;

  constructor(deps: StormsDeps) {
    this.#deps = deps;
  }

  /** Which storm a group belongs to, as it was last known. */
  linkOf(signal: Pick<AlertSignal, 'source' | 'group'>): Promise<StormLink | undefined> {
    return this.#deps.rows.readLink(signal.source, signal.group);
  }

  /**
   * Takes a delivery of a group that a storm took in before.
   * @returns the storm's incident; undefined when the group belongs to none that goes on
   */
  async follow(delivered: Delivered, link: StormLink | undefined): Promise<string | undefined> {
    const { signal, commandId } = delivered;
    const { rows, record } = this.#deps;
    if (!link) return undefined;
    const { stormId } = link;
    const from = CHANGES_FROM[signal.kind];
    const state = stateAfter(signal) ?? link.state;
    const isNews = state !== link.state;
    const remember = (more: Partial<StormLink> = {}) =>
      rows.writeLink(signal.source, signal.group, { ...link, state, ...more });
    const { severity } = severityOf(this.#deps.routing, signal);
    const isUrgent = saysFiring(signal) && URGENT.includes(severity);
    const isRaised = isUrgent && isSeverer(severity, link.severity ?? severity);
    const nowMs = this.#deps.clock.nowMs();
    const { commandIdAgain } = delivered;
    const isRepeated = await this.knows(stormId, delivered);
    const backBy = (isRepeated && commandIdAgain) || commandId;
    const isBack = isUrgent && (link.backBy === backBy || isBackAgain(link, state, nowMs));
    const back = isBack ? { backBy, backAtMs: nowMs } : {};
    if (isRepeated && !commandIdAgain) {
      // Put, and perhaps not announced: the first attempt may have died in between.
      if (from === link.state) await remember();
      await this.#wake(stormId, link);
      return stormId;
    }
    // What comes now is of the incident that it opened since, whatever becomes of the storm.
    if (link.hasLeft) return undefined;
    const storm = await record.load(stormId);
    // It is about to be opened when there is no trail yet.
    if (storm && isOver(storm.state)) {
      // What it came to decides whether its next firing is a new one.
      if (isNews && state === 'resolved') await remember();
      return undefined;
    }
    if (isRepeated) {
      const again = { ...delivered, commandId: commandIdAgain! };
      if (isNews && !(await this.knows(stormId, again))) {
        await this.#put(stormId, again, { isNew: false, aloud: isBack });
      }
      if (isNews) await remember(back);
      await this.#wake(stormId, link);
      return stormId;
    }
    if (from && link.state !== from) return stormId;
    // An “un…” is taken only in the state before it, which must last until it is put.
    if (isNews && !from) await remember(back);
    const isNew = link.linkedBy === commandId;
    await this.#put(stormId, delivered, {
      isNew,
      aloud: isRaised || isBack || (isNew && link.aloud === true),
    });
    if (isRaised) {
      await remember({ ...back, severity: worse(severity, link.severity ?? severity) });
    } else if (isNews && from) await remember(back);
    await this.#wake(stormId, link);
    return stormId;
  }

  /**
   * Where a group goes that has no incident yet: counts it among the new incidents of its service,
   * or takes it into the storm.
   * @returns the storm's incident; undefined: it opens `incidentId`
   */
  async place(incidentId: string, delivered: Delivered): Promise<string | undefined> {
    const { routing, rows, log } = this.#deps;
    const { signal, commandId } = delivered;
    const service = serviceOf(routing, signal)?.name ?? null;
    const { severity } = severityOf(routing, signal);
    const counted = await this.#count(incidentId, { service, severity, signal });
    if (!counted) return undefined;
    const { number, aloud } = counted;
    const stormId = stormIncidentId(service, number);
    const state = stateAfter(signal) ?? 'firing';
    // First whose it is: if we die before the next line, the repetition finds it here.
    await rows.writeLink(signal.source, signal.group, {
      ...{ stormId, service, number, linkedBy: commandId, state, severity },
      ...(aloud ? { aloud } : {}),
    });
    await this.#put(stormId, delivered, { isNew: true, aloud });
    await this.#wake(stormId, { service, number });
    log.count('AlertGroupLinked');
    return stormId;
  }

  /** True when this storm took in the same words before. */
  knows(stormId: string, { signal, commandId }: Delivered): Promise<boolean> {
    return this.#deps.rows.wasPut(stormId, linkKey({ ...signal, commandId }));
  }

  /** Remembers that a group of a storm that is over has an incident of its own now. Safe to repeat. */
  leave(signal: Pick<AlertSignal, 'source' | 'group'>, link: StormLink): Promise<void> {
    return this.#deps.rows.writeLink(signal.source, signal.group, { ...link, hasLeft: true });
  }

  /** Remembers when people were told that a group of a storm that is over goes on. Safe to repeat. */
  toldStillFiring(
    { source, group }: Pick<AlertSignal, 'source' | 'group'>,
    link: StormLink,
    atMs: number,
  ): Promise<void> {
    const stillFiring = new Date(atMs).toISOString();
    return this.#deps.rows.writeLink(source, group, { ...link, stillFiring });
  }

  /** Sends the message of a storm on the `unfinished` index again; other incidents are left alone. */
  async resume(incidentId: string): Promise<void> {
    const head = await this.#deps.rows.readHead(incidentId);
    if (head?.isUnfinished) await this.#send(incidentId, head.turn);
  }

  /** @returns the storm that the group joins; undefined for an own incident */
  async #count(
    incidentId: string,
    of: { service: string | null; severity: Severity; signal: AlertSignal },
  ): Promise<{ number: number; aloud: boolean } | undefined> {
    const { rows, record, routing, clock, pause } = this.#deps;
    const { service, severity, signal } = of;
    for (let attempt = 0; attempt < COUNT_ATTEMPTS_MAX; attempt += 1) {
      const window = await rows.readWindow(service);
      const storm =
        window.number > 0 ? await record.load(stormIncidentId(service, window.number)) : undefined;
      const place = placeOf(window, {
        incidentId,
        nowMs: clock.nowMs(),
        stormIsOver: storm !== undefined && isOver(storm.state),
        limit: routing.storm,
        severity,
        unknownService: service === null ? serviceNamedIn(signal) : undefined,
      });
      if (!place.window || (await rows.writeWindow(service, place.window))) {
        return place.kind === 'storm' ? place : undefined;
      }
      // Losers of a race for the one row come back spread out, without chance.
      const spread = Number.parseInt(sha256Hex(`${incidentId}#${attempt}`).slice(0, 4), 16);
      await pause.forMs(spread % (5 * Math.min(attempt + 1, 8)));
    }
    // Others were counted meanwhile, so this is the most crowded time there is; none is lost by it.
    const number = Math.max(1, (await rows.readWindow(service)).number);
    return { number, aloud: URGENT.includes(severity) };
  }

  async #put(stormId: string, delivered: Delivered, as: Joining): Promise<void> {
    const { signal, commandId } = delivered;
    const alert = this.#linked(delivered, as);
    // Here it can be refused alone; in its batch it would hold up every other group of the storm.
    requireDetails('ALERT_LINKED', { fromIncidentId: null, groups: 0, alerts: [alert] });
    await this.#deps.rows.putPending(stormId, {
      key: linkKey({ ...signal, commandId }),
      alert,
      people: rosterOf(signal),
    });
  }

  #linked({ signal, details, commandId }: Delivered, { isNew, aloud }: Joining): LinkedAlert {
    const { severity, isDefault } = severityOf(this.#deps.routing, signal);
    const { source, group, rawType, occurredAt, groupState, by, link, rawSha256 } = details;
    return {
      source,
      group,
      rawType,
      occurredAt,
      title: cutText(details.title, LINKED_TITLE_MAX),
      groupState,
      by,
      link,
      severity,
      severityIsDefault: isDefault,
      // An acknowledgement that came first brought the group, and a later firing does not again.
      isNew: isNew && (FIRES.includes(signal.kind) || signal.kind === 'unknown'),
      ...(aloud ? { aloud, ...this.#unknownService(signal) } : {}),
      commandId,
      rawSha256,
      truncated: details.truncated,
    };
  }

  #unknownService(signal: AlertSignal): { service?: string } {
    const name = serviceOf(this.#deps.routing, signal) ? '' : serviceNamedIn(signal);
    return name === '' ? {} : { service: name };
  }

  async #wake(stormId: string, of: { service: string | null; number: number }): Promise<void> {
    const { rows, clock } = this.#deps;
    const { service, number } = of;
    const turn = await rows.signal(stormId, { service, number, nowMs: clock.nowMs() });
    await this.#send(stormId, turn);
  }

  /** One message a turn, however many deliveries wait for it. */
  async #send(stormId: string, turn: number): Promise<void> {
    await this.#deps.queue.send(
      { kind: 'storm', incidentId: stormId },
      {
        group: `storm#${stormId}`,
        deduplicationId: sha256Hex(`storm#${stormId}#${turn}`),
      },
    );
  }
}

/** Urgent groups of a storm that is over, of each of which people are told that it goes on. */
const STILL_FIRING_ALONE_MAX = 10;

/**
 * When people were told that a group goes on though its storm is over: an urgent one by itself, so that it
 * does not hide behind another of them, the rest and what is beyond ten with all others.
 */
export function toldOfLinked(
  storm: Pick<AlertGroup, 'stillFiring' | 'stillFiringTold' | 'endedAt'>,
  { link, severity }: { link: StormLink; severity: Severity },
): string | undefined {
  const { stillFiring: own } = link;
  const endedMs = Date.parse(storm.endedAt ?? '');
  if (own !== undefined && !(Date.parse(own) < endedMs)) return own;
  const isAlone =
    URGENT.includes(severity) && (storm.stillFiringTold ?? 0) < STILL_FIRING_ALONE_MAX;
  return isAlone ? undefined : storm.stillFiring;
}

/** The state that a delivery brings its group to; null: of a type that brings it to none. */
function stateAfter({ kind }: AlertSignal): StormLink['state'] | null {
  return saidState({ kind, groupState: null });
}

/** True for a delivery that says that its group fires, of a type that we know or not. */
function saysFiring({ kind, groupState }: AlertSignal): boolean {
  return FIRES.includes(kind) || (kind === 'unknown' && groupState === 'firing');
}

/** True when a group fires that was resolved, unless it did so a moment ago too. */
function isBackAgain(link: StormLink, state: StormLink['state'], nowMs: number): boolean {
  const isSaid = link.backAtMs !== undefined && nowMs < link.backAtMs + FLAPPING_WINDOW_MS;
  return link.state === 'resolved' && state === 'firing' && !isSaid;
}

/** The incident of a service's n-th storm. */
export function stormIncidentId(service: string | null, number: number): string {
  return incidentIdOfAlertGroup({
    source: 'storm',
    group: stormGroup(service, number),
    episode: 1,
  });
}
