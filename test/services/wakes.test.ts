import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError, DeliveryError } from '../../src/domain/errors.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { Wakes } from '../../src/services/wakes.ts';
import { chatError } from './worker-world.ts';

const T0 = 1_700_000_000_000;
let nowMs = T0;
let sent: { message: IncidentMessage; group: string; deduplicationId: string }[] = [];
const wakes = new Wakes({
  queue: { send: async (message, as) => void sent.push({ message, ...as }) },
  clock: { nowMs: () => nowMs },
  log: { note() {}, warn() {}, error() {}, count() {} },
});

beforeEach(() => {
  nowMs = T0;
  sent = [];
});

function limited(retryAfterS: number): ChatError {
  return new ChatError({
    ...{ code: 'CHAT_RATE_LIMITED', message: 'cannot call', retryable: true, retryAfterS },
  });
}

describe('later()', () => {
  it('takes over what waits for its turn, in a group where it holds nobody up', async () => {
    expect(await wakes.later('inc-a', limited(12))).toBe(true);
    expect(sent).toMatchObject([
      {
        message: { kind: 'wake_at', incidentId: 'inc-a', atMs: T0 + 12_000 },
        group: `wake#inc-a#${T0 + 12_000}`,
      },
    ]);
  });

  it('asks again after 300 s at the latest', async () => {
    await wakes.later('inc-a', limited(301));
    expect(sent[0]?.message).toMatchObject({ atMs: T0 + 300_000 });
  });

  it('sends one message for all who wait for the same second', async () => {
    nowMs = T0 + 1;
    await wakes.later('inc-a', limited(3));
    nowMs = T0 + 900;
    await wakes.later('inc-a', limited(3));
    expect(sent[0]?.deduplicationId).toBe(sent[1]?.deduplicationId);
    expect(sent[0]?.group).toBe(sent[1]?.group);
    await wakes.later('inc-b', limited(3));
    expect(sent[2]?.deduplicationId).not.toBe(sent[0]?.deduplicationId);
  });

  it('lets no wake stand behind one that is due later', async () => {
    await wakes.later('inc-a', limited(300));
    await wakes.later('inc-a', limited(3));
    expect(sent[0]?.group).not.toBe(sent[1]?.group);
  });

  it('leaves every other failure alone', async () => {
    expect(await wakes.later('inc-a', chatError('CHAT_UNAVAILABLE', true))).toBe(false);
    expect(await wakes.later('inc-a', new Error('odd'))).toBe(false);
    expect(sent).toEqual([]);
  });
});

describe('due()', () => {
  const message = { kind: 'wake_at', incidentId: 'inc-a', atMs: T0 + 10_000 } as const;

  it('throws NOT_YET with the rest of the time 1 ms before', async () => {
    nowMs = T0 + 9_999;
    await expect(wakes.due(message)).rejects.toThrowWithCode(DeliveryError, 'NOT_YET');
    await expect(wakes.due(message)).rejects.toMatchObject({ retryAfterS: 1 });
    expect(sent).toEqual([]);
  });

  it('lets the incident’s effects run in their own group when the time has come', async () => {
    nowMs = T0 + 10_000;
    await wakes.due(message);
    expect(sent).toMatchObject([
      {
        message: { kind: 'sweep', incidentId: 'inc-a', wake: String(T0 + 10_000) },
        group: 'work#inc-a',
      },
    ]);
  });
});
