import { type Breakage, breakLives, mendGates } from '../properties/broken-gate.ts';
import { runLives } from './run-lives.ts';

/** A mistake somebody could make, and the promise that must be seen to break. */
export type LivesMistake = { name: string; promise: RegExp; breakages: Breakage[] };

/** Every mistake must show within this many histories, wherever they begin. */
export const LIVES_FOUND_WITHIN = 300;

/** Mistakes that lives must find. */
export const LIVES_MISTAKES: readonly LivesMistake[] = [
  {
    name: 'authors-not-counted',
    promise: /^self:/,
    breakages: [
      {
        file: 'decision-rules.ts',
        from: 'authors: of.ignoreAuthors ? [] : authors,',
        to: 'authors: [],',
      },
    ],
  },
];

/** @returns the first history that shows it, from this seed on; undefined: it goes unnoticed */
export async function noticed({ name, promise, breakages }: LivesMistake, from: number) {
  const modules = await breakLives(`lives-${name}`, breakages);
  const count = LIVES_FOUND_WITHIN;
  const { found, histories } = await runLives({ from, count, modules, shortens: false });
  return found && promise.test(found.broken) ? { histories, broken: found.broken } : undefined;
}

export { mendGates };
