import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/audit-event.ts';
import type { Fault } from '../../src/local/fault-board.ts';
import { givenWorld, SOME_TEXT } from './war-room.ts';

/*
 * A publisher stops in the middle of an attempt or right before it, is given up, and wakes long after
 * its deadline, when another attempt was made. It sends nothing, and nothing it records changes
 * anything.
 */
const stage = givenWorld(
  { functions: 'process' },
  {
    variables: {
      STATUSPAGE_TIMEOUT_MS: '2000',
      // Passes in real time too: a process that wakes need not be told the world's time first.
      PUBLISH_DEADLINE_MS: '1500',
      AUTO_RETRY_AFTER_ABSENCE: 'always',
    },
  },
);
/** Longer than the deadline. Unit: ms of real time. */
const FROZEN_MS = 1_600;
/** Longer than everything that happens while it is frozen. */
const HELD_MS = 3_600_000;
/** The answer is there when it wakes. */
const BRIEFLY_MS = 30_000;
const PUBLISHED: EventType[] = ['STATUSPAGE_PUBLISH_STARTED', 'STATUSPAGE_PUBLISHED'];

describe('a publisher frozen past its deadline, woken after another attempt', () => {
  it.each<[string, Fault, EventType[]]>([
    [
      'between the claim and the send',
      { match: 'dynamodb:ExecuteStatement', caller: 'publisher', answerDelayMs: HELD_MS },
      [
        'STATUSPAGE_PUBLISH_STARTED',
        'STATUSPAGE_PUBLISH_UNCONFIRMED',
        'STATUSPAGE_PUBLISH_NOT_EXECUTED',
        ...PUBLISHED,
      ],
    ],
    [
      'while it waits for the API key, before the claim',
      { match: 'secretsmanager:GetSecretValue', caller: 'publisher', answerDelayMs: BRIEFLY_MS },
      PUBLISHED,
    ],
  ])('%s: sends nothing and changes nothing', async (_point, fault, trail) => {
    const { clock, freeze, kill } = stage.world;
    const incident = await stage.givenP1();
    await incident.clicks('maya', 'incident_take_ic');
    await incident.givenDraft();
    // A fresh process, which has not read the key yet.
    kill('publisher');
    const writes = await stage.pageWrites();
    stage.fault('aws', fault);
    await stage.actors.clicks('priya.raman', await incident.room(), {
      action: 'statuspage_approve',
    });
    // At once: the key is waited for less than a second.
    while ((stage.world.aws.board.faults()[0]?.hits ?? 0) === 0) await pause(2);
    await pause(10);
    const wake = freeze('publisher');
    const frozenAtMs = performance.now();
    const claims = trail === PUBLISHED ? 0 : 1;
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(claims);

    await stage.until('another publisher has made another attempt', async () => {
      clock.advance(15_000);
      await stage.world.idle(100);
      return (await incident.count('STATUSPAGE_PUBLISHED')) === 1;
    });
    await stage.settle();
    await incident.expectTrail(trail);
    const before = await incident.types();
    expect((await stage.pageWrites()) - writes).toBe(1);

    const told = publisherMessages();
    await pause(Math.max(0, FROZEN_MS - (performance.now() - frozenAtMs)));
    wake();
    await pause(50);
    clock.advance(HELD_MS);
    // Before the claim it gives up the wait for the key, and has nothing to tell.
    const isOver = () => claims === 0 || publisherMessages() > told;
    await stage.until('the frozen one has gone on to its end', isOver);
    await stage.settle();
    expect((await stage.pageWrites()) - writes).toBe(1);
    expect((await incident.types()).filter(isOfPublishing)).toEqual(before.filter(isOfPublishing));
    await incident.expectPage([SOME_TEXT]);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The last thing a publisher does is tell the worker. */
function publisherMessages(): number {
  const { calls } = stage.world.aws.board.calls();
  return calls.filter(
    ({ operation, caller }) => operation === 'sqs:SendMessage' && caller === 'publisher',
  ).length;
}

function isOfPublishing(type: string): boolean {
  return type.startsWith('STATUSPAGE_PUBLISH');
}
