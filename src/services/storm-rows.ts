import type { DetailsOf } from '../domain/audit-event.ts';
import type { Severity } from '../domain/severity.ts';
import type { StormWindow } from '../domain/storm.ts';
import type { RosterEntry } from './ports.ts';

/** One delivery as the storm's trail keeps it. */
export type LinkedAlert = DetailsOf<'ALERT_LINKED'>['alerts'][number];

/** Which storm an alert group belongs to, and what is known of the group there. */
export type StormLink = {
  stormId: string;
  service: string | null;
  number: number;
  /** The command that linked it: the one delivery that counts as a new group. */
  linkedBy: string;
  state: 'firing' | 'acknowledged' | 'resolved' | 'silenced';
  /** The worst the group ever was; absent in rows of earlier versions. */
  severity?: Severity;
  /** It joined as one to be named in the room. */
  aloud?: true;
  /** The delivery by which it fired again last, which the storm's room hears by name, and when. Epoch ms. */
  backBy?: string;
  backAtMs?: number;
  /** When people who had ended the storm were told of this very group that it goes on. RFC 3339. */
  stillFiring?: string;
  /** The storm was over, and the group opened an incident of its own since. */
  hasLeft?: true;
};

/** A delivery that waits to be appended to the storm's trail. */
export type PendingLink = { key: string; alert: LinkedAlert; people: RosterEntry[] };

/** Deliveries that one event takes; numbered from 1 without gaps. */
export type StormBatch = { number: number; keys: readonly string[] };

/** How far a storm is. */
export type StormHead = {
  service: string | null;
  number: number;
  /** On the `unfinished` index. */
  isUnfinished: boolean;
  /** Changes with every drain; names the message that asks for the next one. */
  turn: number;
  /** Changes with every delivery that was put. */
  signals: number;
  /** Claimed and perhaps appended; to be finished before the next. */
  batch: StormBatch | null;
  /** Number of the last batch that was closed; 0 before the first. */
  lastBatch: number;
  /** When that was. Epoch ms. */
  appendedAtMs: number | null;
};

/**
 * Rows of storms. All reads are consistent.
 * @throws {DeliveryError} `ROWS_UNAVAILABLE` (retryable)
 */
export interface StormRows {
  readWindow(service: string | null): Promise<StormWindow>;
  /** Stores a window under the next revision. @returns false when another writer was first */
  writeWindow(service: string | null, window: StormWindow): Promise<boolean>;
  readLink(source: string, group: string): Promise<StormLink | undefined>;
  /** Durable when it resolves. Safe to repeat. */
  writeLink(source: string, group: string, link: StormLink): Promise<void>;
  /**
   * Puts a delivery among those that wait. Durable when it resolves; a delivery that was put before
   * changes nothing, appended or not.
   */
  putPending(stormId: string, pending: PendingLink): Promise<void>;
  /** True when this delivery was put before. */
  wasPut(stormId: string, key: string): Promise<boolean>;
  /**
   * Says that something waits, and puts the storm on the `unfinished` index.
   * @returns the turn in which it will be taken at the latest
   */
  signal(
    stormId: string,
    of: { service: string | null; number: number; nowMs: number },
  ): Promise<number>;
  readHead(stormId: string): Promise<StormHead | undefined>;
  /** Begins the next turn: what was put before is found by every look after this. */
  begin(stormId: string): Promise<StormHead>;
  /** Deliveries that wait, in the order of their keys. */
  listPending(stormId: string, limit: number): Promise<PendingLink[]>;
  /** @returns the batch that is open now: this one, unless another was claimed first */
  claim(stormId: string, batch: StormBatch): Promise<StormBatch>;
  /** Of these deliveries, those that still wait. */
  readPending(stormId: string, keys: readonly string[]): Promise<PendingLink[]>;
  /** Ends a batch whose event is on the trail. Safe to repeat. */
  close(stormId: string, batch: StormBatch, nowMs: number): Promise<void>;
  /** Takes the storm off the `unfinished` index unless something was signalled since. */
  rest(stormId: string, signals: number): Promise<void>;
}
