import type { ModalView } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenSlack, lastPayload, refusal, type SlackWorld } from './slack-world.ts';

const MAYA = 'U04MAYAITO1';
const text = (value: string) => ({ type: 'plain_text' as const, text: value });
const option = (value: string) => ({ text: text(value), value });

function modal(more: Partial<ModalView> = {}, blockId = 'body'): ModalView {
  return {
    type: 'modal',
    title: text('Draft'),
    submit: text('Send'),
    private_metadata: 'draft-1',
    blocks: [
      {
        type: 'input',
        block_id: blockId,
        label: text('Text'),
        element: { type: 'plain_text_input', action_id: 'text', initial_value: 'template' },
      },
      {
        type: 'input',
        block_id: 'status',
        label: text('Status'),
        element: {
          type: 'static_select',
          action_id: 'pick',
          options: [option('investigating'), option('resolved')],
          initial_option: option('investigating'),
        },
      },
      {
        type: 'input',
        block_id: 'notify',
        optional: true,
        label: text('Notify'),
        element: { type: 'checkboxes', action_id: 'tick', options: [option('mail')] },
      },
      {
        type: 'actions',
        block_id: 'proposal',
        elements: [{ type: 'button', action_id: 'use', text: text('Use this text') }],
      },
    ],
    ...more,
  };
}

let world: SlackWorld;
beforeEach(async () => {
  world = await givenSlack();
});
afterEach(() => world.close());

async function givenTrigger(): Promise<string> {
  await world.slack.command({ user: MAYA, text: 'draft' });
  return new URLSearchParams(world.received.at(-1)?.body).get('trigger_id') ?? '';
}

async function givenModal(view: ModalView = modal()): Promise<string> {
  const opened = await world.client.views.open({ trigger_id: await givenTrigger(), view });
  return opened.view?.id ?? '';
}

const openViews = () => world.slack.workspace.modals.get(MAYA) ?? [];
const answers = (body: unknown) => {
  world.answer = () => ({ status: 200, body: JSON.stringify(body) });
};

describe('a trigger_id', () => {
  it('opens one modal only', async () => {
    const trigger_id = await givenTrigger();
    await world.client.views.open({ trigger_id, view: modal() });
    const again = world.client.views.open({ trigger_id, view: modal() });
    expect(await refusal(again)).toMatchObject({ error: 'exchanged_trigger_id' });
  });

  it('expires after 3 s of the world', async () => {
    const early = await givenTrigger();
    world.clock.advance(2_500);
    expect(await refusal(world.client.views.open({ trigger_id: early, view: modal() }))).toEqual({
      ok: true,
    });
    const late = await givenTrigger();
    world.clock.advance(3_001);
    expect(
      await refusal(world.client.views.open({ trigger_id: late, view: modal() })),
    ).toMatchObject({ error: 'expired_trigger_id' });
  });
});

describe('views.update', () => {
  it('works by view_id and external_id, and refuses an old hash', async () => {
    const view_id = await givenModal(modal({ external_id: 'draft-1' }));
    const first = openViews()[0]?.view.hash ?? '';
    await world.client.views.update({ view_id, hash: first, view: modal() });
    const stale = world.client.views.update({ view_id, hash: first, view: modal() });
    expect(await refusal(stale)).toMatchObject({ error: 'hash_conflict' });
    const external = world.client.views.update({ external_id: 'draft-9', view: modal() });
    expect(await refusal(external)).toMatchObject({ error: 'not_found' });
  });

  it('keeps what was typed while the ids stay, and drops it when they change', async () => {
    const view_id = await givenModal();
    const values = { body: { text: 'typed by hand' } };
    await world.slack.click({ user: MAYA, view_id, action_id: 'use', values });
    expect(lastPayload(world).view.state.values.body).toEqual({
      text: { type: 'plain_text_input', value: 'typed by hand' },
    });
    await world.client.views.update({ view_id, view: modal() });
    expect(openViews()[0]?.typed.body).toEqual({ text: 'typed by hand' });
    await world.client.views.update({ view_id, view: modal({}, 'body-2') });
    await world.slack.submit({ user: MAYA, view_id });
    expect(lastPayload(world).view.state.values['body-2']).toEqual({
      text: { type: 'plain_text_input', value: 'template' },
    });
  });
});

describe('a submission', () => {
  it('carries typed values, falls back to the initial ones, and closes the modal', async () => {
    const view_id = await givenModal();
    const values = { body: { text: 'We are on it' }, notify: { tick: ['mail'] } };
    const { body } = await world.post('/_world/submit', { user: 'maya.ito', view_id, values });
    expect(body).toMatchObject({ ack: { status: 200, body: '' } });
    const payload = lastPayload(world);
    expect(payload).toMatchObject({
      type: 'view_submission',
      view: { id: view_id, private_metadata: 'draft-1' },
    });
    expect(payload.view.state.values).toEqual({
      body: { text: { type: 'plain_text_input', value: 'We are on it' } },
      status: { pick: { type: 'static_select', selected_option: option('investigating') } },
      notify: { tick: { type: 'checkboxes', selected_options: [option('mail')] } },
    });
    expect(openViews()).toEqual([]);
  });

  it('answered with errors keeps the modal open and shows them', async () => {
    const view_id = await givenModal();
    const answer = { response_action: 'errors', errors: { body: 'too long' } };
    answers(answer);
    const { body } = await world.post('/_world/submit', { user: MAYA, view_id });
    expect(body).toMatchObject({ ack: { body: JSON.stringify(answer) }, ...answer });
    const views = await world.get('/_world/views');
    expect(views.body).toMatchObject({ [MAYA]: [{ id: view_id, errors: { body: 'too long' } }] });
  });

  it('answered with update, push and clear changes the stack', async () => {
    const view_id = await givenModal();
    answers({ response_action: 'update', view: modal({ title: text('Second') }) });
    await world.slack.submit({ user: MAYA, view_id });
    expect(openViews().map(({ view }) => view.title)).toEqual([text('Second')]);
    answers({ response_action: 'push', view: modal({ title: text('Third') }) });
    await world.slack.submit({ user: MAYA, view_id });
    expect(openViews()).toHaveLength(2);
    const top = openViews()[1]?.view;
    expect(top).toMatchObject({ root_view_id: view_id, previous_view_id: view_id });
    answers({ response_action: 'clear' });
    await world.slack.submit({ user: MAYA, view_id: top?.id ?? '' });
    expect(openViews()).toEqual([]);
  });

  it('that the app refuses leaves the modal open', async () => {
    const view_id = await givenModal();
    world.answer = () => ({ status: 503, body: '' });
    const { ack } = await world.slack.submit({ user: MAYA, view_id });
    expect(ack.status).toBe(503);
    expect(openViews()).toHaveLength(1);
  });

  it('is refused for a view, block or option that is not there', async () => {
    const view_id = await givenModal();
    const submit = async (body: object) =>
      (await world.post('/_world/submit', { user: MAYA, view_id, ...body })).status;
    expect(await submit({ view_id: 'V0' })).toBe(404);
    expect(await submit({ user: 'jonas.berg' })).toBe(404);
    expect(await submit({ values: { nowhere: { text: 'x' } } })).toBe(400);
    expect(await submit({ values: { status: { pick: 'unknown' } } })).toBe(400);
  });
});
