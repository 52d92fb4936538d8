import { PUBLICATION_TOKEN_TYPE } from '../domain/approval-token.ts';
import type { AuditEvent, DetailsOf } from '../domain/audit-event.ts';
import { draftAccepts } from '../domain/draft-transitions.ts';
import { PageError } from '../domain/errors.ts';
import { type GateView, gateView, type StartedEvent } from '../domain/gate-view.ts';
import { canonicalSha256Hex } from '../domain/ids.ts';
import { PAGE_UPDATES_REMEMBERED_MAX, PUBLISH_ATTEMPTS_MAX } from '../domain/limits.ts';
import type { DeploymentIdentity } from './approval-checks.ts';
import type { NextPlace } from './incident-record.ts';
import type { Clock, Ids, Log, Signer } from './ports.ts';
import type { Fact, PublicationChain } from './publication-chain.ts';
import { signToken } from './signatures.ts';
import { customersRead, type PageIncident, type StatusPage } from './status-page.ts';

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
  page: StatusPage;
  signer: Signer;
  identity: DeploymentIdentity;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** From STARTED to the last permitted send. */
  deadlineMs: number;
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

  /** The page's own words about this incident before we add ours; nothing for a first one. */
  async pageBefore(view: GateView): Promise<PageBefore> {
    const onPage = view.revision.details.request.path.split('/incidents/')[1];
    if (onPage === undefined) return { statuspageIncidentId: null, updateIds: [] };
    const incident = await this.#deps.page.read(onPage).catch((error: unknown) => {
      // Refused for good: so will be the request itself, and that answer belongs on the trail.
      if (error instanceof PageError && error.code === 'PAGE_REFUSED') return undefined;
      throw error;
    });
    const updates = incident?.updates.slice(0, PAGE_UPDATES_REMEMBERED_MAX) ?? [];
    return { statuspageIncidentId: onPage, updateIds: updates.map((update) => update.id) };
  }

  /** Records what an error of the page means for the attempt. */
  async failed(view: GateView, started: StartedEvent, error: unknown): Promise<AttemptOutcome> {
    const { log } = this.#deps;
    const code = error instanceof PageError ? error.code : 'PAGE_OUTCOME_UNKNOWN';
    log.warn('publication attempt ended', { incidentId: view.revision.incidentId, code });
    if (code === 'PAGE_OUTCOME_UNKNOWN') {
      return this.unconfirmed(view, started, { reason: 'the status page did not answer' });
    }
    if (code === 'PAGE_NOT_EXECUTED') {
      return this.notExecuted(view, started, 'the status page was busy and did nothing');
    }
    await this.#conclude(view, started, {
      name: 'failed',
      type: 'STATUSPAGE_PUBLISH_FAILED',
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_FAILED',
        details: {
          ...reference(started),
          reason: 'the status page refused the request',
          httpStatus: (error as PageError).httpStatus,
        },
      }),
    });
    log.count('PublishFailed');
    return 'failed';
  }

  /** Records that nothing was done, so that the next attempt may be made. */
  async notExecuted(
    view: GateView,
    started: StartedEvent,
    reason: string,
  ): Promise<AttemptOutcome> {
    const { clock } = this.#deps;
    const waitMs = Math.min(RETRY_BASE_MS * 2 ** (started.details.attempt - 1), RETRY_MAX_MS);
    await this.#conclude(view, started, {
      name: 'not_executed',
      type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
        details: {
          ...reference(started),
          reason,
          retryAt: new Date(clock.nowMs() + waitMs).toISOString(),
        },
      }),
    });
    return 'not_executed';
  }

  /** Records that nobody knows. Safe to repeat: one event per look. */
  async unconfirmed(
    view: GateView,
    started: StartedEvent,
    of: { reason: string; looks?: number },
  ): Promise<AttemptOutcome> {
    const looks = of.looks ?? 0;
    await this.#conclude(view, started, {
      name: `unconfirmed#${looks}`,
      type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
        details: { ...reference(started), reason: of.reason, looks },
      }),
    });
    this.#deps.log.count('PublishUnconfirmed');
    return 'unconfirmed';
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
   * Asks the page whether an attempt of unknown outcome is there. Presence proves it; absence and a
   * page that cannot be asked prove nothing, and the human who asked is told.
   */
  async look(view: GateView, attempt: Attempt): Promise<AttemptOutcome> {
    const { started } = attempt;
    const looks = attempt.looks + 1;
    let found: PageIncident | undefined;
    try {
      found = await this.#find(view, started);
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      const reason = 'the status page could not be asked';
      return this.unconfirmed(view, started, { reason, looks });
    }
    if (found) return this.published(view, started, { answer: found, adopted: true });
    return this.unconfirmed(view, started, { reason: 'the status page does not show it', looks });
  }

  async #find(view: GateView, started: StartedEvent): Promise<PageIncident | undefined> {
    const { page, log } = this.#deps;
    const { pageBefore, publicationId } = started.details;
    const wanted = view.revision.details.request.body.incident;
    if (pageBefore.statuspageIncidentId === null) {
      const ours = (await page.recent()).filter((p) => p.publicationId === publicationId);
      if (ours.length > 1) log.count('PublishDuplicated');
      // The list is newest first; of two, the oldest is the one customers saw first.
      return ours.at(-1);
    }
    const incident = await page.read(pageBefore.statuspageIncidentId);
    const isNew = incident?.updates.some(
      (update) =>
        !pageBefore.updateIds.includes(update.id) &&
        update.body === wanted.body &&
        update.status === wanted.status,
    );
    return isNew ? incident : undefined;
  }

  /** Records and signs what is on the page now. */
  async published(
    view: GateView,
    started: StartedEvent,
    of: { answer: PageIncident; adopted: boolean },
  ): Promise<AttemptOutcome> {
    const facts = {
      ...reference(started),
      digest: started.details.digest,
      statuspageIncidentId: of.answer.statuspageIncidentId,
      pageDigest: canonicalSha256Hex(customersRead(of.answer)),
      adopted: of.adopted,
    };
    await this.#conclude(view, started, {
      name: 'published',
      type: 'STATUSPAGE_PUBLISHED',
      fact: async (next) => ({
        type: 'STATUSPAGE_PUBLISHED',
        details: {
          ...facts,
          link: of.answer.link,
          publicationJws: await this.#signed(view, facts, next),
        },
      }),
    });
    return 'published';
  }

  #signed(
    view: GateView,
    facts: { publicationId: string; attempt: number },
    next: NextPlace,
  ): Promise<string> {
    const { signer, identity } = this.#deps;
    return signToken(signer, PUBLICATION_TOKEN_TYPE, {
      deployment: identity.deployment,
      pageId: identity.pageId,
      incidentId: view.revision.incidentId,
      seq: next.seq,
      prevHash: next.prevHash,
      ...facts,
      iat: Math.floor(Date.parse(next.at) / 1000),
      jti: `${facts.publicationId}#${facts.attempt}#published`,
    });
  }

  /**
   * Appends how an attempt went, once, unless the trail already says more than this does: another
   * delivery, or a human, may have settled it meanwhile.
   */
  async #conclude(
    view: GateView,
    started: StartedEvent,
    of: { name: string; type: Fact['type']; fact: (next: NextPlace) => Promise<Fact> | Fact },
  ): Promise<void> {
    const { publicationId, attempt, attemptId } = started.details;
    const stillOpen = (events: readonly AuditEvent[]) => {
      const now = gateView(events, started.details);
      const same = now?.attempt?.started.details.attemptId === attemptId;
      return now !== undefined && same && draftAccepts(now.status, of.type);
    };
    await this.#deps.chain.appendOnce(view.revision.incidentId, {
      commandId: `${publicationId}#${attempt}#${of.name}`,
      sinceSeq: view.revision.seq,
      allowed: stillOpen,
      fact: of.fact,
    });
  }
}

type Attempt = NonNullable<GateView['attempt']>;

/** Attempts made at a revision so far. */
export function attemptsOf(view: GateView): number {
  return view.attempt?.started.details.attempt ?? 0;
}

function reference(started: StartedEvent) {
  const { draftId, revision, publicationId, attempt, attemptId } = started.details;
  return { draftId, revision, publicationId, attempt, attemptId };
}
