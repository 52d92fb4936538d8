import { beforeEach, expect, it } from 'vitest';
import { AutoPublishNotPermittedError } from '../../src/domain/errors.ts';
import { type GateView, gateView } from '../../src/domain/gate-view.ts';
import type { DraftStatus } from '../../src/domain/incident-state.ts';
import { checkPublishable } from '../../src/services/approval-checks.ts';
import { GateWorld } from '../gate/gate-world.ts';

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
