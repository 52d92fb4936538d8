import { describe, expect, it } from 'vitest';
import type { ServiceRoute } from '../../src/domain/routing.ts';
import { alertMessage, onCall, ROUTING } from './alert-messages.ts';
import { useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ALERT = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));

/** Turns of the event loop after which nothing goes on but calls that wait for their answer. */
const QUIET_TURNS = 5;

/**
 * Opens a room while every call of the workspace takes as long as any other: all calls that wait are
 * answered at once, and that is one round.
 * @param afterMs - between the alert and this run
 * @returns the calls of each round
 */
async function roundsOf(people: number, afterMs = 0): Promise<string[][]> {
  const [service] = ROUTING.services as ServiceRoute[];
  const emails = Array.from({ length: people }, (_, i) => `person${i}@example.com`);
  const before = service!.responders;
  service!.responders = emails.map((email) => ({ email }));
  world.chat.people = new Map(
    emails.map((email, i) => [email, { id: `U0PERSON${i}`, name: email, email, kind: 'full' }]),
  );
  const rounds: string[][] = [];
  let waiting: { method: string; answer: () => void }[] = [];
  const { receive, run } = world.worker((port, method, when) => {
    if (port !== 'chat' || when !== 'before') return;
    return new Promise<void>((answer) => void waiting.push({ method, answer }));
  });
  let isOver = false;
  const over = receive
    .receive(ALERT)
    .then((incidentId) => {
      world.clock.advance(afterMs);
      return run.run(incidentId);
    })
    .finally(() => {
      isOver = true;
    });
  for (let quiet = 0; !isOver; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (quiet < QUIET_TURNS || waiting.length === 0) continue;
    const answered = waiting;
    waiting = [];
    rounds.push(answered.map(({ method }) => method));
    for (const { answer } of answered) answer();
    quiet = 0;
  }
  await over;
  service!.responders = before;
  return rounds;
}

const roundOf = (rounds: string[][], method: string) =>
  rounds.findIndex((round) => round.includes(method)) + 1;

describe('assemble(), counted in calls of the workspace that wait for one another', () => {
  it('makes the room in the first, with every look-up beside it', async () => {
    const [first] = await roundsOf(8);
    expect(first?.filter((method) => method === 'createRoom')).toHaveLength(1);
    expect(first?.filter((method) => method === 'personByEmail')).toHaveLength(8);
    expect(first).toHaveLength(9);
  });

  it.each([
    [9_000, 8],
    [11_000, 0],
  ])('asks beside it for whoever waits %i ms: %i look-ups', async (afterMs, lookUps) => {
    const rounds = await roundsOf(8, afterMs);
    expect(rounds[0]?.filter((method) => method === 'personByEmail')).toHaveLength(lookUps);
    expect(rounds.flat().filter((method) => method === 'invite')).toHaveLength(1);
    expect(world.chat.members.get('C0ROOM1')?.size).toBe(8);
  });

  it('posts the card and invites everybody in the second', async () => {
    const rounds = await roundsOf(8);
    expect(roundOf(rounds, 'post')).toBe(2);
    expect(roundOf(rounds, 'invite')).toBe(2);
    expect(rounds.flat().filter((method) => method === 'invite')).toHaveLength(1);
    expect(world.chat.members.get('C0ROOM1')?.size).toBe(8);
  });

  it('pins in the third, sets bookmarks no sooner, and is over after the fourth', async () => {
    const rounds = await roundsOf(8);
    expect(roundOf(rounds, 'pin')).toBe(3);
    expect(roundOf(rounds, 'addBookmarks')).toBe(3);
    expect(rounds).toHaveLength(4);
    expect(new Set(rounds[3])).toEqual(new Set(['update']));
  });

  it('sets the topic once: its calls are the scarcest', async () => {
    const rounds = await roundsOf(8);
    expect(rounds.flat().filter((method) => method === 'setTopic')).toHaveLength(1);
    expect(world.chat.topics).toEqual([expect.stringContaining('active')]);
  });

  it('invites 60 people with one call, without looking up each', async () => {
    const rounds = await roundsOf(60);
    expect(rounds.flat().filter((method) => method === 'invite')).toHaveLength(1);
    expect(rounds.flat()).not.toContain('personByEmail');
    expect(world.chat.members.get('C0ROOM1')?.size).toBe(60);
  });
});
