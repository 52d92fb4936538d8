import { canonicalSha256Hex } from './ids.ts';
import type { PublishedText } from './incident-state.ts';
import { type ShownUpdate, shownTextDigest, statusWord } from './shown-page.ts';
import type { DriftKind } from './statuspage-event-details.ts';

/** One way in which the page is not what was published. No text of the page is in it. */
export type PageDifference = {
  kind: DriftKind;
  publicationId: string | null;
  /** In words for people, without any customer text. */
  difference: string;
  /** Names what is different: the same difference has the same key however often it is seen. */
  key: string;
  /** The incident is gone, not only an update of it. */
  whole?: true;
};

/** A text that was sent from here and then given up: the page may take it in late all the same. */
export type GivenUpText = {
  publicationId: string;
  /** It would open an incident on the page. */
  opens: boolean;
  /** As `PublishedText.textDigest`. */
  textDigest: string;
};

/** The text given up that an update says, if there is one. */
export function givenUpTextOf(
  update: ShownUpdate,
  givenUp: readonly GivenUpText[],
): GivenUpText | undefined {
  if (givenUp.length === 0) return undefined;
  const textDigest = shownTextDigest(update);
  return givenUp.find((text) => text.textDigest === textDigest);
}

/** What an update on an incident of ours is that no publication explains. */
export function unexplainedUpdate(
  update: ShownUpdate,
  of: { publications: readonly PublishedText[]; givenUp: readonly GivenUpText[] },
): PageDifference {
  const { id, status, body } = update;
  const textDigest = shownTextDigest(update);
  const first = of.publications.find((publication) => publication.textDigest === textDigest);
  if (first) {
    return {
      kind: 'duplicate',
      publicationId: first.publicationId,
      difference: 'an update that was published once is on the page twice',
      key: differenceKey('duplicate', { id }),
    };
  }
  const late = givenUpTextOf(update, of.givenUp);
  if (late) return lateEffect(late.publicationId, 'update', id);
  return {
    kind: 'foreign_update',
    publicationId: null,
    difference: `an update that was not published from here is on the page (status ${statusWord(status)})`,
    key: differenceKey('foreign_update', { id, status, body }),
  };
}

/**
 * Nobody else's doing, but what was sent from here and then given up: whatever people did instead,
 * customers may read both.
 *
 * @param id - of the update or the incident on the page
 */
export function lateEffect(
  publicationId: string,
  what: 'update' | 'incident',
  id: string,
): PageDifference {
  const shows = what === 'update' ? 'an update on the page' : 'an incident on the page';
  return {
    kind: 'duplicate',
    publicationId,
    difference: `${shows} shows a text whose publication had been given up; it was sent from here and took effect late`,
    key: differenceKey('duplicate', { late: publicationId, id }),
  };
}

/** The whole incident is gone. `returns`: number of the event that found it there again, if any did. */
export function incidentRemoved(of: {
  statuspageIncidentId: string;
  publicationId: string;
  returns?: number | undefined;
}): PageDifference {
  const { statuspageIncidentId: incident, publicationId, returns = 0 } = of;
  return {
    kind: 'removed',
    publicationId,
    difference: 'the incident that was published is no longer on the page',
    key: differenceKey('removed', { incident, returns }),
    whole: true,
  };
}

/** It is on the page again, after it was found removed by the event of that number. */
export function incidentReturned(of: {
  statuspageIncidentId: string;
  publicationId: string | null;
  removedSeq: number;
}): PageDifference {
  const { statuspageIncidentId: incident, publicationId, removedSeq } = of;
  return {
    kind: 'returned',
    publicationId,
    difference: 'the incident that had been removed is on the page again',
    key: differenceKey('returned', { incident, removedSeq }),
  };
}

/** An incident that a new one replaced is on the page again, beside that one. */
export function replacedReturned(statuspageIncidentId: string): PageDifference {
  return {
    kind: 'duplicate',
    publicationId: null,
    difference: 'an incident that had been removed and was replaced is on the page again',
    key: differenceKey('duplicate', { replaced: statuspageIncidentId }),
  };
}

/** Names a difference by its kind and what it is about. */
export function differenceKey(kind: DriftKind, content: Record<string, unknown>): string {
  return `${kind}#${canonicalSha256Hex(content).slice(0, 32)}`;
}

/** Differences of one incident that one look records; the next look records the others. */
export const DIFFERENCES_RECORDED_MAX = 20;

/** A difference seen on one incident of the page. `link`: to that incident. */
export type SeenDifference = { id: string; link: string; difference: PageDifference };

/** The command of recording it: the same difference is one event, whoever looks. */
export function driftCommandId(of: Pick<SeenDifference, 'id' | 'difference'>): string {
  return `drift#${of.id}#${of.difference.key}`;
}

/** The details of its `STATUSPAGE_DRIFT_FOUND`. */
export function driftDetails({ id, link, difference: seen }: SeenDifference) {
  const { kind, publicationId, difference, whole } = seen;
  return {
    statuspageIncidentId: id,
    kind,
    publicationId,
    ...(whole ? { whole } : {}),
    difference,
    link,
  };
}
