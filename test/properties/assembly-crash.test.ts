import { describe, expect, it } from 'vitest';
import { DeliveryError, TrailError } from '../../src/domain/errors.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { alertMessage, onCall } from '../services/alert-messages.ts';
import { ANNOUNCEMENTS, chatError, MAYA, useWorker } from '../services/worker-world.ts';

const world = useWorker('memory');
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const ALERT = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));

/**
 * The story that must come out, whatever broke on the way: each fact once. People are called and the
 * checklist is pinned at the same time; everything else has its place.
 */
const STORY = [
  'INCIDENT_OPENED',
  'ALERT_RECEIVED',
  'WAR_ROOM_CREATED',
  'RESPONDER_INVITED',
  'CHECKLIST_PINNED',
  'WAR_ROOM_ASSEMBLED',
];

/** Receives the alert and runs its effects with the n-th call of any port failing; then until done. */
async function runWithFailure(nth: number, when: 'before' | 'after'): Promise<{ failed: boolean }> {
  let seen = 0;
  let failed = false;
  const { receive, run } = world.worker((port, _method, now) => {
    if (now !== when) return;
    seen += 1;
    if (seen !== nth) return;
    failed = true;
    throw failureOf(port);
  });
  for (let delivery = 0; delivery < 3; delivery += 1) {
    try {
      await run.run(await receive.receive(ALERT));
      if (failed) break;
    } catch {
      // Delivered again, as the queue does.
    }
  }
  return { failed };
}

function failureOf(port: string): Error {
  const given = { message: `the ${port} did not answer`, retryable: true };
  if (port === 'chat') return chatError('CHAT_UNAVAILABLE', true);
  if (port === 'trail') return new TrailError({ code: 'TRAIL_UNAVAILABLE', ...given });
  return new DeliveryError({ code: 'ROWS_UNAVAILABLE', ...given });
}

async function expectOneOfEach(): Promise<void> {
  const { chat } = world;
  const events = await world.trail.from(INCIDENT, 1);
  const types = events.map(({ type }) => type);
  expect([
    ...types.slice(0, 3),
    ...types.slice(3, -1).sort().reverse(),
    ...types.slice(-1),
  ]).toEqual(STORY);
  expect(chat.rooms).toHaveLength(1);
  const counts = {
    cards: chat.count('incident_card'),
    checklists: chat.count('checklist'),
    announcements: chat.count('announcement', ANNOUNCEMENTS),
    lines: chat.lines(),
  };
  expect(counts).toEqual({ cards: 1, checklists: 1, announcements: 1, lines: [] });
  expect(chat.members.get('C0ROOM1')).toEqual(new Set([MAYA]));
  expect(chat.pins.size).toBe(2);
  expect(await world.rows.listUnfinished(10)).toEqual([]);
  const row = await world.rows.readState(INCIDENT);
  expect(row).toMatchObject({ actedSeq: STORY.length, state: { status: 'active' } });
  // One that asks whether anybody was reached may be left over; it does nothing when it comes.
  const due = [...world.schedules.due.keys()].filter((name) => !name.endsWith('-reach-due'));
  expect(due).toEqual([`${INCIDENT}-update-due`]);
}

/** More than the calls the whole story makes, so that the last `n` proves that none was left out. */
const CALLS_MAX = 400;

describe('assembly, when one call of any port fails', () => {
  it.each(['before', 'after'] as const)(
    'ends with one room, card, checklist, announcement, invitation and each fact once (failing %s its effect, for every call)',
    async (when) => {
      let nth = 1;
      for (; nth <= CALLS_MAX; nth += 1) {
        const { failed } = await runWithFailure(nth, when);
        await expectOneOfEach().catch((error: Error) => {
          throw new Error(`with call ${nth} failing ${when} its effect: ${error.message}`);
        });
        if (!failed) break;
        await world.restart();
      }
      expect(nth).toBeGreaterThan(80);
      expect(nth).toBeLessThan(CALLS_MAX);
    },
  );

  it('adds nothing when everything is delivered and swept again', async () => {
    const { receive, run } = world.worker();
    for (let i = 0; i < 3; i += 1) await run.run(await receive.receive(ALERT));
    await expectOneOfEach();
  });
});
