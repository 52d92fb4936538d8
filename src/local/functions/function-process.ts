/**
 * One function in its own process: `node function-process.ts <function name>`, started by the world
 * with the function's own environment and an IPC channel.
 */
import { jsonLog } from '../../adapters/system/json-log.ts';
import { realSystem, type System } from '../../adapters/system/system.ts';
import { ConfigError, FUNCTION_NAMES, processEnvironment } from '../../config.ts';
import { createHandler, type FunctionHandler } from './function-handlers.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';

const name = FUNCTION_NAMES.find((candidate) => candidate === process.argv[2]);
if (!name || !process.send) {
  process.stderr.write('cannot run a function: expected its name and an IPC channel\n');
  process.exit(2);
}

let offsetMs = 0;
let handler: FunctionHandler | undefined;
const send = (message: FromProcess) => process.send?.(message);
// Ctrl-C reaches the whole process group; the world decides when its functions end.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToProcess) => {
  if (message.kind === 'clock') offsetMs = message.offsetMs;
  else void answer(message);
});

try {
  handler = await createHandler(name, processEnvironment(), worldSystem(name));
  send({ kind: 'ready' });
} catch (error) {
  send({
    kind: 'refused',
    isConfiguration: error instanceof ConfigError,
    message: error instanceof Error ? error.message : String(error),
  });
}

async function answer({ id, event }: ToProcess & { kind: 'invoke' }): Promise<void> {
  try {
    if (!handler) throw new Error('cannot run a function: it is not ready');
    send({ kind: 'answered', id, answer: (await handler(event)) ?? null });
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    send({ kind: 'failed', id, message, stack });
  }
}

/** The real machine on the world's time. */
function worldSystem(functionName: string): System {
  const write = (line: string) => void send({ kind: 'log', line });
  const silent = { nowMs: () => 0 };
  const real = realSystem(jsonLog({ functionName, clock: silent, write }));
  const clock = { nowMs: () => real.clock.nowMs() + offsetMs };
  return { ...real, clock, log: jsonLog({ functionName, clock, write }) };
}
