import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident, PEOPLE, SOME_TEXT } from './war-room.ts';

async function viewText(incident: Incident, who: keyof typeof PEOPLE): Promise<string> {
  return JSON.stringify((await incident.stage.actors.view(PEOPLE[who]))?.blocks ?? []);
}

async function draftDetails(incident: Incident) {
  return (await incident.last('STATUSPAGE_DRAFT_CREATED')).details;
}

describe('a draft without AI', () => {
  const stage = givenWorld();

  it('is made by the form’s template, which says that it is one', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    const form = await viewText(incident, 'maya');
    expect(form).toContain('This is the template. AI is off.');
    expect(await incident.submits('maya', {})).toBeUndefined();
    const { request, ai } = await draftDetails(incident);
    expect(ai).toBeNull();
    expect(request.body.incident.body).not.toMatch(/[[\]{}<>]|TODO|TBD/);
    await incident.expectRoomPost('waits for approval');
  });

  it.each(['draft', 'comms', 'statuspage'])(
    '%s <status> <text> holds the person’s words',
    async (verb) => {
      const incident = await stage.givenP1();
      await incident.says('maya', `${verb} identified Caused by & fixed with <3`);
      const { request, authors, origin } = await draftDetails(incident);
      expect(request.body.incident).toMatchObject({
        status: 'identified',
        body: 'Caused by & fixed with <3',
        deliver_notifications: true,
      });
      expect({ authors, origin }).toEqual({ authors: [PEOPLE.maya], origin: 'words' });
      await incident.clicks('priya', 'statuspage_approve');
      await incident.expectPage(['Caused by & fixed with <3']);
    },
  );

  it.each([
    ['too long', { text: 'x'.repeat(3_001) }, 'text'],
    ['hidden characters', { text: 'We are\u200b fine' }, 'text'],
    ['bidi characters', { text: 'We are \u202Efine' }, 'text'],
    ['unknown emoji names', { text: 'We are fine :party-parrot:' }, 'text'],
    ['nothing', { text: '' }, 'text'],
    ['only spaces', { text: '   ' }, 'text'],
    ['no title', { title: '' }, 'title'],
  ])(
    'with a text of %s is corrected in the form, and nothing is saved',
    async (_what, filled, field) => {
      const incident = await stage.givenP1();
      await incident.says('maya', 'draft investigating');
      const errors = await incident.submits('maya', filled);
      expect(Object.keys(errors ?? {})).toEqual([field]);
      expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(0);
      // The form is still open: corrected, it is taken.
      expect(await incident.submits('maya', { title: 'Errors', text: SOME_TEXT })).toBeUndefined();
      expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(1);
    },
  );

  it('of exactly 3,000 characters is taken, shown whole and published whole', async () => {
    const incident = await stage.givenP1();
    const text = `${'Wort & Worte '.repeat(230)}ende.`.padEnd(3_000, '!');
    await incident.says('maya', 'draft investigating');
    expect(await incident.submits('maya', { text })).toBeUndefined();
    expect(await incident.buttons(/^Status page update/)).toContain('statuspage_approve');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([text]);
  });

  it('is published as people type: joiners in words and emoji, breaks of any kind', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    const persian = 'ما می\u200cدانیم.';
    const hindi = 'क्\u200dष \u{1f469}\u200d\u{1f4bb}';
    const text = `${persian}\r\n${hindi}\tpay\u00adments P\u0430y :warning:`;
    expect(await incident.submits('maya', { title: persian, text })).toBeUndefined();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage([`${persian}\n${hindi} payments P\u0430y ⚠️`]);
  });

  it.each([
    ['too long', 'x'.repeat(3_001)],
    ['with hidden characters', 'We are\u200b fine'],
  ])('by command, %s, is refused to the asker, and nothing is saved', async (_what, text) => {
    const incident = await stage.givenP1();
    await incident.says('maya', `draft investigating ${text}`);
    expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(0);
    const told = await stage.actors.ephemerals(PEOPLE.maya);
    expect(told.at(-1)?.text).toMatch(/character/);
  });

  it('at the end names what customers were told of, though the service was corrected since', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.says('maya', 'service payments-worker');
    await incident.says('maya', 'resolve A bad release.');
    const { incident: end } = (await draftDetails(incident)).request.body;
    expect(end.status).toBe('resolved');
    expect(end.body).toContain('problems with Checkout are');
    expect(end.body).not.toContain('Payments');
  });

  it('at the end names them in its form too', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    await incident.says('maya', 'service payments-worker');
    await incident.says('maya', 'draft resolved');
    const form = await viewText(incident, 'maya');
    expect(form).toContain('The problems with Checkout are resolved');
    expect(form).not.toContain('problems with Payments');
  });

  it('that changes a component the page does not know is corrected', async () => {
    const incident = await stage.givenP1();
    const body = await signedSubmit(incident, { 'component:c9': 'major_outage' });
    expect(body).toContain('component:c9');
    expect(await incident.count('STATUSPAGE_DRAFT_CREATED')).toBe(0);
  });

  it('edited becomes revision 2 by both authors; the first card is a receipt', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft('jonas');
    await incident.clicks('maya', 'statuspage_edit');
    expect(await viewText(incident, 'maya')).toContain(SOME_TEXT);
    await incident.submits('maya', { text: 'Other words.' });
    const revised = (await incident.last('STATUSPAGE_DRAFT_REVISED')).details;
    expect(revised).toMatchObject({ revision: 2, authors: [PEOPLE.jonas, PEOPLE.maya] });
    await incident.expectRoomPost(/revision 2 · waits for approval/);
    await incident.expectRoomPost(/revision 1 · waits for approval/, 0);
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['Other words.']);
  });

  it('rejected with a reason, drafted anew, approved: only the second is public', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_reject');
    expect(await incident.submits('priya', { reason: '' })).toHaveProperty('reason');
    expect(await incident.submits('priya', { reason: 'Say what customers see' })).toBeUndefined();
    await incident.expectRoomPost('Say what customers see', 1);
    await incident.says('maya', 'draft investigating Cards are declined.');
    await incident.clicks('priya', 'statuspage_approve');
    await incident.expectPage(['Cards are declined.']);
  });

  it('rejected by somebody who may not approve: refused, on record', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('jonas', 'statuspage_reject');
    await incident.submits('jonas', { reason: 'No' });
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details.decision).toBe('reject');
    await incident.clicks('jonas', 'statuspage_withdraw');
    expect((await incident.last('STATUSPAGE_APPROVAL_DENIED')).details.decision).toBe('withdraw');
    expect(await incident.buttons(/^Status page update/)).toContain('statuspage_approve');
  });

  it('invites a few who may approve when nobody else inside may', async () => {
    const incident = await stage.fires('checkout-errors');
    await incident.givenDraft('maya');
    const { members } = await stage.actors.channel(await incident.room());
    expect(members).toEqual(expect.arrayContaining([PEOPLE.priya, PEOPLE.tomas, PEOPLE.ana]));
  });

  it('changes components on the page, and puts them back when it is resolved', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    // Other incidents of these stories are about c1 as well, and say that it is out.
    await incident.submits('maya', { 'component:c3': 'major_outage', notify: 'no' });
    await incident.clicks('priya', 'statuspage_approve');
    expect(await componentStatus('c3')).toBe('major_outage');
    const page = (await stage.actors.page()).find(({ metadata }) =>
      JSON.stringify(metadata).includes(incident.id),
    );
    expect(page?.incident_updates[0]?.mailedTo).toEqual([]);
    await incident.says('maya', 'resolve Done');
    await incident.clicks('priya', 'statuspage_approve');
    expect(await componentStatus('c3')).toBe('operational');
  });

  async function componentStatus(id: string): Promise<string | undefined> {
    const response = await fetch(`${stage.world.ready.urls.statuspage}/api/v2/components.json`);
    const { components } = (await response.json()) as {
      components: { id: string; status: string }[];
    };
    return components.find((component) => component.id === id)?.status;
  }

  /** A form that holds a field nobody was offered, as no honest client sends it. */
  async function signedSubmit(incident: Incident, extra: Record<string, string>): Promise<string> {
    await incident.says('maya', 'draft investigating');
    const { workspace } = stage.world.slack;
    const open = workspace.modals.get(PEOPLE.maya)?.at(-1);
    for (const [field, value] of Object.entries(extra)) {
      const option = { text: { type: 'plain_text', text: value }, value };
      open?.view.blocks.push({
        type: 'input',
        block_id: field,
        label: { type: 'plain_text', text: field },
        element: {
          type: 'static_select',
          action_id: field,
          options: [option],
          initial_option: option,
        },
      });
    }
    const answer = await stage.actors.submits(PEOPLE.maya, {});
    return JSON.stringify(answer);
  }
});

