import {
  AutoPublishNotPermittedError,
  codeOf,
  PageError,
  type PublishRefusal,
  TrailError,
} from '../domain/errors.ts';
import { type GateView, gateView, type StartedEvent } from '../domain/gate-view.ts';
import { isIncidentId, sha256Hex } from '../domain/ids.ts';
import { CLAIM_ROUNDS_MAX, PUBLISH_ATTEMPTS_MAX } from '../domain/limits.ts';
import { checkPublishable, componentsChanged, componentsClaimed } from './approval-checks.ts';
import type { IncidentQueue, IncidentRows } from './ports.ts';
import {
  type AttemptOutcome,
  attemptsOf,
  PublicationAttempts,
  type PublicationAttemptsDeps,
} from './publication-attempts.ts';
import {
  type BeforeSending,
  PublicationLooks,
  type PublicationLooksDeps,
  requestsPerAttempt,
} from './publication-looks.ts';
import { PublicationRefusals, type PublicationRequest } from './publication-refusals.ts';
import { fromCheckpoint } from './read-standing.ts';
import type { PageIncident, PublishPermit } from './status-page.ts';

export type { PublicationRequest } from './publication-refusals.ts';

/** How one delivery of a publication request ended. The message is completed in every case. */
export type GateOutcome =
  | AttemptOutcome
  | 'refused'
  /** Another invocation is publishing, it is not time yet, or it was settled before. */
  | 'nothing_to_do';

export type GateDeps = PublicationAttemptsDeps &
  PublicationLooksDeps & {
    /** Only as a hint where the revision stands; every decision reads the trail. */
    rows: Pick<IncidentRows, 'readState'>;
    queue: IncidentQueue;
  };

/**
 * The approval gate, phase two: publication.
 *
 * Re-reads everything from the audit trail by consistent reads, checks it, claims the place right
 * after the head with `STATUSPAGE_PUBLISH_STARTED`, and only then sends exactly the approved request,
 * once. After an unknown outcome it looks at the page when it is time to, or when a person asks; it
 * never waits here. Messages bring it back.
 *
 * Safe to repeat: any number of deliveries of one request make at most one send per attempt.
 * @throws {TrailError} `TRAIL_UNAVAILABLE`, `TRAIL_CONTENDED` (retryable): nothing was sent that is
 *   not on the trail
 * @throws {SecretError} the approval key could not be read; {PageError} the page could not be read
 *   before the attempt, or was asked too often already. Nothing was sent.
 * @see docs/adr/0003-split-approval-gate.md
 */
