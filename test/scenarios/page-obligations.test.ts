import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { composeAudit } from '../../src/handlers/compose-audit.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { listIncidents } from '../../src/services/audit-listing.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { givenWorld, type Incident, PEOPLE } from './war-room.ts';

const stage = givenWorld();
const HOUR_MS = 3_600_000;
/** Half an hour of minutes takes its time on a busy machine. Unit: ms, real time. */
const HALF_AN_HOUR_MS = 120_000;

type Obligation = Extract<
  AuditEvent,
  {
    type:
      | 'STATUSPAGE_OBLIGATION_OPENED'
      | 'STATUSPAGE_OBLIGATION_ESCALATED'
      | 'STATUSPAGE_OBLIGATION_SETTLED';
  }
>;

/** What is on the trail about the obligation, in few words. */
async function obligations(incident: Incident): Promise<string[]> {
  const events = (await incident.trail()).filter((event): event is Obligation =>
    event.type.startsWith('STATUSPAGE_OBLIGATION_'),
  );
  return events.map((event) => {
    if (event.type === 'STATUSPAGE_OBLIGATION_OPENED') return `opened: ${event.details.because}`;
    if (event.type === 'STATUSPAGE_OBLIGATION_ESCALATED') return `asked: ${event.details.stage}`;
    return `settled: ${event.details.how}`;
  });
}

/** What the announcement channel was told about the page of this incident. */
async function announced(incident: Incident): Promise<string[]> {
  const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
  const room = await incident.room();
  return messages
    .filter(
      ({ text, blocks }) =>
        text.includes('status page still shows') && JSON.stringify(blocks).includes(room),
    )
    .map(({ text }) => text);
}

/** A P1 that customers read about, led by Maya. */
async function givenPublished(): Promise<Incident> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft('maya');
  await incident.clicks('priya', 'statuspage_approve');
  await incident.expectTrail(['STATUSPAGE_PUBLISHED']);
  return incident;
}

/** If a draft that would end it on the page waits, an approver rejects it. */
async function rejectsDrafts(incident: Incident): Promise<void> {
  const card = await incident.card();
  if (!(await endsIt(incident))) return;
  const isEnded = (await incident.trail()).some(
    ({ type, details }) =>
      type !== 'STATUSPAGE_DRAFT_CREATED' &&
      'draftId' in details &&
      details.draftId === card.draftId,
  );
  if (isEnded) return;
  await incident.clicks('priya', 'statuspage_reject', { value: JSON.stringify(card) });
  expect(await incident.submits('priya', { reason: 'Not yet' })).toBeUndefined();
}

/** Whether the newest draft would end it. */
async function endsIt(incident: Incident): Promise<boolean> {
  const { details } = await incident.last('STATUSPAGE_DRAFT_CREATED');
  return details.request.body.incident.status === 'resolved';
}

describe('a cancelled incident that the page still shows (R4)', () => {
  it(
    'has the commander, the approvers and everybody asked, for ever, until a draft ends it',
    async () => {
      const incident = await givenPublished();
      await incident.says('maya', 'cancel false alarm');
      await rejectsDrafts(incident);
      const [opened] = await obligations(incident);
      expect(opened).toMatch(/^opened: (cancelled|draft_rejected)$/);
      await incident.expectRoomPost(
        /still shows this incident as “Investigating”, but it is cancelled here.*leave-page/,
      );
      expect(await incident.buttons('still shows this incident')).toEqual([
        'statuspage_draft',
        'statuspage_leave',
      ]);

      await stage.passes({ minutes: 7 });
      expect((await obligations(incident)).slice(1)).toEqual(['asked: commander']);
      await incident.expectRoomPost(`<@${PEOPLE.maya}>: The status page still shows`);
      await stage.passes({ minutes: 10 });
      expect((await obligations(incident)).slice(2)).toEqual(['asked: approvers']);
      await incident.expectRoomPost('<!subteam^S04APPROVER>: The status page still shows');
      expect(await announced(incident)).toEqual([]);
      await stage.passes({ minutes: 15 });
      expect((await obligations(incident)).slice(3)).toEqual(['asked: announcement']);
      expect(await announced(incident)).toEqual([expect.stringMatching(/^<!channel>: /)]);

      for (let times = 0; times < 2; times += 1) {
        stage.world.clock.advance(4 * HOUR_MS);
        await stage.settle();
        await stage.passes({ minutes: 2 });
      }
      expect((await obligations(incident)).slice(4)).toEqual([
        'asked: announcement',
        'asked: announcement',
      ]);
      expect(await announced(incident)).toHaveLength(3);

      await incident.says('jonas', 'list');
      await incident.expectTold('jonas', 'Open incidents');
      const shown = stage.world.slack.workspace.ephemerals.findLast(
        ({ user }) => user === PEOPLE.jonas,
      );
      expect(JSON.stringify(shown)).toContain('cancelled, but the page still shows it');

      await incident.says('maya', 'draft resolved It was a false alarm. All is well.');
      expect((await obligations(incident)).at(-1)).toBe('settled: draft_waits');
      await incident.clicks('priya', 'statuspage_approve');
      await incident.expectTrail(['STATUSPAGE_OBLIGATION_SETTLED', 'STATUSPAGE_PUBLISHED']);
      await stage.passes({ minutes: 7 });
      expect((await obligations(incident)).at(-1)).toBe('settled: draft_waits');
      await incident.says('jonas', 'list');
      const after = stage.world.slack.workspace.ephemerals.findLast(
        ({ user }) => user === PEOPLE.jonas,
      );
      expect(JSON.stringify(after)).not.toContain('the page still shows it');
    },
    HALF_AN_HOUR_MS,
  );
});

