import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';
import { verifiedEvents } from '../gate/verified-events.ts';
import { breakGate, mendGates } from '../properties/broken-gate.ts';

let world: GateWorld;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
});

const mitigate = () => world.append('INCIDENT_MITIGATED', { text: 'rolled back' });
const resolve = () => world.append('INCIDENT_RESOLVED', { summary: 'fixed' });
const reopen = () => world.append('INCIDENT_REOPENED', { reason: 'down again' });
const cancel = () => world.append('INCIDENT_CANCELLED', { reason: 'false alarm' });

/** A text that says that all is well, written after the incident was resolved. */
async function givenResolution(): Promise<DraftReference> {
  await resolve();
  return world.draft('Back to normal.', { status: 'resolved' });
}

async function last() {
  return (await world.events()).at(-1);
}

describe('the click is refused by name, on record', () => {
  it.each(['approve', 'break_glass'] as const)('%s: resolved, then reopened', async (verb) => {
    const card = await givenResolution();
    await reopen();
    const reason = 'customers are waiting and nobody else is here';
    expect(await world.decide(verb, card, { reason })).toEqual({
      code: 'SITUATION_CHANGED',
      rule: 'the incident was reopened after this was written; draft it again',
    });
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { decision: verb, reason: 'SITUATION_CHANGED' },
    });
  });

  it('cancelled after it was written', async () => {
    const card = await world.draft();
    await cancel();
    expect(await world.decide('approve', card)).toEqual({
      code: 'SITUATION_CHANGED',
      rule: 'the incident was cancelled; only a text that resolves it on the page still fits',
    });
  });

  it('resolved after “monitoring” was written', async () => {
    const card = await world.draft('We watch it.', { status: 'monitoring' });
    await resolve();
    expect(await world.decide('approve', card)).toMatchObject({ code: 'SITUATION_CHANGED' });
  });

  it('resolved, reopened and resolved again: the old words are about another end', async () => {
    const card = await givenResolution();
    await reopen();
    await resolve();
    expect(await world.decide('approve', card)).toMatchObject({ code: 'SITUATION_CHANGED' });
  });

  it.each(['investigating', 'monitoring', 'resolved'] as const)(
    'mitigated, then reopened, although it was never over: “%s”',
    async (status) => {
      await mitigate();
      const card = await world.draft('The fix works.', { status });
      await reopen();
      expect(await world.decide('approve', card)).toEqual({
        code: 'SITUATION_CHANGED',
        rule: 'the incident was reopened after this was written; draft it again',
      });
    },
  );

  it('written before the mitigation that did not hold', async () => {
    const card = await world.draft('We look for the cause.');
    await mitigate();
    await reopen();
    await mitigate();
    expect(await world.decide('approve', card)).toMatchObject({ code: 'SITUATION_CHANGED' });
  });

  it('an edit of it likewise', async () => {
    const card = await givenResolution();
    await reopen();
    expect(await world.edit(card, 'Other words.')).toMatchObject({
      rule: 'the incident was reopened after this was written; draft it again',
    });
  });

  it('not the rejection and the withdrawal of it', async () => {
    const card = await givenResolution();
    const other = await world.draft('Back.', { status: 'resolved' });
    await reopen();
    expect(await world.decide('reject', card)).toBeUndefined();
    expect(await world.decide('withdraw', other, { by: 'U0DEE' })).toBeUndefined();
  });
});

