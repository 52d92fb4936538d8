import { intakeChainId, isIncidentId, sha256Hex } from '../domain/ids.ts';
import {
  differenceTo,
  incidentDrift,
  mayHaveSent,
  type Sender,
  senderOf,
} from '../domain/incident-drift.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import {
  DIFFERENCES_RECORDED_MAX,
  driftCommandId,
  driftDetails,
  type PageDifference,
  replacedReturned,
} from '../domain/page-difference.ts';
import { foreignDay, foreignIncident, PAGE_MAY_LAG_MS } from '../domain/page-drift.ts';
import type { ShownIncident, ShownPage } from '../domain/shown-page.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentMessage, IncidentRows, Log, PublicationQueue } from './ports.ts';
import type { PublicIncidents } from './public-page.ts';
import { WORKER } from './responders.ts';

/** Open incidents among which the sender of an unknown incident is looked for. */
const SENDERS_MAX = 50;
/** Index entries of one month among which the owner is looked for. */
const PUBLISHED_READ_MAX = 500;
const MINUTE_MS = 60_000;

type LookMessage = Extract<IncidentMessage, { kind: 'look_at_page' }>;

export type PageDriftDeps = {
  record: IncidentRecord;
  rows: Pick<IncidentRows, 'listPublished' | 'listOpen' | 'listUnfinished' | 'appliedSeq'>;
  page: PublicIncidents;
  publications: PublicationQueue;
  clock: Clock;
  log: Log;
  pageId: string;
  publicUrl: string;
  /** Who compares: this, or the publisher with its key, or nobody. */
  mode: 'sweeper' | 'publisher' | 'off';
};

/**
 * Looks at the page and puts on record what differs from the trail. Changes nothing on the page.
 *
 * Nothing of the message is believed: the page is read again, then the record. In this order, a text
 * of ours that the page shows was sent before its `STATUSPAGE_PUBLISH_STARTED` was read.
 * Safe to repeat: the same difference is one event, as its command is derived from what differs.
 */
export class PageDrift {
  readonly #deps: PageDriftDeps;

  constructor(deps: PageDriftDeps) {
    this.#deps = deps;
  }

  /** @returns the chains that took an event */
  async look(message: LookMessage): Promise<string[]> {
    const { mode, page, pageId, log } = this.#deps;
    const { incidentId, statuspageIncidentId: id } = message;
    if (mode === 'off' || typeof id !== 'string') return [];
    if (mode === 'publisher') return this.#askPublisher(incidentId);
    const shown = await page.newestIncidents();
    if (!shown || (shown.pageId !== null && shown.pageId !== pageId)) {
      log.count('PageUnreadable');
      log.warn('cannot look at the page', { reason: shown ? 'another page' : 'no answer' });
      return [];
    }
    const found = shown.incidents.find((incident) => incident.id === id);
    const owner = await this.#ownerOf(message, found);
    if (owner) return found ? this.#replaced(owner, found, shown) : this.#ours(owner, shown);
    return found ? this.#foreign(found, shown) : [];
  }

