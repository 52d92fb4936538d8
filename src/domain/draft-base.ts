import type { PageState } from './incident-state.ts';
import type { PageRequest } from './statuspage-event-details.ts';

/** What a revision follows on the page. */
export type DraftBase = {
  request: Pick<PageRequest, 'path'>;
  basedOn: string | null;
  replaces?: { statuspageIncidentId: string } | undefined;
};
/** The newest publication of an incident, and the incident on the page that it stands in. */
export type PublishedPlace = {
  statuspageIncidentId: string;
  publicationId: string;
  /** Another hand took that incident off the page. */
  removed?: true | undefined;
};
export type BaseProblem = 'BASE_MOVED' | 'BASE_GONE' | 'BASE_RETURNED';

/** The page's id of the incident that a request adds to; undefined for one that opens it. */
export function addsTo({ path }: Pick<PageRequest, 'path'>): string | undefined {
  return path.split('/incidents/')[1];
}

/** The place as the projection has it. */
export function placeOf(page: PageState): PublishedPlace | null {
  const { statuspageIncidentId, lastPublication, removed } = page;
  if (!statuspageIncidentId || !lastPublication) return null;
  const { publicationId } = lastPublication;
  return { statuspageIncidentId, publicationId, ...(removed ? { removed: true } : {}) };
}

/**
 * Why a text does not follow what is on the page any more; undefined when it does. One reading for the
 * card, the click and the publisher. `page` is null while nothing was published.
 */
export function baseProblem(
  draft: DraftBase,
  page: PublishedPlace | null,
): BaseProblem | undefined {
  if (draft.basedOn !== (page?.publicationId ?? null)) return 'BASE_MOVED';
  const target = addsTo(draft.request);
  if (page?.removed) {
    if (target !== undefined) return 'BASE_GONE';
    const isReplacement = draft.replaces?.statuspageIncidentId === page.statuspageIncidentId;
    return isReplacement ? undefined : 'BASE_MOVED';
  }
  if (draft.replaces) return 'BASE_RETURNED';
  return target === page?.statuspageIncidentId ? undefined : 'BASE_MOVED';
}
