import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/domain/errors.ts';
import type { DeadLetter } from '../../src/services/dead-letters.ts';
import {
  returnDeadLetters,
  returnDeadPublications,
} from '../../src/services/return-dead-letters.ts';

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
    told: [] as unknown[],
    counted: [] as string[],
    failing: '' as '' | 'sendBack' | 'remove' | 'tell',
  };
  const fail = (act: string) => {
    if (world.failing !== act) return;
    throw new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'out', retryable: true });
  };
  const deps = {
    clock: { nowMs: () => NOW_MS },
    queue: {
      send: async (message: unknown) => {
        fail('tell');
        world.told.push(message);
      },
    },
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
  const runPublications = () => returnDeadPublications(deps, () => true);
  return { world, run, runPublications };
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

describe('what people are told', () => {
  const alert = (id: string) => JSON.stringify({ kind: 'alert', id });
  const click = JSON.stringify({ headers: {}, body: 'x' });

  it('counts what is sent back for the first time, by who waits for it, once', async () => {
    const { world, run } = givenDead([
      { body: alert('a') },
      { body: alert('b') },
      { body: click },
      { body: '{"kind":"work"}' },
      { body: 'not JSON' },
      { body: alert('sent back before'), returns: 1, deadForMs: 120_000 },
      { body: alert('too young'), deadForMs: 59_999 },
    ]);
    await run();
    expect(world.told).toEqual([
      {
        kind: 'dead_letters',
        name: `back#${NOW_MS - 60_000}`,
        alerts: 2,
        requests: 1,
        others: 2,
        stay: false,
        atMs: NOW_MS,
      },
    ]);
    await run();
    expect(world.told).toHaveLength(1);
  });

  it('names what stays so that it is told again every four hours, and when one is added', async () => {
    const { world, run } = givenDead([{ body: alert('a'), returns: 5, deadForMs: 1_000 }]);
    await run();
    expect(world.told).toEqual([
      expect.objectContaining({ name: `stay#125000#${NOW_MS - 1_000}`, alerts: 1, stay: true }),
    ]);
    expect(NOW_MS / (4 * 3_600_000)).toBe(125_000);
  });

  it('tells nothing of news that could not be told, or it would never end', async () => {
    const { world, run } = givenDead([{ body: '{"kind":"dead_letters"}' }]);
    expect(await run()).toBe(1);
    expect(world.told).toEqual([]);
  });

  it('sends nothing back that nobody could be told of', async () => {
    const { world, run } = givenDead([{ body: alert('a') }]);
    world.failing = 'tell';
    await expect(run()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    expect([world.sent, world.dead.length]).toEqual([[], 1]);
  });
});

describe('returnDeadPublications()', () => {
  const ids = { incidentId: 'inc-a', draftId: 'drf-1', revision: 2 };

  it('has ids asked for again after a minute, whatever else the message says, and removes it', async () => {
    const { world, runPublications } = givenDead([
      { body: JSON.stringify({ ...ids, text: 'We are down.' }) },
      { body: JSON.stringify({ ...ids, revision: 3 }), deadForMs: 59_999 },
      { body: 'not JSON' },
      { body: '[1]' },
    ]);
    expect(await runPublications()).toBe(1);
    expect(world.told).toEqual([{ kind: 'publication_died', ...ids, diedAtMs: NOW_MS - 60_000 }]);
    expect(world.dead).toHaveLength(3);
    expect(world.sent).toEqual([]);
  });

  it('keeps what could not be asked for', async () => {
    const { world, runPublications } = givenDead([{ body: JSON.stringify(ids) }]);
    world.failing = 'tell';
    await expect(runPublications()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    expect(world.dead).toHaveLength(1);
  });
});
