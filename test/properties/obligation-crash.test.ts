import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { DeliveryError, TrailError } from '../../src/domain/errors.ts';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { draft, type Fact, published, started } from '../domain/gate-story.ts';
import { alertMessage, onCall } from '../services/alert-messages.ts';
import {
  ANNOUNCEMENTS,
  chatError,
  type Hook,
  useWorker,
  type Worker,
} from '../services/worker-world.ts';

const world = useWorker('memory');
const INCIDENT = incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 });
const ALERT = alertMessage(onCall('alert group created', { time: '2026-11-20T09:00:00Z' }));
const PERSON = { kind: 'slack_user', id: 'U0MAYA' } as const;
const PUBLISHER = { kind: 'system', id: 'publisher' } as const;
const MINUTE_MS = 60_000;
/** More than the calls the whole story makes, so that the last `n` proves that none was left out. */
const CALLS_MAX = 400;

async function append({ type, details, actor = PUBLISHER }: Fact): Promise<void> {
  await world.record.run({
    incidentId: INCIDENT,
    commandId: `told#${type}`,
    actor,
    decide: () => ({ append: type, details }) as never,
  });
}

/** Customers read about it, and then it is called off. */
async function givenCancelled(): Promise<void> {
  const { receive, run } = world.worker();
  await run.run(await receive.receive(ALERT));
  const text = draft('drf-a');
  for (const fact of [text, started(text), published(text)]) await append(fact);
  await append({ type: 'INCIDENT_CANCELLED', actor: PERSON, details: { reason: 'false alarm' } });
}

/** What a sweep of the incident does. */
async function sweeps({ run, obligations }: Worker): Promise<void> {
  try {
    await run.run(INCIDENT);
  } finally {
    if (await obligations.tend(INCIDENT)) await run.run(INCIDENT);
  }
}

/** Minute after minute for 33 min, with the n-th call of any port failing. @returns whether one did */
async function runWithFailure(nth: number, when: 'before' | 'after'): Promise<boolean> {
  let seen = 0;
  let failed = false;
  const hook: Hook = (port, _method, now) => {
    if (now !== when) return;
    seen += 1;
    if (seen !== nth) return;
    failed = true;
    throw failureOf(port);
  };
  const worker = world.worker(hook);
  for (const minutes of [0, 5, 1, 9, 1, 14, 1, 1, 1]) {
    world.clock.advance(minutes * MINUTE_MS);
    await sweeps(worker).catch(() => {});
  }
  return failed;
}

function failureOf(port: string): Error {
  const given = { message: `the ${port} did not answer`, retryable: true };
  if (port === 'chat') return chatError('CHAT_UNAVAILABLE', true);
  if (port === 'trail') return new TrailError({ code: 'TRAIL_UNAVAILABLE', ...given });
  return new DeliveryError({ code: 'ROWS_UNAVAILABLE', ...given });
}

async function obligationEvents(): Promise<AuditEvent[]> {
  const events = await world.trail.from(INCIDENT, 1);
  return events.filter(({ type }) => type.startsWith('STATUSPAGE_OBLIGATION_'));
}

/** Each fact once, and each of them told once. */
async function expectEachOnce(): Promise<void> {
  expect((await obligationEvents()).map(({ type, details }) => [type, details])).toEqual([
    [
      'STATUSPAGE_OBLIGATION_OPENED',
      {
        statuspageIncidentId: 'p1',
        because: 'cancelled',
        link: 'https://status.example.com/p1',
      },
    ],
    ['STATUSPAGE_OBLIGATION_ESCALATED', { stage: 'commander' }],
    ['STATUSPAGE_OBLIGATION_ESCALATED', { stage: 'approvers' }],
    ['STATUSPAGE_OBLIGATION_ESCALATED', { stage: 'announcement' }],
  ]);
  const asked = world.chat.posts.filter(({ message }) =>
    JSON.stringify(message).includes('still shows'),
  );
  expect(asked.map(({ channelId }) => channelId)).toEqual([
    'C0ROOM1',
    'C0ROOM1',
    'C0ROOM1',
    ANNOUNCEMENTS,
  ]);
  // The sweeper comes again for as long as it is open.
  expect((await world.rows.listUnfinished(10)).map(({ incidentId }) => incidentId)).toEqual([
    INCIDENT,
  ]);
  expect((await world.rows.listOpen(10)).map(({ incidentId }) => incidentId)).toEqual([INCIDENT]);
}

describe('an open obligation, when one call of any port fails', () => {
  it.each(['before', 'after'] as const)(
    'is on record once and told once, stage by stage (failing %s its effect, for every call)',
    async (when) => {
      let nth = 1;
      for (; nth <= CALLS_MAX; nth += 1) {
        await givenCancelled();
        const failed = await runWithFailure(nth, when);
        await expectEachOnce().catch((error: Error) => {
          throw new Error(`with call ${nth} failing ${when} its effect: ${error.message}`);
        });
        if (!failed) break;
        await world.restart();
      }
      expect(nth).toBeGreaterThan(60);
      expect(nth).toBeLessThan(CALLS_MAX);
    },
  );

  it('is opened by the sweep for an incident that an older version ended, and counted', async () => {
    await givenCancelled();
    const state = await world.rows.readState(INCIDENT);
    await world.rows.advanceActed(INCIDENT, state?.state.version ?? 0);
    const { obligations } = world.worker();
    expect(await obligations.tend(INCIDENT)).toBe(true);
    expect(await obligations.tend(INCIDENT)).toBe(false);
    expect(await obligationEvents()).toHaveLength(1);
    expect(world.counted).toEqual(['PageObligationOpen', 'PageObligationOpen']);
    expect(await obligations.tend('inc-bbbbbbbbbbbbbbbb')).toBe(false);
  });
});
