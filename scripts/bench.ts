/**
 * Measures cold starts, warm events, bundles, the first minute of an incident, its costs, the
 * gate, and the readers of outside text, on this machine.
 *
 *   npm run bench -- [sizes] [cold] [warm] [room] [drain] [costs] [gate] [readers]
 *     [noise]     [--rounds N]
 *
 * Functions run as they are deployed, against stand-ins on loopback. Milliseconds differ between
 * machines; the ratios do not much. Nothing here is a test.
 */
import { cpus, loadavg } from 'node:os';
import { type Bundles, bundleAll } from './bench/bundles.ts';
import { measureCold, printCold } from './bench/cold.ts';
import { printCosts } from './bench/costs.ts';
import { printDrain } from './bench/drain.ts';
import { printNoise } from './bench/noise.ts';
import { parseBenchOptions } from './bench/options.ts';
import { printReaders } from './bench/readers.ts';
import { printRooms } from './bench/room.ts';
import { printSizes } from './bench/sizes.ts';
import { measureWarm, printWarm } from './bench/warm.ts';
import { printPublicationCosts } from './bench-gate.ts';
import { UsageError } from './command-line.ts';

async function main(args: readonly string[]): Promise<void> {
  const { sections, rounds } = parseBenchOptions(args);
  const [cpu] = cpus();
  process.stdout.write(
    `Node ${process.version}, ${process.platform} ${process.arch}, ` +
      `${cpus().length} × ${cpu?.model ?? 'unknown processor'}\n`,
  );
  const [load = 0] = loadavg();
  if (load > cpus().length / 2) {
    process.stdout.write(
      `The machine is busy (load ${load.toFixed(1)}): trust CPU and ratios, not wall times.\n`,
    );
  }
  const bundles: Bundles = await bundleAll();
  try {
    for (const section of sections) {
      if (section === 'sizes') printSizes(bundles);
      if (section === 'cold') printCold(await measureCold(bundles, rounds), rounds);
      if (section === 'warm') printWarm(await measureWarm(bundles, rounds), rounds);
      if (section === 'room') await printRooms(rounds);
      if (section === 'drain') await printDrain(100);
      if (section === 'costs') await printCosts();
      if (section === 'gate') await printPublicationCosts();
      if (section === 'readers') printReaders();
      if (section === 'noise') await printNoise();
    }
  } finally {
    await bundles.remove();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
