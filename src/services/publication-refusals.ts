import type { PublishRefusal } from '../domain/errors.ts';
import type { GateView } from '../domain/gate-view.ts';
import {
  type DraftId,
  intakeChainId,
  isIncidentId,
  publicationIdOf,
  sha256Hex,
} from '../domain/ids.ts';
import { INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import { cutText } from '../domain/well-formed.ts';
import { isRecoverable } from './approval-checks.ts';
import type { Clock, Log } from './ports.ts';
import type { Fact, PublicationChain } from './publication-chain.ts';

/** The message on publications.fifo: ids only, never text. Nothing in it is trusted. */
export type PublicationRequest = { incidentId: string; draftId: string; revision: number };

/** Puts refused publications on record. The same refusal of the same state is one event. */
export class PublicationRefusals {
  readonly #deps: { chain: PublicationChain; clock: Clock; log: Log };

  constructor(deps: { chain: PublicationChain; clock: Clock; log: Log }) {
    this.#deps = deps;
  }

  /**
   * Refuses a revision as it stood at `view.head`.
   * @returns false when the head moved meanwhile: then the refusal may not hold any more
   */
  async revision(view: GateView, reason: PublishRefusal, difference?: string): Promise<boolean> {
    if (view.refused) return true;
    const { incidentId, details } = view.revision;
    const { draftId, revision, publicationId } = details;
    const request = { incidentId, draftId, revision };
    const event = await this.#deps.chain.appendAfter(incidentId, view.head, {
      commandId: `refused#${publicationId}#${view.basisSeq}`,
      fact: () => refused(request, publicationId, reason, difference),
    });
    if (event) this.#report(request, reason);
    return event !== undefined;
  }

  /** A request that names no revision of ours: on the incident's chain, else on the day's. */
  async stray(request: PublicationRequest): Promise<void> {
    const { chain } = this.#deps;
    const named = isIncidentId(request.incidentId) && (await chain.head(request.incidentId));
    const publicationId = this.publicationOf(request);
    await chain.appendOnce(named ? request.incidentId : this.#today(), {
      commandId: `refused#${publicationId}#${sha256Hex(request.incidentId).slice(0, 20)}`,
      sinceSeq: 1,
      fact: () => refused(request, publicationId, 'DRAFT_UNKNOWN'),
    });
    this.#report(request, 'DRAFT_UNKNOWN');
  }

  /**
   * A trail that does not hold together. The refusal goes after its head, or on the day's chain if
   * even the head cannot be read.
   */
  async corrupt(request: PublicationRequest): Promise<void> {
    const { chain } = this.#deps;
    const publicationId = this.publicationOf(request);
    const of = {
      commandId: `refused#${publicationId}#corrupt`,
      fact: () => refused(request, publicationId, 'TRAIL_CORRUPT'),
    };
    const head = await chain.head(request.incidentId).catch(() => undefined);
    if (head?.commandId === of.commandId) return;
    if (head) await chain.appendAfter(request.incidentId, head, of);
    else await chain.appendOnce(this.#today(), { ...of, sinceSeq: 1 });
    this.#report(request, 'TRAIL_CORRUPT');
  }

  /** The incident to wake after a request; for one that names none, the day's chain. */
  chainOf(request: PublicationRequest): string {
    return isIncidentId(request.incidentId) ? request.incidentId : this.#today();
  }

  publicationOf(request: PublicationRequest): string {
    return publicationIdOf(request.draftId as DraftId, request.revision);
  }

  #today(): string {
    return intakeChainId(new Date(this.#deps.clock.nowMs()).toISOString());
  }

  #report(request: PublicationRequest, code: PublishRefusal): void {
    const { log } = this.#deps;
    const kind = kindOf(code);
    log.warn('publication refused', { incidentId: request.incidentId, code, kind });
    if (kind === 'integrity') log.count('PublishRefused', { code });
  }
}

function kindOf(reason: PublishRefusal): 'recoverable' | 'integrity' {
  return isRecoverable(reason) ? 'recoverable' : 'integrity';
}

function refused(
  request: PublicationRequest,
  publicationId: string,
  reason: PublishRefusal,
  given?: string,
): Fact {
  const { draftId, revision } = request;
  const difference = given === undefined ? {} : { difference: cutText(given, INTERNAL_TEXT_MAX) };
  return {
    type: 'STATUSPAGE_PUBLISH_REFUSED',
    details: { draftId, revision, publicationId, reason, ...difference, kind: kindOf(reason) },
  };
}