describe('a text that fits still goes out', () => {
  it('“resolved”, written while the incident went on and approved after its end', async () => {
    const card = await world.draft('Back to normal.', { status: 'resolved' });
    await resolve();
    expect(await world.publish(card)).toEqual(['published']);
  });

  it('“resolved”, written after it was cancelled', async () => {
    await world.publish(await world.draft());
    await cancel();
    const card = await world.draft('This was a false alarm.', { status: 'resolved' });
    expect(await world.publish(card)).toEqual(['published']);
  });

  it('what a person says more of it while it is over', async () => {
    await resolve();
    const card = await world.draft('We still watch it.', { status: 'monitoring' });
    expect(await world.publish(card)).toEqual(['published']);
  });

  it('what was written after it was reopened', async () => {
    await resolve();
    await reopen();
    expect(await world.publish(await world.draft())).toEqual(['published']);
  });

  it.each(['monitoring', 'resolved'] as const)(
    'what was written after the mitigation was taken back: “%s”',
    async (status) => {
      await mitigate();
      await reopen();
      const card = await world.draft('Words.', { status });
      expect(await world.publish(card)).toEqual(['published']);
    },
  );

  it('what was written before a mitigation, which withdraws nothing', async () => {
    const card = await world.draft('We look for the cause.');
    await world.decide('approve', card);
    await mitigate();
    await world.drafts.withdrawOutlived(world.incidentId);
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('what was claimed before it was reopened: it is on its way', async () => {
    await mitigate();
    const card = await world.draft('The fix works.', { status: 'monitoring' });
    world.intercept = async (call, perform) => {
      if (call === 'page.publish') await reopen();
      return perform();
    };
    expect(await world.publish(card)).toEqual(['published']);
    const lived = (await world.types()).filter((type) => /STARTED|REOPENED|PUBLISHED/.test(type));
    expect(lived).toEqual([
      'STATUSPAGE_PUBLISH_STARTED',
      'INCIDENT_REOPENED',
      'STATUSPAGE_PUBLISHED',
    ]);
  });

  it('not a word but its end on the page once it was cancelled', async () => {
    await cancel();
    await expect(world.draft('We look.')).rejects.toThrow('the incident was cancelled');
    expect(await world.types()).not.toContain('STATUSPAGE_DRAFT_CREATED');
  });
});

describe('phase two, by the order of the trail', () => {
  it.each([
    ['cancelled', cancel],
    ['resolved', resolve],
  ])('%s after the approval and before the claim: refused, recoverable', async (_what, end) => {
    const card = await world.draft();
    await world.decide('approve', card);
    await end();
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_REFUSED',
      details: { reason: 'SITUATION_CHANGED', kind: 'recoverable' },
    });
    expect(world.page.sent).toEqual([]);
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
  });

  it('mitigated when it was approved, reopened before the claim', async () => {
    await mitigate();
    const card = await world.draft('The fix works.', { status: 'monitoring' });
    await world.decide('approve', card);
    await reopen();
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_REFUSED',
      details: { reason: 'SITUATION_CHANGED', kind: 'recoverable' },
    });
    expect(world.page.sent).toEqual([]);
  });

  it('reopened between an attempt that the page did not execute and the next one', async () => {
    await mitigate();
    const card = await world.draft('The fix works.', { status: 'monitoring' });
    world.page.fates.push('busy');
    await world.publish(card);
    await reopen();
    world.nowMs += 60_000;
    expect(await world.deliver(card)).toBe('refused');
    expect(world.page.sent).toHaveLength(1);
  });

  it('ended between an attempt that the page did not execute and the next one', async () => {
    const card = await world.draft();
    world.page.fates.push('busy');
    await world.publish(card);
    await resolve();
    world.nowMs += 60_000;
    expect(await world.deliver(card)).toBe('refused');
    expect(world.page.sent).toHaveLength(1);
  });

  it('a row that says it still fits changes nothing', async () => {
    const card = await givenResolution();
    await reopen();
    world.rows.tamper(world.incidentId, (state) => {
      for (const draft of state.drafts) delete draft.outlived;
    });
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toEqual([]);
  });
});

describe('a trail of an older version, whose gate let a text outlive the mitigation', () => {
  afterAll(mendGates);

  it('still verifies, and the text counts as published', async () => {
    const from = "if (view.outlived) throw refuse('SITUATION_CHANGED');";
    const breakage = { file: 'approval-checks.ts', from, to: '' };
    const modules = await breakGate('older-situation', [breakage]);
    world = await new GateWorld({ modules }).open('P1');
    await mitigate();
    const card = await world.draft('The fix works.', { status: 'monitoring' });
    await world.decide('approve', card);
    await reopen();
    expect(await world.deliverAll()).toEqual(['published']);
    expect(await verifiedEvents(await world.events())).toBe('verified');
    expect(await world.statusOf(card.draftId)).toBe('published');
  });
});

