import type { DetailsOf } from '../domain/audit-event.ts';
import { DeliveryError } from '../domain/errors.ts';
import type { Routing } from '../domain/routing.ts';
import { SEVERITIES } from '../domain/severity.ts';
import {
  STORM_BATCH_MAX,
  STORM_BATCH_MAX_BYTES,
  STORM_LINGER_MS,
  stormGroup,
  stormTitle,
  worstOf,
} from '../domain/storm.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentRows, Log, RosterEntry } from './ports.ts';
import { WORKER } from './responders.ts';
import type { LinkedAlert, PendingLink, StormBatch, StormHead, StormRows } from './storm-rows.ts';

/** Batches of one message; a storm that fills more sends another message meanwhile. */
const BATCHES_MAX = 40;
/** People of one batch who are invited; the service's own responders come in any case. */
const PEOPLE_MAX = 50;

/**
 * Brings what a storm took in to its trail: opens the storm's incident once, then one event a batch.
 *
 * A batch is claimed before its event is written and closed after it, so that a crash in between
 * repeats the same batch, which the trail knows by its number. Runs of one storm are serial by their
 * queue group; two at once would still append each batch once.
 */
export class StormBatches {
  readonly #deps: {
    record: IncidentRecord;
    rows: IncidentRows;
    storms: StormRows;
    routing: Routing;
    clock: Clock;
    log: Log;
  };

  constructor(deps: {
    record: IncidentRecord;
    rows: IncidentRows;
    storms: StormRows;
    routing: Routing;
    clock: Clock;
    log: Log;
  }) {
    this.#deps = deps;
  }

  /**
   * Appends what waits.
   * @throws {DeliveryError} `NOT_YET` (retryable) to let a batch fill up a moment
   */
  async append(stormId: string): Promise<void> {
    const { storms, clock } = this.#deps;
    const before = await storms.readHead(stormId);
    if (!before) return;
    const restMs = (before.appendedAtMs ?? 0) + STORM_LINGER_MS - clock.nowMs();
    if (!before.batch && restMs > 0 && !(await this.#isFull(stormId))) throw notYet(restMs);
    const head = await storms.begin(stormId);
    let batch = head.batch;
    let number = head.lastBatch;
    for (let done = 0; done < BATCHES_MAX; done += 1) {
      batch ??= await this.#claim(stormId, number + 1);
      if (!batch) return storms.rest(stormId, head.signals);
      await this.#appendBatch(stormId, head, batch);
      await storms.close(stormId, batch, clock.nowMs());
      number = batch.number;
      batch = null;
    }
    throw notYet(0);
  }

  async #isFull(stormId: string): Promise<boolean> {
    const pending = await this.#deps.storms.listPending(stormId, STORM_BATCH_MAX);
    return pending.length >= STORM_BATCH_MAX;
  }

  async #claim(stormId: string, number: number): Promise<StormBatch | null> {
    const pending = await this.#deps.storms.listPending(stormId, STORM_BATCH_MAX);
    if (pending.length === 0) return null;
    const keys = fitting(pending).map(({ key }) => key);
    return this.#deps.storms.claim(stormId, { number, keys });
  }

  async #appendBatch(stormId: string, head: StormHead, batch: StormBatch): Promise<void> {
    const { record, rows, storms, log } = this.#deps;
    const pending = await storms.readPending(stormId, batch.keys);
    const alerts = pending.map(({ alert }) => alert);
    // Closed in part already: then its event is there, and the trail gives it back.
    if (alerts.length > 0) await this.#open(stormId, head, alerts);
    const commandId = `linked#${batch.number}`;
    const people = uniquePeople(pending);
    if (people.length > 0) await rows.putRoster(stormId, commandId, people);
    const outcome = await record.run<string>({
      incidentId: stormId,
      commandId,
      actor: WORKER,
      decide: () =>
        alerts.length === 0
          ? { decline: 'nothing waits' }
          : {
              append: 'ALERT_LINKED',
              details: {
                fromIncidentId: null,
                groups: alerts.filter(({ isNew }) => isNew).length,
                alerts,
              },
            },
    });
    if (outcome.kind === 'declined') return;
    if (outcome.kind === 'appended') log.count('StormBatchAppended');
    const { details } = outcome.event as { details: DetailsOf<'ALERT_LINKED'> };
    await this.#raise(stormId, commandId, details.alerts);
  }

  /** The storm's incident, once: as bad as the worst group it begins with. */
  async #open(stormId: string, head: StormHead, alerts: readonly LinkedAlert[]): Promise<void> {
    const { record, storms, routing, log } = this.#deps;
    const { service, number } = head;
    if (await record.load(stormId)) return;
    const { before } = await storms.readWindow(service);
    const severity = worstOf(alerts.map((alert) => alert.severity));
    const asBad = alerts.filter((alert) => alert.severity === severity);
    const outcome = await record.run({
      incidentId: stormId,
      commandId: `storm#${stormId}#open`,
      actor: { kind: 'alert_source', id: alerts[0]!.source },
      decide: (incident) =>
        incident
          ? { decline: 'opened meanwhile' }
          : {
              append: 'INCIDENT_OPENED',
              details: {
                title: stormTitle(service),
                severity,
                severityIsDefault: asBad.every((alert) => alert.severityIsDefault),
                service,
                source: alerts[0]!.source,
                group: stormGroup(service, number),
                episode: 1,
                link: null,
                labels: {},
                previousIncidentId: null,
                storm: { before, ...routing.storm },
              },
            },
    });
    if (outcome.kind === 'appended') log.count('StormOpened');
  }

  /** Raised when a worse group joins; never lowered. */
  async #raise(stormId: string, commandId: string, alerts: readonly LinkedAlert[]): Promise<void> {
    const worst = worstOf(alerts.map(({ severity }) => severity));
    await this.#deps.record.run<string>({
      incidentId: stormId,
      commandId: `${commandId}#severity`,
      actor: WORKER,
      decide: (incident) =>
        !incident || SEVERITIES.indexOf(worst) >= SEVERITIES.indexOf(incident.severity)
          ? { decline: 'it is as bad already' }
          : {
              append: 'SEVERITY_CHANGED',
              details: {
                from: incident.severity,
                to: worst,
                reason: `an alert group of severity ${worst} joined the storm`,
              },
            },
    });
  }
}

/** As many of the first as one event holds. */
function fitting(pending: readonly PendingLink[]): PendingLink[] {
  const taken: PendingLink[] = [];
  let bytes = 0;
  for (const link of pending.slice(0, STORM_BATCH_MAX)) {
    bytes += Buffer.byteLength(JSON.stringify(link.alert));
    if (taken.length > 0 && bytes > STORM_BATCH_MAX_BYTES) break;
    taken.push(link);
  }
  return taken;
}

function uniquePeople(pending: readonly PendingLink[]): RosterEntry[] {
  const people = new Map<string, RosterEntry>();
  for (const person of pending.flatMap((link) => link.people)) {
    people.set(person.email ?? person.reference, person);
  }
  return [...people.values()].slice(0, PEOPLE_MAX);
}

function notYet(restMs: number): DeliveryError {
  return new DeliveryError({
    code: 'NOT_YET',
    message: 'cannot append to a storm: expected its batch to be due, got a moment to wait',
    retryable: true,
    retryAfterS: Math.max(1, Math.ceil(restMs / 1000)),
  });
}
