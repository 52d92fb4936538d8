import type { AlertKind, AlertSignal, GroupState } from '../domain/alert-signal.ts';
import { type AlertPath, isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import { type News, type NewsOf, newsOf, notLater } from '../domain/alerts/group-news.ts';
import { intakeShardId, sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { incidentTitle } from '../domain/incident-title.ts';
import { type Routing, saidSeverity, serviceOf, severityOf } from '../domain/routing.ts';
import { isOver } from '../domain/transitions.ts';
import {
  type AlertDetails,
  type AlertMarks,
  alertDetails,
  type Delivery,
  rosterOf,
} from './alert-details.ts';
import { inOlderEpisode, type NextEpisode, newestEpisode } from './alert-episodes.ts';
import { ALERT_EVENT_OF, raising, saidNow, saysNothing, whatIsHeard } from './alert-news.ts';
import { asStillKnown } from './former-groups.ts';
import type { Decision, IncidentRecord } from './incident-record.ts';
import { isOpenAtSource, opens } from './opens-incident.ts';
import type { IncidentMessage, IncidentRows } from './ports.ts';
import { intakeChainOf, type Quarantine } from './quarantine.ts';
import { settleEvent } from './settle-event.ts';
import type { StormLink } from './storm-rows.ts';
import { type Delivered, type Storms, toldOfLinked } from './storms.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

/** Reason of a firing that is older than its group's resolution. The instant follows. */
export const RESOLVED_BEFORE = 'the group was resolved at';

/** `un…` kinds without a time change something only if the group is known to be in this state. */
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
    const { storms } = this.#deps;
    const delivered = await this.#delivered(signal, message);
    const { commandId, details, isLate } = delivered;
    const placed = { commandId, details, receivedAtMs: message.receivedAtMs };
    if (signal.kind === 'test') return this.#passed(placed, 'a test notification');
    const tellsItself = signal.hasStoredTime || signal.kind in CHANGES_FROM;
    // Found unmatched before: what happened since must not make a second fact of it.
    if (tellsItself && !(signal.isSnapshot && !isLate) && !isOpenAtSource(signal, message)) {
      const unmatchedOn = await this.#unmatchedOn(placed, signal.kind);
      if (unmatchedOn) return unmatchedOn;
    }
    const [{ newest, next }, link] = await Promise.all([
      newestEpisode(this.#deps, signal),
      storms.linkOf(signal),
    ]);
    // Of what may be news again, the newest episode tells whether it is.
    const isOnce = tellsItself && !delivered.commandIdAgain;
    const older = isOnce && (await inOlderEpisode(this.#deps, { signal, commandId, newest }));
    if (older) return older;
    if (!newest || isOver(newest)) {
      const followed = await storms.follow(delivered, link);
      if (followed) return followed;
    }
    const home = await this.#home(signal, newest, link);
    if (home) {
      const stays = await this.#stays(home, delivered);
      if (stays) return stays;
    }
    return this.#outside(delivered, { next, previous: newest, link, placed });
  }

  /** What is known of a delivery before it has a place. */
  async #delivered(signal: AlertSignal, message: Delivery): Promise<Placed> {
    const { routing } = this.#deps;
    const commandId = commandIdOf(signal, message);
    const order = signal.isSnapshot ? await this.#orderOf(signal, message) : 'newest';
    const isLate = order === 'late';
    const severity = saidNow(signal) ? saidSeverity(routing, signal) : undefined;
    const details: AlertDetails = {
      ...alertDetails(signal, message),
      ...(signal.isSnapshot ? { acceptedAt: new Date(message.receivedAtMs).toISOString() } : {}),
      ...(isLate ? { overtaken: true } : {}),
      ...(saysNothing(signal) ? { isNote: true } : {}),
      ...(severity ? { severity } : {}),
    };
    const mayComeAgain = (signal.isSnapshot && order === 'newest') || signal.comesAgain;
    return {
      ...{ signal, details, commandId, message, isLate },
      ...(mayComeAgain ? { commandIdAgain: `${commandId}#${message.requestId}` } : {}),
    };
  }

  /**
   * When a delivery was accepted among those of its group: they may be read in another order. Two
   * of the same millisecond are taken as they are read, and no words come again within it.
   */
  async #orderOf(
    { source, group, meaning }: AlertSignal,
    { receivedAtMs: atMs, requestId }: Delivery,
  ): Promise<'late' | 'same_time' | 'newest'> {
    const { rows } = this.#deps;
    const heard = await rows.readHeard(source, group);
    const delivery = sha256Hex(`${requestId} ${meaning}`);
    if (!heard || heard.atMs < atMs) {
      await rows.writeHeard(source, group, { atMs, delivery });
      return 'newest';
    }
    if (heard.atMs > atMs) return 'late';
    return heard.delivery === delivery ? 'newest' : 'same_time';
  }

  /** The incident that a group has or had last: its own, or the storm that it was in. */
  async #home(
    signal: AlertSignal,
    newest: IncidentState | undefined,
    link: StormLink | undefined,
  ): Promise<Home | undefined> {
    const isOwn = newest && (!isOver(newest) || !link || link.hasLeft);
    if (isOwn)
      return newest.alertGroup ? { incident: newest, group: newest.alertGroup } : undefined;
    if (!link || link.hasLeft || signal.kind === 'resolve') return undefined;
    const storm = (await this.#deps.record.load(link.stormId))?.state;
    if (!storm?.alertGroup) return undefined;
    const { severity } = severityOf(this.#deps.routing, signal);
    const group = {
      ...{ ...storm.alertGroup, state: link.state, lastOccurredAt: null },
      ...{ stillFiring: toldOfLinked(storm.alertGroup, { link, severity }) },
    };
    return { incident: storm, group, link };
  }

  /** @returns the incident whose trail holds the fact; undefined: it belongs to the next one */
  async #stays(home: Home, delivered: Placed): Promise<string | undefined> {
    const { signal, commandId, commandIdAgain, message, isLate, details } = delivered;
    const { incidentId } = home.incident;
    if (commandIdAgain && (await this.#applied(incidentId, commandIdAgain))) return incidentId;
    const isRepeated = home.link
      ? await this.#deps.storms.knows(incidentId, delivered)
      : await this.#applied(incidentId, commandId);
    const news = newsOf({
      ...{ signal, isRepeated, incident: home.incident, group: home.group },
      acceptedAtMs: message.receivedAtMs,
      isLate: isLate || (isRepeated && signal.isSnapshot === true && !commandIdAgain),
      severity: details.severity,
    });
    switch (news) {
      case 'nothing':
        return incidentId;
      case 'fact':
        return this.#record(incidentId, delivered);
      case 'fact_again':
      case 'still_firing': {
        const named = isRepeated && commandIdAgain ? commandIdAgain : commandId;
        await this.#record(incidentId, { ...delivered, commandId: named }, news);
        if (home.link && news === 'still_firing') {
          await this.#deps.storms.toldStillFiring(signal, home.link, message.receivedAtMs);
        }
        return incidentId;
      }
      case 'episode':
        return undefined;
    }
  }

  /** A delivery that no incident known before takes: it opens one, joins a storm, or is noted. */
  async #outside(
    delivered: Placed,
    of: {
      next: NextEpisode;
      previous: IncidentState | undefined;
      link: StormLink | undefined;
      placed: Unmatched;
    },
  ): Promise<string> {
    const { rows, storms } = this.#deps;
    const { signal, message, commandId, isLate } = delivered;
    const { next, previous, link, placed } = of;
    const tombstone = await rows.readTombstone(signal.source, signal.group);
    const isKnown = Boolean(previous || link || tombstone);
    if (!opens(signal, isKnown || isOpenAtSource(signal, message))) {
      if (signal.kind === 'resolve') await this.#bury(signal, message.receivedAtMs);
      return this.#passed(placed, 'no open incident for this alert group');
    }
    const isOverThere = signal.isSnapshot
      ? isLate
      : notLater(signal.occurredAt, tombstone ?? null) && !isOpenAtSource(signal, message);
    if (isOverThere && tombstone) {
      return this.#unmatched(placed, `${RESOLVED_BEFORE} ${tombstone}`);
    }
    const joined = await storms.place(next.incidentId, delivered);
    if (joined) return joined;
    if (link) await storms.leave(signal, link);
    await this.#open({ ...next, previous }, { signal, commandId, marks: message.marks });
    return this.#record(next.incidentId, delivered);
  }

  /** Puts a signal that must open and change nothing on the day's chain, with the reason. */
  async refuse(signal: AlertSignal, message: Delivery, reason: string): Promise<string> {
    // A name of its own: what OnCall does not know now, it may confirm a minute later.
    const commandId = `${commandIdOf(signal, message)}#refused`;
    const details = alertDetails(signal, message);
    return this.#unmatched({ commandId, details, receivedAtMs: message.receivedAtMs }, reason);
  }

  /** Remembers the newest resolution of a group that has no open incident. */
  async #bury(signal: AlertSignal, receivedAtMs: number): Promise<void> {
    const { rows } = this.#deps;
    const at = signal.occurredAt ?? new Date(receivedAtMs).toISOString();
    const known = await rows.readTombstone(signal.source, signal.group);
    if (notLater(at, known ?? null)) return;
    await rows.writeTombstone(signal.source, signal.group, at);
  }

  async #applied(incidentId: string, commandId: string): Promise<boolean> {
    return (await this.#deps.rows.appliedSeq(incidentId, commandId)) !== undefined;
  }

  async #open(
    place: NextEpisode & { previous: IncidentState | undefined },
    of: { signal: AlertSignal; commandId: string; marks: AlertMarks | undefined },
  ): Promise<void> {
    const { record, routing } = this.#deps;
    const { signal } = of;
    const { severity, isDefault } = severityOf(routing, signal);
    const service = serviceOf(routing, signal)?.name ?? null;
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
                title: incidentTitle(signal.title, { kind: 'alert', service }),
                severity,
                severityIsDefault: isDefault,
                service,
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

  async #record(incidentId: string, of: Placed, as?: News): Promise<string> {
    const { record, rows } = this.#deps;
    const { signal, details, commandId } = of;
    const people = rosterOf(signal);
    if (people.length > 0) await rows.putRoster(incidentId, commandId, people);
    const actor = { kind: 'alert_source', id: signal.source } as const;
    const { severity } = details;
    await record.runAll<string>(incidentId, [
      // First: if we die between the two, the delivery finds its way here again.
      ...(severity === undefined
        ? []
        : [
            {
              commandId: `${commandId}#severity`,
              actor,
              decide: raising({ ...details, severity }),
            },
          ]),
      {
        commandId,
        actor,
        decide: (incident, { at }): Decision<string> => {
          const from = signal.hasStoredTime ? undefined : CHANGES_FROM[signal.kind];
          if (from && !from.includes(incident?.alertGroup?.state ?? null)) {
            return { decline: 'it changes nothing' };
          }
          const type = ALERT_EVENT_OF[signal.kind];
          const heard = incident ? whatIsHeard(incident, { type, signal, details, as, at }) : {};
          return { append: type, details: { ...details, ...heard } };
        },
      },
    ]);
    return incidentId;
  }

  /** The chain of the day that has this delivery as unmatched. */
  async #unmatchedOn(of: Unmatched, kind: AlertKind): Promise<string | undefined> {
    // Of a resolution nobody is told: it is nowhere else.
    const chains = kind === 'resolve' ? [shardOf(of)] : [shardOf(of), intakeChainOf(of)];
    for (const chain of chains) {
      const isThere = await this.#deps.record.load(chain);
      if (isThere && (await this.#applied(chain, of.commandId))) return chain;
    }
    return undefined;
  }

  /** Puts what nobody needs to hear of on its own chain of the day: there may be thousands of them. */
  async #passed(of: Unmatched, reason: string): Promise<string> {
    const { event } = await this.#unmatchedEvent(of, reason, shardOf(of));
    // The first of a chain is noted elsewhere, which is an effect.
    if (event.seq > 1) await settleEvent(this.#deps.rows, event);
    return event.incidentId;
  }

  async #unmatched(of: Unmatched, reason: string): Promise<string> {
    return (await this.#unmatchedEvent(of, reason, intakeChainOf(of))).event.incidentId;
  }

  async #unmatchedEvent(of: Unmatched, reason: string, incidentId: string) {
    const { commandId, details } = of;
    const outcome = await this.#deps.record.run<never>({
      incidentId,
      commandId,
      actor: { kind: 'alert_source', id: details.source },
      decide: () => ({ append: 'ALERT_UNMATCHED', details: { ...details, reason } }),
    });
    return outcome as Exclude<typeof outcome, { kind: 'declined' }>;
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

/** One delivery on its way to its place. */
type Placed = Delivered & {
  message: Delivery;
  /** One that was accepted later was read before. */
  isLate: boolean;
};

type Home = {
  incident: IncidentState;
  group: NewsOf['group'];
  /** It is the group's storm. */
  link?: StormLink;
};

function shardOf({ details, receivedAtMs }: Unmatched): string {
  return intakeShardId(new Date(receivedAtMs).toISOString(), details);
}

function commandIdOf(signal: AlertSignal, message: Delivery): string {
  // Without a stored time a later "unsilence" reads like the first one; the state tells them apart.
  const isTimeless = signal.kind in CHANGES_FROM && !signal.hasStoredTime;
  return isTimeless ? `${signal.meaning}#${message.requestId}` : signal.meaning;
}