  /** The publisher reads the page with its own key: asked by the ordinary message, ids only. */
  async #askPublisher(incidentId: string): Promise<string[]> {
    const { record, publications, clock } = this.#deps;
    const incident = isIncidentId(incidentId) ? await record.load(incidentId) : undefined;
    const last = incident?.state.page.lastPublication;
    if (!last) return [];
    const { draftId, revision, publicationId } = last;
    const minute = Math.floor(clock.nowMs() / MINUTE_MS);
    await publications.send(
      { incidentId, draftId, revision },
      sha256Hex(`drift#${publicationId}#${minute}`),
    );
    return [];
  }

  /** The incident that published it: the one named, if its trail says so, or the index's. */
  async #ownerOf(
    { incidentId, statuspageIncidentId }: LookMessage,
    shown: ShownIncident | undefined,
  ): Promise<string | undefined> {
    const { record, rows, clock } = this.#deps;
    if (isIncidentId(incidentId)) {
      const named = await record.load(incidentId);
      if (named?.state.page.statuspageIncidentId === statuspageIncidentId) return incidentId;
    }
    const bornMs = shown?.createdAtMs ?? clock.nowMs();
    const instants = [bornMs, bornMs + 86_400_000, clock.nowMs()];
    const months = new Set(instants.map((ms) => new Date(ms).toISOString().slice(0, 7)));
    for (const month of months) {
      const entries = await rows.listPublished(month, PUBLISHED_READ_MAX);
      const entry = entries.find((each) => each.statuspageIncidentId === statuspageIncidentId);
      if (entry) return entry.incidentId;
    }
    return undefined;
  }

  /** An incident of ours on the page that is not the newest one: another hand brought it back. */
  async #replaced(owner: string, { id }: ShownIncident, page: ShownPage): Promise<string[]> {
    const { page: own } = (await this.#deps.record.load(owner))?.state ?? {};
    const isReplaced = own?.statuspageIncidentId && own.statuspageIncidentId !== id;
    if (!isReplaced) return this.#ours(owner, page);
    // A copy of the page may still show it for a while after it was removed and replaced.
    const sinceMs = this.#deps.clock.nowMs() - Date.parse(own.lastPublication?.at ?? '');
    if (!(sinceMs > PAGE_MAY_LAG_MS)) return [];
    await this.#found(owner, { id, difference: replacedReturned(id) }, () => true);
    return [owner];
  }

  async #ours(incidentId: string, page: ShownPage): Promise<string[]> {
    const { record, rows, clock } = this.#deps;
    const loaded = await record.load(incidentId);
    if (!loaded) return [];
    const found = incidentDrift(loaded.state, page, clock.nowMs());
    const id = String(loaded.state.page.statuspageIncidentId);
    let recorded = 0;
    for (const difference of found) {
      // What is on record already leaves room for what is not.
      const known = await rows.appliedSeq(incidentId, driftCommandId({ id, difference }));
      if (known !== undefined) continue;
      if (recorded === DIFFERENCES_RECORDED_MAX) break;
      recorded += 1;
      await this.#found(incidentId, { id, difference }, (now) =>
        incidentDrift(now, page, clock.nowMs()).some(({ key }) => key === difference.key),
      );
    }
    return found.length > 0 ? [incidentId] : [];
  }

  async #foreign(shown: ShownIncident, page: ShownPage): Promise<string[]> {
    const nowMs = this.#deps.clock.nowMs();
    const { id } = shown;
    const sender = await this.#senderOf(shown);
    if (sender?.is === 'wait') return [];
    if (sender?.is === 'own') return this.#ours(sender.incidentId, page);
    const foreign = foreignIncident(shown, nowMs);
    if (!foreign) return [];
    const chain = sender?.incidentId ?? intakeChainId(foreignDay(shown, nowMs));
    const difference = sender ? differenceTo(sender, shown) : foreign;
    await this.#found(chain, { id, difference }, () => true);
    return [chain];
  }

  /**
   * Whose publication an unknown incident is, if it is one: a `create` is not on record as
   * published until its answer is.
   */
  async #senderOf(shown: ShownIncident): Promise<Sender | undefined> {
    const { record, rows } = this.#deps;
    const open = await rows.listOpen(SENDERS_MAX);
    const senders = open.filter((state) => mayHaveSent(state, shown));
    const listed = new Set(open.map(({ incidentId }) => incidentId));
    // Over already, and a publication still under way.
    const unfinished = (await rows.listUnfinished(SENDERS_MAX)).filter(
      ({ incidentId }) => isIncidentId(incidentId) && !listed.has(incidentId),
    );
    const states: IncidentState[] = [];
    for (const { incidentId } of [...senders, ...unfinished]) {
      const loaded = await record.load(incidentId);
      if (loaded) states.push(loaded.state);
    }
    return senderOf(states, shown);
  }

  async #found(
    incidentId: string,
    of: { id: string; difference: PageDifference },
    isStillSo: (state: IncidentState) => boolean,
  ): Promise<void> {
    const { record, publicUrl, log } = this.#deps;
    const link = `${publicUrl}/incidents/${of.id}`;
    const outcome = await record.run({
      incidentId,
      commandId: driftCommandId(of),
      actor: WORKER,
      decide: (state) => {
        if (state && !isStillSo(state)) return { decline: 'not so any more' };
        return { append: 'STATUSPAGE_DRIFT_FOUND', details: driftDetails({ ...of, link }) };
      },
    });
    if (outcome.kind === 'appended') log.count('PageDriftFound', { kind: of.difference.kind });
  }
}
