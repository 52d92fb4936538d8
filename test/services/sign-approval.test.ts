import { expect, it } from 'vitest';
import { jwsPayload } from '../../src/domain/compact-jws.ts';
import { GateWorld, tablePolicy } from '../gate/gate-world.ts';

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
