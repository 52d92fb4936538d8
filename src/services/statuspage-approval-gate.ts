import {
  AutoPublishNotPermittedError,
  type PublishRefusal,
} from '../domain/errors.ts';
import { type GateView, gateView, isRevision } from '../domain/gate-view.ts';
import { intakeChainId, isIncidentId, sha256Hex } from '../domain/ids.ts';
import { PUBLISH_ATTEMPTS_MAX } from '../domain/limits.ts';
import { checkPublishable, type DeploymentIdentity, isRecoverable } from './approval-checks.ts';
import type { Clock, Ids, IncidentQueue, IncidentRows, Log, Signer } from './ports.ts';
import { PublicationAttempts } from './publication-attempts.ts';
import type { PublicationChain } from './publication-chain.ts';
import type { PageIncident, PublishPermit, StatusPage } from './status-page.ts';

/** The message on publications.fifo: ids only, never text. */
export type PublicationRequest = { incidentId: string; draftId: string; revision: number };

/** How one delivery of a publication request ended. The message is completed in every case. */
export type GateOutcome =
  | 'published'
  | 'refused'
  | 'not_executed'
  | 'unconfirmed'
  | 'failed'
  /** Another invocation is publishing, or it was published before. */
  | 'nothing_to_do';

export type GateDeps = {
  chain: PublicationChain;
  /** Only as a hint where the revision stands; every decision reads the trail. */
  rows: Pick<IncidentRows, 'readState'>;
  page: StatusPage;
  signer: Signer;
  queue: IncidentQueue;
  identity: DeploymentIdentity;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** From STARTED to the last permitted send. */
  deadlineMs: number;
  /** How long the page may take to answer one request. */
  pageTimeoutMs: number;
};

/**
 * The approval gate, phase two: publication.
 *
 * Re-reads everything from the audit trail by consistent reads, checks it, claims the place right
 * after the head with `STATUSPAGE_PUBLISH_STARTED`, and only then sends exactly the approved request,
 * once. An unknown outcome stops here and is put before a human.
 *
 * Safe to repeat: any number of deliveries of one request make at most one send per attempt.
 * @throws {TrailError} retryable: nothing was sent that is not on the trail
 * @see docs/adr/0003-split-approval-gate.md
 */
