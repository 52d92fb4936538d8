import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/domain/errors.ts';
import type { DeadLetter } from '../../src/services/dead-letters.ts';
import { returnDeadLetters } from '../../src/services/return-dead-letters.ts';

const NOW_MS = 1_800_000_000_000;

function givenDead(letters: { body: string; returns?: number; deadForMs?: number }[]) {
  const world = {
    dead: letters.map(
      ({ body, returns = 0, deadForMs = 60_000 }): DeadLetter => ({
        body,
        returns,
        group: `group of ${body}`,
        deduplicationId: body,
        sinceMs: NOW_MS - deadForMs,
        receipt: body,
      }),
    ),
    hidden: new Set<string>(),
    sent: [] as string[],
    counted: [] as string[],
    failing: '' as '' | 'sendBack' | 'remove',
  };
  const fail = (act: string) => {
    if (world.failing !== act) return;
    throw new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'out', retryable: true });
  };
  const deps = {
    clock: { nowMs: () => NOW_MS },
    log: { note() {}, warn() {}, error() {}, count: (name: string) => world.counted.push(name) },
    deadLetters: {
      receive: async () => {
        const seen = world.dead.filter(({ body }) => !world.hidden.has(body)).slice(0, 2);
        for (const { body } of seen) world.hidden.add(body);
        return seen;
      },
      sendBack: async ({ body }: DeadLetter) => {
        fail('sendBack');
        world.sent.push(body);
      },
      remove: async ({ body }: DeadLetter) => {
        fail('remove');
        world.dead = world.dead.filter((letter) => letter.body !== body);
      },
      release: async ({ body }: DeadLetter) => void world.hidden.delete(body),
    },
  };
  const run = (hasTime = () => true) => returnDeadLetters(deps, hasTime);
  return { world, run };
}

describe('returnDeadLetters()', () => {
  it('sends back each message, over several batches, and removes it', async () => {
    const { world, run } = givenDead([{ body: 'a' }, { body: 'b' }, { body: 'c' }]);
    expect(await run()).toBe(3);
    expect(world.sent).toEqual(['a', 'b', 'c']);
    expect(world.dead).toEqual([]);
    expect(world.counted).toEqual(['DeadLettersReturned']);
  });

  it('leaves one for a minute first, then twice as long each time, and for ever after five returns', async () => {
    const { world, run } = givenDead([
      { body: 'young', deadForMs: 59_999 },
      { body: 'tired', returns: 5 },
      { body: 'due', returns: 4, deadForMs: 16 * 60_000 },
      { body: 'not yet', returns: 4, deadForMs: 16 * 60_000 - 1 },
    ]);
    expect(await run()).toBe(1);
    expect(world.sent).toEqual(['due']);
    expect(world.dead.map(({ body }) => body)).toEqual(['young', 'tired', 'not yet']);
    // Free for whoever looks at them by hand.
    expect([...world.hidden]).toEqual(['due']);
  });

  it('keeps a message that could not be sent back', async () => {
    const { world, run } = givenDead([{ body: 'a' }]);
    world.failing = 'sendBack';
    await expect(run()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    expect(world.dead).toHaveLength(1);
  });

  it('sends a message twice rather than losing it when it cannot be removed', async () => {
    const { world, run } = givenDead([{ body: 'a' }]);
    world.failing = 'remove';
    await expect(run()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    world.failing = '';
    world.hidden.clear();
    await run();
    expect(world.sent).toEqual(['a', 'a']);
    expect(world.dead).toEqual([]);
  });

  it('takes on nothing when the time is up', async () => {
    const { world, run } = givenDead([{ body: 'a' }]);
    expect(await run(() => false)).toBe(0);
    expect(world.dead).toHaveLength(1);
  });
});
