import type { AuditEvent, DetailsOf } from '../domain/audit-event.ts';
import { draftAccepts } from '../domain/draft-transitions.ts';
import { PageError } from '../domain/errors.ts';
import { type GateView, gateView, type StartedEvent } from '../domain/gate-view.ts';
import { PUBLISH_ATTEMPTS_MAX } from '../domain/limits.ts';
import {
  firstLookAtMs,
  type LookRules,
  type LookTiming,
  prospectOf,
} from '../domain/look-schedule.ts';
import { driftDetails, incidentRemoved } from '../domain/page-difference.ts';
import { pageRefusalWords } from '../domain/page-refusal.ts';
import type { Standing } from '../domain/standing.ts';
import type { DeploymentIdentity } from './approval-checks.ts';
import type { NextPlace } from './incident-record.ts';
import type { Clock, Ids, Log, Signer } from './ports.ts';
import type { Fact, PublicationChain } from './publication-chain.ts';
import { publishedFact, reference } from './published-fact.ts';
import type { PageIncident } from './status-page.ts';

/** First wait after the page said "not executed"; doubled per attempt. Unit: ms. */
const RETRY_BASE_MS = 5_000;
/** The page counts requests over 60 s, so waiting longer gains nothing. */
const RETRY_MAX_MS = 60_000;

/** How an attempt stands after a step of it was recorded. */
export type AttemptOutcome = 'published' | 'not_executed' | 'unconfirmed' | 'failed';
/** What the page showed before an attempt. */
export type PageBefore = DetailsOf<'STATUSPAGE_PUBLISH_STARTED'>['pageBefore'];

export type PublicationAttemptsDeps = {
  chain: PublicationChain;
  signer: Signer;
  identity: DeploymentIdentity;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** From STARTED to the last permitted send. */
  deadlineMs: number;
  /** How long the page may take to answer one request. */
  pageTimeoutMs: number;
  lookRules: LookRules;
  /** Of the configuration, so that people read names. */
  components: readonly { id: string; name: string }[];
};

/** Records each step of an attempt, with the facts that a later look needs. */
export class PublicationAttempts {
  readonly #deps: PublicationAttemptsDeps;

  constructor(deps: PublicationAttemptsDeps) {
    this.#deps = deps;
  }

