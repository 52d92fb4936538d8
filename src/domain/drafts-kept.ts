import type { DraftState } from './incident-state.ts';
import { DRAFTS_IN_STATE_MAX } from './limits.ts';
import { cutText } from './well-formed.ts';

/**
 * Drafts of one incident as they are stored, when one is written. The row holds 400 KB, and beside
 * them 50 publications, the last request and what drafts grow by later. Unit: bytes of JSON.
 */
export const DRAFTS_IN_STATE_MAX_BYTES = 140_000;
/** Drafts of one incident that nobody decided, or whose publication is not over. */
export const WAITING_DRAFTS_MAX = 10;
/** What a card shows of a reason; the whole of it is on the trail. Unit: UTF-16 units. */
const REASON_KEPT_MAX = 600;
/** The same of why the glass was broken: one person alone may do so again and again. */
const GLASS_REASON_KEPT_MAX = 200;

const WAITING: readonly DraftState['status'][] = [
  'pending_approval',
  'approved',
  'publishing',
  'unconfirmed',
];

/** Why an event says that a draft ended or came back, as the projection keeps it. */
export function keptReason(reason: string): string {
  return cutText(reason, REASON_KEPT_MAX);
}

/** Why somebody broke the glass, as the projection keeps it. */
export function keptGlassReason(reason: string): string {
  return cutText(reason, GLASS_REASON_KEPT_MAX);
}

/**
 * Drops the oldest drafts that are over until the rest is few and small enough; after those, the
 * older revisions of a draft that were sent. A draft that still waits for something always stays;
 * their number is bounded where they are made. What is dropped is on the trail.
 *
 * @param drafts - oldest first
 */
export function keptDrafts(drafts: readonly DraftState[]): DraftState[] {
  const sizes = new Map(drafts.map((draft) => [draft, bytesOf(draft)]));
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let count = drafts.length;
  const kept = drafts.filter((draft) => {
    const isTooMuch = count > DRAFTS_IN_STATE_MAX || bytes > DRAFTS_IN_STATE_MAX_BYTES;
    if (!isTooMuch || isWaiting(draft)) return true;
    count -= 1;
    bytes -= sizes.get(draft) ?? 0;
    return false;
  });
  return kept.map((draft) => {
    let lighter = draft;
    while (bytes > DRAFTS_IN_STATE_MAX_BYTES && lighter.sentBefore?.length) {
      const before = bytesOf(lighter);
      lighter = { ...lighter, sentBefore: lighter.sentBefore.slice(1) };
      bytes -= before - bytesOf(lighter);
    }
    return lighter;
  });
}

/** True when one more draft would be more than people can mean to decide. */
export function isFullOfWaiting(drafts: readonly DraftState[]): boolean {
  return drafts.filter(isWaiting).length >= WAITING_DRAFTS_MAX;
}

/** Whether a draft may still reach the page: nobody decided, or its publication is not over. */
export function isWaiting({ status }: DraftState): boolean {
  return WAITING.includes(status);
}

function bytesOf(draft: DraftState): number {
  return new TextEncoder().encode(JSON.stringify(draft)).length;
}
