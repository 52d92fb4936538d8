import { beforeEach, describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { signedHeaders } from './slack-signature.ts';
import { type CardValue, givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

/*
 * One person alone publishes in an emergency: with a reason, heard by others, and marked for good.
 */
const REASON = 'Nobody else answers the pager and checkout is down.';
const BREAK = 'statuspage_break_glass';
const stage = givenWorld();
let incident: Incident;
let draft: CardValue;

beforeEach(async () => {
  incident = await stage.givenP1();
  draft = await incident.givenDraft();
});

/** The author of the P1, who could not approve it otherwise, does it alone. */
async function mayaBreaksTheGlass(): Promise<void> {
  await incident.clicks('maya', BREAK);
  expect(await incident.submits('maya', { reason: REASON })).toBeUndefined();
}

/** Priya's form as slack-ingress would enqueue it, with Slack's own signature. */
function submission(of: CardValue, { room, reason }: { room: string; reason: string }) {
  const { incidentId, ...mark } = of;
  const payload = {
    type: 'view_submission',
    team: { id: 'T04EXAMPLE1', domain: 'example' },
    user: { id: PEOPLE.priya, username: 'priya.raman', team_id: 'T04EXAMPLE1' },
    view: {
      callback_id: 'break_glass',
      private_metadata: JSON.stringify({ incidentId, channelId: room, draft: mark }),
      state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
    },
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const { clock, ready } = stage.world;
  const by = { secret: ready.secrets.slackSigning, atMs: clock.nowMs() };
  return { headers: signedHeaders(body, by), body };
}

/** Everything a channel shows, blocks included. */
async function shownIn(channelId: string): Promise<string> {
  const { messages } = await stage.actors.channel(channelId);
  return JSON.stringify(messages);
}

describe('the author of a P1, alone', () => {
  it('publishes, with the reason and the signed approval on record', async () => {
    await mayaBreaksTheGlass();
    await incident.expectPage([SOME_TEXT]);
    await incident.expectTrail([
      'STATUSPAGE_DRAFT_CREATED',
      'BREAK_GLASS_USED',
      'STATUSPAGE_DRAFT_APPROVED',
      'STATUSPAGE_PUBLISH_STARTED',
      'STATUSPAGE_PUBLISHED',
    ]);
    const glass = await incident.last('BREAK_GLASS_USED');
    expect(glass.actor).toMatchObject({ kind: 'slack_user', id: PEOPLE.maya });
    expect(glass.details).toMatchObject({
      draftId: draft.draftId,
      revision: 1,
      digest: draft.digest,
      reason: REASON,
      slackRequestSha256: glass.commandId,
    });
    const approval = await incident.last('STATUSPAGE_DRAFT_APPROVED');
    expect(approval.seq).toBe(glass.seq + 1);
    expect(approval.commandId).toBe(`${glass.commandId}#approved`);
    expect(approval.details).toMatchObject({
      breakGlass: true,
      requiredApprovals: 1,
      policyIds: ['break-glass-status-approver'],
      rule: 'in an emergency: one status-approver alone, with a reason',
      slackRequestSha256: glass.commandId,
    });
    const validMs = Date.parse(approval.details.expiresAt) - Date.parse(approval.at);
    expect(Math.round(validMs / 1000)).toBeLessThanOrEqual(900);
    expect(validMs).toBeGreaterThan(898_000);
  });

  it('is shown what follows before, and asked for a reason that says something', async () => {
    await incident.clicks('maya', BREAK);
    const view = JSON.stringify(await stage.actors.view(PEOPLE.maya));
    expect(view).toContain('Nobody else has to agree');
    expect(view).toContain('Somebody else is asked to review it');
    expect(await incident.submits('maya', { reason: `   ${'x'.repeat(19)}   ` })).toEqual({
      reason: 'Say in at least 20 characters why nobody else can approve this now; these are 19.',
    });
    expect(await incident.count('BREAK_GLASS_USED')).toBe(0);
    expect(await incident.submits('maya', { reason: 'x'.repeat(20) })).toBeUndefined();
    expect(await incident.count('BREAK_GLASS_USED')).toBe(1);
  });

  it('is named to the whole company and in the room, with the reason', async () => {
    await mayaBreaksTheGlass();
    const { name } = await stage.actors.channel(await incident.room());
    const said = (await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID)).messages;
    expect(said.map(({ text }) => text)).toContainEqual(
      `🚨 BREAK-GLASS: <@${PEOPLE.maya}> approves a status page text alone in P1 ` +
        `“checkout-api 5xx ratio above 5%” (#${name}), revision 1. Reason: ${REASON}`,
    );
    await incident.expectRoomPost(/BREAK-GLASS: .* approves revision 1 .* alone: Nobody else/);
    await incident.expectRoomPost(/BREAK-GLASS: .* approved revision 1 alone\./);
    expect(await shownIn(ANNOUNCEMENT_CHANNEL_ID)).toContain(':rotating_light: *break-glass*');
  });

  it('is marked on the incident’s card, its receipt, the list and the status', async () => {
    await mayaBreaksTheGlass();
    const room = await shownIn(await incident.room());
    expect(room).toContain(':rotating_light: *break-glass*, 1 review to be done');
    expect(room).toContain(`because: ${REASON}`);
    await incident.says('maya', 'status');
    await incident.says('maya', 'list');
    const told = await stage.actors.ephemerals(PEOPLE.maya);
    for (const answer of told.slice(-2)) {
      expect(JSON.stringify(answer)).toContain(':rotating_light: *break-glass*');
    }
  });

  it('cannot decide on a card that is not the newest one, on record', async () => {
    await incident.clicks('maya', BREAK);
    await incident.clicks('priya', 'statuspage_edit');
    await incident.submits('priya', { text: 'Other words.' });
    expect(await incident.submits('maya', { reason: REASON })).toBeUndefined();
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      decision: 'break_glass',
      reason: 'DRAFT_SUPERSEDED',
      revision: 1,
    });
    expect(await incident.count('BREAK_GLASS_USED')).toBe(0);
    await incident.expectPage([]);
  });

  it('is told that the card is out of date when it was replaced before the click', async () => {
    await incident.clicks('priya', 'statuspage_edit');
    await incident.submits('priya', { text: 'Other words.' });
    await incident.clicks('maya', BREAK, { value: JSON.stringify(draft) });
    await incident.expectTold('maya', 'this card is out of date');
    expect(await stage.actors.view(PEOPLE.maya)).toBeUndefined();
  });
});

