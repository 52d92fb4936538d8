import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { isRevision } from '../../src/domain/gate-view.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const stage = givenWorld();
const HOUR_MS = 3_600_000;
/** Half an hour of minutes takes its time on a busy machine. Unit: ms, real time. */
const HALF_AN_HOUR_MS = 90_000;
/** The user group `status-approvers`, as a message notifies it. */
const APPROVERS = '<!subteam^S04APPROVER>';

/** The stages on the trail, in order. */
async function stages(incident: Incident): Promise<string[]> {
  return (await incident.trail()).flatMap((event) =>
    event.type === 'STATUSPAGE_APPROVAL_ESCALATED' ? [event.details.stage] : [],
  );
}

/** What the announcement channel was told about waiting drafts of this incident. */
async function pages(incident: Incident): Promise<string[]> {
  const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
  const room = await incident.room();
  return messages
    .filter(
      ({ text, blocks }) => text.includes('has waited') && JSON.stringify(blocks).includes(room),
    )
    .map(({ text }) => text);
}

/** Names of the schedules of this incident's next stages, without publication ids. */
async function timers(incident: Incident): Promise<string[]> {
  const events = await incident.trail();
  const ids = events.flatMap(({ details }) =>
    'publicationId' in details ? [String(details.publicationId)] : [],
  );
  return stage.world.aws.scheduler
    .schedules()
    .filter(({ name }) => ids.some((id) => name.startsWith(`${id}-`)) && !name.endsWith('-wake'))
    .map(({ name }) => name.slice(name.lastIndexOf('-') + 1));
}

/** The message of a stage's schedule arrives: early, late, or once more. */
async function arrives(incident: Incident, of: 'reminded' | 'widened' | 'paged', revision = 1) {
  const written = (await incident.trail()).find(
    (event) => isRevision(event) && event.details.revision === revision,
  );
  if (!written || !isRevision(written)) throw new Error(`there is no revision ${revision}`);
  const { draftId, publicationId } = written.details;
  const message = {
    kind: 'schedule',
    name: `${publicationId}-${of}`,
    purpose: 'approval_due',
    incidentId: incident.id,
    draftId,
    revision,
    stage: of,
    dueAt: written.at,
  };
  await stage.sends('incidents', message, `schedule#${incident.id}`);
  await stage.settle();
}

/** The schedule that is set is lost, so that nothing comes of it. */
async function loses(incident: Incident, ahead: string): Promise<void> {
  const [name] = stage.world.aws.scheduler
    .schedules()
    .flatMap(({ name }) => (name.endsWith(`-${ahead}`) ? [name] : []));
  expect(await timers(incident)).toEqual([ahead]);
  const { region, credentials, urls } = stage.world.ready;
  const client = new SchedulerClient({ region, credentials, endpoint: urls.aws });
  await client.send(new DeleteScheduleCommand({ Name: name, GroupName: 'incident-response' }));
  client.destroy();
}

async function members(incident: Incident): Promise<readonly string[]> {
  return (await stage.actors.channel(await incident.room())).members;
}