describe('a resolution that nobody decides for a day (R4)', () => {
  it('leaves somebody asked once the draft has expired', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'resolve It is over');
    expect(await endsIt(incident)).toBe(true);
    expect(await obligations(incident)).toEqual([]);
    stage.world.clock.advance(25 * HOUR_MS);
    await stage.settle();
    await stage.passes({ minutes: 2 });
    await incident.expectTrail(['STATUSPAGE_APPROVAL_EXPIRED', 'STATUSPAGE_OBLIGATION_OPENED']);
    expect(await obligations(incident)).toEqual(['opened: draft_expired']);
    await incident.expectRoomPost('expired: nobody decided in time. Draft its resolution');
  });
});

describe('leave-page', () => {
  it('says on record why the page stays, by the IC or an approver, until the incident reopens', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'resolve It is over');
    await rejectsDrafts(incident);
    expect(await obligations(incident)).toEqual(['opened: draft_rejected']);

    await incident.says('jonas', 'leave-page because');
    expect((await incident.last('COMMAND_DENIED')).details).toMatchObject({
      command: 'leave-page',
      reason: 'NOT_PERMITTED',
    });
    await incident.says('maya', 'leave-page Customers are told by mail tomorrow');
    expect((await incident.last('STATUSPAGE_OBLIGATION_SETTLED')).details).toEqual({
      how: 'kept',
      reason: 'Customers are told by mail tomorrow',
    });
    await incident.expectRoomPost(
      `<@${PEOPLE.maya}> leaves the status page as it is: Customers are told by mail tomorrow`,
    );
    await incident.says('priya', 'leave-page Again');
    await incident.expectTold('priya', 'Why it stays is on record already');
    stage.world.clock.advance(5 * HOUR_MS);
    await stage.settle();
    await stage.passes({ minutes: 2 });
    expect(await obligations(incident)).toEqual(['opened: draft_rejected', 'settled: kept']);

    await incident.says('maya', 'reopen It is back');
    await incident.says('maya', 'leave-page Whatever');
    await incident.expectTold('maya', 'The status page shows nothing as open that is over here');
    await incident.says('maya', 'cancel It was not');
    await rejectsDrafts(incident);
    await stage.passes({ minutes: 1 });
    expect((await obligations(incident)).slice(2, 3)).toEqual([expect.stringMatching(/^opened: /)]);
  });

  it('by its button: a form asks why; reopening settles what is open', async () => {
    const incident = await givenPublished();
    await incident.says('maya', 'resolve It is over');
    await rejectsDrafts(incident);
    await incident.clicks('maya', 'statuspage_leave');
    expect(
      await incident.submits('maya', { reason: 'The page belongs to others' }),
    ).toBeUndefined();
    expect((await obligations(incident)).at(-1)).toBe('settled: kept');

    const other = await givenPublished();
    await other.says('maya', 'resolve It is over');
    await rejectsDrafts(other);
    await other.says('maya', 'reopen It is back');
    expect(await obligations(other)).toEqual(['opened: draft_rejected', 'settled: reopened']);
  });
});

describe('after all of it', () => {
  it('the whole trail verifies, and every incident keeps what its page is owed', async () => {
    const { urls, region, credentials, tables, keys } = stage.world.ready;
    const access = { region, credentials, endpoint: urls.aws };
    const audit = await composeAudit({ access, tables, keys, clock: stage.world.clock });
    expect(await verifyTrail(audit)).toMatchObject({ ok: true });
    const pages = (await listIncidents(audit, {})).map(({ page }) => page);
    expect(pages.toSorted()).toEqual(['ended', 'kept', 'open', 'owed', 'owed']);
    audit.close();
  });
});
