import type { FunctionName } from '../../src/config.ts';
import { type BenchWorld, startBenchWorld } from './bench-world.ts';
import type { BundleName, Bundles } from './bundles.ts';
import { eventsOf, takeMessage } from './events.ts';
import { startMeasured } from './measured.ts';
import { printTable, shownRatio, shownSpread } from './table.ts';

/** Per event, each round one take. Unit: ms. */
export type WarmTakes = Map<string, { wallMs: number[]; cpuMs: number[]; events: number }>;

const COMPARED: readonly BundleName[] = ['alert-webhook', 'limit', 'raw', 'empty'];
/** Events of one round; as many again before the first, uncounted, so that all is compiled. */
const COMPARED_EVENTS = 200;
const OTHER_EVENTS: readonly [FunctionName, number][] = [
  ['slack-ingress', 100],
  ['incident-worker', 12],
  ['publisher', 50],
  ['sweeper', 25],
];
const ROOMS = 'incident-worker, room';

/** What an event costs a process that has answered many, round after round in turn. */
export async function measureWarm(bundles: Bundles, rounds: number): Promise<WarmTakes> {
  const world = await startBenchWorld({ responders: 8, limits: 'off', delivers: false });
  try {
    const compared = await measureInTurn(world, bundles, {
      rounds,
      of: COMPARED.map((name) => ({ name, role: 'alert-webhook', events: COMPARED_EVENTS })),
    });
    const others = await measureInTurn(world, bundles, {
      rounds,
      of: OTHER_EVENTS.map(([name, events]) => ({ name, role: name, events })),
    });
    return new Map([...compared, ...others]);
  } finally {
    await world.close();
  }
}

type Measured = { name: BundleName; role: FunctionName; events: number };

async function measureInTurn(
  world: BenchWorld,
  bundles: Bundles,
  { rounds, of }: { rounds: number; of: readonly Measured[] },
): Promise<WarmTakes> {
  const takes: WarmTakes = new Map();
  const source = eventsOf(world);
  const started = await Promise.all(
    of.map(async (each) => ({
      ...each,
      process: await startMeasured({ name: each.name, world, bundles }),
    })),
  );
  let number = 0;
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const { name, role, events, process } of started) {
        const made: unknown[] = [];
        for (let each = 0; each < events; each += 1) made.push(await source[role](number++));
        const take = await process.answer(made);
        if (round > 0) keep(takes, name, events, take);
        if (role !== 'incident-worker') continue;
        // What the worker wrote to itself: the rooms of these incidents.
        const rooms = made.map(() => takeMessage(world));
        const opened = await process.answer(rooms);
        if (round > 0) keep(takes, ROOMS, rooms.length, opened);
      }
    }
    return takes;
  } finally {
    for (const { process } of started) process.end();
  }
}

function keep(
  takes: WarmTakes,
  name: string,
  events: number,
  take: { wallMs: number; cpuMs: number },
): void {
  const kept = takes.get(name) ?? { wallMs: [], cpuMs: [], events };
  kept.wallMs.push(take.wallMs / events);
  kept.cpuMs.push(take.cpuMs / events);
  takes.set(name, kept);
}

/** Prints what `measureWarm` found. */
export function printWarm(takes: WarmTakes, rounds: number): void {
  const limit = takes.get('limit');
  const rows = [...takes].map(([name, { wallMs, cpuMs, events }]) => {
    const [cpuMin = '', cpu = '', cpuMax = ''] = shownSpread(cpuMs, 2);
    const [wallMin = '', wall = '', wallMax = ''] = shownSpread(wallMs, 2);
    const ratio = (own: number[], base: number[] | undefined) =>
      base && COMPARED.some((compared) => compared === name) ? shownRatio(own, base) : '';
    return [
      name,
      String(events),
      cpu,
      `${cpuMin} … ${cpuMax}`,
      ratio(cpuMs, limit?.cpuMs),
      wall,
      `${wallMin} … ${wallMax}`,
      ratio(wallMs, limit?.wallMs),
    ];
  });
  printTable(
    `Warm: per event, ${rounds} rounds in turn`,
    ['function', 'events', 'CPU ms', 'min … max', '× limit', 'wall ms', 'min … max', '× limit'],
    rows,
  );
}
