import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CardValue, givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

/*
 * Whatever is tried on a draft: refused, on record with its rule, and the page was asked nothing.
 */
const stage = givenWorld();
let incident: Incident;
let draft: CardValue;
let writesBefore: number;

beforeEach(async () => {
  incident = await stage.givenP1();
  draft = await incident.givenDraft();
  writesBefore = await stage.pageWrites();
});

async function expectNothingPublished(): Promise<void> {
  expect(await stage.pageWrites()).toBe(writesBefore);
  expect(await incident.pageTexts()).toEqual([]);
  expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(0);
}

const changedCard = (changed: Partial<CardValue>) => JSON.stringify({ ...draft, ...changed });

describe('approve is denied, on record, and tells why', () => {
  it('to the author of a P1 text', async () => {
    await incident.clicks('maya', 'statuspage_approve');
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.actor).toMatchObject({ kind: 'slack_user', id: PEOPLE.maya });
    expect(denied.details).toMatchObject({
      draftId: draft.draftId,
      decision: 'approve',
      reason: 'APPROVER_NOT_PERMITTED',
      rule: 'P1: nobody approves text that they requested, wrote or edited',
    });
    await incident.expectTold('maya', 'nobody approves text that they requested, wrote or edited');
    await expectNothingPublished();
  });

  it.each(['jonas', 'sam'] as const)('to %s, who has no role', async (who) => {
    await incident.joins(who);
    await incident.clicks(who, 'statuspage_approve');
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.details).toMatchObject({ reason: 'APPROVER_NOT_PERMITTED' });
    await incident.expectTold(who, 'status-approver');
    await expectNothingPublished();
  });

  it.each([
    ['greta', 'a guest'],
    ['bot', 'a bot'],
    ['omar', 'deactivated'],
    ['paul', 'of another workspace'],
  ] as const)('to %s, who is %s, even in the approvers’ group', async (who, _what) => {
    const { workspace } = stage.world.slack;
    const group = workspace.userGroups.find(({ handle }) => handle === 'status-approvers');
    const before = [...(group?.users ?? [])];
    group?.users.push(PEOPLE[who]);
    await incident.joins(who);
    await incident.clicks(who, 'statuspage_approve');
    if (group) group.users = before;
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.actor.id).toBe(PEOPLE[who]);
    await expectNothingPublished();
  });

  it('to an incident commander by role, on a P1', async () => {
    await incident.joins('lena');
    await incident.clicks('lena', 'incident_take_ic');
    await incident.clicks('lena', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_APPROVAL_DENIED')).toBe(1);
    await expectNothingPublished();
  });

  it('after the severity was lowered: the worst the incident ever had counts', async () => {
    await incident.says('maya', 'severity P3 it is not that bad');
    await incident.clicks('maya', 'statuspage_approve');
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.details.rule).toBe(
      'P1: nobody approves text that they requested, wrote or edited',
    );
    await expectNothingPublished();
  });

  it('to whoever edited the text', async () => {
    await incident.clicks('priya', 'statuspage_edit');
    expect(await incident.submits('priya', { text: 'Other words.' })).toBeUndefined();
    await incident.clicks('priya', 'statuspage_approve');
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).actor.id).toBe(PEOPLE.priya);
    await expectNothingPublished();
  });

  it('on a stale card, with a link to the current one', async () => {
    await incident.clicks('maya', 'statuspage_edit');
    await incident.submits('maya', { text: 'Other words.' });
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(draft) });
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.details).toMatchObject({ reason: 'DRAFT_SUPERSEDED', revision: 1 });
    await incident.expectTold('priya', 'a newer revision replaced this one');
    const told = await stage.actors.ephemerals(PEOPLE.priya);
    expect(JSON.stringify(told.at(-1))).toContain('Newest card (revision 2)');
    await expectNothingPublished();
  });

  it.each([
    ['another digest', { digest: 'f'.repeat(64) }, 'DRAFT_STALE'],
    ['a revision that never was', { revision: 7 }, 'DRAFT_SUPERSEDED'],
    ['a draft that never was', { draftId: 'drf-00000000000000000000' }, 'DRAFT_UNKNOWN'],
  ])('on a card that names %s', async (_what, changed, reason) => {
    await incident.clicks('priya', 'statuspage_approve', { value: changedCard(changed) });
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details.reason).toBe(reason);
    await expectNothingPublished();
  });

  it('to nobody any more when the draft waited for a day: its card is a receipt', async () => {
    stage.world.clock.advance(86_400_000 + 5_000);
    await stage.settle();
    expect((await incident.last('STATUSPAGE_APPROVAL_EXPIRED')).details).toMatchObject({
      draftId: draft.draftId,
      of: 'draft',
    });
    expect(await incident.buttons(/^Status page update/)).toEqual([]);
    await expectNothingPublished();
  });

  it('when the click was signed more than ten minutes before it was handled', async () => {
    // The queue holds the click: the worker cannot read the trail meanwhile.
    stage.fault('aws', {
      match: 'dynamodb:GetItem',
      caller: 'incident-worker',
      times: 0,
      error: 'InternalServerError',
      status: 500,
    });
    await stage.actors.clicks(PEOPLE.priya, await incident.room(), {
      action: 'statuspage_approve',
    });
    await stage.faultMet('aws');
    stage.clearFaults();
    stage.world.clock.advance(601_000);
    await stage.settle();
    expect((await incident.last('STATUSPAGE_APPROVAL_EXPIRED')).details).toMatchObject({
      of: 'decision',
    });
    await incident.expectTold('priya', 'took more than ten minutes');
    await expectNothingPublished();
  });
});

