import type { FunctionName } from '../../config.ts';
import { jsonLog } from './json-log.ts';
import { realSystem, type System } from './system.ts';

/** The real machine with a log of this function's name on standard output, for Lambda. */
export function functionSystem(functionName: FunctionName): System {
  const clock = { nowMs: () => Date.now() };
  const write = (line: string) => process.stdout.write(`${line}\n`);
  return realSystem(jsonLog({ functionName, clock, write }));
}
