/** One process of a matrix: plays what it is told, in worlds of its own. */
import { type Case, CaseRunner } from './case-runner.ts';
import { FAULT_MATRIX_VARIABLES } from './disturbances.ts';
import type { FromMatrixProcess, ToMatrixProcess } from './matrix-messages.ts';
import { STORIES } from './stories.ts';

const runners = new Map<string, CaseRunner>();
const send = (message: FromMatrixProcess) => process.send?.(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToMatrixProcess) => {
  void answer(message).catch((error: unknown) => {
    send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  });
});

async function answer(message: ToMatrixProcess): Promise<void> {
  const runner = await runnerFor(message);
  if (message.kind === 'discover') {
    send({ kind: 'discovered', calls: await runner.discover(message.plays) });
    return;
  }
  send({ kind: 'told', results: await runner.tell(message.cases as Case[]) });
}

/** One world at a time: two would only take each other's machine. */
async function runnerFor({ matrix, story, processEntry }: ToMatrixProcess): Promise<CaseRunner> {
  const name = `${matrix}/${story}`;
  const known = runners.get(name);
  if (known) return known;
  for (const other of runners.values()) await other.close();
  runners.clear();
  const options =
    matrix === 'crash'
      ? { functions: 'process' as const, ...(processEntry ? { processEntry } : {}) }
      : { functions: 'inline' as const, variables: FAULT_MATRIX_VARIABLES };
  const runner = new CaseRunner({ story: STORIES[story], options });
  runners.set(name, runner);
  return runner;
}
