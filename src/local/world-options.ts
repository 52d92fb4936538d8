import { parseArgs } from 'node:util';

/** How to start the embedded world. */
export type WorldOptions = {
  /**
   * Port of the page; the other servers take the six after it. 0 picks free ones for all.
   * @default 4400
   */
  port: number;
  /** In one process, or each in its own so that it can be killed. @default 'inline' */
  functions: 'inline' | 'process';
  /** Whether the vendors' rate limits hold. @default 'on' */
  limits: 'on' | 'off';
  /** A stand-in plays the model, or the product runs without one. @default 'standin' */
  ai: 'standin' | 'off';
};

/** What the command line asks for. */
export type StartOptions = WorldOptions & { json: boolean; help: boolean };

/** The command line cannot be understood; the message is for the person who typed it. */
export class UsageError extends Error {
  readonly code = 'USAGE_INVALID';
}

export const DEFAULT_PORT = 4400;
/** The page's port plus six must still be a port. */
const MAX_PORT = 65_529;

export const USAGE =
  'npm start -- [--port N] [--json] [--functions=inline|process] [--limits=on|off] ' +
  '[--ai=standin|off]';

/** @throws {UsageError} `USAGE_INVALID` naming the option, what was expected and got */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const values = readArguments(args);
  return {
    port: parsePort(values.port),
    functions: oneOf('functions', ['inline', 'process'], values.functions),
    limits: oneOf('limits', ['on', 'off'], values.limits),
    ai: oneOf('ai', ['standin', 'off'], values.ai),
    json: values.json === true,
    help: values.help === true,
  };
}

type Given = Record<string, string | boolean | undefined>;

function readArguments(args: readonly string[]): Given {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      port: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      functions: { type: 'string' },
      limits: { type: 'string' },
      ai: { type: 'string' },
    },
  });
  const known = new Set(['port', 'json', 'help', 'functions', 'limits', 'ai']);
  for (const token of tokens) {
    if (token.kind === 'positional') throw unexpected(token.value);
    if (token.kind !== 'option') continue;
    if (!known.has(token.name)) throw unexpected(token.rawName);
    const isFlag = token.name === 'json' || token.name === 'help';
    if (isFlag && token.value !== undefined) throw unexpected(`${token.rawName}=${token.value}`);
    if (!isFlag && token.value === undefined) {
      throw new UsageError(`cannot start: expected a value for ${token.rawName}, got nothing`);
    }
  }
  return values as Given;
}

function parsePort(given: string | boolean | undefined): number {
  if (given === undefined) return DEFAULT_PORT;
  const port = Number(given);
  if (/^\d{1,5}$/.test(String(given)) && port <= MAX_PORT) return port;
  throw new UsageError(`cannot start: expected --port 0 to ${MAX_PORT}, got ${given}`);
}

function oneOf<T extends string>(
  name: string,
  allowed: readonly [T, ...T[]],
  given: string | boolean | undefined,
): T {
  if (given === undefined) return allowed[0];
  const found = allowed.find((value) => value === given);
  if (found) return found;
  throw new UsageError(`cannot start: expected --${name}=${allowed.join('|')}, got ${given}`);
}

function unexpected(argument: string): UsageError {
  return new UsageError(`cannot start: expected ${USAGE}, got ${argument}`);
}
