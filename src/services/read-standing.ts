import type { AuditEvent, sealEvent } from '../domain/audit-event.ts';
import {
  checkpointSeq,
  isCheckpoint,
  type Standing,
  standingAfter,
  standingOf,
} from '../domain/standing.ts';

/** Reads a chain from a number to its head; the events follow one another. */
type ReadFrom = (incidentId: string, fromSeq: number) => Promise<AuditEvent[]>;

/**
 * The events from the checkpoint before `seq` to the head. One query, of at most
 * `CHECKPOINT_EVERY` events more than those from `seq` on, whatever the length of the trail. Only a
 * trail whose checkpoint an older version wrote is read from its beginning.
 */
export async function fromCheckpoint(
  readFrom: ReadFrom,
  incidentId: string,
  seq: number,
): Promise<AuditEvent[]> {
  const fromSeq = checkpointSeq(seq);
  const events = await readFrom(incidentId, fromSeq);
  const isOlder = fromSeq > 1 && events.length > 0 && standingOf(events.slice(0, 1)) === undefined;
  return isOlder ? readFrom(incidentId, 1) : events;
}

/**
 * The standing of an incident as of event `seq`, from its trail alone.
 * @returns undefined when the trail does not reach that far
 * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CORRUPT`
 */
export async function readStanding(
  readFrom: ReadFrom,
  incidentId: string,
  seq: number,
): Promise<Standing | undefined> {
  const events = await fromCheckpoint(readFrom, incidentId, seq);
  const known = events.filter((event) => event.seq <= seq);
  return known.at(-1)?.seq === seq ? standingOf(known) : undefined;
}

/** An event about to be sealed. */
type OpenEvent = Parameters<typeof sealEvent>[0];

/**
 * An event as it is to be sealed: one that is a checkpoint repeats the standing, as the trail gives it
 * and not the projection, because what is repeated is believed from now on.
 */
export async function withCheckpoint(readFrom: ReadFrom, open: OpenEvent): Promise<OpenEvent> {
  if (!isCheckpoint(open)) return open;
  const before = await readStanding(readFrom, open.incidentId, open.seq - 1);
  if (!before) return open;
  const checkpoint = standingAfter(before, open as AuditEvent);
  return { ...open, details: { ...open.details, checkpoint } } as unknown as OpenEvent;
}
