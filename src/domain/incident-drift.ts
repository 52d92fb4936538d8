import { type DraftId, publicationIdOf } from './ids.ts';
import type { DraftState, IncidentState } from './incident-state.ts';
import {
  type GivenUpText,
  givenUpTextOf,
  incidentReturned,
  lateEffect,
  type PageDifference,
} from './page-difference.ts';
import { pageDifferences } from './page-drift.ts';
import { publishedTexts } from './published-texts.ts';
import { isShownText, type ShownIncident, type ShownPage, shownTextDigest } from './shown-page.ts';

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
  const { removed, returnedSeq, lastPublication } = state.page;
  if (removed) {
    const isBack = page.incidents.some((incident) => incident.id === id);
    const publicationId = lastPublication?.publicationId ?? null;
    const of = { statuspageIncidentId: id, publicationId, removedSeq: removed.seq };
    return isBack ? [incidentReturned(of)] : [];
  }
  const underWay = state.drafts.filter(({ status }) => UNDER_WAY.includes(status));
  return pageDifferences({
    statuspageIncidentId: id,
    publications: publishedTexts(state.page),
    inFlight: underWay.map(({ request }) => request.body.incident),
    givenUp: givenUpTexts(state),
    returnedSeq,
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
  | { is: 'second'; incidentId: string; publicationId: string }
  /** It is what was sent and then given up. */
  | { is: 'late'; incidentId: string; publicationId: string };

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
  return first('own') ?? first('wait') ?? first('second') ?? first('late');
}

function senderIn(state: IncidentState, shown: ShownIncident): Sender | undefined {
  const { incidentId } = state;
  if (state.page.statuspageIncidentId === shown.id) return { is: 'own', incidentId };
  const drafts = draftsThatOpen(state, shown);
  if (drafts.some(({ status }) => UNDER_WAY.includes(status))) return { is: 'wait', incidentId };
  const published = drafts.find(({ status }) => status === 'published');
  if (published) return { is: 'second', incidentId, publicationId: published.publicationId };
  const late = textsThatOpen(state, shown)[0];
  return late && { is: 'late', incidentId, publicationId: late.publicationId };
}

/** Whether an incident may have sent what the page shows. */
export function mayHaveSent(state: IncidentState, shown: ShownIncident): boolean {
  return draftsThatOpen(state, shown).length > 0 || textsThatOpen(state, shown).length > 0;
}

/** Texts given up that would have opened an incident, and are on this one. */
function textsThatOpen(state: IncidentState, shown: ShownIncident): GivenUpText[] {
  const opening = givenUpTexts(state).filter(({ opens }) => opens);
  return shown.updates.flatMap((update) => givenUpTextOf(update, opening) ?? []);
}

/** What was sent and is neither public, as far as the record knows, nor under way. */
function givenUpTexts(state: IncidentState): GivenUpText[] {
  return state.drafts.flatMap((draft) => {
    const { draftId, revision, status, request, attempts } = draft;
    const isOver = attempts > 0 && status !== 'published' && !UNDER_WAY.includes(status);
    const sent = [...(draft.sentBefore ?? []), ...(isOver ? [{ revision, request }] : [])];
    return sent.map((one) => ({
      publicationId: publicationIdOf(draftId as DraftId, one.revision),
      opens: one.request.method === 'POST',
      textDigest: shownTextDigest(one.request.body.incident),
    }));
  });
}

/** Drafts that would open an incident on the page, and are being sent or have this very text. */
function draftsThatOpen(state: IncidentState, shown: ShownIncident): DraftState[] {
  return state.drafts.filter(
    ({ action, status, request }) =>
      action === 'create' &&
      (status === 'publishing' ||
        shown.updates.some((update) => isShownText(update, request.body.incident))),
  );
}

/** The difference that an incident on the page is to the record of whoever sent it. */
export function differenceTo(
  sender: Extract<Sender, { is: 'second' | 'late' }>,
  shown: ShownIncident,
): PageDifference {
  const { is, publicationId } = sender;
  return is === 'late'
    ? lateEffect(publicationId, 'incident', shown.id)
    : duplicateOf(publicationId);
}

function duplicateOf(publicationId: string): PageDifference {
  return {
    kind: 'duplicate',
    publicationId,
    difference: 'a second incident on the page carries the text that was published once',
    key: `duplicate#${publicationId}`,
  };
}