describe('nobody else may', () => {
  it.each(['jonas', 'sam'] as const)('%s, who has no role: denied, on record', async (who) => {
    await incident.joins(who);
    await incident.clicks(who, BREAK);
    expect(await incident.submits(who, { reason: REASON })).toBeUndefined();
    const denied = await incident.last('STATUSPAGE_APPROVAL_DENIED');
    expect(denied.actor.id).toBe(PEOPLE[who]);
    expect(denied.details).toMatchObject({
      decision: 'break_glass',
      reason: 'APPROVER_NOT_PERMITTED',
    });
    expect(await incident.count('BREAK_GLASS_USED')).toBe(0);
    await incident.expectPage([]);
  });

  it('a quiet P3: no button, and a form that was sent in all the same is denied', async () => {
    const p3 = await stage.fires('website-errors');
    await p3.joins('priya');
    await p3.says('priya', 'draft investigating');
    expect(await p3.submits('priya', { title: 'Slow', text: 'We look.', notify: 'no' })).toBe(
      undefined,
    );
    const shown = await p3.card();
    expect(await p3.buttons(/^Status page update/)).not.toContain(BREAK);
    await stage.sends('incidents', submission(shown, { room: await p3.room(), reason: REASON }));
    await stage.settle();
    expect((await p3.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      decision: 'break_glass',
      reason: 'APPROVER_NOT_PERMITTED',
    });
    expect(await p3.count('BREAK_GLASS_USED')).toBe(0);
    await p3.expectPage([]);
  });

  it('an approver whose reason ingress never saw and who gives hardly any', async () => {
    const room = await incident.room();
    const hardly = 'urgent \u200b\u200b\u200b\u200b\u200b          now';
    await stage.sends('incidents', submission(draft, { room, reason: hardly }));
    await stage.settle();
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      decision: 'break_glass',
      reason: 'REASON_TOO_SHORT',
      rule: 'Say in at least 20 characters why nobody else can approve this now; these are 10.',
    });
    await incident.expectTold('priya', 'Say in at least 20 characters');
    expect(await incident.count('BREAK_GLASS_USED')).toBe(0);
    await incident.expectPage([]);
  });

  it('a P1 and a P2 have the button, until it was decided', async () => {
    expect(await incident.buttons(/^Status page update/)).toContain(BREAK);
    await mayaBreaksTheGlass();
    expect(await incident.buttons(/^Status page update/)).not.toContain(BREAK);
    const p2 = await stage.fires('payments-latency');
    await p2.givenDraft('jonas');
    expect(await p2.buttons(/^Status page update/)).toContain(BREAK);
  });
});

