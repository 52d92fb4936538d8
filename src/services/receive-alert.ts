import type { AlertKind, AlertSignal, GroupState } from '../domain/alert-signal.ts';
import { type AlertPath, isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import { incidentIdOfAlertGroup } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { INCIDENT_TITLE_MAX } from '../domain/limits.ts';
import { type Routing, serviceOf, severityOf } from '../domain/routing.ts';
import { isOver } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import {
  type AlertDetails,
  type AlertMarks,
  alertDetails,
  type Delivery,
  withoutAddress,
} from './alert-details.ts';
import { asStillKnown } from './former-groups.ts';
import type { Decision, IncidentRecord } from './incident-record.ts';
import { isOpenAtSource, opens } from './opens-incident.ts';
import type { IncidentMessage, IncidentRows } from './ports.ts';
import { intakeChainOf, type Quarantine } from './quarantine.ts';
import type { Storms } from './storms.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

/** Reason of a firing that is older than its group's resolution. The instant follows. */
export const RESOLVED_BEFORE = 'the group was resolved at';
/** Episodes before the newest one in which a late repetition is looked for. */
const OLDER_EPISODES_MAX = 5;

const EVENT_OF = {
  created: 'ALERT_RECEIVED',
  escalation: 'ALERT_RECEIVED',
  personal_notification: 'ALERT_RECEIVED',
  unknown: 'ALERT_RECEIVED',
  test: 'ALERT_RECEIVED',
  acknowledge: 'ALERT_ACKNOWLEDGED',
  unacknowledge: 'ALERT_UNACKNOWLEDGED',
  silence: 'ALERT_SILENCED',
  unsilence: 'ALERT_UNSILENCED',
  resolve: 'ALERT_RESOLVED',
  unresolve: 'ALERT_UNRESOLVED',
} as const satisfies Record<AlertKind, string>;

/** `un…` kinds change something only if the group is known to be in this state. */
const CHANGES_FROM: Partial<Record<AlertKind, readonly (GroupState | null)[]>> = {
  unsilence: ['silenced'],
  unacknowledge: ['acknowledged'],
  // Unknown: the incident was opened for this very delivery.
  unresolve: ['resolved', null],
};

/**
 * Turns one accepted delivery into a fact: on its incident, on a new incident, or on the day's
 * intake chain. Safe to repeat: the same meaning never makes a second event.
 *
 * @returns the incident whose trail holds the fact
 */
export class ReceiveAlert {
  readonly #deps: ReceiveAlertDeps;

  constructor(deps: ReceiveAlertDeps) {
    this.#deps = deps;
  }

  async receive(message: AlertMessage): Promise<string> {
    const bytes = Buffer.from(message.bodyBase64, 'base64');
    const path: AlertPath | undefined = isAlertPath(message.path) ? message.path : undefined;
    const read = path ? readAlert(path, bytes) : undefined;
    if (read?.kind !== 'signal') {
      const reason = read?.reason ?? 'an unknown path';
      return this.#deps.quarantine.receive(message, { reason, bytes });
    }
    return this.place(await asStillKnown(this.#deps, read.signal), message);
  }

  /** Places one signal. @returns as `receive`; as safe to repeat */
  async place(signal: AlertSignal, message: Delivery): Promise<string> {
    const { rows } = this.#deps;
    const details = alertDetails(signal, message);
    const commandId = commandIdOf(signal, message);
    const placed = { commandId, details, receivedAtMs: message.receivedAtMs };
    if (signal.kind === 'test') return this.#unmatched(placed, 'a test notification');
    const today = intakeChainOf(message);
    const tellsItself = signal.hasStoredTime || signal.kind in CHANGES_FROM;
    // Found unmatched before: what happened since must not make a second fact of it.
    if (
      tellsItself &&
      !isOpenAtSource(signal, message) &&
      (await this.#deps.record.load(today)) &&
      (await this.#applied(today, commandId))
    ) {
      return today;
    }
    const { storms } = this.#deps;
    const [found, link] = await Promise.all([this.#find(signal, commandId), storms.linkOf(signal)]);
    if (found.kind === 'applied') return found.incidentId;
    if (found.kind === 'open') {
      return this.#record(found.incidentId, { signal, details, commandId });
    }
    const delivered = { signal, details, commandId };
    const followed = await storms.follow(delivered, link);
    if (followed) return followed;
    const isKnown = found.previous !== undefined || link !== undefined;
    if (!opens(signal, isKnown || isOpenAtSource(signal, message))) {
      if (signal.kind === 'resolve') await this.#bury(signal, message.receivedAtMs);
      return this.#unmatched(placed, 'no open incident for this alert group');
    }
    const tombstone = await rows.readTombstone(signal.source, signal.group);
    const isOverThere = tombstone && !isOpenAtSource(signal, message);
    if (isOverThere && notLater(signal.occurredAt, tombstone)) {
      return this.#unmatched(placed, `${RESOLVED_BEFORE} ${tombstone}`);
    }
    const joined = await storms.place(found.incidentId, delivered);
    if (joined) return joined;
    if (link) await storms.leave(signal, link);
    await this.#open(found, { signal, commandId, marks: message.marks });
    return this.#record(found.incidentId, { signal, details, commandId });
  }

  /** Puts a signal that must open and change nothing on the day's chain, with the reason. */
  async refuse(signal: AlertSignal, message: Delivery, reason: string): Promise<string> {
    // A name of its own: what OnCall does not know now, it may confirm a minute later.
    const commandId = `${commandIdOf(signal, message)}#refused`;
    const details = alertDetails(signal, message);
    return this.#unmatched({ commandId, details, receivedAtMs: message.receivedAtMs }, reason);
  }

  /** Walks the episodes from the newest known one to the incident this delivery belongs to. */
  async #find(signal: AlertSignal, commandId: string): Promise<Found> {
    const { rows, record } = this.#deps;
    const hint = await rows.latestEpisode(signal.source, signal.group);
    const repeated = await this.#inOlderEpisode(signal, { commandId, newest: hint?.episode ?? 1 });
    if (repeated) return { kind: 'applied', incidentId: repeated };
    let previous: IncidentState | undefined;
    for (let episode = hint?.episode ?? 1; ; episode = await this.#episodeAfter(signal, episode)) {
      const incidentId = incidentIdOfAlertGroup({ ...signal, episode });
      const loaded = await record.load(incidentId);
      if (!loaded) return { kind: 'none', incidentId, episode, previous };
      if (await this.#applied(incidentId, commandId)) return { kind: 'applied', incidentId };
      if (!isOver(loaded.state)) return { kind: 'open', incidentId };
      // By the sender's clock it happened before what we know: late news of the old episode.
      const seen = loaded.state.alertGroup?.lastOccurredAt;
      if (seen && notLater(signal.occurredAt, seen)) return { kind: 'open', incidentId };
      previous = loaded.state;
    }
  }

  /**
   * The newest episode after one that is over, or the number of the next one if there is none. A group
   * may live thousands, and the row that names the newest may be lost: steps that double, then halves.
   */
  async #episodeAfter(group: Pick<AlertSignal, 'source' | 'group'>, known: number) {
    const isThere = (episode: number) =>
      this.#deps.record.exists(incidentIdOfAlertGroup({ ...group, episode }));
    let newest = known;
    let step = 1;
    for (; await isThere(newest + step); step *= 2) newest += step;
    if (newest === known) return known + 1;
    for (let half = step / 2; half >= 1; half /= 2)
      if (await isThere(newest + half)) newest += half;
    return newest;
  }

  /** A repetition of what an episode before the newest one has on record. */
  async #inOlderEpisode(
    signal: AlertSignal,
    of: { commandId: string; newest: number },
  ): Promise<string | undefined> {
    if (!signal.hasStoredTime) return undefined;
    const oldest = Math.max(1, of.newest - OLDER_EPISODES_MAX);
    for (let episode = of.newest - 1; episode >= oldest; episode -= 1) {
      const incidentId = incidentIdOfAlertGroup({ ...signal, episode });
      if (await this.#applied(incidentId, of.commandId)) return incidentId;
    }
    return undefined;
  }

  /** Remembers the newest resolution of a group that has no open incident. */
  async #bury(signal: AlertSignal, receivedAtMs: number): Promise<void> {
    const { rows } = this.#deps;
    const at = signal.occurredAt ?? new Date(receivedAtMs).toISOString();
    const known = await rows.readTombstone(signal.source, signal.group);
    if (known && notLater(at, known)) return;
    await rows.writeTombstone(signal.source, signal.group, at);
  }

  async #applied(incidentId: string, commandId: string): Promise<boolean> {
    return (await this.#deps.rows.appliedSeq(incidentId, commandId)) !== undefined;
  }

  async #open(
    place: Extract<Found, { kind: 'none' }>,
    of: { signal: AlertSignal; commandId: string; marks: AlertMarks | undefined },
  ): Promise<void> {
    const { record, routing } = this.#deps;
    const { signal } = of;
    const { severity, isDefault } = severityOf(routing, signal);
    await record.run({
      incidentId: place.incidentId,
      commandId: `${of.commandId}#open`,
      actor: { kind: 'alert_source', id: signal.source },
      decide: (incident) =>
        incident
          ? { decline: 'opened meanwhile' }
          : {
              append: 'INCIDENT_OPENED',
              details: {
                title: cutText(signal.title, INCIDENT_TITLE_MAX),
                severity,
                severityIsDefault: isDefault,
                service: serviceOf(routing, signal)?.name ?? null,
                source: signal.source,
                group: signal.group,
                episode: place.episode,
                link: signal.link,
                labels: signal.labels,
                ...(signal.links ? { links: signal.links } : {}),
                previousIncidentId: place.previous?.incidentId ?? null,
                ...of.marks,
              },
            },
    });
  }

  async #record(
    incidentId: string,
    of: { signal: AlertSignal; details: AlertDetails; commandId: string },
  ): Promise<string> {
    const { record, rows } = this.#deps;
    const { signal, details, commandId } = of;
    const people = [...signal.people, ...(signal.by ? [signal.by] : [])];
    if (people.length > 0) {
      await rows.putRoster(
        incidentId,
        commandId,
        people.map(({ email, username }) => ({
          email,
          reference: withoutAddress(username),
          source: signal.source,
        })),
      );
    }
    await record.run<string>({
      incidentId,
      commandId,
      actor: { kind: 'alert_source', id: signal.source },
      decide: (incident): Decision<string> => {
        const from = CHANGES_FROM[signal.kind];
        if (from && !from.includes(incident?.alertGroup?.state ?? null)) {
          return { decline: 'it changes nothing' };
        }
        return { append: EVENT_OF[signal.kind], details };
      },
    });
    return incidentId;
  }

  async #unmatched(of: Unmatched, reason: string): Promise<string> {
    const { commandId, details } = of;
    const incidentId = intakeChainOf(of);
    await this.#deps.record.run({
      incidentId,
      commandId,
      actor: { kind: 'alert_source', id: details.source },
      decide: () => ({ append: 'ALERT_UNMATCHED', details: { ...details, reason } }),
    });
    return incidentId;
  }
}

export type ReceiveAlertDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  routing: Routing;
  quarantine: Quarantine;
  storms: Storms;
};

type Unmatched = { commandId: string; details: AlertDetails; receivedAtMs: number };

type Found =
  | { kind: 'open'; incidentId: string }
  /** This very delivery is on that trail already. */
  | { kind: 'applied'; incidentId: string }
  | { kind: 'none'; incidentId: string; episode: number; previous: IncidentState | undefined };

function commandIdOf(signal: AlertSignal, message: Delivery): string {
  // Without a stored time a later "unsilence" reads like the first one; the state tells them apart.
  const isTimeless = signal.kind in CHANGES_FROM && !signal.hasStoredTime;
  return isTimeless ? `${signal.meaning}#${message.requestId}` : signal.meaning;
}

/** True when `at` is known and not after `reference`. */
function notLater(at: string | null, reference: string): boolean {
  return at !== null && Date.parse(at) <= Date.parse(reference);
}