describe('a self-made incident commander of a P2', () => {
  it('is denied without the role, and permitted with it', async () => {
    const p2 = await stage.fires('payments-latency');
    await p2.clicks('jonas', 'incident_take_ic');
    await p2.givenDraft('jonas');
    await p2.clicks('jonas', 'statuspage_approve');
    expect((await p2.last('STATUSPAGE_APPROVAL_DENIED')).actor.id).toBe(PEOPLE.jonas);
    expect(await p2.pageTexts()).toEqual([]);
    await p2.joins('lena');
    await p2.says('lena', 'ic');
    await p2.clicks('lena', 'statuspage_approve');
    await p2.expectPage([SOME_TEXT]);
  });
});

describe('an approved draft is not published', () => {
  const documents = () => {
    const { region, credentials, urls } = stage.world.ready;
    const client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
    return DynamoDBDocumentClient.from(client);
  };
  /** Priya approves; the publisher's first read takes this long, so that something comes between. */
  async function approveAndHold(forMs = 5_000): Promise<void> {
    stage.fault('aws', { match: 'dynamodb:GetItem', caller: 'publisher', delayMs: forMs });
    await stage.actors.clicks(PEOPLE.priya, await incident.room(), {
      action: 'statuspage_approve',
    });
    await stage.faultMet('aws');
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
  }

  async function release(afterMs = 5_000): Promise<void> {
    stage.world.clock.advance(afterMs);
    await stage.settle();
  }

  it('when its approval ran out before the publisher came to it', async () => {
    await approveAndHold(31 * 60_000);
    await release(31 * 60_000);
    const refused = (await incident.trail()).find((e) => e.type === 'STATUSPAGE_PUBLISH_REFUSED');
    expect(refused?.details).toMatchObject({ reason: 'APPROVAL_EXPIRED', kind: 'recoverable' });
    await incident.expectRoomPost('the approval ran out');
    await expectNothingPublished();
    // Back in pending_approval: the same text may be approved again.
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([SOME_TEXT]);
  });

  it.each([
    ['its text', (row: Row) => (row.details.request.body.incident.body = 'We are fine.')],
    ['its title', (row: Row) => (row.details.request.body.incident.name = 'All good')],
    [
      'its notify flag',
      (row: Row) => (row.details.request.body.incident.deliver_notifications = false),
    ],
    ['its digest', (row: Row) => (row.details.digest = 'a'.repeat(64))],
    ['its authors', (row: Row) => (row.details.authors = [])],
    ['its time', (row: Row) => (row.at = '2026-01-01T00:00:00.000Z')],
  ])('when somebody changed %s in the table', async (_what, change) => {
    await approveAndHold();
    const client = documents();
    const created = await incident.last('STATUSPAGE_DRAFT_CREATED');
    const Key = { pk: `INCIDENT#${incident.id}`, sk: String(created.seq).padStart(10, '0') };
    const TableName = stage.world.ready.tables.audit;
    const { Item } = await client.send(new GetCommand({ TableName, Key }));
    change(Item as Row);
    await client.send(new PutCommand({ TableName, Item }));
    client.destroy();
    await release();
    await expectNothingPublished();
    const refused = await incident.last('STATUSPAGE_PUBLISH_REFUSED');
    expect(refused.details).toMatchObject({ draftId: draft.draftId, kind: 'integrity' });
    await incident.expectRoomPost('was not published');
  });

  it('when a forged message names another draft, and says so on record', async () => {
    await stage.sends('publications', { incidentId: incident.id, draftId: 'drf-x', revision: 1 });
    await stage.settle();
    const refused = await incident.last('STATUSPAGE_PUBLISH_REFUSED');
    expect(refused.details).toMatchObject({ reason: 'DRAFT_UNKNOWN', kind: 'integrity' });
    await expectNothingPublished();
  });

  it('when A was approved and a forged message asks for B', async () => {
    await approveAndHold();
    await stage.actors.says(
      PEOPLE.maya,
      await incident.room(),
      'draft monitoring Quite another text',
    );
    const isDrafted = async () => (await incident.count('STATUSPAGE_DRAFT_CREATED')) === 2;
    await stage.until('there is a second draft', isDrafted);
    const other = await incident.card();
    expect(other.draftId).not.toBe(draft.draftId);
    const { incidentId, draftId, revision } = other;
    await stage.sends('publications', { incidentId, draftId, revision });
    await release();
    const refused = await incident.last('STATUSPAGE_PUBLISH_REFUSED');
    expect(refused.details).toMatchObject({ draftId, reason: 'APPROVALS_MISSING' });
    await incident.expectPage([SOME_TEXT]);
    expect(await stage.pageWrites()).toBe(writesBefore + 1);
  });

  it('when nobody approved it and a forged message asks for it', async () => {
    const { incidentId, draftId, revision } = draft;
    await stage.sends('publications', { incidentId, draftId, revision });
    await stage.settle();
    expect((await incident.last('STATUSPAGE_PUBLISH_REFUSED')).details).toMatchObject({
      reason: 'APPROVALS_MISSING',
    });
    await expectNothingPublished();
  });

  it('when it was rejected, with the reason in the room', async () => {
    await incident.clicks('priya', 'statuspage_reject');
    expect(await incident.submits('priya', { reason: 'Too vague' })).toBeUndefined();
    await incident.expectRoomPost('rejected the status page text: Too vague');
    expect(await incident.buttons(/^Status page update/)).toEqual([]);
    await expectNothingPublished();
  });

  it('when its author withdrew it', async () => {
    await incident.clicks('maya', 'statuspage_withdraw');
    await incident.expectTrail(['STATUSPAGE_DRAFT_CREATED', 'STATUSPAGE_DRAFT_WITHDRAWN']);
    await expectNothingPublished();
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a row as it lies in the table, changed by hand.
type Row = any;
