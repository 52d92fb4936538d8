import { ChatError, DeliveryError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { Clock, IncidentMessage, IncidentQueue, Log } from './ports.ts';

type WakeAt = Extract<IncidentMessage, { kind: 'wake_at' }>;

/**
 * Longest wait of one message. It comes back once and is done, long before its receives are counted
 * out; what has to wait longer is told again by then. Unit: ms.
 */
const WAIT_MAX_MS = 300_000;

/**
 * Brings an incident's effects back when their turn has come, without holding up its queue group: a
 * queue of this kind delays no single message, so the wait is the visibility of a message in a group
 * of its own.
 */
export class Wakes {
  readonly #deps: { queue: IncidentQueue; clock: Clock; log: Log };

  constructor(deps: { queue: IncidentQueue; clock: Clock; log: Log }) {
    this.#deps = deps;
  }

  /**
   * Takes over what failed only because the chat's rate limit gives it no place yet.
   * @returns false: that is not why, or it could not be taken over
   */
  async later(incidentId: string, error: unknown): Promise<boolean> {
    const { queue, clock, log } = this.#deps;
    if (!(error instanceof ChatError) || error.code !== 'CHAT_RATE_LIMITED') return false;
    const waitMs = Math.min((error.retryAfterS ?? 1) * 1000, WAIT_MAX_MS);
    // Whole seconds, so that several who wait for the same instant send one message.
    const atMs = Math.ceil((clock.nowMs() + waitMs) / 1000) * 1000;
    await queue.send(
      { kind: 'wake_at', incidentId, atMs },
      {
        // One a wake: an earlier one must not stand behind a later one that is waited for.
        group: `wake#${incidentId}#${atMs}`,
        deduplicationId: sha256Hex(`wake#${incidentId}#${atMs}`),
      },
    );
    log.note('effects wait for their turn', { incidentId, waitS: Math.ceil(waitMs / 1000) });
    return true;
  }

  /**
   * Its time has come: the incident's effects run in their own group.
   * @throws {DeliveryError} `NOT_YET` (retryable) before that
   */
  async due({ incidentId, atMs }: WakeAt): Promise<void> {
    const { queue, clock } = this.#deps;
    const restMs = atMs - clock.nowMs();
    if (restMs > 0) {
      throw new DeliveryError({
        code: 'NOT_YET',
        message: `cannot wake ${incidentId}: expected its time to have come, got some to wait`,
        retryable: true,
        retryAfterS: Math.ceil(restMs / 1000),
      });
    }
    await queue.send(
      { kind: 'sweep', incidentId, wake: String(atMs) },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`woken#${incidentId}#${atMs}`),
      },
    );
  }
}
