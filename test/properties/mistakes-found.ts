import { breakGate, mendGates } from './broken-gate.ts';
import { runInterleavings } from './gate-interleavings.ts';
import { MISTAKES } from './gate-mistakes.ts';

/** Every mistake must show within this many histories, whichever one it starts with. */
export const FOUND_WITHIN = 200;

/** How a mistake was found: histories it took from each seed; not found within the limit is a gap. */
export type FoundOut = { name: string; promise: string; histories: number[]; missed: string[] };

/**
 * Breaks the gate in each of the ways somebody could, and looks for a history that shows it.
 *
 * @param seeds - where to start; each is tried by itself
 */
export async function findMistakes(seeds: readonly number[]): Promise<FoundOut[]> {
  const results: FoundOut[] = [];
  try {
    for (const { name, promise, breakages } of MISTAKES) {
      const modules = await breakGate(name, breakages);
      const found: FoundOut = { name, promise: promise.source, histories: [], missed: [] };
      for (const seed of seeds) {
        const { runs, broken } = await runInterleavings(FOUND_WITHIN, seed, modules);
        if (broken !== undefined && promise.test(broken)) found.histories.push(runs);
        else found.missed.push(`seed ${seed}: ${broken?.split('\n')[0] ?? 'not found'}`);
      }
      results.push(found);
    }
  } finally {
    mendGates();
  }
  return results;
}
