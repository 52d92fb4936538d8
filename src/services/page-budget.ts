import type { Clock } from './ports.ts';

/** The page counts requests of one key over this long. https://developer.statuspage.io Unit: ms. */
const WINDOW_MS = 60_000;
/** One request a second, measured over the window. */
export const PAGE_REQUESTS_PER_WINDOW = 60;
/**
 * Of those, looks leave this many to publishing: five updates a minute, each of which reads the page,
 * its components and our unresolved incidents, and sends once. No single page is written to that fast.
 */
export const RESERVED_FOR_PUBLISHING = 20;

/** What a request is for: publishing goes first. */
export type PagePurpose = 'publish' | 'look';

/**
 * How often one process may ask the status page: the page's own limit, kept here, so that looking
 * never makes a publication late.
 *
 * Per process. Publications of one page are one FIFO group, so at most one publisher works at a
 * time; a fresh process starts with a full budget, and the page's 420 and 429 remain the safety net.
 * Never waits: who gets nothing comes back later by message.
 */
export class PageBudget {
  readonly #clock: Clock;
  #takenAtMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes `count` requests, or none of them.
   * @returns whether they may be made now
   */
  take(purpose: PagePurpose, count = 1): boolean {
    const nowMs = this.#clock.nowMs();
    this.#takenAtMs = this.#takenAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
    const reserved = purpose === 'publish' ? 0 : RESERVED_FOR_PUBLISHING;
    if (this.#takenAtMs.length + count + reserved > PAGE_REQUESTS_PER_WINDOW) return false;
    for (let taken = 0; taken < count; taken += 1) this.#takenAtMs.push(nowMs);
    return true;
  }
}
