import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

/*
 * People and the publisher at the same time: what the page shows is what was approved, once, or
 * nothing was published.
 */
const stage = givenWorld();

/** The page waits this long, in the world's time, while people do other things. */
const HOLD_MS = 4_000;

describe('50 simultaneous approve clicks', () => {
  it('make exactly one request at the status page', async () => {
    const incident = await stage.givenP1();
    for (const who of ['tomas', 'ana'] as const) await incident.joins(who);
    await incident.givenDraft();
    const before = await stage.pageWrites();
    const room = await incident.room();
    const { ts } = (await stage.actors.channel(room)).messages.findLast(({ text }) =>
      text.startsWith('Status page update'),
    ) as { ts: string };
    const approvers = [PEOPLE.priya, PEOPLE.tomas, PEOPLE.ana];
    const clicks = Array.from({ length: 50 }, (_, i) =>
      stage.actors.clicks(approvers[i % 3] as string, room, { action: 'statuspage_approve', ts }),
    );
    const acks = await Promise.all(clicks);
    expect(new Set(acks.map(({ status }) => status))).toEqual(new Set([200]));
    await stage.settle(30_000);
    await incident.expectPage([SOME_TEXT]);
    expect((await stage.pageWrites()) - before).toBe(1);
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
    // One took, the same person's other clicks gave the same result, everybody else was refused.
    const winner = (await incident.last('STATUSPAGE_DRAFT_APPROVED')).actor.id;
    const theirs = Array.from({ length: 50 }, (_, i) => approvers[i % 3]).filter(
      (id) => id === winner,
    );
    expect(await incident.count('STATUSPAGE_APPROVAL_DENIED')).toBe(50 - theirs.length);
  });
});

type Contest = { what: string; act: (incident: Incident, card: Card) => Promise<unknown> };
type Card = { ts: string; value: string };

const CONTESTS: Contest[] = [
  {
    what: 'an edit',
    act: async (incident, card) => {
      await stage.actors.clicks(PEOPLE.maya, await incident.room(), {
        action: 'statuspage_edit',
        ...card,
      });
      // The form opens only for a draft that can still be edited.
      const view = await stage.actors.view(PEOPLE.maya);
      if (view) await stage.actors.submits(PEOPLE.maya, { text: 'Quite other words.' });
    },
  },
  {
    what: 'a rejection',
    act: async (incident, card) => {
      await stage.actors.clicks(PEOPLE.tomas, await incident.room(), {
        action: 'statuspage_reject',
        ...card,
      });
      const view = await stage.actors.view(PEOPLE.tomas);
      if (view) await stage.actors.submits(PEOPLE.tomas, { reason: 'Not yet' });
    },
  },
  {
    what: 'a withdrawal',
    act: async (incident, card) =>
      stage.actors.clicks(PEOPLE.maya, await incident.room(), {
        action: 'statuspage_withdraw',
        ...card,
      }),
  },
];

/** Where the publisher is held while the contest runs. */
const POINTS: readonly (readonly [string, 0 | 1, 'aws' | 'statuspage', string])[] = [
  ['at its first read', 0, 'aws', 'dynamodb:GetItem'],
  ['while it reads the trail', 0, 'aws', 'dynamodb:Query'],
  ['while it claims its place', 0, 'aws', 'dynamodb:ExecuteStatement'],
  ['while the page takes the request', 1, 'statuspage', 'create_incident'],
];

const CONTEST = /DRAFT_REVISED|APPROVAL_REJECTED|DRAFT_WITHDRAWN/;

describe.each(CONTESTS)('$what racing the publisher', ({ act }) => {
  it.each(POINTS)(
    'held %s: published %i times, as approved',
    async (_where, expected, fake, match) => {
      const incident = await stage.givenP1();
      await incident.joins('tomas');
      await incident.givenDraft();
      const before = await stage.pageWrites();
      const room = await incident.room();
      const { messages } = await stage.actors.channel(room);
      const ts = messages.findLast(({ text }) => text.startsWith('Status page update'))?.ts ?? '';
      const card = { ts, value: JSON.stringify(await incident.card()) };
      stage.fault(fake, { match, caller: 'publisher', delayMs: HOLD_MS });
      // The card people see is the one from before, with all its buttons.
      stage.fault('slack', { match: 'chat.update', times: 0, delayMs: HOLD_MS });
      await stage.actors.clicks(PEOPLE.priya, room, { action: 'statuspage_approve', ts });
      await stage.faultMet(fake);
      await act(incident, card);
      const isContested = async () => (await incident.types()).some((type) => CONTEST.test(type));
      if (expected === 0) await stage.until('the contest is on record', isContested);
      else await stage.world.idle(250);
      stage.clearFaults();
      stage.world.clock.advance(HOLD_MS);
      await stage.settle();
      const texts = await incident.pageTexts();
      const types = await incident.types();
      const published = types.filter((type) => type === 'STATUSPAGE_PUBLISHED').length;
      expect(texts).toEqual(published === 1 ? [SOME_TEXT] : []);
      expect((await stage.pageWrites()) - before).toBe(published);
      const contested = types.some((type) => CONTEST.test(type));
      // Either the contest came first and nothing was sent, or publishing had started and it lost.
      expect({ published, contested }).toEqual({
        published: expected,
        contested: expected === 0,
      });
      expect(types.filter((type) => type === 'STATUSPAGE_PUBLISH_STARTED').length).toBe(published);
      for (const who of [PEOPLE.maya, PEOPLE.tomas]) await closeModals(who);
    },
  );
});

async function closeModals(user: string): Promise<void> {
  const view = await stage.actors.view(user);
  if (!view) return;
  await fetch(`${stage.world.ready.urls.slack}/_world/close`, {
    method: 'POST',
    body: JSON.stringify({ user, view_id: view.view_id }),
  });
}
