import type { AuditEvent } from './audit-event.ts';
import type { DraftState, IncidentState, PageState, PublishedText } from './incident-state.ts';
import { PUBLICATIONS_IN_STATE_MAX } from './limits.ts';
import { shownTextDigest } from './shown-page.ts';

/** What was published to one incident on the page: an entry of the index that the sweeper reads. */
export type PublishedIncident = {
  statuspageIncidentId: string;
  incidentId: string;
  /** Number of the event that published last. */
  seq: number;
  publications: PublishedText[];
};

/** Every publication that is remembered, oldest first; of an older row at least the last one. */
export function publishedTexts(page: PageState): PublishedText[] {
  if (page.publications) return page.publications;
  const last = page.lastPublication;
  if (!last) return [];
  const { publicationId, request, at } = last;
  return [textOf(request, { publicationId, at, pageDigest: '' })];
}

/** The page after one more publication. */
export function withPublication(
  page: PageState,
  request: DraftState['request'],
  event: Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>,
): PublishedText[] {
  const { publicationId, pageDigest } = event.details;
  const newest = textOf(request, { publicationId, pageDigest, at: event.at });
  // What was published to an incident that is gone is not looked for on the one that replaces it.
  const isSame = page.statuspageIncidentId === event.details.statuspageIncidentId;
  const known = isSame ? publishedTexts(page) : [];
  const before = known.filter((each) => each.publicationId !== publicationId);
  return [...before, newest].slice(-PUBLICATIONS_IN_STATE_MAX);
}

/** The index entry that a publication makes. Its month is that of the publication. */
export function publishedIncident(
  state: IncidentState,
  published: { seq: number; at: string },
): PublishedIncident | undefined {
  const { statuspageIncidentId } = state.page;
  if (!statuspageIncidentId) return undefined;
  return {
    statuspageIncidentId,
    incidentId: state.incidentId,
    seq: published.seq,
    publications: publishedTexts(state.page).filter(({ at }) => at <= published.at),
  };
}

/** Partition of everything that was published in one month. `at` is RFC 3339 or `YYYY-MM…`. */
export function publishedPartition(at: string): string {
  return `PUBLISHED#${at.slice(0, 7)}`;
}

function textOf(
  request: DraftState['request'],
  of: { publicationId: string; pageDigest: string; at: string },
): PublishedText {
  const { name, status, body } = request.body.incident;
  const opens = request.method === 'POST';
  return { ...of, opens, name, status, textDigest: shownTextDigest({ status, body }) };
}
