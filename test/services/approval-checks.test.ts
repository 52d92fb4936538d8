import { beforeEach, expect, it } from 'vitest';
import { AutoPublishNotPermittedError } from '../../src/domain/errors.ts';
import { type GateView, gateView } from '../../src/domain/gate-view.ts';
import type { DraftState, DraftStatus } from '../../src/domain/incident-state.ts';
import {
  checkPublishable,
  componentsChanged,
  componentsClaimed,
} from '../../src/services/approval-checks.ts';
import type { Person } from '../../src/services/ports.ts';
import { signApproval } from '../../src/services/sign-approval.ts';
import { GateWorld, PAGE, signerOf, TEAM, tablePolicy } from '../gate/gate-world.ts';

let world: GateWorld;
let view: GateView;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  const card = await world.draft();
  await world.decide('approve', card);
  const events = await world.events();
  view = gateView(events, card)!;
});

function check(as: Partial<GateView>): Promise<void> {
  return checkPublishable({ ...view, ...as }, { identity: world.identity, nowMs: world.nowMs });
}

it('what is approved may be published', async () => {
  await expect(check({})).resolves.toBeUndefined();
});

it.each<DraftStatus>([
  'pending_approval',
  'publishing',
  'unconfirmed',
  'published',
  'publication_failed',
])('what is %s may not, however well it was approved', async (status) => {
  await expect(check({ status })).rejects.toThrowWithCode(
    AutoPublishNotPermittedError,
    'APPROVALS_MISSING',
  );
});

it('a refusal says why in words, and that trying again is no use', async () => {
  await expect(check({ otherOpen: 'pub-other' })).rejects.toMatchObject({
    code: 'ANOTHER_PUBLICATION_OPEN',
    message: 'cannot publish draft: another publication of this incident has not ended',
    retryable: false,
  });
});

it.each([
  ['impact', { impact_override: 'none' }],
  ['mail', { deliver_notifications: false }],
  ['components', { components: { c1: 'major_outage' }, component_ids: ['c1'] }],
] as const)(
  'an approval signed by another effect (%s) than its text has publishes nothing',
  async (_what, of) => {
    const [approval] = view.approvals as [GateView['approvals'][number]];
    const incident = await world.state();
    const [draft] = incident.drafts as [DraftState];
    const body = { incident: { ...draft.request.body.incident, ...of } };
    const state = { ...draft, request: { ...draft.request, body } } as DraftState;
    const person = world.people.U0BEN as Person;
    const details = await signApproval(
      {
        ...{ signer: signerOf('approval'), policy: tablePolicy(1) },
        ...{ deployment: 'test', pageId: PAGE, teamId: TEAM },
      },
      {
        case: {
          ...{ verb: 'approve', reason: '', draft: await world.card(), incident, state },
          who: { person, roles: ['status-approver'] },
          request: { ...world.request({}), requestSha256: approval.commandId },
          ...{ self: new Set(), unknown: new Set(), earlier: [] },
          around: { declaredBy: 'U0DEE', relatedSeverity: 'P1', related: [] },
          at: approval.at,
        },
        next: approval,
        answer: { allowed: true, policyIds: [], requiredApprovals: 1, validForS: 1_800, rule: '' },
        commandId: approval.commandId,
        glass: undefined,
      },
    );
    await expect(check({ approvals: [{ ...approval, details }] })).rejects.toThrowWithCode(
      AutoPublishNotPermittedError,
      'APPROVAL_INVALID',
    );
  },
);

it('an approval given in view of another commander than the trail names is invalid', async () => {
  const [approval] = view.approvals;
  const icBefore = new Map([[approval!.seq, 'U0EVE']]);
  await expect(check({ icBefore })).rejects.toThrowWithCode(
    AutoPublishNotPermittedError,
    'APPROVAL_INVALID',
  );
});

it('an approval of an older version, which names no commander, is judged by the rest', async () => {
  const [approval] = view.approvals;
  const { incidentCommander: _none, ...details } = approval!.details;
  await expect(check({ approvals: [{ ...approval!, details }] as never })).rejects.toThrowWithCode(
    AutoPublishNotPermittedError,
    'APPROVAL_INVALID',
  );
});

it('an approval of an older version read no components, so none can have changed', () => {
  const old = { approvals: [{ details: {} }] } as never;
  expect(componentsChanged(old, [{ id: 'c1', name: 'Checkout', state: 'operational' }])).toBe(
    undefined,
  );
});

it('a claimed component that the page does not list is named by its id', () => {
  const request = { body: { incident: { components: { c9: 'operational' } } } };
  const revision = { incidentId: 'inc-a', details: { request } };
  const claim = { incidentId: 'inc-b', componentId: 'c9', state: 'major_outage', title: 'B' };
  const words = componentsClaimed({ revision } as never, { claims: [claim] as never, shown: [] });
  expect(words).toContain('c9');
});