export class StatuspageApprovalGate {
  readonly #deps: GateDeps;
  readonly #attempts: PublicationAttempts;
  readonly #looks: PublicationLooks;
  readonly #refusals: PublicationRefusals;

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#attempts = new PublicationAttempts(deps);
    this.#looks = new PublicationLooks(deps, this.#attempts);
    this.#refusals = new PublicationRefusals(deps);
  }

  async publish(request: PublicationRequest): Promise<GateOutcome> {
    let outcome: GateOutcome;
    try {
      outcome = await this.#decide(request);
    } catch (error) {
      if (codeOf(error) !== 'TRAIL_CORRUPT') throw error;
      // Somebody changed the trail: nothing on it may be published, and that goes on record.
      await this.#refusals.corrupt(request);
      outcome = 'refused';
    }
    await this.#tell(request);
    return outcome;
  }

  async #decide(request: PublicationRequest): Promise<GateOutcome> {
    if (!isIncidentId(request.incidentId)) return this.#stray(request);
    let before: BeforeSending | undefined;
    let outcome: GateOutcome | undefined;
    // Undefined: something was appended between our read and our claim; check everything again.
    for (let round = 0; outcome === undefined; round += 1) {
      if (round === CLAIM_ROUNDS_MAX) throw contended();
      const view = await this.#view(request);
      if (!view) return this.#stray(request);
      const beforeSending = async () => {
        // Once per delivery: each request counts against the page's limit.
        const now = before ?? (await this.#beforeSending(view));
        // What was found goes on record first; what stands on the page then is looked at anew.
        before = now.effect ? undefined : now;
        return now;
      };
      const settled = await this.#settled(view);
      if (settled === 'moved') continue;
      outcome = settled ?? (await this.#claimAndSend(view, beforeSending));
    }
    return outcome;
  }

  /** Reads the revision's own event, what led to it since the last checkpoint, and all after it. */
  async #view(request: PublicationRequest): Promise<GateView | undefined> {
    const { chain } = this.#deps;
    const { incidentId } = request;
    const seq = await this.#hint(request);
    if (Number.isSafeInteger(seq) && seq >= 1) {
      const readFrom = (id: string, fromSeq: number) => chain.readFrom(id, fromSeq);
      const view = gateView(await fromCheckpoint(readFrom, incidentId, seq), request);
      if (view) return view;
    }
    return gateView(await chain.readFrom(incidentId, 1), request);
  }

  /**
   * Where the projection says the revision stands. It may be missing, wrong, unreadable or not even
   * of its form: it saves a read and decides nothing.
   */
  async #hint({ incidentId, draftId, revision }: PublicationRequest): Promise<number> {
    try {
      const row = await this.#deps.rows.readState(incidentId);
      const draft = row?.state.drafts.find((known) => known.draftId === draftId);
      return Number(draft?.revisionSeqs[revision - 1]);
    } catch {
      return Number.NaN;
    }
  }

  /** What earlier deliveries left behind: done, under way, of unknown outcome, or to wait for. */
  async #settled(view: GateView): Promise<GateOutcome | 'moved' | undefined> {
    const { clock, pageTimeoutMs } = this.#deps;
    const { status, attempt } = view;
    if (status === 'published' || status === 'publication_failed') return 'nothing_to_do';
    if (!attempt) return undefined;
    if (status === 'publishing') {
      // Whoever started it may still be waiting for the page; only its deadline tells.
      const overMs = Date.parse(attempt.started.details.deadline) + pageTimeoutMs;
      if (clock.nowMs() <= overMs) return 'nothing_to_do';
      const reason = 'the publisher did not report back';
      return this.#attempts.unknown(view, attempt.started, reason);
    }
    if (status === 'unconfirmed') {
      const isDue = attempt.nextLookAt !== null && Date.parse(attempt.nextLookAt) <= clock.nowMs();
      const isWanted = isDue || attempt.lookRequested;
      return isWanted ? ((await this.#looks.look(view, attempt)) ?? 'moved') : 'nothing_to_do';
    }
    const waits = status === 'approved' && clock.nowMs() < Date.parse(String(attempt.retryAt));
    return waits ? 'nothing_to_do' : undefined;
  }

  /** @returns undefined when the head moved and everything must be checked again */
  async #claimAndSend(
    view: GateView,
    beforeSending: () => Promise<BeforeSending>,
  ): Promise<GateOutcome | undefined> {
    const { clock, identity } = this.#deps;
    try {
      await checkPublishable(view, { identity, nowMs: clock.nowMs() });
    } catch (error) {
      if (!(error instanceof AutoPublishNotPermittedError)) throw error;
      if (error.code === 'APPROVALS_MISSING' && isBeingApproved(view)) return 'nothing_to_do';
      return this.#refuse(view, error.code);
    }
    const last = attemptsOf(view) >= PUBLISH_ATTEMPTS_MAX ? view.attempt?.started : undefined;
    // An attempt that was found absent may have come late: that is looked at before giving up.
    if (last && view.absences === 0) return this.#attempts.exhausted(view, last);
    const { pageBefore, effect, refusedBy, components, claims } = await beforeSending();
    if (effect) return this.#putOnRecord(view, effect);
    if (last) return this.#attempts.exhausted(view, last);
    // A page that refuses to be read says nothing of components either: the failure is what counts.
    const changed = refusedBy ? undefined : componentsChanged(view, components);
    if (changed) return this.#refuse(view, 'COMPONENTS_CHANGED', changed);
    const claimed = refusedBy ? undefined : componentsClaimed(view, { claims, shown: components });
    if (claimed) return this.#refuse(view, 'COMPONENT_CLAIMED', claimed);
    const started = await this.#attempts.start(view, pageBefore);
    if (started && refusedBy) return this.#attempts.failed(view, started, refusedBy);
    return started && this.#send(view, started);
  }

  /** Nothing is claimed yet: who finds no room here comes again, with every check anew. */
  #beforeSending(view: GateView): Promise<BeforeSending> {
    const { budget } = this.#deps;
    const count = requestsPerAttempt(view);
    if (budget.take('publish', count)) return this.#looks.before(view);
    throw new PageError({
      code: 'PAGE_NOT_EXECUTED',
      message: `cannot publish: expected room for ${count} more requests to the page this minute`,
      httpStatus: null,
    });
  }

  /** What shows on the page is not sent again; of another revision, this one is judged anew. */
  async #putOnRecord(
    view: GateView,
    effect: NonNullable<BeforeSending['effect']>,
  ): Promise<GateOutcome | undefined> {
    // The trail says so now: checked again, it is refused by that.
    if (effect === 'returned') return undefined;
    if (effect === 'unknown') return this.#refuse(view, 'SECOND_CREATE');
    const { answer, started } = effect;
    const outcome = await this.#attempts.published(effect.view, started, { answer, adopted: true });
    return effect.view === view ? outcome : undefined;
  }

  async #stray(request: PublicationRequest): Promise<GateOutcome> {
    await this.#refusals.stray(request);
    return 'refused';
  }

  async #refuse(
    view: GateView,
    reason: PublishRefusal,
    difference?: string,
  ): Promise<GateOutcome | undefined> {
    return (await this.#refusals.revision(view, reason, difference)) ? 'refused' : undefined;
  }

  async #send(view: GateView, started: StartedEvent): Promise<GateOutcome> {
    const { clock, page } = this.#deps;
    // Frozen between the claim and here: others may have been told by now that it is unknown.
    if (clock.nowMs() >= Date.parse(started.details.deadline)) {
      return this.#attempts.notExecuted(view, started, 'the deadline passed before sending');
    }
    let answer: PageIncident;
    try {
      answer = await page.publish(mintPermit(view, started.details));
    } catch (error) {
      return this.#attempts.failed(view, started, error);
    }
    const kept = await this.#looks.afterSending(view, started, answer);
    return (await this.#attempts.published(view, started, kept)) ?? 'published';
  }

  /** Tells incident-worker that the trail grew; the sweeper does if this message is lost. */
  async #tell(request: PublicationRequest): Promise<void> {
    const { queue, ids } = this.#deps;
    const chainId = this.#refusals.chainOf(request);
    await queue.send(
      {
        kind: 'publication_changed',
        incidentId: chainId,
        publicationId: this.#refusals.publicationOf(request),
      },
      { group: `work#${chainId}`, deduplicationId: sha256Hex(ids.unique()) },
    );
  }
}

/** A request that comes again, or too early, must not take back what people have approved so far. */
function isBeingApproved({ status, approvals, breakGlass }: GateView): boolean {
  return status === 'pending_approval' && approvals.length + breakGlass.length > 0;
}

function contended(): TrailError {
  return new TrailError({
    code: 'TRAIL_CONTENDED',
    message: `cannot claim a publication: lost ${CLAIM_ROUNDS_MAX} races for the next number`,
    retryable: true,
  });
}

/**
 * The only place where a permit comes into being: after STARTED is on the trail. The cast is what
 * makes it the only place: the brand cannot be written down elsewhere, and a test forbids the cast.
 */
function mintPermit(
  view: GateView,
  started: { publicationId: string; attemptId: string; deadline: string },
): PublishPermit {
  const { incidentId } = view.revision;
  const { request, digest } = view.revision.details;
  return {
    request,
    metadata: { ir: { incident: incidentId, publication: started.publicationId, digest } },
    publicationId: started.publicationId,
    attemptId: started.attemptId,
    deadlineMs: Date.parse(started.deadline),
  } as unknown as PublishPermit;
}
