import { describe, expect, it } from 'vitest';
import { approvalCard } from '../../../../src/adapters/slack/render/approval-card.ts';
import type {
  DraftState,
  DraftStatus,
  IncidentState,
} from '../../../../src/domain/incident-state.ts';
import {
  exampleDraft,
  exampleIncident,
  examplePublication,
  exampleRequest,
} from '../incident-example.ts';

const COMPONENTS = [{ id: 'c1', name: 'Checkout' }];
const render = (draft: Partial<DraftState> = {}, incident: Partial<IncidentState> = {}) =>
  approvalCard({
    kind: 'approval_card',
    incident: exampleIncident(incident),
    draft: exampleDraft(draft),
    components: COMPONENTS,
    rule: 'P1: one status-approver who did not write it',
    publicUrl: 'https://status.example.com',
  });
type Shown = { action_id: string; value: string; confirm?: { text: { text: string } } };
const buttonsOf = (card: ReturnType<typeof render>) =>
  card.blocks.flatMap((block) =>
    block.type === 'actions' ? (block.elements as unknown as Shown[]) : [],
  );
const ids = (card: ReturnType<typeof render>) => buttonsOf(card).map(({ action_id }) => action_id);
const shown = (card: ReturnType<typeof render>) => JSON.stringify(card.blocks);
const DECIDING = [
  'statuspage_approve',
  'statuspage_edit',
  'statuspage_reject',
  'statuspage_withdraw',
];

