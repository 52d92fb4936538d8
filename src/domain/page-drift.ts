import { canonicalSha256Hex } from './ids.ts';
import type { PublishedText } from './incident-state.ts';
import {
  differenceKey,
  type GivenUpText,
  givenUpTextOf,
  incidentRemoved,
  type PageDifference,
  unexplainedUpdate,
} from './page-difference.ts';
import {
  isShownText,
  plainText,
  type ShownIncident,
  type ShownPage,
  type ShownUpdate,
  shownTextDigest,
  statusWord,
  type TextInFlight,
} from './shown-page.ts';

/** A copy of the page may be this old without anybody having changed anything. Unit: ms. */
export const PAGE_MAY_LAG_MS = 180_000;
/** What another hand did longer ago than this is history, and not reported. Unit: ms. */
export const FOREIGN_REPORTED_FOR_MS = 86_400_000;
/** How far the page's clock may be from ours. Unit: ms. */
const CLOCK_SKEW_MS = 30_000;
/** Two changes this close together are one act. Unit: ms. */
const SAME_ACT_MS = 1_000;

/**
 * Compares one incident of ours on the page with everything that was published to it. Pure.
 *
 * Nothing is reported for an honest history, nor for an older copy of it (`PAGE_MAY_LAG_MS`), nor for
 * a text in flight. Differences of white space, and of characters written as HTML entities, are none.
 * Components and impact are not compared: monitoring changes them by itself on many pages.
 */
export function pageDifferences(of: {
  statuspageIncidentId: string;
  publications: readonly PublishedText[];
  inFlight: readonly TextInFlight[];
  /** Texts that were sent from here and taken for absent. */
  givenUp?: readonly GivenUpText[];
  /** Number of the event that found the incident there again after it was gone. */
  returnedSeq?: number | undefined;
  page: ShownPage;
  nowMs: number;
}): PageDifference[] {
  const { statuspageIncidentId: id, publications, givenUp = [], page, nowMs } = of;
  if (publications.length === 0) return [];
  const shown = page.incidents.find((incident) => incident.id === id);
  if (!shown) return isGone(of, page) ? [goneOf(of)] : [];
  const matched = matchTexts(publications, shown);
  const ours = new Set(matched.values());
  const known = shown.updates.filter((update) => !isBeforeOurRecord(update, publications));
  const others = known.filter((update) => !ours.has(update));
  const unexplained = withoutInFlight(others, of.inFlight);
  const unmatched = publications.filter((publication) => !matched.has(publication));
  const edits = pairEdits(
    unmatched,
    unexplained.filter((update) => !givenUpTextOf(update, givenUp)),
  );
  const lastSeen = publications.findLastIndex((each) => matched.has(each) || edits.has(each));
  const missing = unmatched.filter((publication) => {
    // An older copy of the page ends earlier; it never lacks something in the middle.
    const isLast = publications.indexOf(publication) > lastSeen;
    const mayLag = isLast && nowMs - Date.parse(publication.at) < PAGE_MAY_LAG_MS;
    return !mayLag;
  });
  const foreign = unexplained.filter((update) => ![...edits.values()].includes(update));
  const aboutTexts = [
    ...missing.map((publication) => missingText(publication, edits.get(publication))),
    ...foreign
      .filter((update) => isRecent(update, nowMs))
      .map((update) => unexplainedUpdate(update, { publications, givenUp })),
  ];
  const isExplained = missing.length > 0 || foreign.length > 0;
  return [...aboutTexts, ...aboutHead({ ...of, shown, matched, missing, foreign, isExplained })];
}

/** Says that an incident is on the page which nobody published here; undefined for old history. */
export function foreignIncident(shown: ShownIncident, nowMs: number): PageDifference | undefined {
  if (![shown, ...shown.updates].some((each) => isRecent(each, nowMs))) return undefined;
  const { id, name, status } = shown;
  const updates = shown.updates.map((update) => [update.id, update.status, update.body]);
  const count = updates.length === 1 ? '1 update' : `${updates.length} updates`;
  return {
    kind: 'foreign_incident',
    publicationId: null,
    difference: `an incident that was not published from here is on the page (status ${statusWord(status)}, ${count})`,
    key: differenceKey('foreign_incident', { id, name, status, updates }),
  };
}

