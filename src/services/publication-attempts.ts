import { PUBLICATION_TOKEN_TYPE } from '../domain/approval-token.ts';
import type { DetailsOf } from '../domain/audit-event.ts';
import { PageError } from '../domain/errors.ts';
import type { GateView, StartedEvent } from '../domain/gate-view.ts';
import { canonicalSha256Hex } from '../domain/ids.ts';
import type { GateDeps, GateOutcome } from './statuspage-approval-gate.ts';
import type { PageIncident } from './status-page.ts';
import type { Signer } from './ports.ts';
import { signToken } from './signatures.ts';

/** First wait after the page said "not executed"; doubled per attempt. Unit: ms. */
const RETRY_BASE_MS = 5_000;
/** The page counts requests over 60 s, so waiting longer gains nothing. */
const RETRY_MAX_MS = 60_000;

/** Records each step of an attempt, with the facts that a later look needs. */
export class PublicationAttempts {
  readonly #deps: GateDeps & { signer: Signer };

  constructor(deps: GateDeps & { signer: Signer }) {
    this.#deps = deps;
  }

  /**
   * Claims the place right after the head the checks were made on.
   * @returns undefined when something else was appended there first
   */
  async start(view: GateView, attempt: number): Promise<StartedEvent | undefined> {
    const { chain, clock, ids, deadlineMs } = this.#deps;
    const { details, incidentId } = view.revision;
    const pageBefore = await this.#pageBefore(view);
    const attemptId = ids.unique();
    const event = await chain.appendAfter(incidentId, view.head, {
      commandId: `${details.publicationId}#${attempt}#started`,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_STARTED',
        details: {
          draftId: details.draftId,
          revision: details.revision,
          publicationId: details.publicationId,
          attempt,
          attemptId,
          digest: details.digest,
          deadline: new Date(clock.nowMs() + deadlineMs).toISOString(),
          pageBefore,
        },
      }),
    });
    return event as StartedEvent | undefined;
  }

  /** The page's own words about this incident before we add ours; nothing for a first one. */
  async #pageBefore(
    view: GateView,
  ): Promise<DetailsOf<'STATUSPAGE_PUBLISH_STARTED'>['pageBefore']> {
    const onPage = view.revision.details.request.path.split('/incidents/')[1];
    if (onPage === undefined) return { statuspageIncidentId: null, updateIds: [] };
    const incident = await this.#deps.page.read(onPage).catch((error: unknown) => {
      // Refused for good: so will be the request itself, and that answer belongs on the trail.
      if (error instanceof PageError && error.code === 'PAGE_REFUSED') return undefined;
      throw error;
    });
    return {
      statuspageIncidentId: onPage,
      updateIds: incident?.updates.map((update) => update.id).slice(0, 200) ?? [],
    };
  }

  /** Records what an error of the page means for the attempt. */
  async failed(view: GateView, started: StartedEvent, error: unknown): Promise<GateOutcome> {
    const { chain, clock, log } = this.#deps;
    const { attempt, publicationId } = started.details;
    const code = error instanceof PageError ? error.code : 'PAGE_OUTCOME_UNKNOWN';
    log.warn('publication attempt ended', { incidentId: view.revision.incidentId, code });
    if (code === 'PAGE_OUTCOME_UNKNOWN') {
      await this.unconfirmed(view, started, 'the status page did not answer');
      return 'unconfirmed';
    }
    const notExecuted = code === 'PAGE_NOT_EXECUTED';
    const waitMs = Math.min(RETRY_BASE_MS * 2 ** (attempt - 1), RETRY_MAX_MS);
    const ref = reference(started);
    await chain.appendOnce(view.revision.incidentId, {
      commandId: `${publicationId}#${attempt}#${notExecuted ? 'not_executed' : 'failed'}`,
      sinceSeq: started.seq,
      fact: () =>
        notExecuted
          ? {
              type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
              details: {
                ...ref,
                reason: 'the status page was busy and did nothing',
                retryAt: new Date(clock.nowMs() + waitMs).toISOString(),
              },
            }
          : {
              type: 'STATUSPAGE_PUBLISH_FAILED',
              details: {
                ...ref,
                reason: 'the status page refused the request',
                httpStatus: httpStatusOf(error),
              },
            },
    });
    if (!notExecuted) log.count('PublishFailed');
    return notExecuted ? 'not_executed' : 'failed';
  }

  /** Records that nobody knows. Safe to repeat: one event per look. */
  async unconfirmed(view: GateView, started: StartedEvent, reason: string): Promise<void> {
    const { chain, log } = this.#deps;
    const looks = view.attempt?.looks ?? 0;
    await chain.appendOnce(view.revision.incidentId, {
      commandId: `${started.details.publicationId}#${started.details.attempt}#unconfirmed#${looks}`,
      sinceSeq: started.seq,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
        details: { ...reference(started), reason, looks },
      }),
    });
    log.count('PublishUnconfirmed');
  }

  /** Gives up after the last attempt the page did not execute. */
  async exhausted(view: GateView): Promise<GateOutcome> {
    const { started } = view.attempt!;
    await this.#deps.chain.appendOnce(view.revision.incidentId, {
      commandId: `${started.details.publicationId}#exhausted`,
      sinceSeq: started.seq,
      fact: () => ({
        type: 'STATUSPAGE_PUBLISH_FAILED',
        details: {
          ...reference(started),
          reason: `the status page was busy at ${started.details.attempt} attempts`,
          httpStatus: null,
        },
      }),
    });
    return 'failed';
  }

  /** Asks the page whether an attempt of unknown outcome is there. Presence proves it. */
  async look(view: GateView, started: StartedEvent): Promise<GateOutcome> {
    const found = await this.#find(view, started);
    if (found) {
      await this.published(view, started, { answer: found, adopted: true });
      return 'published';
    }
    const looked = { ...view, attempt: view.attempt && { ...view.attempt, looks: this.#looks(view) } };
    await this.unconfirmed(looked, started, 'the status page does not show it');
    return 'unconfirmed';
  }

  #looks(view: GateView): number {
    return (view.attempt?.looks ?? 0) + 1;
  }

  async #find(view: GateView, started: StartedEvent): Promise<PageIncident | undefined> {
    const { page } = this.#deps;
    const { pageBefore, publicationId } = started.details;
    const wanted = view.revision.details.request.body.incident;
    if (pageBefore.statuspageIncidentId === null) {
      const ours = (await page.recent()).filter((p) => p.publicationId === publicationId);
      if (ours.length > 1) this.#deps.log.count('PublishDuplicated');
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
  ): Promise<void> {
    const { chain, signer, identity } = this.#deps;
    const { incidentId } = view.revision;
    const commandId = `${started.details.publicationId}#${started.details.attempt}#published`;
    const facts = {
      ...reference(started),
      digest: started.details.digest,
      statuspageIncidentId: of.answer.statuspageIncidentId,
      pageDigest: canonicalSha256Hex(pageSays(of.answer)),
      adopted: of.adopted,
    };
    await chain.appendOnce(incidentId, {
      commandId,
      sinceSeq: started.seq,
      fact: async (next) => ({
        type: 'STATUSPAGE_PUBLISHED',
        details: {
          ...facts,
          link: of.answer.link,
          publicationJws: await signToken(signer, PUBLICATION_TOKEN_TYPE, {
            deployment: identity.deployment,
            pageId: identity.pageId,
            incidentId,
            seq: next.seq,
            prevHash: next.prevHash,
            ...facts,
            iat: Math.floor(Date.parse(next.at) / 1000),
            jti: commandId,
          }),
        },
      }),
    });
  }
}

/** What of the page's answer is remembered as a digest: what customers can read. */
function pageSays(answer: PageIncident) {
  const newest = answer.updates[0];
  return {
    id: answer.statuspageIncidentId,
    name: answer.name,
    status: answer.status,
    body: newest?.body ?? null,
  };
}

function reference(started: StartedEvent) {
  const { draftId, revision, publicationId, attempt, attemptId } = started.details;
  return { draftId, revision, publicationId, attempt, attemptId };
}

function httpStatusOf(error: unknown): number | null {
  const status = (error as { httpStatus?: unknown }).httpStatus;
  return typeof status === 'number' ? status : null;
}
