import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { LateRooms } from '../../src/services/late-rooms.ts';

const OPENED_MS = Date.parse('2026-11-20T10:00:00.000Z');

let state: Partial<IncidentState> | undefined;
let nowMs: number;
let said: string[];
let fails: boolean;

beforeEach(() => {
  state = {
    status: 'triggered',
    title: 'Checkout is slow',
    severity: 'P1',
    openedAt: new Date(OPENED_MS).toISOString(),
    room: null,
  };
  nowMs = OPENED_MS + 60_000;
  said = [];
  fails = false;
});

const tell = () =>
  new LateRooms({
    record: { load: async () => state && { state } } as never,
    posts: {
      once: async (event, name, channelId, message) => {
        if (fails) throw new Error('out');
        said.push(
          `${event.incidentId}#${event.seq}#${name} ${channelId} ${JSON.stringify(message)}`,
        );
        return '1.0';
      },
    },
    clock: { nowMs: () => nowMs },
    log: { note() {}, warn() {}, error() {}, count() {} },
    announcementChannelId: 'C0ANNOUNCE',
  }).tell('inc-a');

describe('LateRooms.tell()', () => {
  it('says in the announcement channel that a room is missing, under one name', async () => {
    await tell();
    expect(said[0]).toMatch(/^inc-a#1#room_late_notice C0ANNOUNCE .*“Checkout is slow” \(P1\)/);
  });

  it('says nothing within the first minute', async () => {
    nowMs -= 1;
    await tell();
    expect(said).toEqual([]);
  });

  it.each([
    ['a room', { room: { channelId: 'C1', channelName: 'inc' } }],
    ['an end', { status: 'cancelled' as const }],
    ['no opening, as an intake chain', { openedAt: '' }],
  ])('says nothing of an incident with %s', async (_what, change) => {
    state = { ...state, ...change };
    await tell();
    expect(said).toEqual([]);
  });

  it('says nothing of what is not there', async () => {
    state = undefined;
    await tell();
    expect(said).toEqual([]);
  });

  it('does not throw when the notice cannot be posted either', async () => {
    fails = true;
    await expect(tell()).resolves.toBeUndefined();
  });
});
