import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSlackRequest } from '../../../src/adapters/slack/parse-request.ts';

const HEADERS = {
  'X-Slack-Request-Timestamp': '1773400000',
  'content-type': 'application/x-www-form-urlencoded',
};
const parse = (body: string) => parseSlackRequest(HEADERS, body);
const interaction = (payload: unknown) =>
  parse(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());

const COMMAND =
  'token=x&team_id=T04EXAMPLE1&channel_id=C0ROOM1&user_id=U04MAYAITO1&command=%2Fincident-response' +
  '&text=note+a+%26amp%3B+b&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1&trigger_id=1.2.a';
const WHO = { user: { id: 'U04MAYAITO1', team_id: 'T04EXAMPLE1' }, team: { id: 'T04EXAMPLE1' } };
const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const submission = (
  callback_id: string,
  values: object,
  metadata: object,
  blocks: unknown[] = [],
) =>
  interaction({
    ...WHO,
    type: 'view_submission',
    trigger_id: '1.2.c',
    view: {
      id: 'V1',
      callback_id,
      private_metadata: JSON.stringify(metadata),
      state: { values },
      blocks,
    },
  });
const typed = (value: string | null) => ({ a: { type: 'plain_text_input', value } });
const chosen = (value: string) => ({ a: { type: 'static_select', selected_option: { value } } });
const DRAFT_VALUES = {
  status: chosen('identified'),
  title: typed('Checkout is slow'),
  text: typed('We know why.\nA fix is on its way.'),
  impact: chosen('minor'),
  notify: chosen('no'),
  'component:c1': chosen('partial_outage'),
  'component:c2': chosen('unchanged'),
};