describe('a draft nobody decides', () => {
  it(
    'reminds its approvers, brings in more, tells everybody, and expires: once each',
    async () => {
      const incident = await stage.givenP1();
      await incident.givenDraft('maya');
      expect(await timers(incident)).toEqual(['reminded']);
      await stage.passes({ minutes: 4, seconds: 50 });
      expect(await stages(incident)).toEqual([]);

      await stage.passes({ seconds: 15 });
      expect(await stages(incident)).toEqual(['reminded']);
      await incident.expectRoomPost(
        /^<!subteam\^S04APPROVER>: the status page text \(revision 1\) has waited \d+ min/,
      );
      expect(await timers(incident)).toEqual(['widened']);
      expect(await members(incident)).not.toContain(PEOPLE.lena);

      await stage.passes({ minutes: 10 });
      expect(await stages(incident)).toEqual(['reminded', 'widened']);
      expect(await members(incident)).toEqual(
        expect.arrayContaining([PEOPLE.tomas, PEOPLE.ana, PEOPLE.lena]),
      );
      await incident.expectRoomPost(
        /has waited \d+ min for approval\. Invited to decide.*<@U04LENAFSCH>/,
      );
      const invited = (await incident.trail()).flatMap((event) =>
        event.type === 'RESPONDER_INVITED' && event.details.source === 'approval-escalation'
          ? [event.details.slackUserId]
          : [],
      );
      expect(invited.sort()).toEqual([PEOPLE.ana, PEOPLE.lena, PEOPLE.tomas].sort());

      await stage.passes({ minutes: 15 });
      expect(await stages(incident)).toEqual(['reminded', 'widened', 'paged']);
      const [page = '', ...more] = await pages(incident);
      expect(more).toEqual([]);
      expect(page).toMatch(
        /^<!channel>: a status page text for P1 .* has waited \d+ min .*https?:\/\//,
      );
      expect(await timers(incident)).toEqual([]);

      for (const each of ['reminded', 'widened', 'paged'] as const) {
        await arrives(incident, each);
        await arrives(incident, each);
      }
      stage.world.clock.advance(24 * HOUR_MS);
      await stage.settle();
      await stage.passes({ minutes: 3 });
      expect(await stages(incident)).toEqual(['reminded', 'widened', 'paged']);
      expect(await incident.count('STATUSPAGE_APPROVAL_EXPIRED')).toBe(1);
      await incident.expectRoomPost('The status page text expired');
      await incident.expectRoomPost('has waited', 2);
      expect(await pages(incident)).toHaveLength(1);
    },
    HALF_AN_HOUR_MS,
  );

  it('goes the whole way when the clock leaps, on record and in order', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('maya');
    stage.world.clock.advance(25 * HOUR_MS);
    await stage.settle();
    await stage.passes({ minutes: 2 });
    await incident.expectTrail([
      'STATUSPAGE_DRAFT_CREATED',
      'STATUSPAGE_APPROVAL_ESCALATED',
      'STATUSPAGE_APPROVAL_ESCALATED',
      'STATUSPAGE_APPROVAL_ESCALATED',
      'STATUSPAGE_APPROVAL_EXPIRED',
    ]);
    expect(await stages(incident)).toEqual(['reminded', 'widened', 'paged']);
    expect(await incident.count('STATUSPAGE_APPROVAL_EXPIRED')).toBe(1);
    expect(await pages(incident)).toEqual([]);
  });

  it(
    'is escalated by the sweeper when no schedule ever comes',
    async () => {
      const incident = await stage.givenP1();
      await incident.givenDraft('maya');
      for (const [minutes, ahead] of [
        [7, 'reminded'],
        [10, 'widened'],
        [15, 'paged'],
      ] as const) {
        await loses(incident, ahead);
        await stage.passes({ minutes });
      }
      expect(await stages(incident)).toEqual(['reminded', 'widened', 'paged']);
      await incident.expectRoomPost(`${APPROVERS}: `);
      expect(await pages(incident)).toHaveLength(1);
      const by = (await incident.trail()).flatMap((event) =>
        event.type === 'STATUSPAGE_APPROVAL_ESCALATED' ? [event.actor.id] : [],
      );
      expect(by).toEqual(['incident-worker', 'incident-worker', 'incident-worker']);
    },
    HALF_AN_HOUR_MS,
  );

  it('starts anew with a new revision; what was set for the old one does nothing', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('maya');
    await stage.passes({ minutes: 4 });
    await incident.clicks('maya', 'statuspage_edit');
    const text = 'Card payments fail. A fix is on its way.';
    expect(await incident.submits('maya', { text })).toBeUndefined();
    expect((await incident.card()).revision).toBe(2);
    expect(await timers(incident)).toEqual(['reminded']);
    await stage.passes({ minutes: 3 });
    await arrives(incident, 'reminded', 1);
    expect(await stages(incident)).toEqual([]);
    await stage.passes({ minutes: 3 });
    expect(await stages(incident)).toEqual(['reminded']);
    await incident.expectRoomPost(/\(revision 2\) has waited \d+ min/);
    await incident.expectRoomPost('(revision 1) has waited', 0);
  });

  it(
    'asks nobody once it was decided',
    async () => {
      const incident = await stage.givenP1();
      const withdrawn = await incident.givenDraft('maya');
      await incident.clicks('maya', 'statuspage_withdraw', { value: JSON.stringify(withdrawn) });
      expect(await timers(incident)).toEqual([]);
      await incident.givenDraft('maya', 'Card payments fail.');
      await incident.clicks('priya', 'statuspage_approve');
      await incident.expectTrail(['STATUSPAGE_DRAFT_WITHDRAWN', 'STATUSPAGE_PUBLISHED']);
      expect(await timers(incident)).toEqual([]);
      await stage.passes({ minutes: 35 });
      await arrives(incident, 'paged');
      expect(await stages(incident)).toEqual([]);
      expect(await pages(incident)).toEqual([]);
    },
    HALF_AN_HOUR_MS,
  );
});

describe('a draft that comes back', () => {
  it('is escalated once more, measured from then', async () => {
    const incident = await stage.givenP1();
    const first = await incident.givenDraft('maya');
    await stage.passes({ minutes: 5, seconds: 5 });
    const second = await incident.givenDraft('maya', 'Card payments fail.');
    // The page is busy when the first one comes; meanwhile the second one is published.
    stage.fault('statuspage', { match: 'create_incident', status: 429, retryAfterS: 60 });
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(first) });
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(second) });
    await stage.passes({ minutes: 2 });
    expect((await incident.last('STATUSPAGE_PUBLISH_REFUSED')).details).toMatchObject({
      draftId: first.draftId,
      reason: 'SECOND_CREATE',
      kind: 'recoverable',
    });
    expect(await timers(incident)).toEqual(['reminded']);
    await stage.passes({ minutes: 3 });
    expect(await stages(incident)).toEqual(['reminded']);
    await stage.passes({ minutes: 3 });
    expect(await stages(incident)).toEqual(['reminded', 'reminded']);
    await incident.expectRoomPost(/has waited \d+ min/, 2);
  });
});

describe('an approval that is revoked', () => {
  it('by another approver, before publishing starts: nothing is published, the room is told', async () => {
    const incident = await stage.givenP1();
    await incident.joins('tomas');
    await incident.givenDraft('maya');
    stage.fault('statuspage', { match: 'create_incident', status: 429, retryAfterS: 120 });
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectTrail(['STATUSPAGE_PUBLISH_NOT_EXECUTED']);
    const requests = await stage.pageWrites();
    await incident.clicks('tomas', 'statuspage_reject');
    expect(await incident.submits('tomas', { reason: 'Wrong region' })).toBeUndefined();
    await incident.expectRoomPost(
      `<@${PEOPLE.tomas}> revoked the approval of the status page text: Wrong region`,
    );
    await stage.passes({ minutes: 5 });
    expect(await stage.pageWrites()).toBe(requests);
    await incident.expectPage([]);
    const { messages } = await stage.actors.channel(await incident.room());
    expect(JSON.stringify(messages)).toContain('Approval revoked by ');
    expect(await incident.count('STATUSPAGE_APPROVAL_REJECTED')).toBe(1);
  });
});