/** The day whose intake chain takes an incident by another hand: always the same for one content. */
export function foreignDay(shown: ShownIncident, nowMs: number): string {
  const instants = [shown, ...shown.updates].flatMap((each) => each.createdAtMs ?? []);
  return new Date(instants.length > 0 ? Math.max(...instants) : nowMs).toISOString();
}

/** Whether an incident that a list does not show is off the page: the list may be cut, or late. */
function isGone(
  of: { publications: readonly PublishedText[]; nowMs: number },
  page: ShownPage,
): boolean {
  const [first] = of.publications as [PublishedText, ...PublishedText[]];
  const firstMs = Date.parse(first.at);
  if (of.nowMs - firstMs < PAGE_MAY_LAG_MS) return false;
  const oldestMs = Math.min(...page.incidents.map(({ createdAtMs }) => createdAtMs ?? 0));
  // Of a list that was cut, only what is newer than its end must be in it.
  return page.isWhole || (first.opens && firstMs > oldestMs + CLOCK_SKEW_MS);
}

function goneOf(of: {
  statuspageIncidentId: string;
  publications: readonly PublishedText[];
  returnedSeq?: number | undefined;
}): PageDifference {
  const { publicationId } = of.publications.at(-1) as PublishedText;
  const { statuspageIncidentId, returnedSeq: returns } = of;
  return incidentRemoved({ statuspageIncidentId, publicationId, returns });
}

/** Which update on the page is which publication; an update stands for one publication at most. */
function matchTexts(
  publications: readonly PublishedText[],
  shown: ShownIncident,
): Map<PublishedText, ShownUpdate> {
  const matched = new Map<PublishedText, ShownUpdate>();
  const free = new Set(oldestFirst(shown.updates));
  const take = (publication: PublishedText, isSame: (update: ShownUpdate) => boolean) => {
    if (matched.has(publication)) return;
    const update = [...free].find(isSame);
    if (!update) return;
    matched.set(publication, update);
    free.delete(update);
  };
  // What was sent comes before what the page said back: of an adopted publication, the page may
  // have said what another hand wrote after it.
  for (const publication of publications) {
    take(publication, (update) => shownTextDigest(update) === publication.textDigest);
  }
  for (const publication of publications) {
    take(publication, (update) =>
      // The title may have been changed since, by ourselves too.
      [shown.name, publication.name].some((name) =>
        isSaidBack(publication, update, { id: shown.id, name }),
      ),
    );
  }
  return matched;
}

/** True when the page said exactly this back when it was published, in whatever form it keeps it. */
function isSaidBack(
  publication: PublishedText,
  { status, body }: ShownUpdate,
  of: { id: string; name: string },
): boolean {
  return canonicalSha256Hex({ ...of, status, body }) === publication.pageDigest;
}

/** The record of an incident may begin later than the incident; what is older is not ours to judge. */
function isBeforeOurRecord(update: ShownUpdate, publications: readonly PublishedText[]): boolean {
  const [first] = publications;
  if (!first || first.opens || update.createdAtMs === null) return false;
  return update.createdAtMs < Date.parse(first.at) - CLOCK_SKEW_MS;
}

