import { parseArgs } from 'node:util';
import { COUNTED } from '../test/lives/play-life.ts';
import { type BrokenLife, type LivesReport, runLives } from '../test/lives/run-lives.ts';
import { print } from './proof.ts';

const USAGE = `usage: npm run prove:lives -- [--histories N] [--seed N] [--minutes N]

Plays whole lives of incidents that share one status page, at random: alerts, drafts, decisions,
resolve, reopen, cancel, hands on the page, lost answers, time. Looks for one after which the page is
wrong and nobody is asked, a text went out that did not fit the incident any more, a component shows
better than another open incident says, or an approval does not hold.

  --histories N   how many (10,000)
  --seed N        where to begin: history N is always the same
  --minutes N     stop after that long
`;

const HISTORIES = 10_000;
/** Histories between two lines of the table. */
const BATCH = 500;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const asked = parse(args);
  if (!asked) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  const startedMs = performance.now();
  const stopAtMs = startedMs + asked.minutes * 60_000;
  const totals = [0, 0, 0, 0, 0];
  print(row('from seed', 'histories', ...COUNTED));
  for (let done = 0; done < asked.histories && performance.now() < stopAtMs; ) {
    const from = asked.seed + done;
    const count = Math.min(BATCH, asked.histories - done);
    const isLate = () => performance.now() >= stopAtMs;
    const report: LivesReport = await runLives({ from, count, isLate });
    done += report.histories;
    const counts = COUNTED.map((name) => report.counts[name]);
    for (const [index, value] of counts.entries()) totals[index] = (totals[index] ?? 0) + value;
    print(row(from, report.histories, ...counts));
    if (report.found) return tell(report.found);
    asked.played = done;
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  print(row('total', asked.played, ...totals));
  print(
    `FIGURE lives: ${asked.played} histories in ${seconds} s, 0 broken, from seed ${asked.seed}`,
  );
  return 0;
}

function tell({ seed, broken, shortest }: BrokenLife): number {
  print(`BROKEN at seed ${seed}: ${broken}`);
  print('the shortest history found that breaks the same promise:');
  for (const step of shortest) print(`  ${JSON.stringify(step)}`);
  return 1;
}

function row(...cells: (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(13)).join('');
}

function parse(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args, options: { histories: text, seed: text, minutes: text } });
    const histories = Number(values.histories ?? HISTORIES);
    const seed = Number(values.seed ?? 1);
    const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
    const isWrong = !(histories >= 1) || !Number.isSafeInteger(seed) || seed < 0 || !(minutes > 0);
    return isWrong ? undefined : { histories, seed, minutes, played: 0 };
  } catch {
    return undefined;
  }
}
