import { expect, it } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import { declareCommand, INCIDENT, noteCommand } from './record-world.ts';
import { chatError, useWorker } from './worker-world.ts';

const world = useWorker('memory');

it('tells what comes after 300 events whose refresh still waits for its turn', async () => {
  await world.record.run(declareCommand());
  const { run } = world.worker((_port, method) => {
    if (method === 'update') throw chatError('CHAT_RATE_LIMITED', true);
  });
  await expect(run.run(INCIDENT)).rejects.toThrowWithCode(ChatError, 'CHAT_RATE_LIMITED');
  for (let i = 0; i < 350; i += 1) await world.record.run(noteCommand(`note ${i}`));
  for (let i = 0; i < 3; i += 1) await expect(run.run(INCIDENT)).rejects.toThrow();
  expect(world.chat.lines('C0ROOM1')).toHaveLength(350);
  expect((await world.rows.readState(INCIDENT))?.actedSeq).toBe(0);
});
