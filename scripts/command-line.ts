import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {
  readonly code = 'USAGE';
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
