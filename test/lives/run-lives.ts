import { historyOf } from './lives-history.ts';
import type { Step } from './lives-steps.ts';
import type { LivesModules } from './lives-world.ts';
import { COUNTED, type Counts, playLife } from './play-life.ts';

/** A history that broke a promise, and the shortest one found that breaks it as well. */
export type BrokenLife = { seed: number; broken: string; shortest: Step[] };
export type LivesReport = { histories: number; counts: Counts; found: BrokenLife | undefined };

/** Plays histories of these seeds until one breaks a promise, or `isLate`. */
export async function runLives(of: {
  from: number;
  count: number;
  modules?: LivesModules;
  isLate?: () => boolean;
  /** Whether the shortest history is looked for. @default true */
  shortens?: boolean;
}): Promise<LivesReport> {
  const { from, count, modules, isLate = () => false, shortens = true } = of;
  const counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts;
  for (let played = 0; played < count; played += 1) {
    if (played > 0 && isLate()) return { histories: played, counts, found: undefined };
    const steps = historyOf(from + played);
    const life = await playLife(steps, modules);
    for (const name of COUNTED) counts[name] += life.counts[name];
    if (life.broken === undefined) continue;
    const shortest = shortens ? await shortened(steps, life.broken, modules) : steps;
    const found = { seed: from + played, broken: life.broken, shortest };
    return { histories: played + 1, counts, found };
  }
  return { histories: count, counts, found: undefined };
}

/** Leaves out whatever the history breaks the same promise without. */
async function shortened(
  steps: readonly Step[],
  broken: string,
  modules: LivesModules | undefined,
): Promise<Step[]> {
  let shortest = [...steps];
  for (let size = Math.ceil(shortest.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const without = shortest.toSpliced(at, size);
      const life = await playLife(without, modules);
      if (life.broken && promiseOf(life.broken) === promiseOf(broken)) shortest = without;
      else at += size;
    }
  }
  return shortest;
}

/** The name of the promise: what is said of it differs from history to history. */
function promiseOf(broken: string): string {
  return broken.split(':')[0] as string;
}