describe('approvalCard()', () => {
  it('lets a text of an earlier version be approved though it names an emoji', () => {
    const request = exampleRequest({ body: 'Fixed :party-parrot:' });
    expect(ids(render({ request }))).toEqual(DECIDING);
  });

  it('warns of a word that mixes letters of alphabets which look alike', () => {
    const request = exampleRequest({ name: 'P\u0430yments', body: 'Платежи are slow.' });
    const card = render({ request });
    const [warning, ...more] = shown(card).match(/“[^“]+” mixes [^"]+/g) ?? [];
    expect(warning).toBe(
      '“P\u0430yments” mixes letters of alphabets that look alike: Latin, Cyrillic. ' +
        'Make sure that this is meant.',
    );
    expect(more).toEqual([]);
    expect(ids(card)).toEqual(DECIDING);
  });

  it('shows the whole request while it waits', () => {
    const card = render();
    for (const words of [
      'Status page update · revision 3 · waits for approval',
      'Checkout is slow',
      'We are investigating slow checkouts.',
      'Open an incident on the page',
      '*Public status*\\nInvestigating',
      '*Impact*\\nMinor',
      '*Notify subscribers*\\nyes',
      '• Checkout: not known → Partial outage',
      'First publication of this incident.',
      'Digest `a1b2c3d4e5f6`',
      '<@U04JONASBRG>',
      'Rule: P1: one status-approver who did not write it',
      '2026-03-13 14:00 UTC',
    ]) {
      expect(shown(card)).toContain(words);
    }
    expect(ids(card)).toEqual(DECIDING);
  });

  it('carries the reference of exactly this revision in every button', () => {
    for (const { value } of buttonsOf(render())) {
      expect(JSON.parse(value)).toEqual({
        incidentId: 'inc-aaaaaaaaaaaaaaaa',
        draftId: 'drf-aaaaaaaaaaaaaaaa',
        revision: 3,
        digest: 'a1b2c3d4e5f60718'.repeat(4),
        seen: 'P1.open.-',
      });
    }
  });

  it('asks again before approving, repeating title and notification', () => {
    const confirm = buttonsOf(render())[0]?.confirm;
    expect(confirm?.text.text).toBe('Checkout is slow\nNotify subscribers: yes');
    const silent = render({ request: exampleRequest({ deliver_notifications: false }) });
    expect(buttonsOf(silent)[0]?.confirm?.text.text).toContain('Notify subscribers: no');
  });

  it('shows markup in a customer text as characters', () => {
    const body = '*bold* <!channel> & <https://a.example|x> :fire: @U04MAYAITO1';
    const card = render({ request: exampleRequest({ body }) });
    expect(card.blocks).toContainEqual({
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: body }] }],
    });
  });

  it('shows what differs from the last publication', () => {
    const before = exampleRequest({ name: 'Slow', body: 'One.\nTwo.', components: {} });
    const now = exampleRequest({ status: 'identified', body: 'One.\nThree.' });
    const card = render(
      { action: 'update', request: now, basedOn: 'pub-11111111111111111111' },
      { page: { statuspageIncidentId: 'p1', lastPublication: examplePublication(before) } },
    );
    expect(shown(card)).toContain(
      JSON.stringify(
        '- Title: Slow\n+ Title: Checkout is slow\n- Status: Investigating\n+ Status: Identified\n' +
          '- Two.\n+ Three.',
      ).slice(1, -1),
    );
  });

  it('compares a receipt with nothing once something newer was published', () => {
    const page = {
      statuspageIncidentId: 'p1',
      lastPublication: examplePublication(exampleRequest()),
    };
    const card = render({ status: 'published', basedOn: null }, { page });
    expect(shown(card)).not.toContain('No change since the last publication');
    expect(shown(card)).toContain('• Checkout: Partial outage');
  });

  it('says on a waiting card that something else was published since it was written', () => {
    const page = {
      statuspageIncidentId: 'p1',
      lastPublication: examplePublication(exampleRequest()),
    };
    const card = render({ basedOn: null }, { page });
    expect(shown(card)).toContain('Something else was published since this was written');
  });

  it('names the state that the public page showed when it was written', () => {
    const card = render({ componentsBefore: { c1: 'operational' } });
    expect(shown(card)).toContain('• Checkout: Operational → Partial outage');
  });

  it('says that a state is not known, and takes none of its own publications for it', () => {
    const before = exampleRequest();
    const now = exampleRequest({ components: { c1: 'operational' } });
    const page = { statuspageIncidentId: 'p1', lastPublication: examplePublication(before) };
    const of = { request: now, basedOn: 'pub-11111111111111111111', componentsBefore: null };
    const card = render({ action: 'resolve', ...of }, { page });
    expect(shown(card)).toContain('• Checkout: not known → Operational');
    expect(shown(render({ ...of, status: 'published' }, { page }))).toContain(
      '• Checkout: Operational',
    );
  });

  it('shows whole why a component is better than another open incident says', () => {
    const reason = `the other one is about refunds only ${'x'.repeat(264)}`;
    const claim = { componentId: 'c1', claimed: 'major_outage', incidentId: 'inc-b' } as const;
    const card = render({ overrides: [{ ...claim, reason }] });
    expect(shown(card)).toContain(
      `Checkout is shown better than inc-b says (Major outage), because: ${reason}`,
    );
    expect(ids(card)).toEqual(DECIDING);
  });

  it('has every button say what the card shows beside the text, in short', () => {
    const { draft } = { draft: { componentsBefore: { c1: 'major_outage' } as const } };
    const card = render(draft, { worstSeverity: 'P2', status: 'mitigated' });
    expect(JSON.stringify(card)).toContain('P2.mitigated.m');
    expect(JSON.stringify(render({ componentsBefore: null }))).toMatch(/P\d\.open\.-/);
  });

  it('has no Approve button, and says so, when the text holds what cannot be seen', () => {
    const card = render({ request: exampleRequest({ body: 'We are a\u202eware.' }) });
    expect(ids(card)).toEqual(DECIDING.slice(1));
    expect(shown(card)).toContain('so it cannot be approved');
  });

  describe('when another hand removed the incident from the page', () => {
    const removed = { seq: 9, at: '2026-11-20T09:00:00.000Z' };
    const lastPublication = examplePublication(exampleRequest());
    const page = { statuspageIncidentId: 'p1', lastPublication, removed };
    const basedOn = 'pub-11111111111111111111';

    it('says so on a card that waits to add to it', () => {
      const card = render({ action: 'update', basedOn }, { page });
      expect(shown(card)).toContain('was removed there by another hand. Draft or edit it again');
    });

    it('says on the next draft that it replaces it, with the link to what was there', () => {
      const replaces = { statuspageIncidentId: 'p1', removedSeq: 9 };
      const card = render({ basedOn, replaces }, { page });
      expect(shown(card)).toContain('Replaces an incident that another hand removed from the page');
      expect(shown(card)).toContain(lastPublication.link);
      expect(shown(card)).not.toContain('by another hand. Draft or edit it again');
      expect(ids(card)).toEqual(DECIDING);
    });

    it('says that it is there again, if it is', () => {
      const replaces = { statuspageIncidentId: 'p1', removedSeq: 9 };
      const card = render(
        { basedOn, replaces },
        { page: { ...page, removed: undefined } as never },
      );
      expect(shown(card)).toContain('that this replaces is on the page again');
    });
  });

  it('has no Approve button, and says so, when a part does not fit', () => {
    const long = Array.from({ length: 50 }, (_, i) => [`c${i}x${'y'.repeat(70)}`, 'operational']);
    const last = exampleRequest({ body: 'a\n'.repeat(1_500) });
    const card = render(
      {
        request: exampleRequest({
          body: 'b\n'.repeat(1_500).trim(),
          components: Object.fromEntries(long),
        }),
        basedOn: 'pub-11111111111111111111',
      },
      { page: { statuspageIncidentId: 'p1', lastPublication: examplePublication(last) } },
    );
    expect(ids(card)).toEqual(DECIDING.slice(1));
    expect(shown(card)).toContain('so it cannot be approved');
  });

  it('still has its Approve button with 3,000 characters and a full rewrite of 3,000', () => {
    const last = exampleRequest({ body: 'a'.repeat(3_000) });
    const card = render(
      { request: exampleRequest({ body: 'b'.repeat(3_000) }), basedOn: 'pub-11111111111111111111' },
      { page: { statuspageIncidentId: 'p1', lastPublication: examplePublication(last) } },
    );
    expect(ids(card)).toEqual(DECIDING);
  });

  it('says in words why the publisher gave it back', () => {
    const card = render({ status: 'pending_approval', reason: 'POLICY_CHANGED' });
    expect(shown(card)).toContain(
      'Reason: another approval rule holds by now; it needs to be approved again',
    );
  });

  it.each<[DraftState['status'], string]>([
    ['approved', 'approved, publishing next'],
    ['publishing', 'is being published'],
    ['published', 'published'],
    ['rejected', 'rejected'],
    ['superseded', 'replaced by a newer revision'],
    ['withdrawn', 'withdrawn'],
    ['expired', 'expired'],
  ])('is a receipt once %s, with no button but the one that revokes', (status, words) => {
    const card = render({
      status,
      decidedBy: 'U04MAYAITO1',
      reason: 'said why',
      publishedLink: 'https://stspg.io/x1',
      approvals: [
        {
          seq: 10,
          slackUserId: 'U04MAYAITO1',
          expiresAt: '2026-03-13T13:00:00.000Z',
          requiredApprovals: 1,
        },
      ],
    });
    expect(ids(card)).toEqual(status === 'approved' ? ['statuspage_reject'] : []);
    expect(shown(card)).toContain(`revision 3 · ${words}`);
    expect(shown(card)).toContain('Reason: said why');
    expect(shown(card).includes('https://stspg.io/x1')).toBe(status === 'published');
  });

  it('offers to revoke the approval, by the button that rejects, until publishing starts', () => {
    const label = (status: DraftStatus) =>
      JSON.stringify(render({ status }).blocks).includes('Revoke approval');
    expect(label('approved')).toBe(true);
    expect([label('pending_approval'), label('publishing'), label('rejected')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('says of a rejection whether it took back an approval', () => {
    const rejected = { status: 'rejected', decidedBy: 'U04MAYAITO1' } as const;
    expect(shown(render(rejected))).toContain('Rejected by');
    const revoked = shown(render({ ...rejected, revoked: true }));
    expect(revoked).toContain('Approval revoked by');
    expect(revoked).not.toContain('Rejected by');
  });

  it('offers a new draft when publishing failed', () => {
    const card = render({ status: 'publication_failed', reason: 'the page answered 422' });
    expect(ids(card)).toEqual(['statuspage_draft_again']);
    expect(shown(card)).toContain('the page answered 422');
  });

  it('asks what is on the page when nobody knows, with a link to it', () => {
    const card = render({ status: 'unconfirmed' });
    expect(ids(card)).toEqual(['statuspage_adopt', 'statuspage_declare_absent']);
    expect(shown(card)).toContain('<https://status.example.com|the status page>');
    expect(shown(card)).toMatch(
      /<https:\/\/manage\.statuspage\.io\/pages\/[a-z0-9]+\/incidents[^|]*\|manage it at Statuspage>/,
    );
  });

  it.each([
    [
      { looks: 0, nextLookAt: '2026-03-13T12:00:18.000Z' },
      /not looked yet · next look at .*12:00:18 UTC/,
    ],
    [
      { looks: 2, nextLookAt: '2026-03-13T12:01:18.000Z' },
      /looked 2×, it is not shown · next look/,
    ],
    [{ looks: 3, nextLookAt: null }, /looked 3×, it is not shown · a person decides/],
    [
      { looks: 1, unasked: 6, nextLookAt: null },
      /not shown · could not ask the page 6× · a person/,
    ],
  ])('says since when nobody knows, and what we do: %j', (look, words) => {
    const attempt = {
      attemptId: 'a',
      startedSeq: 9,
      deadline: '2026-03-13T12:00:10.000Z',
      retryAt: null,
      unconfirmedAt: '2026-03-13T12:00:08.000Z',
      ...look,
    };
    const card = shown(render({ status: 'unconfirmed', attempt }));
    expect(card).toMatch(/Nobody knows since .*12:00:08 UTC/);
    expect(card).toMatch(words);
  });

  it('counts approvals while more are needed', () => {
    const approval = {
      seq: 10,
      slackUserId: 'U04MAYAITO1',
      expiresAt: '2026-03-13T13:00:00.000Z',
      requiredApprovals: 2,
    };
    expect(shown(render({ approvals: [approval] }))).toContain('Approved so far: 1 of 2');
  });
});