  /**
   * Claims the place right after the head the checks were made on.
   * @returns undefined when something else was appended there first
   */
  async start(view: GateView, pageBefore: PageBefore): Promise<StartedEvent | undefined> {
    const { chain, clock, ids, deadlineMs } = this.#deps;
    const { details, incidentId } = view.revision;
    const attempt = attemptsOf(view) + 1;
    const event = await chain.appendAfter(incidentId, view.head, {
      commandId: `${details.publicationId}#${attempt}#started`,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_STARTED',
        details: {
          draftId: details.draftId,
          revision: details.revision,
          publicationId: details.publicationId,
          attempt,
          attemptId: ids.unique(),
          digest: details.digest,
          deadline: new Date(clock.nowMs() + deadlineMs).toISOString(),
          pageBefore,
        },
      }),
    });
    return event as StartedEvent | undefined;
  }

  /** Records what an error of the page means for the attempt. */
  async failed(view: GateView, started: StartedEvent, error: unknown): Promise<AttemptOutcome> {
    const { log } = this.#deps;
    const code = error instanceof PageError ? error.code : 'PAGE_OUTCOME_UNKNOWN';
    log.warn('publication attempt ended', { incidentId: view.revision.incidentId, code });
    if (code === 'PAGE_OUTCOME_UNKNOWN') {
      return this.unknown(view, started, 'the status page did not answer');
    }
    if (code === 'PAGE_NOT_EXECUTED') {
      return this.notExecuted(view, started, 'the status page was busy and did nothing');
    }
    const { refusal, httpStatus } = error as PageError;
    const why = refusal ? `: ${pageRefusalWords(refusal, this.#deps.components)}` : '';
    const reason = `the status page refused the request${why}`;
    // First, so that what is drafted after the failure opens a new incident.
    if (refusal?.kind === 'INCIDENT_GONE') await this.#gone(view, started);
    await this.#conclude(view, started, {
      name: 'failed',
      type: 'STATUSPAGE_PUBLISH_FAILED',
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_FAILED',
        details: { ...reference(started), reason, httpStatus },
      }),
    });
    log.count('PublishFailed');
    return 'failed';
  }

  /** The incident that this was to add to is not on the page: as the sweeper would have found it. */
  async #gone(view: GateView, { details }: StartedEvent): Promise<void> {
    const { chain, log } = this.#deps;
    const { incidentId } = view.revision;
    // An update is only claimed while the trail says which incident it adds to.
    const page = view.standing.page as NonNullable<Standing['page']>;
    const difference = incidentRemoved(page);
    const seen = { id: page.statuspageIncidentId, link: '', difference };
    await chain.appendOnce(incidentId, {
      commandId: `${details.publicationId}#${details.attempt}#gone`,
      sinceSeq: view.revision.seq,
      allowed: (events) => {
        const now = gateView(events, details, view.standingThen);
        return now?.standing.page?.removed !== true;
      },
      fact: () => {
        log.count('PageDriftFound', { kind: difference.kind });
        return { type: 'STATUSPAGE_DRIFT_FOUND', details: driftDetails(seen) };
      },
    });
  }

  /** Records that nothing was done, so that the next attempt may be made after a wait. */
  async notExecuted(
    view: GateView,
    started: StartedEvent,
    reason: string,
  ): Promise<AttemptOutcome> {
    const waitMs = Math.min(RETRY_BASE_MS * 2 ** (started.details.attempt - 1), RETRY_MAX_MS);
    await this.#again(view, started, { name: 'not_executed', reason, waitMs });
    return 'not_executed';
  }

  /**
   * Records that looks did not find it, and by which rule another attempt is made at once.
   * @returns undefined when the trail says more by now: look again
   */
  absent(
    view: GateView,
    started: StartedEvent,
    absentLooks: number,
  ): Promise<AttemptOutcome | undefined> {
    const reason =
      `not on the status page at ${absentLooks} looks; ` +
      `rule for sending again: ${this.#deps.lookRules.autoRetry}`;
    return this.#again(view, started, { name: 'absent', reason, waitMs: 0, absentLooks });
  }

  async #again(
    view: GateView,
    started: StartedEvent,
    of: { name: string; reason: string; waitMs: number; absentLooks?: number },
  ): Promise<AttemptOutcome | undefined> {
    const { name, waitMs, ...why } = of;
    const retryAt = new Date(this.#deps.clock.nowMs() + waitMs).toISOString();
    const isAbsence = why.absentLooks !== undefined;
    const isRecorded = await this.#conclude(view, started, {
      name,
      // What was counted must be all there is.
      ...(isAbsence ? { basisSeq: view.basisSeq } : {}),
      // People were told that nothing is sent again until they decide.
      allowed: (now) => !now.attempt?.leftToPerson,
      type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
        details: { ...reference(started), ...why, retryAt },
      }),
    });
    return isRecorded ? 'not_executed' : undefined;
  }

  /** Records that nobody knows how an attempt ended, and when the page is asked first. */
  unknown(view: GateView, started: StartedEvent, reason: string): Promise<AttemptOutcome> {
    const { clock } = this.#deps;
    const nextLookAtMs = Math.max(firstLookAtMs(this.timing(started)), clock.nowMs());
    return this.unconfirmed(view, started, { reason, looks: 0, unasked: 0, nextLookAtMs });
  }

  /**
   * Records that still nobody knows. Safe to repeat: one event per look.
   * @param of.nextLookAtMs - undefined: a person decides
   */
  async unconfirmed(
    view: GateView,
    started: StartedEvent,
    of: { reason: string; looks: number; unasked: number; nextLookAtMs: number | undefined },
  ): Promise<AttemptOutcome> {
    const { log, lookRules } = this.#deps;
    const { reason, looks, unasked, nextLookAtMs } = of;
    const { lookRequested = false, leftToPerson = false } = view.attempt ?? {};
    const name = `unconfirmed#${looks}${unasked > 0 ? `.${unasked}` : ''}`;
    await this.#conclude(view, started, {
      name,
      // A look that took long must not undo what later ones counted.
      ...(looks + unasked > 0 ? { basisSeq: view.basisSeq } : {}),
      type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
      // A look that a person asked for meanwhile has yet to be made.
      allowed: (now) => looks + unasked === 0 || now.attempt?.lookRequested === lookRequested,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
        details: {
          ...reference(started),
          reason,
          looks,
          ...(unasked > 0 ? { unasked } : {}),
          ...prospectOf(this.timing(started), lookRules, {
            nextLookAtMs,
            request: view.revision.details.request,
            absences: view.absences,
            leftToPerson,
          }),
        },
      }),
    });
    // For the alarm: at the start, and when it is left to a person.
    if (looks + unasked === 0 || nextLookAtMs === undefined) log.count('PublishUnconfirmed');
    return 'unconfirmed';
  }

  /** When an attempt may be looked for. */
  timing(started: StartedEvent): LookTiming {
    return { deadline: started.details.deadline, pageTimeoutMs: this.#deps.pageTimeoutMs };
  }

  /**
   * Gives up after the last attempt the page did not execute.
   * @returns undefined when something was appended since: look again
   */
  async exhausted(view: GateView, started: StartedEvent): Promise<AttemptOutcome | undefined> {
    const event = await this.#deps.chain.appendAfter(view.revision.incidentId, view.head, {
      commandId: `${started.details.publicationId}#exhausted`,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_FAILED',
        details: {
          ...reference(started),
          reason: `the status page was busy at ${PUBLISH_ATTEMPTS_MAX} attempts`,
          httpStatus: null,
        },
      }),
    });
    this.#deps.log.count('PublishFailed');
    return event && 'failed';
  }

  /**
   * Records and signs what is on the page now.
   * @returns undefined when another attempt began meanwhile: what is on the page may be its effect
   */
  async published(
    view: GateView,
    started: StartedEvent,
    of: { answer: PageIncident; adopted: boolean },
  ): Promise<AttemptOutcome | undefined> {
    const isRecorded = await this.#conclude(view, started, {
      name: 'published',
      type: 'STATUSPAGE_PUBLISHED',
      fact: (next) => publishedFact(this.#deps, { view, started, next, ...of }),
    });
    return isRecorded ? 'published' : undefined;
  }

  /**
   * Appends how an attempt went, once, unless the trail already says more than this does: another
   * delivery, or a human, may have settled it meanwhile.
   * @returns whether it is on the trail
   */
  async #conclude(
    view: GateView,
    started: StartedEvent,
    of: {
      name: string;
      type: Fact['type'];
      /** Set when it holds only as long as nothing else was recorded of the revision since. */
      basisSeq?: number;
      allowed?: (now: GateView) => boolean;
      fact: (next: NextPlace) => Promise<Fact> | Fact;
    },
  ): Promise<boolean> {
    const { publicationId, attempt, attemptId } = started.details;
    const stillOpen = (events: readonly AuditEvent[]) => {
      const now = gateView(events, started.details, view.standingThen);
      if (now?.attempt?.started.details.attemptId !== attemptId) return false;
      const isBasis = of.basisSeq === undefined || of.basisSeq === now.basisSeq;
      const isAllowed = of.allowed?.(now) ?? true;
      return isBasis && isAllowed && draftAccepts(now.status, of.type);
    };
    const event = await this.#deps.chain.appendOnce(view.revision.incidentId, {
      commandId: `${publicationId}#${attempt}#${of.name}`,
      sinceSeq: view.revision.seq,
      allowed: stillOpen,
      fact: of.fact,
    });
    return event !== undefined;
  }
}

/** Attempts made at a revision so far. */
export function attemptsOf(view: GateView): number {
  return view.attempt?.started.details.attempt ?? 0;
}