function withoutInFlight(
  updates: readonly ShownUpdate[],
  inFlight: readonly TextInFlight[],
): ShownUpdate[] {
  const left = [...updates];
  for (const text of inFlight) {
    const at = left.findIndex((update) => isShownText(update, text));
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** An update that was changed after it was written, and is older than ours was published: ours. */
function pairEdits(
  missing: readonly PublishedText[],
  updates: readonly ShownUpdate[],
): Map<PublishedText, ShownUpdate> {
  const pairs = new Map<PublishedText, ShownUpdate>();
  const free = new Set(oldestFirst(updates));
  for (const publication of missing) {
    const update = [...free].find((candidate) => mayBeEdited(candidate, publication));
    if (!update) continue;
    pairs.set(publication, update);
    free.delete(update);
  }
  return pairs;
}

function mayBeEdited({ createdAtMs, updatedAtMs }: ShownUpdate, { at }: PublishedText): boolean {
  if (createdAtMs === null || updatedAtMs === null) return true;
  return updatedAtMs > createdAtMs && createdAtMs <= Date.parse(at) + CLOCK_SKEW_MS;
}

function missingText(publication: PublishedText, now: ShownUpdate | undefined): PageDifference {
  const { publicationId, at, status } = publication;
  const ours = `the update published at ${at.slice(0, 16).replace('T', ' ')} UTC`;
  if (!now) {
    const difference = `${ours} is no longer on the page`;
    return {
      kind: 'removed',
      publicationId,
      difference,
      key: differenceKey('removed', { publicationId }),
    };
  }
  const statusToo =
    now.status === status
      ? ''
      : ` and its status went from ${statusWord(status)} to ${statusWord(now.status)}`;
  return {
    kind: 'edited',
    publicationId,
    difference: `${ours} was changed${statusToo}`,
    key: differenceKey('edited', { publicationId, status: now.status, body: now.body }),
  };
}

/** Title and status as they stand on top of the incident. */
function aboutHead(of: {
  inFlight: readonly TextInFlight[];
  publications: readonly PublishedText[];
  shown: ShownIncident;
  matched: ReadonlyMap<PublishedText, ShownUpdate>;
  missing: readonly PublishedText[];
  foreign: readonly ShownUpdate[];
  isExplained: boolean;
}): PageDifference[] {
  const { shown, matched, missing, foreign, publications } = of;
  // Of an older copy, the newest publication that it can know.
  const newest = publications.findLast((p) => matched.has(p) || missing.includes(p));
  if (!newest) return [];
  const { name, status } = shown;
  const { publicationId } = newest;
  const update = matched.get(newest);
  const isSame =
    plainText(name) === plainText(newest.name) ||
    (update !== undefined && isSaidBack(newest, update, { id: shown.id, name }));
  // Without its newest update the incident stands as the one before left it.
  const standing = missing.includes(newest) && publications.findLast((p) => matched.has(p));
  const isAsBefore = standing && plainText(standing.name) === plainText(name);
  const sameAct = foreign.some(
    ({ createdAtMs }) => Math.abs((createdAtMs ?? 0) - (shown.updatedAtMs ?? -1)) <= SAME_ACT_MS,
  );
  const inFlight = of.inFlight.some((text) => plainText(text.name) === plainText(name));
  const differences: PageDifference[] = [];
  if (!isSame && !isAsBefore && !sameAct && !inFlight) {
    const key = differenceKey('edited', { publicationId, name });
    const difference = 'the title of the incident was changed';
    differences.push({ kind: 'edited', publicationId, difference, key });
  }
  const statusInFlight = of.inFlight.some((text) => text.status === status);
  if (status !== newest.status && !of.isExplained && !statusInFlight) {
    const difference = `the status of the incident went from ${statusWord(newest.status)} to ${statusWord(status)}`;
    const key = differenceKey('edited', { publicationId, status });
    differences.push({ kind: 'edited', publicationId, difference, key });
  }
  return differences;
}

function isRecent(
  of: { createdAtMs: number | null; updatedAtMs: number | null },
  nowMs: number,
): boolean {
  const newest = Math.max(of.createdAtMs ?? nowMs, of.updatedAtMs ?? 0);
  return nowMs - newest <= FOREIGN_REPORTED_FOR_MS;
}

function oldestFirst(updates: readonly ShownUpdate[]): ShownUpdate[] {
  return updates.toSorted((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0));
}
