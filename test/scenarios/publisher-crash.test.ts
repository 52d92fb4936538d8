import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, SOME_TEXT } from './war-room.ts';

/*
 * The publisher dies around its appends and around the request. Nothing is sent twice, and nothing
 * hangs: it is found on the page by itself, or a human decides.
 */
const stage = givenWorld({ functions: 'process' });
const APPEND = 'dynamodb:ExecuteStatement';

async function approvedWhile(
  fake: 'aws' | 'statuspage',
  fault: Parameters<typeof stage.fault>[1],
): Promise<Incident> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft();
  stage.fault(fake, { ...fault, caller: 'publisher' });
  await incident.clicks('priya', 'statuspage_approve');
  await stage.passes({ minutes: 5 });
  return incident;
}

describe('publisher killed', () => {
  it('right before it starts: it starts again, and publishes once', async () => {
    const before = await stage.pageWrites();
    const incident = await approvedWhile('aws', { match: APPEND, kill: 'before' });
    await incident.expectPage([SOME_TEXT]);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(1);
    expect((await stage.pageWrites()) - before).toBe(1);
  });

  it('right after it started: nothing was sent, and the IC decides', async () => {
    const before = await stage.pageWrites();
    const incident = await approvedWhile('aws', { match: APPEND, kill: 'after' });
    await stage.until('all looks are made', async () => {
      await stage.passes({ seconds: 35 });
      const { details } = await incident.last('STATUSPAGE_PUBLISH_UNCONFIRMED');
      return details.looks === 3 && details.nextLookAt === null;
    });
    await incident.expectRoomPost('did not confirm the publication');
    await incident.expectRoomPost('does not show the publication');
    expect((await stage.pageWrites()) - before).toBe(0);
    await incident.clicks('maya', 'statuspage_declare_absent');
    expect(await incident.count('STATUSPAGE_PUBLISH_FAILED')).toBe(1);
    await incident.expectPage([]);
  });

  it.each([
    ['while the page takes the request', 'statuspage', { match: 'create_incident', kill: 'after' }],
    ['right before it could say so', 'aws', { match: APPEND, nth: 2, kill: 'before' }],
  ] as const)('%s: it is found on the page and adopted, once', async (_when, fake, fault) => {
    const before = await stage.pageWrites();
    const incident = await approvedWhile(fake, fault);
    expect(await incident.count('STATUSPAGE_PUBLISH_UNCONFIRMED')).toBe(1);
    expect((await incident.last('STATUSPAGE_PUBLISHED')).details.adopted).toBe(true);
    await incident.expectPage([SOME_TEXT]);
    expect((await stage.pageWrites()) - before).toBe(1);
  });

  it('right after it said so: the room is told all the same', async () => {
    const before = await stage.pageWrites();
    const incident = await approvedWhile('aws', { match: APPEND, nth: 2, kill: 'after' });
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
    await incident.expectRoomPost('The status page shows the approved text now');
    await incident.expectPage([SOME_TEXT]);
    expect((await stage.pageWrites()) - before).toBe(1);
  });
});
