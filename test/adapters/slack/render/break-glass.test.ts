import { describe, expect, it } from 'vitest';
import { parseSlackRequest } from '../../../../src/adapters/slack/parse-request.ts';
import { approvalCard } from '../../../../src/adapters/slack/render/approval-card.ts';
import { renderForm } from '../../../../src/adapters/slack/render/render-form.ts';
import { renderMessage } from '../../../../src/adapters/slack/render/render-message.ts';
import type {
  ChecklistEntry,
  DraftState,
  DraftStatus,
} from '../../../../src/domain/incident-state.ts';
import { checkMessageBlocks, checkView } from '../../../../src/local/slack/block-kit.ts';
import type { Form } from '../../../../src/services/forms.ts';
import type { RoomMessage } from '../../../../src/services/room-messages.ts';
import { exampleDraft, exampleIncident } from '../incident-example.ts';

const MAYA = 'U04MAYAITO1';
const MARK = { draftId: 'drf-1', revision: 2, digest: 'ab', seen: 'P1.open.o' };
const FORM: Form = {
  kind: 'break_glass',
  incidentId: 'inc-aaaaaaaaaaaaaaaa',
  channelId: 'C0ROOM1',
  draft: MARK,
  title: '*Checkout* <!channel> is slow',
  notify: true,
};
const REVIEW: ChecklistEntry = {
  item: `Review the break-glass approval by @${MAYA} (revision 3)`,
  done: false,
  by: null,
  review: { by: MAYA, draftId: 'drf-aaaaaaaaaaaaaaaa', revision: 3 },
};

function card(draft: Partial<DraftState> = {}, breakGlassRule?: string) {
  return approvalCard({
    kind: 'approval_card',
    incident: exampleIncident(),
    draft: exampleDraft(draft),
    components: [{ id: 'c1', name: 'Checkout' }],
    rule: 'the rule',
    publicUrl: 'https://status.example.com',
    ...(breakGlassRule === undefined ? {} : { breakGlassRule }),
  });
}

function actionsOf(rendered: ReturnType<typeof card>): string[] {
  return rendered.blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((element) => String('action_id' in element && element.action_id))
      : [],
  );
}

describe('the approval card', () => {
  it('has the button, with the rule in words, where the policy permits it', () => {
    const rendered = card({}, 'P1, in an emergency: one person');
    expect(actionsOf(rendered)).toContain('statuspage_break_glass');
    expect(JSON.stringify(rendered)).toContain('Break glass: P1, in an emergency: one person');
    const value = rendered.blocks
      .flatMap((block) => (block.type === 'actions' ? (block.elements as object[]) : []))
      .find((element) => 'action_id' in element && element.action_id === 'statuspage_break_glass');
    expect(JSON.parse((value as { value: string }).value)).toEqual({
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      draftId: 'drf-aaaaaaaaaaaaaaaa',
      revision: 3,
      digest: 'a1b2c3d4e5f60718'.repeat(4),
      seen: 'P1.open.-',
    });
  });

  it('has none where the policy permits it to nobody', () => {
    expect(actionsOf(card())).not.toContain('statuspage_break_glass');
    expect(JSON.stringify(card())).not.toContain('Break glass');
  });

  it('has none when it cannot show everything', () => {
    const hidden = exampleDraft();
    hidden.request.body.incident.body = 'x\u202e';
    expect(actionsOf(card({ request: hidden.request }, 'rule'))).toEqual([
      'statuspage_edit',
      'statuspage_reject',
      'statuspage_withdraw',
    ]);
  });

  it.each<DraftStatus>(['approved', 'publishing', 'published', 'unconfirmed'])(
    'says in red who approved alone and why when %s, and offers it no more',
    (status) => {
      const approvals = [
        {
          seq: 9,
          slackUserId: MAYA,
          expiresAt: '2026-03-13T12:00:00.000Z',
          requiredApprovals: 1,
          breakGlassReason: 'Nobody else *answers*.',
        },
      ];
      const rendered = card({ status, approvals }, 'rule');
      const shown = JSON.stringify(rendered);
      expect(shown).toContain(':rotating_light: *break-glass*');
      expect(shown).toContain('Nobody else *answers*.');
      expect(shown).toContain('Approved alone by ');
      expect(shown).toContain(MAYA);
      expect(actionsOf(rendered)).not.toContain('statuspage_break_glass');
    },
  );

  it('says nothing of it when an ordinary approval stands', () => {
    const approvals = [
      {
        seq: 9,
        slackUserId: MAYA,
        expiresAt: '2026-03-13T12:00:00.000Z',
        requiredApprovals: 1,
      },
    ];
    expect(JSON.stringify(card({ status: 'published', approvals }))).not.toContain('break-glass');
  });
});

describe('the form', () => {
  it('is a modal that Slack takes, says what follows and shows people’s words literally', () => {
    const view = renderForm(FORM);
    expect(() => checkView(view, 'modal')).not.toThrow();
    const shown = JSON.stringify(view);
    expect(shown).toContain('You approve revision 2 alone.');
    expect(shown).toContain('Subscribers are mailed.');
    expect(shown).toContain('Title: *Checkout* <!channel> is slow');
    expect(shown).not.toContain('mrkdwn","text":"Title');
    expect(JSON.stringify(renderForm({ ...FORM, notify: false }))).toContain(
      'Subscribers are not mailed.',
    );
  });

  it('comes back with its reason and the revision it was opened for', () => {
    const { blocks: _blocks, ...view } = renderForm(FORM);
    const values = { reason: { reason: { type: 'plain_text_input', value: 'Nobody is there.' } } };
    const payload = {
      type: 'view_submission',
      user: { id: MAYA, team_id: 'T1' },
      team: { id: 'T1' },
      view: { ...view, state: { values } },
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    expect(parseSlackRequest({ 'x-slack-request-timestamp': '1' }, body)).toMatchObject({
      kind: 'submit',
      form: 'break_glass',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      channelId: 'C0ROOM1',
      draft: MARK,
      reason: 'Nobody is there.',
    });
  });
});

describe('every report of the incident is red', () => {
  const incident = exampleIncident({ checklist: [REVIEW] });
  const reviewed = exampleIncident({ checklist: [{ ...REVIEW, done: true, by: 'U04JONASBRG' }] });

  it.each<[string, RoomMessage]>([
    ['incident_card', { kind: 'incident_card', incident, nowMs: 0 }],
    ['status', { kind: 'status', incident, nowMs: 0 }],
    ['announcement', { kind: 'announcement', incident, join: 'open' }],
    ['incident_list', { kind: 'incident_list', incidents: [incident] }],
  ])('%s', (_kind, message) => {
    const rendered = renderMessage(message);
    expect(JSON.stringify(rendered.blocks)).toContain(
      ':rotating_light: *break-glass*, 1 review to be done',
    );
    expect(() => checkMessageBlocks(rendered.blocks)).not.toThrow();
  });

  it('stays so when somebody else reviewed it', () => {
    const rendered = renderMessage({ kind: 'incident_card', incident: reviewed, nowMs: 0 });
    expect(JSON.stringify(rendered.blocks)).toContain('*break-glass*, reviewed');
    expect(rendered.text).toContain('🚨 break-glass');
  });

  it('names on the checklist whose approval is to be reviewed', () => {
    const { incidentId, checklist } = incident;
    const rendered = renderMessage({ kind: 'checklist', incidentId, items: checklist });
    expect(JSON.stringify(rendered.blocks)).toContain(
      `☐ 1. :rotating_light: *break-glass* Review the break-glass approval by <@${MAYA}> (revision 3)`,
    );
  });
});
