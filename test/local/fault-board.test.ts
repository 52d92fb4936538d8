import { afterEach, expect, it } from 'vitest';
import { FaultBoard } from '../../src/local/fault-board.ts';
import { WorldClock } from '../../src/local/world-clock.ts';

const clock = new WorldClock();
afterEach(() => clock.close());

it('a delayed answer comes after the operation, when the world’s time has passed', async () => {
  const board = new FaultBoard({ clock, faultReply: () => ({ status: 500, body: '' }) });
  board.plan({ match: 'write', answerDelayMs: 60_000 });
  const seen: string[] = [];
  const answered = board
    .run({ operation: 'write', caller: 'publisher', args: {} }, async () => {
      seen.push('done');
      return { status: 201, body: 'made' };
    })
    .then((outcome) => {
      seen.push('answered');
      return outcome;
    });
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(59_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['done']);
  clock.advance(1_001);
  expect(await answered).toEqual({ kind: 'reply', reply: { status: 201, body: 'made' } });
  expect(board.calls().calls[0]).toMatchObject({ status: 201, faulted: true });
});

it('refuses a delay that is none', () => {
  const board = new FaultBoard({ clock, faultReply: () => ({ status: 500, body: '' }) });
  expect(() => board.plan({ match: 'write', answerDelayMs: -1 })).toThrow('answerDelayMs');
});
