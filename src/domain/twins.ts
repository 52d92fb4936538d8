import type { IncidentState } from './incident-state.ts';
import { isOver } from './transitions.ts';

/** Two incidents that were opened so close may be one that two people saw. Unit: ms. */
export const TWIN_WITHIN_MS = 600_000;
/** Of all words of two titles, so many in common make them alike. */
const ALIKE = 0.5;

/** What somebody says is wrong, as far as it tells one outage from another. */
export type Described = Pick<IncidentState, 'title' | 'service' | 'serviceGuessed'>;

/** Words that a title of any outage may hold. */
const COMMON = new Set(
  (
    'a all an and are at be broken but by can cannot customers do does doesn down error errors fail failing ' +
    'fails failure for from has have in is issue it not nobody of on or our outage problem problems slow some ' +
    'the there to unavailable users very we with work working works'
  ).split(' '),
);

/**
 * The open incidents that may be the one that is described, oldest first: of the same service, or, where
 * one of the two services is not known for sure, of a similar title; opened in the ten minutes before.
 */
export function twinsOf<T extends IncidentState>(
  described: Described,
  of: { open: readonly T[]; atMs: number },
): T[] {
  return of.open
    .filter((other) => !isOver(other) && other.openedAt !== '')
    .filter(({ openedAt }) => Math.abs(of.atMs - Date.parse(openedAt)) < TWIN_WITHIN_MS)
    .filter((other) => isSame(described, other))
    .sort((a, b) => a.openedAt.localeCompare(b.openedAt));
}

function isSame(a: Described, b: Described): boolean {
  if (a.service !== null && a.service === b.service) return true;
  const areSure = [a, b].every(({ service, serviceGuessed }) => service && !serviceGuessed);
  return !areSure && areAlike(a.title, b.title);
}

function areAlike(a: string, b: string): boolean {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  const shared = [...one].filter((word) => other.has(word)).length;
  const all = new Set([...one, ...other]).size;
  return shared > 0 && shared / all >= ALIKE;
}

function wordsOf(title: string): Set<string> {
  const words = title
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u);
  return new Set(words.filter((word) => word !== '' && !COMMON.has(word)));
}
