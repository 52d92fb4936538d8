import { ChatError } from '../domain/errors.ts';
import type { StepRow } from './ports.ts';

/**
 * Least time between two edits of one message, so that many events in a moment cost one call: the
 * edit that comes later shows the newest state. Unit: ms.
 */
export const EDIT_INTERVAL_MS = 3_000;

/**
 * Whether a card that stands is to be edited now. Its journal says which version it shows.
 * @throws {ChatError} `CHAT_RATE_LIMITED` with `retryAfterS` when it was edited a moment ago
 */
export function editDue(
  journal: StepRow['result'],
  of: { version: number; nowMs: number; everyMs: number },
): boolean {
  const { version, nowMs, everyMs } = of;
  if (journal.version === String(version)) return false;
  const waitMs = Number(journal.editedAtMs ?? 0) + everyMs - nowMs;
  if (waitMs <= 0) return true;
  throw new ChatError({
    code: 'CHAT_RATE_LIMITED',
    message: 'cannot edit a card: expected a few seconds since its last edit, got fewer',
    retryable: true,
    retryAfterS: Math.ceil(waitMs / 1000),
  });
}

/** What the journal says after an edit. */
export function editedNow(ts: string, of: { version: number; nowMs: number }): StepRow {
  const { version, nowMs } = of;
  return { done: true, result: { ts, version: String(version), editedAtMs: String(nowMs) } };
}
