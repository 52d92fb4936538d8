import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/local/fault-board.ts';
import type { ManageRequest } from '../../src/local/statuspage/statuspage-server.ts';
import { SECRET_NAMES } from '../../src/local/world-resources.ts';
import { givenWorld, type Incident, SOME_TEXT } from './war-room.ts';

/*
 * The status page does not say what it did. We look ourselves, tell what we do, and send nothing
 * twice; where nobody can know, a human decides.
 */
const stage = givenWorld({}, { variables: { STATUSPAGE_TIMEOUT_MS: '2000' } });

const ACTIONS = ['create', 'update', 'resolve'] as const;
type Action = (typeof ACTIONS)[number];
const UPDATE_TEXT = 'A change caused it.';
/** Nothing was done, and the connection ended without a word. */
const DROPPED = { effect: 'none', answer: 'drop' } as const;
const STATUS_OF = { create: 'investigating', update: 'identified', resolve: 'resolved' } as const;

/** Faults at the call that the action makes. */
function at(action: Action, fault: Omit<Fault, 'match'>): Fault {
  return { match: action === 'create' ? 'create_incident' : 'update_incident', ...fault };
}

/** What customers read when the action was done once. */
function textsOf(action: Action): string[] {
  return action === 'create' ? [SOME_TEXT] : [SOME_TEXT, UPDATE_TEXT];
}

/** A P1 whose approved draft meets a page that misbehaves. */
async function givenSent(
  action: Action,
  of: { fault: Fault; silent?: boolean },
): Promise<{ incident: Incident; writes: () => Promise<number> }> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft();
  if (action !== 'create') {
    await incident.clicks('priya', 'statuspage_approve');
    await incident.says('maya', `draft ${STATUS_OF[action]} ${UPDATE_TEXT}`);
  }
  if (of.silent) {
    await incident.clicks('maya', 'statuspage_edit');
    expect(await incident.submits('maya', { notify: 'no' })).toBeUndefined();
  }
  const before = await stage.pageWrites();
  stage.fault('statuspage', of.fault);
  const room = await incident.room();
  await stage.actors.clicks('priya.raman', room, { action: 'statuspage_approve' });
  await stage.settle(30_000);
  return { incident, writes: async () => (await stage.pageWrites()) - before };
}

/** Three looks pass: one past deadline and time-out, one after half a minute, one after a minute. */
async function looksPass(): Promise<void> {
  for (const seconds of [15, 32, 32]) await stage.passes({ seconds });
}

describe('a page that did it and did not say so', () => {
  it.each<[string, Action, Omit<Fault, 'match'>]>([
    ['never answers', 'create', { answer: 'never' }],
    ['never answers', 'update', { answer: 'never' }],
    ['never answers', 'resolve', { answer: 'never' }],
    ['answers after the time-out', 'create', { answerDelayMs: 3_600_000 }],
    ['drops the connection', 'update', { answer: 'drop' }],
    ['answers 503', 'create', { effect: 'done', status: 503 }],
    ['answers 503', 'resolve', { effect: 'done', status: 503 }],
  ])('%s, %s: the IC is told the truth, and it is adopted by itself, once', async (...row) => {
    const [, action, fault] = row;
    const { incident, writes } = await givenSent(action, { fault: at(action, fault) });
    await incident.expectTrail(['STATUSPAGE_PUBLISH_STARTED', 'STATUSPAGE_PUBLISH_UNCONFIRMED']);
    await incident.expectRoomPost(
      /did not confirm the publication, and it may or may not be live\. We look ourselves until/,
    );
    await incident.expectRoomPost('Nothing is sent again unless you decide');
    await stage.passes({ seconds: 15 });
    const published = await incident.last('STATUSPAGE_PUBLISHED');
    expect(published.details).toMatchObject({ adopted: true, attempt: 1 });
    expect(await writes()).toBe(1);
    await incident.expectPage(textsOf(action));
    expect(await incident.count('STATUSPAGE_PUBLISH_UNCONFIRMED')).toBe(1);
  });
});

describe.each(ACTIONS)('a page that did not do %s and did not say so', (action) => {
  it('silent, so it is sent once more after three looks', async () => {
    // Before any effect, as a front server answers when what is behind it is down.
    const fault = at(action, action === 'create' ? { status: 500 } : DROPPED);
    const { incident, writes } = await givenSent(action, { fault, silent: true });
    await incident.expectRoomPost('then once more, because it notifies nobody');
    await looksPass();
    await stage.until('it is public', async () => {
      await stage.passes({ seconds: 2 });
      const { details } = await incident.last('STATUSPAGE_PUBLISH_STARTED');
      const ends = (await incident.trail()).filter((e) => e.type === 'STATUSPAGE_PUBLISHED');
      return ends.some((e) => e.details.publicationId === details.publicationId);
    });
    await incident.expectTrail([
      'STATUSPAGE_PUBLISH_UNCONFIRMED',
      'STATUSPAGE_PUBLISH_UNCONFIRMED',
      'STATUSPAGE_PUBLISH_UNCONFIRMED',
      'STATUSPAGE_PUBLISH_NOT_EXECUTED',
      'STATUSPAGE_PUBLISH_STARTED',
      'STATUSPAGE_PUBLISHED',
    ]);
    const absent = await incident.last('STATUSPAGE_PUBLISH_NOT_EXECUTED');
    expect(absent.details.absentLooks).toBe(3);
    await incident.expectRoomPost('It is sent once more now, because it notifies nobody');
    expect(await writes()).toBe(2);
    await incident.expectPage(textsOf(action));
  });

  it('and would mail customers: the IC is asked, declares it absent, and drafts again', async () => {
    const { incident, writes } = await givenSent(action, { fault: at(action, DROPPED) });
    await looksPass();
    await incident.expectRoomPost('and does not show the publication');
    expect((await incident.last('STATUSPAGE_PUBLISH_UNCONFIRMED')).details).toMatchObject({
      looks: 3,
      nextLookAt: null,
    });
    await stage.passes({ minutes: 5 });
    expect(await writes()).toBe(1);
    await incident.clicks('maya', 'statuspage_declare_absent');
    expect((await incident.last('STATUSPAGE_PUBLISH_FAILED')).details.reason).toContain(
      'declared absent',
    );
    await incident.clicks('maya', 'statuspage_draft_again');
    expect(await incident.submits('maya', {})).toBeUndefined();
    await incident.clicks('priya', 'statuspage_approve');
    expect(await writes()).toBe(2);
    await incident.expectPage(textsOf(action));
  });
});

