/**
 * Writes the whole audit trail and the public keys to a file, for a verifier that is not ours.
 *
 *   npm run export-trail -- FILE [--endpoint URL]
 *
 * Reads where `npm run audit` reads. `scripts/verify_trail.py` verifies the file with Python alone.
 * Exits 2 on usage, 1 when the trail cannot be read.
 */
import { writeFileSync } from 'node:fs';
import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { exportTrail } from '../src/services/export-trail.ts';
import { openSource } from './audit-source.ts';
import { NO_LOG } from './terminal.ts';

const USAGE = 'usage: npm run export-trail -- FILE [--endpoint URL]\n';

async function main(args: string[]): Promise<number> {
  const at = args.indexOf('--endpoint');
  const endpoint = at < 0 ? undefined : args[at + 1];
  const [file, ...rest] = args.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  if (args.includes('--help') || !file || rest.length > 0 || (at >= 0 && !endpoint)) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const { clock } = realSystem(NO_LOG);
  const environment = processEnvironment();
  try {
    const source = await openSource(endpoint, { environment, world: readWorldFile, clock });
    process.stderr.write(`Reading ${source.said}\n`);
    const { events, keys, breakGlass } = await exportTrail(source);
    writeFileSync(file, JSON.stringify({ breakGlass, events, keys }));
    const glass = breakGlass.length > 0 ? `, BREAK-GLASS ${breakGlass.length} time(s)` : '';
    process.stdout.write(`${events.length} events${glass} written to ${file}\n`);
    source.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
