import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Log } from '../src/services/ports.ts';

/** The person in front of a command, or the pipe in their place. */
export type Terminal = {
  say(line: string): void;
  complain(line: string): void;
  /** True when a person can answer. */
  interactive: boolean;
  /** Asks without echo. */
  askHidden(question: string): Promise<string>;
  /** All that was piped in. At most 64 KiB; no secret is longer. */
  piped(): Promise<string>;
};

const PIPED_MAX_CHARACTERS = 65_536;

export function processTerminal(): Terminal {
  return {
    say: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    interactive: process.stdin.isTTY === true,
    askHidden,
    piped,
  };
}

async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  // Readline echoes what is typed to its output, so its output goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // With a terminal, Ctrl-C reaches readline and not the process.
  reader.on('SIGINT', () => process.exit(130));
  try {
    return await reader.question('');
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}

async function piped(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > PIPED_MAX_CHARACTERS) throw new Error('cannot read stdin: expected ≤ 64 KiB');
  }
  return text;
}

/** For commands, which speak to a person and keep no log. */
export const NO_LOG: Log = { note() {}, warn() {}, error() {}, count() {} };