describe('parseSlackRequest()', () => {
  it('reads a slash command', () => {
    expect(parse(COMMAND)).toEqual({
      kind: 'command',
      requestSha256: 'fa8dc157f87ace78c6cccd970b404c326582dd719499e3641f5bbb3d7bcfc5ad',
      signedAtS: 1773400000,
      userId: 'U04MAYAITO1',
      channelId: 'C0ROOM1',
      responseUrl: 'https://hooks.slack.com/commands/1',
      triggerId: '1.2.a',
      text: 'note a &amp; b',
    });
  });

  it('reads who clicked, whatever workspaces Slack names: home of an organisation, or none', () => {
    const click = { type: 'block_actions', actions: [{ action_id: 'x', type: 'button' }] };
    const user = { id: 'U04MAYAITO1', team_id: 'T0HOME0001' };
    for (const team of [{ id: 'T04EXAMPLE1' }, null, undefined]) {
      expect(interaction({ ...click, user, team })).toMatchObject({ userId: 'U04MAYAITO1' });
    }
    expect(interaction({ ...click, user: { id: 'U04MAYAITO1' } })).toMatchObject({ kind: 'click' });
  });

  it('reads the first action of a click on a message', () => {
    const read = interaction({
      ...WHO,
      type: 'block_actions',
      channel: { id: 'C0ROOM1' },
      container: { type: 'message', message_ts: '1773400000.000100', channel_id: 'C0ROOM1' },
      response_url: 'https://hooks.slack.com/actions/1',
      trigger_id: '1.2.b',
      actions: [{ action_id: 'checklist_toggle', type: 'button', value: '{"index":1}' }, {}],
    });
    expect(read).toMatchObject({
      kind: 'click',
      actionId: 'checklist_toggle',
      value: '{"index":1}',
      channelId: 'C0ROOM1',
      messageTs: '1773400000.000100',
      responseUrl: 'https://hooks.slack.com/actions/1',
      triggerId: '1.2.b',
    });
  });

  it('reads the chosen values of a click on a select or on boxes', () => {
    const click = (action: object) =>
      interaction({ ...WHO, type: 'block_actions', actions: [{ action_id: 'x', ...action }] });
    expect(click({ selected_option: { value: 'one' } })).toMatchObject({ value: 'one' });
    expect(click({ selected_options: [{ value: 'a' }, { value: 'b' }] })).toMatchObject({
      value: 'a,b',
    });
    expect(click({ selected_user: 'U04MAYAITO1' })).toMatchObject({ value: 'U04MAYAITO1' });
    expect(click({})).toMatchObject({ value: '', channelId: null, messageTs: null });
  });

  it('reads why a component may be shown better, and nothing where nothing was said', () => {
    const metadata = { incidentId: INCIDENT, channelId: 'C0ROOM1' };
    const why = {
      override_reason: { override_reason: { type: 'plain_text_input', value: ' a ' } },
    };
    expect(submission('draft', { ...DRAFT_VALUES, ...why }, metadata)).toMatchObject({
      overrideReason: 'a',
    });
    expect(submission('draft', DRAFT_VALUES, metadata)).not.toHaveProperty('overrideReason');
  });

  it('reads a submitted draft, leaving untouched components out', () => {
    const metadata = { incidentId: INCIDENT, channelId: 'C0ROOM1' };
    expect(submission('draft', DRAFT_VALUES, metadata)).toMatchObject({
      kind: 'submit',
      form: 'draft',
      incidentId: INCIDENT,
      channelId: 'C0ROOM1',
      fields: {
        title: 'Checkout is slow',
        text: 'We know why.\nA fix is on its way.',
        status: 'identified',
        impact: 'minor',
        notify: false,
        components: { c1: 'partial_outage' },
      },
      editing: null,
      usedProposal: null,
    });
  });

  it('takes the proposal, escaped or not, only when it is the one that was shown', () => {
    const proposal = {
      modelId: 'amazon.nova-lite-v1:0',
      // SHA-256 of `["A & B","We <know>."]`
      sha256: 'b974acbc91a43af03198dac72a79ad790cf975640e16bf7053fa9b3b7e8ff4a9',
    };
    const values = {
      ...DRAFT_VALUES,
      use_proposal: { a: { type: 'checkboxes', selected_options: [{ value: 'use' }] } },
    };
    const blocks = (title: string, text: string) => [
      { type: 'section', block_id: 'proposal_title', text: { type: 'plain_text', text: title } },
      { type: 'section', block_id: 'proposal_text', text: { type: 'plain_text', text } },
    ];
    const metadata = { incidentId: INCIDENT, channelId: 'C0ROOM1', proposal };
    const taken = {
      fields: { title: 'A & B', text: 'We <know>.' },
      usedProposal: { modelId: 'amazon.nova-lite-v1:0' },
    };
    const plain = blocks('A & B', 'We <know>.');
    expect(submission('draft', values, metadata, plain)).toMatchObject(taken);
    const escaped = blocks('A &amp; B', 'We &lt;know&gt;.');
    expect(submission('draft', values, metadata, escaped)).toMatchObject(taken);
    const other = blocks('A & B', 'We know.');
    expect(submission('draft', values, metadata, other)).toEqual({
      kind: 'unreadable',
      reason: 'not one of our forms',
    });
  });

  it.each([
    ['update', { text: typed('rolled back') }, { form: 'update', text: 'rolled back' }],
    ['note', { text: typed(null) }, { form: 'note', text: '' }],
    [
      'resolve',
      {
        summary: typed('It was DNS.'),
        open_draft: { a: { selected_options: [{ value: 'yes' }] } },
      },
      { form: 'resolve', summary: 'It was DNS.', openDraft: true },
    ],
    [
      'declare',
      { title: typed('Down'), service: chosen('checkout-api'), severity: typed(null) },
      { form: 'declare', title: 'Down', service: 'checkout-api', severity: null },
    ],
  ])('reads a submitted %s', (form, values, expected) => {
    expect(submission(form, values, { incidentId: INCIDENT })).toMatchObject(expected);
  });

  it('reads a rejection with the draft it is about', () => {
    const draft = { draftId: 'drf-1', revision: 2, digest: 'ab' };
    const read = submission(
      'reject',
      { reason: typed('too early') },
      { incidentId: INCIDENT, draft },
    );
    expect(read).toMatchObject({ form: 'reject', draft, reason: 'too early' });
  });

  it('answers the checks of Slack itself', () => {
    expect(parse('ssl_check=1&token=x')).toEqual({ kind: 'ping', challenge: null });
    const headers = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };
    const body = '{"type":"url_verification","challenge":"c0ffee"}';
    expect(parseSlackRequest(headers, body)).toEqual({ kind: 'ping', challenge: 'c0ffee' });
    const event = '{"type":"event_callback"}';
    expect(parseSlackRequest(headers, event)).toEqual({ kind: 'ping', challenge: null });
    const joined = (user: string, more: object = {}) =>
      parseSlackRequest(
        headers,
        JSON.stringify({
          type: 'event_callback',
          event: { type: 'member_joined_channel', user, channel: 'C0ROOM1', ...more },
          authorizations: [{ user_id: 'U0APP', is_bot: true }],
        }),
      );
    expect(joined('U0APP')).toMatchObject({ kind: 'app_joined', channelId: 'C0ROOM1' });
    expect(joined('U0APP', { channel: 'C'.padEnd(22, '0') })).toMatchObject({ kind: 'ping' });
    expect(joined('U0APP', { channel: 'C'.padEnd(21, '0') })).toMatchObject({ kind: 'app_joined' });
    const nothing = { kind: 'ping', challenge: null };
    expect(joined('U0SOMEBODY')).toEqual(nothing);
    expect(joined('U0APP', { channel: '' })).toEqual(nothing);
    expect(joined('U0APP', { type: 'member_left_channel' })).toEqual(nothing);
    const challenge = 'x'.repeat(1_000);
    const asking = (text: string) => JSON.stringify({ type: 'url_verification', challenge: text });
    expect(parseSlackRequest(headers, asking(challenge))).toEqual({ kind: 'ping', challenge });
    expect(parseSlackRequest(headers, asking(`${challenge}x`))).toEqual({
      kind: 'unreadable',
      reason: 'challenge over 1,000 characters',
    });
  });

  it.each([
    ['', 'not a slash command'],
    ['payload=%7B', 'payload is not JSON'],
    ['payload=1', 'interaction names nobody'],
    ['command=%2Fx&user_id=nobody&team_id=T1', 'not a slash command'],
  ])('calls %j unreadable', (body, reason) => {
    expect(parse(body)).toEqual({ kind: 'unreadable', reason });
  });

  it('calls a form without its incident, or with a word the page does not know, unreadable', () => {
    const reason = { kind: 'unreadable', reason: 'not one of our forms' };
    expect(submission('note', { text: typed('x') }, {})).toEqual(reason);
    expect(submission('unknown', {}, { incidentId: INCIDENT })).toEqual(reason);
    const metadata = { incidentId: INCIDENT };
    for (const wrong of [
      { status: chosen('closed') },
      { impact: chosen('huge') },
      { notify: chosen('maybe') },
      { 'component:c1': chosen('broken') },
    ]) {
      expect(submission('draft', { ...DRAFT_VALUES, ...wrong }, metadata)).toEqual(reason);
    }
  });

  it('never throws, whatever Slack signed', () => {
    const payload = fc.record(
      {
        type: fc.constantFrom('block_actions', 'view_submission', 'x'),
        user: fc.oneof(fc.constant(WHO.user), fc.anything()),
        team: fc.oneof(fc.constant(WHO.team), fc.anything()),
        actions: fc.anything(),
        view: fc.record({
          callback_id: fc.oneof(fc.constantFrom('draft', 'note'), fc.constant({ toString: 1 })),
          state: fc.anything(),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(payload, (given) => {
        expect(interaction(given)).toHaveProperty('kind');
      }),
    );
    fc.assert(
      fc.property(fc.string(), (body) => {
        expect(parse(body)).toHaveProperty('kind');
      }),
    );
  });
});
