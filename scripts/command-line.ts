import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

/** Something was asked of the wrong thing, or could not be read: neither says what is valid. */
export const EXIT = { done: 0, notValid: 1, usage: 2, unread: 3 } as const;

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown): number {
  const { code } = error as { code?: string };
  return code === 'USAGE' || code === 'CONFIG_INVALID' ? EXIT.usage : EXIT.unread;
}

/** `cannot <act>: expected <x>, got <y>` */
export function usage(act: string, expected: string, got = 'nothing'): UsageError {
  return new UsageError(`cannot ${act}: expected ${expected}, got ${got}`);
}

/** Words and options as Node reads them. @throws {UsageError} in Node's words */
export function readArgs<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: O,
) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
