import { parseArgs } from 'node:util';
import { ALERT_PATHS, type AlertPath, isAlertPath } from '../src/domain/alerts/alert-paths.ts';
import { COUNTED } from '../test/alert-histories/play-history.ts';
import { runHistories, type Unheard } from '../test/alert-histories/run-histories.ts';
import { print } from './proof.ts';

const USAGE = `usage: npm run prove:alerts -- [--histories N] [--seed N] [--path PATH]

Plays histories of alert groups at random for each sender: firing, resolved, repeated, fired again with
the start time it had, under other fingerprints, delivered late, twice or by another attempt, and people
who resolve, cancel and reopen meanwhile. Looks for one after which an alert fires and nobody was told,
a room ends on another state than the source's, or people are called for what was over.

  --histories N   how many a sender (10,000)
  --seed N        where to begin: history N is always the same
  --path PATH     only this sender
`;

const HISTORIES = 10_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const asked = parse(args);
  if (!asked) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const startedMs = performance.now();
  print(row('histories', ...COUNTED));
  for (const path of asked.paths) {
    const { found, histories, counts } = await runHistories({
      ...{ path, from: asked.seed, count: asked.histories },
    });
    print(row(histories, ...COUNTED.map((name) => counts[name]), path));
    if (found) return tell(path, found);
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  print(
    `FIGURE alert histories: ${asked.histories} for each of ${asked.paths.length} senders in ` +
      `${seconds} s, 0 unheard, from seed ${asked.seed}`,
  );
  return 0;
}

function tell(path: AlertPath, { seed, broken, shortest }: Unheard): number {
  print(`BROKEN for ${path} at seed ${seed}: ${broken}`);
  print('the shortest history found that breaks the same promise:');
  for (const step of shortest) print(`  ${JSON.stringify(step)}`);
  return 1;
}

function row(...cells: (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(12)).join('');
}

function parse(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args, options: { histories: text, seed: text, path: text } });
    const histories = Number(values.histories ?? HISTORIES);
    const seed = Number(values.seed ?? 1);
    const only = values.path;
    if (!(histories >= 1) || !Number.isSafeInteger(seed) || seed < 0) return undefined;
    if (only !== undefined && !isAlertPath(only)) return undefined;
    return { histories, seed, paths: only === undefined ? ALERT_PATHS : [only] };
  } catch {
    return undefined;
  }
}
