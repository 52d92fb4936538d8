import { expect, it } from 'vitest';
import { jwsPayload } from '../../src/domain/compact-jws.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { Case } from '../../src/services/decision-rules.ts';
import { signApproval } from '../../src/services/sign-approval.ts';
import { GateWorld, signerOf, tablePolicy } from '../gate/gate-world.ts';

/** The approval on record when the rule in words is this. */
async function approvedBy(rule: string) {
  const table = tablePolicy(1);
  const policy = {
    ...table,
    decide: (of: Parameters<typeof table.decide>[0]) => ({ ...table.decide(of), rule }),
  };
  const world = await new GateWorld({ policy }).open('P1');
  expect(await world.decide('approve', await world.draft(), { by: 'U0BEN' })).toBeUndefined();
  const event = (await world.events()).at(-1)!;
  if (event.type !== 'STATUSPAGE_DRAFT_APPROVED') throw new Error('nothing was approved');
  return event;
}

it('an approval keeps the first 3000 characters of its rule, and is signed all the same', async () => {
  const { details, seq } = await approvedBy(`${'r'.repeat(3_000)}x`);
  expect(details.rule).toBe('r'.repeat(3_000));
  expect(jwsPayload(details.approvalJws)).toMatchObject({ decision: 'approve', seq });
});

it.each([
  ['the hash that is kept of a reason that is not kept whole', 'e'.repeat(64), 'e'.repeat(64)],
  ['the hash of the reason itself where none is kept', undefined, sha256Hex('Nobody is aw')],
])('an approval by one person alone signs %s', async (_what, reasonSha256, signed) => {
  const person = { id: 'U0ADA', name: 'ada', email: null, kind: 'full' } as const;
  const kept = { by: 'U0ADA', reason: 'Nobody is aw', requestSha256: 'c'.repeat(64) };
  const details = await signApproval(
    {
      signer: signerOf('approval'),
      policy: tablePolicy(2),
      deployment: 'test',
      pageId: 'page0001',
      teamId: 'T0HOME',
    },
    {
      case: {
        state: {
          ...{ draftId: 'drf-a', revision: 1, digest: 'd', action: 'create', authors: [] },
          request: { body: { incident: { components: {} } } },
        },
        around: { declaredBy: null, relatedSeverity: 'P1', related: [] },
        incident: { incidentId: 'inc-a', worstSeverity: 'P1' },
        who: { person, roles: ['status-approver'] },
        request: { requestSha256: 'c'.repeat(64) },
      } as unknown as Case,
      next: { seq: 5, prevHash: 'a'.repeat(64), at: '2026-11-20T09:00:00.000Z' },
      answer: {
        allowed: true,
        policyIds: ['break-glass'],
        rule: 'the emergency rule',
        requiredApprovals: 2,
        validForS: 900,
      },
      commandId: 'click',
      glass: { ...kept, ...(reasonSha256 && { reasonSha256 }) },
    },
  );
  expect(jwsPayload(details.approvalJws)).toMatchObject({
    breakGlass: true,
    breakGlassReasonSha256: signed,
    requiredApprovals: 1,
  });
});