describe('the worker withdraws what does not fit any more', () => {
  it.each(['pending_approval', 'approved'] as const)('%s, with why', async (status) => {
    const card = await givenResolution();
    if (status === 'approved') await world.decide('approve', card);
    await reopen();
    await world.drafts.withdrawOutlived(world.incidentId);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_DRAFT_WITHDRAWN',
      actor: { kind: 'system', id: 'incident-worker' },
      details: {
        draftId: card.draftId,
        revision: 1,
        because: 'reopened',
        reason: 'the incident was reopened after this was written; draft it again',
      },
    });
    const [draft] = (await world.state()).drafts;
    expect(draft).toMatchObject({ status: 'withdrawn', decidedBy: null });
    expect(await world.deliverAll()).toEqual(status === 'approved' ? ['refused'] : []);
    expect(world.page.sent).toEqual([]);
  });

  it('what was written while it was mitigated, and not what was written after it was reopened', async () => {
    const first = await world.draft('We look for the cause.');
    await mitigate();
    const fixed = await world.draft('The fix works.', { status: 'monitoring' });
    await reopen();
    const later = await world.draft('It fails again.');
    await world.drafts.withdrawOutlived(world.incidentId);
    expect(await world.statusOf(first.draftId)).toBe('withdrawn');
    expect(await world.statusOf(fixed.draftId)).toBe('withdrawn');
    expect(await world.statusOf(later.draftId)).toBe('pending_approval');
  });

  it('each once, however often it is asked, and what fits stays', async () => {
    await world.draft('One.');
    await world.draft('Two.');
    const fitting = await world.draft('Back.', { status: 'resolved' });
    await resolve();
    for (let time = 0; time < 3; time += 1) await world.drafts.withdrawOutlived(world.incidentId);
    const types = await world.types();
    expect(types.filter((type) => type === 'STATUSPAGE_DRAFT_WITHDRAWN')).toHaveLength(2);
    expect(await world.statusOf(fitting.draftId)).toBe('pending_approval');
  });

  it('not what is on its way: if it comes back, it is withdrawn then', async () => {
    const card = await world.draft();
    world.page.fates.push('vanished');
    await world.publish(card);
    await resolve();
    await world.drafts.withdrawOutlived(world.incidentId);
    expect(await world.statusOf(card.draftId)).toBe('unconfirmed');
  });

  it('decided on the newest state: what somebody ended meanwhile stays as it was ended', async () => {
    const card = await world.draft();
    await resolve();
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert') {
        world.intercept = (_call, go) => go();
        await world.decide('reject', card, { reason: 'not now' });
      }
      return perform();
    };
    await world.drafts.withdrawOutlived(world.incidentId);
    expect(await world.statusOf(card.draftId)).toBe('rejected');
  });
});

describe('any call of the withdrawal fails', () => {
  it.each(['before', 'after'] as const)('%s it was done: once, all the same', async (when) => {
    for (let failing = 1; ; failing += 1) {
      world = await new GateWorld().open('P1');
      await world.draft('One.');
      await world.draft('Two.');
      await resolve();
      let calls = 0;
      world.intercept = async (_call, perform) => {
        calls += 1;
        if (calls !== failing) return perform();
        if (when === 'after') await perform();
        throw new Error('the connection was lost');
      };
      await world.drafts.withdrawOutlived(world.incidentId).catch(() => {});
      const isOver = calls < failing;
      world.intercept = (_call, perform) => perform();
      await world.drafts.withdrawOutlived(world.incidentId);
      const withdrawn = (await world.types()).filter((type) => /WITHDRAWN/.test(type));
      expect(withdrawn, `call ${failing}`).toHaveLength(2);
      if (isOver) return;
    }
  });
});

describe('the end that is proposed', () => {
  const propose = () =>
    world.drafts.create({
      incidentId: world.incidentId,
      commandId: 'resolved#resolution_draft',
      actor: { kind: 'system', id: 'incident-worker' },
      authors: [],
      content: {
        title: 'Problems',
        text: 'Back to normal.',
        status: 'resolved',
        impact: 'none',
        notify: true,
        components: {},
      },
      source: { origin: 'template', ai: null },
      onlyWhenEnded: true,
    });

  it('is not proposed late, when the incident was reopened meanwhile', async () => {
    await resolve();
    await reopen();
    expect(await propose()).toEqual({ rule: 'the incident goes on' });
  });

  it.each([
    ['resolved', resolve],
    ['cancelled', cancel],
  ])('is proposed while the incident is %s', async (_status, end) => {
    await end();
    expect(await propose()).toBeUndefined();
  });
});