export class StatuspageApprovalGate {
  readonly #deps: GateDeps;
  readonly #attempts: PublicationAttempts;

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#attempts = new PublicationAttempts(deps);
  }

  async publish(request: PublicationRequest): Promise<GateOutcome> {
    if (!isIncidentId(request.incidentId)) return this.#refuseStray(request);
    for (let round = 0; round < CLAIM_ROUNDS_MAX; round += 1) {
      const view = await this.#view(request);
      if (!view) return this.#refuseStray(request);
      const settled = await this.#settled(view);
      if (settled) return this.#told(request, settled);
      const outcome = await this.#claimAndSend(view);
      if (outcome) return this.#told(request, outcome);
      // Something was appended between our read and our claim: check everything again.
    }
    return this.#told(request, await this.#refuse(request, undefined, 'ANOTHER_PUBLICATION_OPEN'));
  }

  /** Reads the revision's own event and everything after it. */
  async #view(request: PublicationRequest): Promise<GateView | undefined> {
    const { rows, chain } = this.#deps;
    const hint = await rows.readState(request.incidentId);
    const draft = hint?.state.drafts?.find((known) => known.draftId === request.draftId);
    const seq = draft?.revisionSeqs[request.revision - 1];
    if (seq !== undefined) {
      const view = gateView(await chain.readFrom(request.incidentId, seq), request);
      if (view) return view;
    }
    // No hint, or a wrong one: the trail itself says where the revision stands.
    const events = await chain.readFrom(request.incidentId, 1);
    const index = events.findIndex(
      (event) =>
        isRevision(event) &&
        event.details.draftId === request.draftId &&
        event.details.revision === request.revision,
    );
    return index < 0 ? undefined : gateView(events.slice(index), request);
  }

  /** What earlier deliveries left behind: done, under way, or of unknown outcome. */
  async #settled(view: GateView): Promise<GateOutcome | undefined> {
    const { clock, pageTimeoutMs } = this.#deps;
    if (view.ended === 'published' || view.ended === 'failed') return 'nothing_to_do';
    const { attempt } = view;
    if (!attempt) return undefined;
    if (attempt.outcome === 'open') {
      // Whoever started it may still be waiting for the page; only its deadline tells.
      const overMs = Date.parse(attempt.started.details.deadline) + pageTimeoutMs;
      if (clock.nowMs() <= overMs) return 'nothing_to_do';
      await this.#attempts.unconfirmed(view, attempt.started, 'the publisher did not report back');
      return 'unconfirmed';
    }
    if (attempt.outcome === 'unconfirmed') {
      return attempt.lookRequested ? this.#attempts.look(view, attempt.started) : 'nothing_to_do';
    }
    const retryAtMs = Date.parse(attempt.retryAt ?? attempt.started.at);
    return clock.nowMs() < retryAtMs ? 'nothing_to_do' : undefined;
  }

  /** @returns undefined when the head moved and everything must be checked again */
  async #claimAndSend(view: GateView): Promise<GateOutcome | undefined> {
    const { clock, identity } = this.#deps;
    try {
      await checkPublishable(view, { identity, nowMs: clock.nowMs() });
      const attempt = (view.attempt?.started.details.attempt ?? 0) + 1;
      if (attempt > PUBLISH_ATTEMPTS_MAX) return await this.#attempts.exhausted(view);
      const started = await this.#attempts.start(view, attempt);
      return started && (await this.#send(view, started));
    } catch (error) {
      if (!(error instanceof AutoPublishNotPermittedError)) throw error;
      const { draftId, revision } = view.revision.details;
      return this.#refuse(
        { incidentId: view.revision.incidentId, draftId, revision },
        view,
        error.code,
      );
    }
  }

  async #send(
    view: GateView,
    started: Awaited<ReturnType<PublicationAttempts['start']>> & object,
  ): Promise<GateOutcome> {
    const { clock, page } = this.#deps;
    const deadlineMs = Date.parse(started.details.deadline);
    // Frozen between the claim and here: somebody else may have been told it is unknown.
    if (clock.nowMs() >= deadlineMs) {
      await this.#attempts.unconfirmed(view, started, 'the deadline passed before sending');
      return 'unconfirmed';
    }
    let answer: PageIncident;
    try {
      answer = await page.publish(mintPermit(view, started.details));
    } catch (error) {
      return this.#attempts.failed(view, started, error);
    }
    await this.#attempts.published(view, started, { answer, adopted: false });
    return 'published';
  }

  async #refuse(
    request: PublicationRequest,
    view: GateView | undefined,
    reason: PublishRefusal,
  ): Promise<GateOutcome> {
    const { chain, log } = this.#deps;
    const kind = isRecoverable(reason) ? 'recoverable' : 'integrity';
    const publicationId = view?.revision.details.publicationId ?? 'unknown';
    const sinceSeq = view?.revision.seq ?? 1;
    const at = view?.head.seq ?? 0;
    await chain.appendOnce(request.incidentId, {
      // The same refusal of the same state is one event, however often it is delivered.
      commandId: `${request.draftId}#${request.revision}#refused#${reason}#${at}`,
      sinceSeq,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_REFUSED',
        details: {
          draftId: request.draftId,
          revision: request.revision,
          publicationId,
          reason,
          kind,
        },
      }),
    });
    log.warn('publication refused', { incidentId: request.incidentId, code: reason, kind });
    if (kind === 'integrity') log.count('PublishRefused', { code: reason });
    return 'refused';
  }

  /** A request that names no draft of ours: on the incident's chain, else on the day's. */
  async #refuseStray(request: PublicationRequest): Promise<GateOutcome> {
    const { chain, clock } = this.#deps;
    const known =
      isIncidentId(request.incidentId) && (await chain.readFrom(request.incidentId, 1)).length > 0;
    const incidentId = known
      ? request.incidentId
      : intakeChainId(new Date(clock.nowMs()).toISOString());
    const outcome = await this.#refuse({ ...request, incidentId }, undefined, 'DRAFT_UNKNOWN');
    return known ? this.#told(request, outcome) : outcome;
  }

  /** Tells incident-worker that the trail grew; the sweeper does if this message is lost. */
  async #told(request: PublicationRequest, outcome: GateOutcome): Promise<GateOutcome> {
    const { queue, ids } = this.#deps;
    await queue.send(
      {
        kind: 'publication_changed',
        incidentId: request.incidentId,
        publicationId: `${request.draftId}#${request.revision}`,
      },
      { group: `work#${request.incidentId}`, deduplicationId: sha256Hex(ids.unique()) },
    );
    return outcome;
  }
}

/** Times a publication may lose the claim to other events before it gives the draft back. */
const CLAIM_ROUNDS_MAX = 20;

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
