import { type Scenario, simulate } from './capacity/simulation.ts';
import { readArgs } from './command-line.ts';

const USAGE = `usage: npm run capacity

Plays floods of alert groups on a clock of its own, with the code that counts storms and keeps Slack's
limits, and prints when rooms are open and complete. docs/capacity.md holds what it prints.
`;

const HOUR_S = 3_600;
const SERVICES = 50;

/** From a quiet hour to one that no workspace has seen, and a hundred P1s in one instant. */
export const SCENARIOS: readonly Scenario[] = [
  ...[1, 10, 100, 1_000, 3_000, 10_000].map((groups) => ({
    name: `${groups.toLocaleString('en-US')} an hour`,
    groups,
    services: SERVICES,
    overS: HOUR_S,
    everyP1: 5,
  })),
  { name: '100 P1s at once', groups: 100, services: 100, overS: 0, everyP1: 1 },
  { name: '1,000 in a minute', groups: 1_000, services: 4, overS: 60, everyP1: 5 },
  { name: '10,000 in a minute', groups: 10_000, services: 50, overS: 60, everyP1: 5 },
];

const COLUMNS = [
  'Alert groups',
  'rooms',
  'linked',
  'first room',
  'median room',
  'last P1 room',
  'last room',
  'last complete',
  'runs of effects',
  'binds',
];

/** The table of docs/capacity.md, as Markdown. */
export async function capacityTable(): Promise<string> {
  const rows: string[][] = [COLUMNS, COLUMNS.map((_, i) => (i === 0 || i === 9 ? '---' : '--:'))];
  for (const scenario of SCENARIOS) {
    const of = await simulate(scenario);
    rows.push([
      scenario.name,
      String(of.rooms),
      String(of.linked),
      seconds(of.firstRoomS),
      seconds(of.medianRoomS),
      seconds(of.lastP1RoomS),
      seconds(of.lastRoomS),
      seconds(of.lastCompleteS),
      String(of.runs),
      `\`${of.binding}\``,
    ]);
  }
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function seconds(value: number): string {
  return `${value.toFixed(0)} s`;
}

if (import.meta.main) {
  const { values } = readArgs(process.argv.slice(2), { help: { type: 'boolean' } });
  process.stdout.write(values.help ? USAGE : `${await capacityTable()}\n`);
}
