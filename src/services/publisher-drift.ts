import { applyEvent } from '../domain/apply-event.ts';
import { intakeChainId, isIncidentId, sha256Hex } from '../domain/ids.ts';
import { differenceTo, incidentDrift, senderOf } from '../domain/incident-drift.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import {
  DIFFERENCES_RECORDED_MAX,
  driftCommandId,
  driftDetails,
  type SeenDifference,
} from '../domain/page-difference.ts';
import { foreignDay, foreignIncident } from '../domain/page-drift.ts';
import type { ShownIncident, ShownPage } from '../domain/shown-page.ts';
import type { PageBudget } from './page-budget.ts';
import type { Clock, IncidentQueue, IncidentRows, Log } from './ports.ts';
import type { PublicIncidents } from './public-page.ts';
import type { PublicationChain } from './publication-chain.ts';
import type { PublicationRequest } from './publication-refusals.ts';

/**
 * After a page that did not answer, nobody looks for this long: a look waits out the time-out of the
 * page, and what is published waits behind it. Unit: ms.
 */
export const LOOK_AGAIN_AFTER_MS = 120_000;
const MINUTE_MS = 60_000;

export type PublisherDriftDeps = {
  chain: PublicationChain;
  rows: Pick<IncidentRows, 'readState' | 'appliedSeq'>;
  /** Read with the publisher's key. */
  page: PublicIncidents;
  budget: PageBudget;
  queue: IncidentQueue;
  clock: Clock;
  log: Log;
};

/**
 * Page drift for a page without a public API: the publisher looks with its own key when it is asked
 * for what it has published already. As `PageDrift`: nothing on the page is changed, the same
 * difference is one event. A look that finds no room in the rate budget, or comes soon after one
 * that the page did not answer, is left out.
 */
export class PublisherDrift {
  readonly #deps: PublisherDriftDeps;
  /** Of this process, as the rate budget is. */
  #notBeforeMs = 0;

  constructor(deps: PublisherDriftDeps) {
    this.#deps = deps;
  }

  /** @returns how many differences are on record now that this look saw */
  async look(request: PublicationRequest): Promise<number> {
    const { page, budget, clock, log } = this.#deps;
    if (!isIncidentId(request.incidentId) || clock.nowMs() < this.#notBeforeMs) return 0;
    const asked = (await this.#stateOf(request.incidentId))?.page.lastPublication;
    const isLast = asked?.draftId === request.draftId && asked.revision === request.revision;
    if (!isLast || !budget.take('look')) return 0;
    const shown = await page.newestIncidents();
    if (!shown) {
      this.#notBeforeMs = clock.nowMs() + LOOK_AGAIN_AFTER_MS;
      log.count('PageUnreadable');
      log.warn('the page could not be read', { incidentId: request.incidentId });
      return 0;
    }
    // Read after the page: what it shows of ours was started on the record before.
    const state = await this.#stateOf(request.incidentId);
    if (!state) return 0;
    const id = String(state.page.statuspageIncidentId);
    const ours = incidentDrift(state, shown, clock.nowMs());
    const left = { toRecord: DIFFERENCES_RECORDED_MAX };
    for (const difference of ours) {
      await this.#found(state.incidentId, { id, link: asked.link, difference }, left);
    }
    return ours.length + (await this.#foreign(state, shown));
  }

  /** Incidents on the page that are neither this one's nor that of whom they claim to be. */
  async #foreign(state: IncidentState, page: ShownPage): Promise<number> {
    const nowMs = this.#deps.clock.nowMs();
    const left = { toRecord: DIFFERENCES_RECORDED_MAX };
    let found = 0;
    for (const shown of page.incidents) {
      const difference = foreignIncident(shown, nowMs);
      if (!difference) continue;
      const sender = await this.#senderOf(state, shown);
      if (sender?.is === 'own' || sender?.is === 'wait') continue;
      const chain = sender?.incidentId ?? intakeChainId(foreignDay(shown, nowMs));
      const link = shown.link ?? '';
      const of = {
        id: shown.id,
        link,
        difference: sender ? differenceTo(sender, shown) : difference,
      };
      await this.#found(chain, of, left);
      found += 1;
    }
    return found;
  }

  async #senderOf(state: IncidentState, shown: ShownIncident) {
    const claimed = shown.claimedBy;
    const named =
      claimed && claimed !== state.incidentId && isIncidentId(claimed)
        ? await this.#stateOf(claimed)
        : undefined;
    return senderOf(named ? [state, named] : [state], shown);
  }

  /** The record as of its newest event: the projection, if it stands on the trail, and what follows. */
  async #stateOf(incidentId: string): Promise<IncidentState | undefined> {
    const { chain, rows } = this.#deps;
    let state = (await rows.readState(incidentId).catch(() => undefined))?.state;
    let events = await chain.readFrom(incidentId, Math.max(1, state?.version ?? 1));
    if (!state?.version || events[0]?.hash !== state.headHash) {
      state = undefined;
      events = await chain.readFrom(incidentId, 1);
    }
    for (const event of events) {
      if (event.seq > (state?.version ?? 0)) state = applyEvent(state, event);
    }
    return state;
  }

  async #found(incidentId: string, of: SeenDifference, left: { toRecord: number }): Promise<void> {
    const { chain, rows, queue, clock, log } = this.#deps;
    const { kind, publicationId } = of.difference;
    const commandId = driftCommandId(of);
    if ((await rows.appliedSeq(incidentId, commandId)) !== undefined) return;
    if (left.toRecord === 0) return;
    left.toRecord -= 1;
    let isNew = false;
    await chain.appendOnce(incidentId, {
      commandId,
      sinceSeq: 1,
      fact: () => {
        isNew = true;
        return { type: 'STATUSPAGE_DRIFT_FOUND', details: driftDetails(of) };
      },
    });
    if (isNew) log.count('PageDriftFound', { kind });
    const minute = Math.floor(clock.nowMs() / MINUTE_MS);
    await queue.send(
      { kind: 'publication_changed', incidentId, publicationId: publicationId ?? of.id },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`${incidentId}#${commandId}#${minute}`),
      },
    );
  }
}