describe('while nobody knows', () => {
  const absent = at('create', DROPPED);

  it('the IC may ask for a look at any time, and is told when there is nothing', async () => {
    const { incident, writes } = await givenSent('create', { fault: absent });
    await looksPass();
    await incident.clicks('maya', 'statuspage_adopt');
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(0);
    await incident.expectRoomPost('does not show the publication', 2);
    expect(await incident.buttons(/^Status page update/)).toEqual([
      'statuspage_adopt',
      'statuspage_declare_absent',
    ]);
    expect(await writes()).toBe(1);
    await incident.expectPage([]);
  });

  it('it is nobody’s to decide but the IC’s', async () => {
    const { incident } = await givenSent('create', { fault: absent });
    await incident.clicks('jonas', 'statuspage_declare_absent');
    await incident.clicks('jonas', 'statuspage_adopt');
    expect(await incident.count('STATUSPAGE_APPROVAL_DENIED')).toBe(2);
    expect(await incident.count('STATUSPAGE_PUBLISH_FAILED')).toBe(0);
  });

  it('every other draft of the incident is kept from being published', async () => {
    const { incident } = await givenSent('create', { fault: absent });
    await incident.says('jonas', 'draft investigating Quite other words.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([]);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(1);
  });

  it('a page that cannot be asked is asked again, and no look is used up', async () => {
    const { incident, writes } = await givenSent('create', {
      fault: at('create', { answer: 'drop' }),
    });
    // Every look fails, of earlier stories' incidents too.
    stage.fault('statuspage', {
      match: 'list_incidents',
      caller: 'publisher',
      status: 503,
      times: 0,
    });
    await stage.passes({ seconds: 15 });
    expect((await incident.last('STATUSPAGE_PUBLISH_UNCONFIRMED')).details).toMatchObject({
      looks: 0,
      unasked: 1,
      reason: 'the status page could not be asked',
    });
    stage.clearFaults();
    await stage.passes({ seconds: 60 });
    expect((await incident.last('STATUSPAGE_PUBLISHED')).details.adopted).toBe(true);
    expect(await writes()).toBe(1);
    await incident.expectRoomPost('did not confirm the publication');
  });

  it('two incidents for one publication: the oldest stands, both stay, and it is on record', async () => {
    const { incident, writes } = await givenSent('create', {
      fault: at('create', { answer: 'drop' }),
    });
    const requests = (await stage.actors.pageRequests()) as ManageRequest[];
    const sent = requests.findLast(({ operation }) => operation === 'create_incident')!;
    const { aws, ready } = stage.world;
    const key = aws.secrets.currentValue(SECRET_NAMES.statuspageApiKey);
    const again = await fetch(`${ready.urls.statuspage}${sent.path}`, {
      method: 'POST',
      headers: {
        authorization: `OAuth ${key}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(sent.body),
    });
    expect(again.status).toBe(201);
    const second = ((await again.json()) as { id: string }).id;
    await stage.passes({ seconds: 15 });
    const published = await incident.last('STATUSPAGE_PUBLISHED');
    expect(published.details.statuspageIncidentId).not.toBe(second);
    expect((await incident.last('STATUSPAGE_DRIFT_FOUND')).details).toMatchObject({
      statuspageIncidentId: second,
      kind: 'duplicate',
      publicationId: published.details.publicationId,
    });
    expect(await writes()).toBe(2);
    const ids = (await stage.actors.page()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([second, published.details.statuspageIncidentId]));
  });
});

describe('a page that says what it did', () => {
  it.each([429, 420])('%i: nothing was executed; it is sent again later, once', async (status) => {
    const { incident, writes } = await givenSent('create', {
      fault: at('create', { status, retryAfterS: 1 }),
    });
    expect(await incident.count('STATUSPAGE_PUBLISH_NOT_EXECUTED')).toBe(1);
    // One step: a second jump of the clock could pass the new attempt's deadline under its feet.
    await stage.passes({ seconds: 20 });
    await stage.until(
      'it is published',
      async () => (await incident.count('STATUSPAGE_PUBLISHED')) === 1,
    );
    await incident.expectPage([SOME_TEXT]);
    expect(await writes()).toBe(2);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(2);
  });

  it.each([400, 401, 404, 422])(
    '%i is final, said in the room, and not sent again',
    async (status) => {
      const { incident, writes } = await givenSent('create', { fault: at('create', { status }) });
      await incident.expectTrail(['STATUSPAGE_PUBLISH_STARTED', 'STATUSPAGE_PUBLISH_FAILED']);
      await stage.passes({ minutes: 2 });
      expect(await writes()).toBe(1);
      await incident.expectRoomPost('was not published');
      expect(await incident.buttons(/^Status page update/)).toEqual(['statuspage_draft_again']);
      await incident.expectPage([]);
    },
  );
});
