import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import { type AlertModules, INTACT } from './alert-modules.ts';
import { historyOf, type Step } from './histories.ts';
import { COUNTED, type Counts, playHistory } from './play-history.ts';

/** A history after which something was not heard, and the shortest one found like it. */
export type Unheard = { seed: number; broken: string; shortest: Step[] };
export type HistoriesReport = { histories: number; counts: Counts; found: Unheard | undefined };

/** Plays histories of these seeds until one breaks a promise, or `isLate`. */
export async function runHistories(of: {
  path: AlertPath;
  from: number;
  count: number;
  modules?: AlertModules;
  isLate?: () => boolean;
  /** Whether the shortest history is looked for. @default true */
  shortens?: boolean;
}): Promise<HistoriesReport> {
  const { path, from, count, modules = INTACT, isLate = () => false, shortens = true } = of;
  const counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts;
  for (let played = 0; played < count; played += 1) {
    if (played > 0 && isLate()) return { histories: played, counts, found: undefined };
    const steps = historyOf(from + played);
    const history = await playHistory(path, steps, modules);
    for (const name of COUNTED) counts[name] += history.counts[name];
    if (history.broken === undefined) continue;
    const { broken } = history;
    const shortest = shortens ? await shortened(path, { steps, broken, modules }) : steps;
    return { histories: played + 1, counts, found: { seed: from + played, broken, shortest } };
  }
  return { histories: count, counts, found: undefined };
}

/** Leaves out whatever the history breaks the same promise without. */
async function shortened(
  path: AlertPath,
  of: { steps: readonly Step[]; broken: string; modules: AlertModules },
): Promise<Step[]> {
  let shortest = [...of.steps];
  for (let at = 0; at < shortest.length; ) {
    const without = shortest.toSpliced(at, 1);
    const { broken } = await playHistory(path, without, of.modules);
    if (broken && promiseOf(broken) === promiseOf(of.broken)) {
      shortest = without;
      at = 0;
    } else at += 1;
  }
  return shortest;
}

function promiseOf(broken: string): string {
  return broken.split(':')[0] as string;
}
