/**
 * Writes the whole audit trail and the public keys to a file, for a verifier that is not ours.
 *
 *   npm run export-trail -- FILE [--endpoint URL | --world | --aws]
 *
 * Reads where `npm run audit` reads. `scripts/verify_trail.py` verifies the file with Python alone.
 * Exits 2 on usage, 3 when the trail cannot be read.
 */
import { writeFileSync } from 'node:fs';
import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { exportTrail } from '../src/services/export-trail.ts';
import { openSource } from './audit-source.ts';
import { exitCodeOf, readArgs, usage } from './command-line.ts';
import { SOURCE_OPTIONS, sourceChoice } from './source-options.ts';
import { NO_LOG } from './terminal.ts';

const USAGE = 'usage: npm run export-trail -- FILE [--endpoint URL | --world | --aws]\n';

async function main(args: string[]): Promise<number> {
  try {
    const options = { ...SOURCE_OPTIONS, help: { type: 'boolean' } } as const;
    const { values, positionals } = readArgs(args, options);
    if (values.help) {
      process.stderr.write(USAGE);
      return 0;
    }
    const [file, ...rest] = positionals;
    if (!file || rest.length > 0) throw usage('export the trail', 'one FILE', rest[0]);
    const { clock } = realSystem(NO_LOG);
    const deps = { environment: processEnvironment(), world: readWorldFile, clock };
    const source = await openSource(sourceChoice(values), deps);
    process.stderr.write(`Reading ${source.said}\n`);
    const { events, keys, breakGlass } = await exportTrail(source);
    writeFileSync(file, JSON.stringify({ breakGlass, events, keys }));
    const glass = breakGlass.length > 0 ? `, BREAK-GLASS ${breakGlass.length} time(s)` : '';
    process.stdout.write(`${events.length} events${glass} written to ${file}\n`);
    source.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return exitCodeOf(error);
  }
}

process.exitCode = await main(process.argv.slice(2));
