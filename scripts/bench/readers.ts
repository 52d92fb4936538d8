import { ALERT_PATHS, readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { parseCommand } from '../../src/domain/command.ts';
import { REQUEST_BODY_MAX_BYTES } from '../../src/domain/limits.ts';
import { alertDetails, withoutAddress } from '../../src/services/alert-details.ts';
import { printTable } from './table.ts';

/** Parts of the largest body that readers are timed on; the last is all of it. */
const SHARES = [1 / 8, 1 / 4, 1 / 2, 1] as const;
const TAKES = 3;

/** One reader of outside text on one shape of text; `sizeBytes` is about how long. */
export type ReaderCase = { name: string; of: (sizeBytes: number) => () => unknown };

const filled = (unit: string, sizeBytes: number) =>
  unit.repeat(Math.ceil(sizeBytes / unit.length)).slice(0, sizeBytes);

const COMMANDS: readonly [string, (sizeBytes: number) => string][] = [
  ['note, spaces inside', (size) => `note a${filled(' ', size)}b`],
  ['note, zero-width inside', (size) => `note a${filled('\u200b', size)}b`],
  ['note, open mentions', (size) => `note ${filled('<@U04A', size)}`],
  ['note, open links', (size) => `note ${filled('<https:|', size)}`],
  ['note, carets in a token', (size) => `note <!a${filled('^', size)}\n>`],
  ['draft, quotes', (size) => `draft ${filled('"', size)}`],
  ['silence, digits', (size) => `silence ${filled('1', size)}x`],
  ['one endless word', (size) => filled('a', size)],
];

const BODIES: readonly [string, (sizeBytes: number) => string][] = [
  ['nested arrays', (size) => `{"alerts":${filled('[', size / 2)}${filled(']', size / 2)}}`],
  ['labels', (size) => JSON.stringify({ ...envelope(), commonLabels: many(size, (n) => `l${n}`) })],
  [
    'alerts',
    (size) =>
      JSON.stringify({
        ...envelope(),
        alerts: Array.from({ length: size / 64 }, (_, n) => ({
          status: 'firing',
          fingerprint: `f${n}`,
          startsAt: '2026-11-20T09:00:00Z',
        })),
      }),
  ],
  [
    'title of brackets',
    (size) => JSON.stringify({ ...envelope(), title: filled('[FIRING', size) }),
  ],
];

function envelope(): Record<string, unknown> {
  const alerts = [{ status: 'firing', fingerprint: 'f', startsAt: '2026-11-20T09:00:00Z' }];
  return { status: 'firing', groupKey: 'g', version: '4', alerts };
}

function many(sizeBytes: number, nameOf: (n: number) => string): Record<string, string> {
  const length = Math.floor(sizeBytes / 32);
  return Object.fromEntries(Array.from({ length }, (_, n) => [nameOf(n), 'value-of-label']));
}

/** Every reader that takes text from outside, each with text made to hurt it. */
export const READER_CASES: readonly ReaderCase[] = [
  ...COMMANDS.map(([name, make]) => ({
    name: `command: ${name}`,
    of: (size: number) => {
      const text = make(size);
      return () => parseCommand(text);
    },
  })),
  {
    name: 'user name: an address without its dot',
    of: (size) => {
      const name = `a@${filled('.', size)}\n`;
      return () => withoutAddress(name);
    },
  },
  ...ALERT_PATHS.flatMap((path) =>
    BODIES.map(([name, make]) => ({
      name: `${path}: ${name}`,
      of: (size: number) => {
        const bytes = Buffer.from(make(size));
        return () => {
          const read = readAlert(path, bytes);
          const message = { rawSha256: '', truncated: false };
          return read.kind === 'signal' ? alertDetails(read.signal, message) : read;
        };
      },
    })),
  ),
];

/** Milliseconds of CPU at each share of the largest body; the quickest of a few takes. */
export function timeReader({ of }: ReaderCase): number[] {
  return SHARES.map((share) => {
    const read = of(REQUEST_BODY_MAX_BYTES * share);
    const takes = Array.from({ length: TAKES }, () => {
      const before = process.cpuUsage();
      read();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    });
    return Math.min(...takes);
  });
}

/** Prints how long the readers of outside text take up to the largest body that is let in. */
export function printReaders(): void {
  const rows = READER_CASES.map((reader) => {
    const times = timeReader(reader);
    const [, , half = 0, whole = 0] = times;
    // Below a millisecond the ratio is noise.
    const growth = whole < 1 ? '' : (whole / half).toFixed(1);
    return [reader.name, ...times.map((ms) => ms.toFixed(1)), growth];
  });
  printTable(
    'Readers: ms of CPU on text made to hurt them; linear is 2 from half of 1 MiB to all of it',
    ['reader', '128 KiB', '256 KiB', '512 KiB', '1 MiB', 'growth'],
    rows,
  );
}
