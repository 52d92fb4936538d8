import { describe, expect, it } from 'vitest';
import { parseSlackRequest } from '../../../../src/adapters/slack/parse-request.ts';
import { renderForm } from '../../../../src/adapters/slack/render/render-form.ts';
import { checkView } from '../../../../src/local/slack/block-kit.ts';
import type { DraftFields, Form } from '../../../../src/services/forms.ts';

const NOWHERE = { channelId: null, responseUrl: null };
const AT_ROOM = { incidentId: 'inc-aaaaaaaaaaaaaaaa', channelId: 'C0ROOM1' };
const MARK = { draftId: 'drf-1', revision: 2, digest: 'ab' };
const FIELDS: DraftFields = {
  title: 'Checkout is slow',
  text: 'We are investigating.',
  status: 'identified',
  impact: 'major',
  notify: false,
  components: { c1: 'partial_outage' },
};
const DRAFT: Extract<Form, { kind: 'draft' }> = {
  kind: 'draft',
  ...AT_ROOM,
  fields: FIELDS,
  components: [
    { id: 'c1', name: 'Checkout' },
    { id: 'c2', name: 'Search' },
  ],
  editing: null,
  proposal: { kind: 'none' },
};
const FORMS: Form[] = [
  DRAFT,
  { ...DRAFT, editing: MARK },
  { ...DRAFT, proposal: { kind: 'waiting' } },
  { ...DRAFT, proposal: { kind: 'template', reason: 'This is the template. AI is off.' } },
  {
    ...DRAFT,
    fields: { ...FIELDS, title: 'x'.repeat(300), text: 'y'.repeat(4_000) },
    components: Array.from({ length: 200 }, (_, i) => ({ id: `c${i}`, name: 'n'.repeat(300) })),
    proposal: { kind: 'ready', title: 't'.repeat(300), text: 'p'.repeat(4_000), modelId: 'm' },
  },
  { kind: 'update', ...AT_ROOM },
  { kind: 'note', ...AT_ROOM },
  { kind: 'resolve', ...AT_ROOM },
  { kind: 'reject', ...AT_ROOM, draft: MARK },
  { kind: 'reject', ...AT_ROOM, draft: MARK, revokes: true },
  { kind: 'declare', title: '', services: [], from: NOWHERE },
  {
    kind: 'declare',
    title: 'Down',
    services: Array.from({ length: 200 }, (_, i) => `s${i}`),
    from: NOWHERE,
  },
];

/** Submits a view as a person who changed nothing but what `typed` says. */
function submit(form: Form, typed: Record<string, unknown> = {}) {
  const view = renderForm(form);
  const values: Record<string, Record<string, unknown>> = {};
  for (const block of view.blocks) {
    if (!('element' in block) || !block.block_id) continue;
    const { initial_value, initial_option, initial_options } = block.element as never as Record<
      string,
      unknown
    >;
    const state = {
      value: initial_value ?? null,
      selected_option: initial_option ?? null,
      selected_options: initial_options,
    };
    values[block.block_id] = { [block.block_id]: typed[block.block_id] ?? state };
  }
  const payload = {
    type: 'view_submission',
    user: { id: 'U04MAYAITO1', team_id: 'T1' },
    team: { id: 'T1' },
    view: { ...view, state: { values } },
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return parseSlackRequest({ 'x-slack-request-timestamp': '1' }, body);
}

describe('renderForm()', () => {
  it.each(FORMS)('is a modal that Slack takes: $kind', (form) => {
    expect(() => checkView(renderForm(form), 'modal')).not.toThrow();
  });

  it('carries ids in private_metadata, and no text', () => {
    const metadata = JSON.parse(renderForm({ ...DRAFT, editing: MARK }).private_metadata ?? '');
    expect(metadata).toEqual({ ...AT_ROOM, draft: MARK });
  });

  it('comes back as it was filled', () => {
    expect(submit({ ...DRAFT, editing: MARK })).toMatchObject({
      form: 'draft',
      ...AT_ROOM,
      fields: FIELDS,
      editing: MARK,
      usedProposal: null,
    });
  });

  it('comes back with the model’s words only if the person ticked them', () => {
    const proposal = { kind: 'ready', title: 'A & B', text: 'We <know>.', modelId: 'm1' } as const;
    const form: Form = { ...DRAFT, proposal };
    expect(submit(form)).toMatchObject({ fields: FIELDS, usedProposal: null });
    const ticked = { use_proposal: { selected_options: [{ value: 'use' }] } };
    expect(submit(form, ticked)).toMatchObject({
      fields: { ...FIELDS, title: 'A & B', text: 'We <know>.' },
      usedProposal: { modelId: 'm1' },
    });
  });

  it('shows the proposal with “Use this text” and leaves the typed fields alone', () => {
    const before = renderForm({ ...DRAFT, proposal: { kind: 'waiting' } });
    const after = renderForm({
      ...DRAFT,
      proposal: { kind: 'ready', title: 'T', text: 'X', modelId: 'm1' },
    });
    expect(JSON.stringify(after)).toContain('Use this text');
    const inputs = (view: typeof before) =>
      view.blocks.filter((b) => b.type === 'input').map(({ block_id }) => block_id);
    expect(inputs(after)).toEqual(expect.arrayContaining(inputs(before)));
  });

  it('says that a template is one', () => {
    const view = renderForm({
      ...DRAFT,
      proposal: { kind: 'template', reason: 'This is the template. AI is off.' },
    });
    expect(JSON.stringify(view)).toContain('This is the template. AI is off.');
  });

  it.each<[Form, object]>([
    [
      { kind: 'reject', ...AT_ROOM, draft: MARK },
      { form: 'reject', draft: MARK, reason: '' },
    ],
    [
      { kind: 'resolve', ...AT_ROOM },
      { form: 'resolve', summary: '', openDraft: true },
    ],
    [
      { kind: 'note', ...AT_ROOM },
      { form: 'note', text: '', ...AT_ROOM },
    ],
    [
      {
        kind: 'declare',
        title: 'Down',
        services: ['api'],
        from: { channelId: 'C1', responseUrl: 'https://hooks.slack.com/commands/1' },
      },
      {
        form: 'declare',
        title: 'Down',
        service: null,
        severity: null,
        channelId: 'C1',
        responseUrl: 'https://hooks.slack.com/commands/1',
      },
    ],
  ])('comes back as the form it is: $kind', (form, expected) => {
    expect(submit(form)).toMatchObject(expected);
  });
});

it('a rejection that takes an approval back says so', () => {
  const titleOf = (form: Form) => renderForm(form).title.text;
  const reject = { kind: 'reject', ...AT_ROOM, draft: MARK } as const;
  expect(titleOf(reject)).toBe('Reject the draft');
  expect(titleOf({ ...reject, revokes: true })).toBe('Revoke the approval');
});
