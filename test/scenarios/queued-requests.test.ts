import { beforeEach, describe, expect, it } from 'vitest';
import { signedHeaders } from './slack-signature.ts';
import { type CardValue, givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

/*
 * Somebody can write to the queue, or alter what lies in it. What Slack signed decides; nothing else.
 */
const stage = givenWorld();
let incident: Incident;
let draft: CardValue;

type Queued = { headers: Record<string, string>; body: string };

beforeEach(async () => {
  incident = await stage.givenP1();
  draft = await incident.givenDraft();
});

/** Priya's approval as slack-ingress enqueues it: Slack's own bytes and signature. */
async function approval(): Promise<Queued> {
  const payload = {
    type: 'block_actions',
    team: { id: 'T04EXAMPLE1', domain: 'example' },
    user: { id: PEOPLE.priya, username: 'priya.raman', team_id: 'T04EXAMPLE1' },
    channel: { id: await incident.room(), name: 'privategroup' },
    actions: [
      {
        type: 'button',
        action_id: 'statuspage_approve',
        block_id: 'b',
        value: JSON.stringify(draft),
        action_ts: '1.2',
      },
    ],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const { clock, ready } = stage.world;
  const by = { secret: ready.secrets.slackSigning, atMs: clock.nowMs() };
  return { headers: signedHeaders(body, by), body };
}

async function refusedOnIntake(): Promise<number> {
  const chains = await stage.actors.trails();
  const intake = [...chains].filter(([id]) => id.startsWith('intake-')).flatMap(([, all]) => all);
  return intake.filter(({ type }) => type === 'COMMAND_DENIED').length;
}

function altered(text: string, at: number): string {
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ 1);
  return text.slice(0, at) + flipped + text.slice(at + 1);
}

describe('a queued approval', () => {
  it('is taken as signed, whatever else the message holds', async () => {
    const { headers, body } = await approval();
    await stage.sends('incidents', {
      headers: { ...headers, 'content-type': 'text/plain', 'x-forwarded-for': '10.0.0.1' },
      body,
      kind: 'work',
      viewId: 'V999',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      userId: PEOPLE.maya,
      approver: PEOPLE.maya,
      draftId: 'drf-x',
    });
    await stage.settle();
    const approved = await incident.last('STATUSPAGE_DRAFT_APPROVED');
    expect(approved.actor.id).toBe(PEOPLE.priya);
    expect(approved.details).toMatchObject({ draftId: draft.draftId, digest: draft.digest });
    await incident.expectPage([SOME_TEXT]);
  });

  it('with any byte of its body, timestamp or signature altered is refused', async () => {
    const { headers, body } = await approval();
    const before = await refusedOnIntake();
    const writes = await stage.pageWrites();
    const forged: Queued[] = [];
    // Every byte of what is short, each 7th of the body: 7 divides no field's length.
    for (let at = 0; at < body.length; at += 7) forged.push({ headers, body: altered(body, at) });
    for (const name of ['x-slack-request-timestamp', 'x-slack-signature'] as const) {
      const value = headers[name] ?? '';
      for (let at = 0; at < value.length; at += 1) {
        forged.push({ headers: { ...headers, [name]: altered(value, at) }, body });
      }
    }
    for (const [index, message] of forged.entries()) {
      await stage.sends('incidents', message, `forged-${index % 2}`);
    }
    await stage.settle(60_000);
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(0);
    expect(await stage.pageWrites()).toBe(writes);
    expect((await refusedOnIntake()) - before).toBe(forged.length);
    expect(forged.length).toBeGreaterThan(150);
  });

  it.each([
    ['no signature', ['x-slack-signature']],
    ['no timestamp', ['x-slack-request-timestamp']],
    ['no headers at all', ['x-slack-signature', 'x-slack-request-timestamp', 'content-type']],
  ])('with %s is refused', async (_what, missing) => {
    const message = await approval();
    for (const name of missing) delete message.headers[name];
    const before = await refusedOnIntake();
    await stage.sends('incidents', message);
    await stage.settle();
    expect(await refusedOnIntake()).toBe(before + 1);
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(0);
  });

  it('delivered again is the same approval, not a second', async () => {
    const message = await approval();
    await stage.sends('incidents', message, 'one');
    await stage.settle();
    await stage.sends('incidents', message, 'two');
    await stage.settle();
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
    expect(await incident.count('STATUSPAGE_APPROVAL_DENIED')).toBe(0);
    await incident.expectPage([SOME_TEXT]);
  });

  it('kept for eleven minutes and then put on the queue is expired', async () => {
    const message = await approval();
    await stage.passes({ minutes: 11 });
    await stage.sends('incidents', message);
    await stage.settle();
    expect((await incident.last('STATUSPAGE_APPROVAL_EXPIRED')).details.of).toBe('decision');
    await incident.expectPage([]);
  });
});

describe('a forged message on the publications queue', () => {
  it.each([
    [
      'an incident that never was',
      { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: 'd', revision: 1 },
    ],
    ['no incident at all', { incidentId: '../../x', draftId: 'd', revision: 1 }],
  ])('for %s is refused on the intake chain', async (_what, message) => {
    await stage.sends('publications', message);
    await stage.settle();
    const intake = [...(await stage.actors.trails())].filter(([id]) => id.startsWith('intake-'));
    const refused = intake
      .flatMap(([, all]) => all)
      .filter((e) => e.type === 'STATUSPAGE_PUBLISH_REFUSED');
    expect(refused.length).toBeGreaterThan(0);
    await incident.expectPage([]);
  });

  it('with a text in it is refused or publishes what was approved, never the text', async () => {
    await incident.clicks('priya', 'statuspage_approve');
    await stage.sends('publications', {
      ...draft,
      text: 'Hacked',
      request: { method: 'POST', body: { incident: { body: 'Hacked' } } },
    });
    await stage.settle();
    await incident.expectPage([SOME_TEXT]);
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
  });
});