describe('the review that follows', () => {
  const ITEM = `Review the break-glass approval by @${PEOPLE.maya} (revision 1)`;
  /** The number of the item as people type it. */
  async function reviewNumber(): Promise<number> {
    await incident.says('maya', 'checklist');
    const told = JSON.stringify((await stage.actors.ephemerals(PEOPLE.maya)).at(-1));
    const found = /(\d+)\. :rotating_light: \*break-glass\* Review/.exec(told);
    if (!found) throw new Error(`no review on the checklist: ${told}`);
    return Number(found[1]);
  }

  it('is refused to whoever broke the glass and to people without a role, on record', async () => {
    await mayaBreaksTheGlass();
    const number = await reviewNumber();
    await incident.says('maya', `checklist ${number}`);
    await incident.expectTold('maya', /broke the glass cannot review it/i);
    await incident.says('jonas', `checklist ${number}`);
    await incident.expectTold('jonas', /reviewed by somebody in role/);
    expect(await incident.count('COMMAND_DENIED')).toBe(2);
    expect(await incident.count('CHECKLIST_ITEM_UPDATED')).toBe(0);
  });

  it('is reminded of when the incident is resolved, and open on the postmortem', async () => {
    await mayaBreaksTheGlass();
    await incident.says('maya', 'resolve A slow query was fixed.');
    await incident.expectRoomPost(
      /resolved the incident: A slow query was fixed\.\s+🚨 BREAK-GLASS: still/,
    );
    const written = await postmortem();
    expect(written).toContain('🚨 **BREAK-GLASS.**');
    expect(written).toContain(`- [ ] 🚨 ${ITEM}`);
    expect(written).toContain(REASON);
  });

  it('is done by another approver, and the postmortem says by whom', async () => {
    await mayaBreaksTheGlass();
    const number = await reviewNumber();
    await incident.says('priya', `checklist ${number}`);
    expect((await incident.last('CHECKLIST_ITEM_UPDATED')).details).toMatchObject({
      item: ITEM,
      done: true,
    });
    expect(await shownIn(await incident.room())).toContain('*break-glass*, reviewed');
    await incident.says('maya', 'resolve A slow query was fixed.');
    expect(await postmortem()).toContain(`- [x] ${ITEM}: reviewed by @${PEOPLE.priya}`);
  });

  async function postmortem(): Promise<string> {
    const { files } = stage.world.slack.workspace;
    const written = [...files.values()].find(({ name }) => name.includes(incident.id));
    return (written?.content ?? Buffer.alloc(0)).toString('utf8');
  }
});
