import type { PageRequest } from './statuspage-event-details.ts';

/** Whether a publication that the page does not show after every look is sent again by itself. */
export type RetryRule = 'never' | 'when_silent' | 'always';

/** How a publication of unknown outcome is looked for on the page. */
export type LookRules = {
  /** Answered looks before its absence counts; 2 or more. */
  looks: number;
  /** From the first look to the last. Unit: ms. */
  settleMs: number;
  autoRetry: RetryRule;
};

/**
 * How long after the deadline an answer may still come: the page's time-out. Before that a look
 * could miss what is just being done. Unit: ms.
 */
export type LookTiming = { deadline: string; pageTimeoutMs: number };

/** First wait after the page could not be asked, doubled each time. Unit: ms. */
const UNASKED_BASE_MS = 15_000;
/** The sweeper comes once a minute anyway. Unit: ms. */
const UNASKED_MAX_MS = 60_000;
/**
 * Times in a row that the page could not be asked before a person is: 15 + 30 + 60 + 60 + 60 s, a
 * little under four minutes. A page that is down longer will not be back the next moment.
 */
export const UNASKED_BEFORE_PERSON = 6;

/** When the page may first be asked: nothing can be sent, or answered, after that. Epoch ms. */
export function firstLookAtMs({ deadline, pageTimeoutMs }: LookTiming): number {
  return Date.parse(deadline) + pageTimeoutMs;
}

/**
 * When the page is asked next. Looks are spread evenly over the settle time; one that came late
 * moves the next ones, and one that a person asked for in between changes none of them.
 *
 * @param of.looks - looks that the page answered so far
 * @returns epoch ms, or undefined: looked often and long enough, it is not there
 */
export function nextLookAtMs(
  timing: LookTiming,
  rules: LookRules,
  of: { looks: number; nowMs: number },
): number | undefined {
  const first = firstLookAtMs(timing);
  const gapMs = rules.settleMs / (rules.looks - 1);
  for (let look = 0; look < rules.looks; look += 1) {
    const dueMs = Math.round(first + look * gapMs);
    if (dueMs > of.nowMs) return dueMs;
  }
  return of.looks >= rules.looks ? undefined : Math.round(of.nowMs + gapMs);
}

/**
 * When the page is asked again after it could not be.
 *
 * @param unasked - how often in a row, this time included
 * @returns epoch ms, or undefined: a person is asked
 */
export function afterUnaskedAtMs(unasked: number, nowMs: number): number | undefined {
  if (unasked >= UNASKED_BEFORE_PERSON) return undefined;
  return nowMs + Math.min(UNASKED_BASE_MS * 2 ** (unasked - 1), UNASKED_MAX_MS);
}

/** What happened to a revision, as far as sending it again depends on it. */
export type AbsenceHistory = {
  request: PageRequest;
  /**
   * Attempts at it that were found absent before: one is the limit, because a page that swallows two
   * requests in a row needs a person.
   */
  absences: number;
  /** A person was asked about this attempt, or asked for a look: it is theirs to decide. */
  leftToPerson: boolean;
};

/** Whether absence leads to another attempt without anybody's doing. */
export function sendsAgain(rule: RetryRule, of: AbsenceHistory): boolean {
  const { request, absences, leftToPerson } = of;
  if (leftToPerson) return false;
  if (absences > 0 || rule === 'never') return false;
  return rule === 'always' || !request.body.incident.deliver_notifications;
}

/** What is done next about an unknown outcome, as its event tells the people who wait. */
export function prospectOf(
  timing: LookTiming,
  rules: LookRules,
  of: AbsenceHistory & { nextLookAtMs: number | undefined },
): { nextLookAt: string | null; lookUntil?: string; ifAbsent?: 'send_again' | 'ask' } {
  const { nextLookAtMs } = of;
  if (nextLookAtMs === undefined) return { nextLookAt: null };
  const untilMs = Math.max(firstLookAtMs(timing) + rules.settleMs, nextLookAtMs);
  return {
    nextLookAt: new Date(nextLookAtMs).toISOString(),
    lookUntil: new Date(untilMs).toISOString(),
    ifAbsent: sendsAgain(rules.autoRetry, of) ? 'send_again' : 'ask',
  };
}
