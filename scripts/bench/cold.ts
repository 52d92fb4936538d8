import { startBenchWorld } from './bench-world.ts';
import { BUNDLE_NAMES, type BundleName, type Bundles, YARDSTICKS } from './bundles.ts';
import { eventsOf } from './events.ts';
import { measureOnce, type Take } from './measured.ts';
import { printTable, shownRatio, shownSpread, spreadOf } from './table.ts';

/** Takes of new processes, by function. */
export type ColdTakes = Record<BundleName, Take[]>;

/**
 * New process to first answer, each function in turn, round after round, so that a slow minute of
 * the machine meets all of them.
 */
export async function measureCold(bundles: Bundles, rounds: number): Promise<ColdTakes> {
  const world = await startBenchWorld({ responders: 8, limits: 'off', delivers: false });
  const takes = Object.fromEntries(BUNDLE_NAMES.map((name) => [name, []])) as unknown as ColdTakes;
  const events = eventsOf(world);
  try {
    // Round 0 fills the machine's caches and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of BUNDLE_NAMES) {
        const isYardstick = YARDSTICKS.some((yardstick) => yardstick === name);
        const source = events[isYardstick ? 'alert-webhook' : (name as keyof typeof events)];
        const event = await source(round * BUNDLE_NAMES.length + BUNDLE_NAMES.indexOf(name));
        const take = await patiently(() => measureOnce({ name, world, bundles, event }));
        if (round > 0) takes[name].push(take);
      }
    }
    return takes;
  } finally {
    await world.close();
  }
}

/** A machine that others keep busy may let a deadline pass; such a take tells nothing. */
async function patiently(take: () => Promise<Take>): Promise<Take> {
  try {
    return await take();
  } catch {
    return take();
  }
}

/** Prints what `measureCold` found. */
export function printCold(takes: ColdTakes, rounds: number): void {
  const walls = (name: BundleName) => takes[name].map(({ wallMs }) => wallMs);
  const cpus = (name: BundleName) => takes[name].map(({ cpuMs }) => cpuMs);
  const rows = BUNDLE_NAMES.map((name) => {
    const [wallMin = '', wall = '', wallMax = ''] = shownSpread(walls(name));
    const [cpuMin = '', cpu = '', cpuMax = ''] = shownSpread(cpus(name));
    const isCompared = name === 'alert-webhook' || YARDSTICKS.some((other) => other === name);
    return [
      name,
      wall,
      `${wallMin} … ${wallMax}`,
      isCompared ? shownRatio(walls(name), walls('limit')) : '',
      cpu,
      `${cpuMin} … ${cpuMax}`,
      isCompared ? shownRatio(cpus(name), cpus('limit')) : '',
      spreadOf(takes[name].map(({ rssMb }) => rssMb)).median.toFixed(0),
    ];
  });
  printTable(
    `Cold: a new process to its first answer, ${rounds} rounds in turn`,
    ['function', 'wall ms', 'min … max', '× limit', 'CPU ms', 'min … max', '× limit', 'RSS MB'],
    rows,
  );
}
