import { beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/domain/errors.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';

const CLICK = { by: 'U0ADA', click: 'glass', reason: 'Nobody else answers, customers cannot pay.' };
const FAILURE = new DeliveryError({
  code: 'ROWS_UNAVAILABLE',
  message: 'cannot call: expected an answer, got the failure this test planned',
  retryable: true,
});

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft();
});

describe('between the broken glass and its approval', () => {
  /** The worker dies right after the first event. */
  async function dieAfterGlass(click = CLICK): Promise<void> {
    world.intercept = async (call, perform) => {
      if (call === 'signer.sign') throw FAILURE;
      return perform();
    };
    await expect(world.decide('break_glass', card, click)).rejects.toThrowWithCode(
      DeliveryError,
      'ROWS_UNAVAILABLE',
    );
    world.intercept = (_call, perform) => perform();
    expect((await world.types()).at(-1)).toBe('BREAK_GLASS_USED');
  }

  function passes(ms: number): void {
    world.nowMs += ms;
  }

  async function publishingIsRefused(): Promise<void> {
    await world.decide('approve', card);
    const { policyDigest } = world.identity;
    world.identity.policyDigest = sha256Hex('another policy');
    expect(await world.deliver(card)).toBe('refused');
    world.identity.policyDigest = policyDigest;
  }

  it('a crash is made good by the next delivery', async () => {
    await dieAfterGlass();
    expect(await world.decide('break_glass', card, CLICK)).toBeUndefined();
    expect((await world.types()).slice(-2)).toEqual([
      'BREAK_GLASS_USED',
      'STATUSPAGE_DRAFT_APPROVED',
    ]);
  });

  it('what comes in between does not matter if the text still waits', async () => {
    await dieAfterGlass();
    await world.append('NOTE_ADDED', { text: 'Anybody there?' });
    await world.decide('approve', card, { by: 'U0EVE' });
    expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(await world.decide('break_glass', card, CLICK)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it.each([
    [
      'it was rejected',
      () => world.decide('reject', card, { by: 'U0BEN' }),
      'DRAFT_ALREADY_DECIDED',
    ],
    ['it was edited', () => world.edit(card, 'We see more errors.'), 'DRAFT_SUPERSEDED'],
    ['somebody else approved it', () => world.decide('approve', card), 'DRAFT_ALREADY_DECIDED'],
    ['publishing was refused', publishingIsRefused, 'DRAFT_STALE'],
    [
      'the role was taken away',
      async () => void world.groups.set('status-approvers', new Set()),
      'APPROVER_NOT_PERMITTED',
    ],
    ['ten minutes passed', async () => passes(601_000), 'DECISION_TOO_OLD'],
  ])('is decided anew, and refused on record when %s', async (_what, happens, code) => {
    await dieAfterGlass();
    const signedMs = world.nowMs;
    await happens();
    const ageS = (world.nowMs - signedMs) / 1000;
    expect(await world.decide('break_glass', card, { ...CLICK, ageS, waited: 1 })).toMatchObject({
      code,
    });
    const last = (await world.events()).at(-1);
    expect(last?.commandId).toBe(`${sha256Hex('glass')}#approved`);
    expect(last?.type).toMatch(/^STATUSPAGE_APPROVAL_(DENIED|EXPIRED)$/);
  });

  it('the glass that somebody else broke since is no replacement for one’s own', async () => {
    await dieAfterGlass();
    await publishingIsRefused();
    await dieAfterGlass({ ...CLICK, by: 'U0BEN', click: 'other glass' });
    expect(await world.decide('break_glass', card, CLICK)).toEqual({
      code: 'DRAFT_STALE',
      rule: 'publishing was refused after you broke the glass; decide on the newest card',
    });
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
  });

  it('an ordinary approval of the same person is all that was wanted', async () => {
    const click = { ...CLICK, by: 'U0BEN' };
    await dieAfterGlass(click);
    await world.decide('approve', card, { by: 'U0BEN' });
    const before = await world.types();
    expect(await world.decide('break_glass', card, click)).toBeUndefined();
    expect(await world.types()).toEqual(before);
  });

  it.each(['before', 'after'] as const)(
    'any call may fail %s its effect: both or neither, never twice',
    async (moment) => {
      const calls = await storyFailing(0, moment);
      expect(calls).toBeGreaterThan(20);
      for (let n = 1; n <= calls; n += 1) await storyFailing(n, moment);
    },
  );

  /** One click delivered until it is taken, with the n-th call of any port failing. */
  async function storyFailing(failing: number, moment: 'before' | 'after'): Promise<number> {
    world = await new GateWorld().open('P1');
    card = await world.draft();
    let calls = 0;
    world.intercept = async (_call, perform) => {
      calls += 1;
      const fails = calls === failing;
      if (fails && moment === 'before') throw FAILURE;
      const result = await perform();
      if (fails) throw FAILURE;
      return result;
    };
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      await world.decide('break_glass', card, CLICK).catch((error) => {
        expect(error).toBe(FAILURE);
      });
    }
    const total = calls;
    world.intercept = (_call, perform) => perform();
    const types = (await world.types()).filter((type) => /GLASS|APPROVED/.test(type));
    expect(types, `call ${failing} ${moment}`).toEqual([
      'BREAK_GLASS_USED',
      'STATUSPAGE_DRAFT_APPROVED',
    ]);
    expect(world.metrics.length).toBeGreaterThan(0);
    expect(await world.deliverAll(), `call ${failing} ${moment}`).toContain('published');
    expect(world.page.sent).toHaveLength(1);
    return total;
  }
});
