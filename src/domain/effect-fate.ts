import { ChatError, CodedError, TrailError } from './errors.ts';
import { TURN_AWAITED_MS } from './limits.ts';

/**
 * What becomes of an effect that failed: it is tried again at once and holds up what comes after it;
 * it is put aside and tried again later, while all else goes on; or it is given up.
 */
export type Fate = 'again' | 'aside' | 'never';

/** Slack's names for what is wrong with a request itself: the same one is never taken. */
const FINAL: ReadonlySet<string> = new Set([
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'metadata_too_large',
  'no_text',
  'too_long',
  'not_pinnable',
  'cant_update_message',
  'edit_window_closed',
  'expired_trigger_id',
  'exchanged_trigger_id',
]);

/**
 * Decides on one failure. Only what can never succeed is given up: a token, a permission or a setting
 * of the workspace is put right by people, and an outage ends.
 *
 * @param of.openMs - how long the effect has been open
 * @param of.patienceMs - how long what may pass by itself holds up what comes after it
 */
export function fateOf(error: unknown, of: { openMs: number; patienceMs: number }): Fate {
  const isEarly = of.openMs <= of.patienceMs;
  if (error instanceof TrailError) return error.code === 'EVENT_INVALID' ? 'never' : 'again';
  if (!(error instanceof CodedError)) return isEarly ? 'again' : 'aside';
  if (error instanceof ChatError) {
    // Nothing is wrong with what waits for its turn, and the turn comes.
    if (error.code === 'CHAT_RATE_LIMITED') return of.openMs <= TURN_AWAITED_MS ? 'again' : 'aside';
    if (!error.retryable) return isFinal(error) ? 'never' : 'aside';
  }
  if (!error.retryable) return 'never';
  return isEarly ? 'again' : 'aside';
}

function isFinal({ code, refusal }: ChatError): boolean {
  return code === 'CHAT_NOT_FOUND' || (refusal !== undefined && FINAL.has(refusal));
}
