import type { DraftState, IncidentState } from './incident-state.ts';
import { type PageDifference, pageDifferences } from './page-drift.ts';
import { publishedTexts } from './published-texts.ts';
import { isShownText, type ShownIncident, type ShownPage } from './shown-page.ts';

/** A publication that may be on the page though its answer is not on record. */
const UNDER_WAY: readonly DraftState['status'][] = ['approved', 'publishing', 'unconfirmed'];

/**
 * How the page differs from the record of one incident. The page MUST have been read before the
 * record: then whatever of ours it shows had been started on the record.
 */
export function incidentDrift(
  state: IncidentState,
  page: ShownPage,
  nowMs: number,
): PageDifference[] {
  const id = state.page.statuspageIncidentId;
  // Being sent right now: the page may show any part of it.
  const isSending = state.drafts.some(({ status }) => status === 'publishing');
  if (!id || isSending) return [];
  const underWay = state.drafts.filter(({ status }) => UNDER_WAY.includes(status));
  return pageDifferences({
    statuspageIncidentId: id,
    publications: publishedTexts(state.page),
    inFlight: underWay.map(({ request }) => request.body.incident),
    page,
    nowMs,
  });
}

/** What an incident on the page has to do with one record. */
export type Sender =
  | { is: 'own'; incidentId: string }
  /** It may be what is being published. */
  | { is: 'wait'; incidentId: string }
  /** The publication is known as another incident on the page. */
  | { is: 'second'; incidentId: string; publicationId: string };

/**
 * Whose an incident on the page is, of these records; undefined: nobody's here. Incidents may share
 * a text, so that of two answers the one that accuses nobody stands.
 */
export function senderOf(
  states: readonly IncidentState[],
  shown: ShownIncident,
): Sender | undefined {
  const found = states.flatMap((state) => senderIn(state, shown) ?? []);
  const first = (is: Sender['is']) => found.find((sender) => sender.is === is);
  return first('own') ?? first('wait') ?? first('second');
}

function senderIn(state: IncidentState, shown: ShownIncident): Sender | undefined {
  const { incidentId } = state;
  if (state.page.statuspageIncidentId === shown.id) return { is: 'own', incidentId };
  const drafts = draftsThatOpen(state, shown);
  if (drafts.some(({ status }) => UNDER_WAY.includes(status))) return { is: 'wait', incidentId };
  const published = drafts.find(({ status }) => status === 'published');
  if (!published) return undefined;
  return { is: 'second', incidentId, publicationId: published.publicationId };
}

/** Drafts that would open an incident on the page, and are being sent or have this very text. */
export function draftsThatOpen(state: IncidentState, shown: ShownIncident): DraftState[] {
  return state.drafts.filter(
    ({ action, status, request }) =>
      action === 'create' &&
      (status === 'publishing' ||
        shown.updates.some((update) => isShownText(update, request.body.incident))),
  );
}

/** The difference that a second incident of one publication is. */
export function duplicateOf(publicationId: string): PageDifference {
  return {
    kind: 'duplicate',
    publicationId,
    difference: 'a second incident on the page carries the text that was published once',
    key: `duplicate#${publicationId}`,
  };
}