describe('a draft with AI', () => {
  const stage = givenWorld({ ai: 'standin' });

  it('is proposed in the open form; taken with one tick, it names the model', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    expect(await viewText(incident, 'maya')).toContain('Proposed by AI');
    expect(await incident.submits('maya', { use_proposal: ['use'] })).toBeUndefined();
    const { ai, origin, authors } = await draftDetails(incident);
    expect({ origin, authors }).toEqual({ origin: 'proposal', authors: [PEOPLE.maya] });
    expect(ai).toMatchObject({
      modelId: expect.stringMatching(/./),
      promptVersion: expect.stringMatching(/./),
      inputSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('not taken leaves the person’s own words, by no model', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    await incident.submits('maya', { text: SOME_TEXT });
    const { ai, request } = await draftDetails(incident);
    expect(ai).toBeNull();
    expect(request.body.incident.body).toBe(SOME_TEXT);
  });

  it.each([
    ['fails', { status: 500, error: 'InternalServerException' }, 'the model cannot be reached'],
    [
      'is throttled',
      { status: 429, error: 'ThrottlingException' },
      'too much is asked of the model at the moment',
    ],
    [
      'is denied',
      { status: 403, error: 'AccessDeniedException' },
      'this app may not ask the model; tell whoever runs it',
    ],
  ])('when the model %s: the template stays, and the form says why', async (_what, how, why) => {
    stage.fault('aws', { match: 'bedrock-runtime:Converse', times: 0, ...how });
    const incident = await stage.givenP1();
    await incident.says('maya', 'draft investigating');
    const form = await viewText(incident, 'maya');
    expect(form).toContain(`AI is out, here is the template: ${why}.`);
    expect(form).not.toContain('MODEL_');
    expect(form).not.toContain('Proposed by AI');
    expect(await incident.submits('maya', {})).toBeUndefined();
    const { ai, origin } = await draftDetails(incident);
    expect({ ai, origin }).toEqual({ ai: null, origin: 'template' });
    const { messages } = await stage.actors.channel(await incident.room());
    const card = messages.findLast(({ text }) => text.startsWith('Status page update'));
    expect(JSON.stringify(card?.blocks)).toContain('from the template');
  });
});
