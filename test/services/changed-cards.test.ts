import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { seenOn, seenText } from '../../src/domain/card-seen.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

/*
 * An approval is given in view of what the card shows beside the text. If that is not so any more, the
 * click is refused by name, and so is the claim.
 */
let world: GateWorld;

beforeEach(async () => {
  world = await new GateWorld().open('P2');
});

const degraded = { components: { c2: 'degraded_performance' } } as const;

/** A card as its buttons carry it at this moment. */
async function shown(card: DraftReference): Promise<DraftReference> {
  const state = await world.state();
  const draft = state.drafts.find(({ draftId }) => draftId === card.draftId)!;
  const page = (await world.page.componentStates()) ?? {};
  const now = seenOn(state, { ...draft, componentsBefore: page });
  return { ...card, seen: seenText(now, draft.request) };
}

async function last(): Promise<AuditEvent> {
  return (await world.events()).at(-1)!;
}

describe('the click', () => {
  it('is refused when the severity rose since, and passes on the refreshed card', async () => {
    const card = await shown(await world.draft());
    await world.append('SEVERITY_CHANGED', { from: 'P2', to: 'P1', reason: 'more customers' });
    expect(await world.decide('approve', card)).toEqual({
      code: 'SITUATION_CHANGED',
      rule: 'the severity went from P2 to P1 since this card was shown; decide on the newest card',
    });
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { reason: 'SITUATION_CHANGED' },
    });
    expect(await world.decide('approve', await shown(card))).toBeUndefined();
  });

  it('is not refused when the severity fell', async () => {
    const card = await shown(await world.draft());
    await world.append('SEVERITY_CHANGED', { from: 'P2', to: 'P4', reason: 'fewer customers' });
    expect(await world.decide('approve', card)).toBeUndefined();
  });

  it.each(['approve', 'break_glass'] as const)('%s: mitigated since', async (verb) => {
    const card = await shown(await world.draft());
    await world.append('INCIDENT_MITIGATED', { text: 'failed over' });
    const reason = 'customers are waiting and nobody else is here';
    expect(await world.decide(verb, card, { reason })).toMatchObject({
      code: 'SITUATION_CHANGED',
      rule: expect.stringContaining('is mitigated now'),
    });
    expect(await world.decide(verb, await shown(card), { reason })).toBeUndefined();
  });

  it('is refused when the page shows another state of a component than the card', async () => {
    const card = await shown(await world.draft('We watch.', degraded));
    world.page.states.c2 = 'major_outage';
    expect(await world.decide('approve', card)).toEqual({
      code: 'COMPONENTS_CHANGED',
      rule: 'Payments was Operational and is Major outage now; decide on the newest card',
    });
    expect(await world.decide('approve', await shown(card))).toBeUndefined();
  });

  it('takes no notice of a component that the text does not name', async () => {
    const card = await shown(await world.draft('We watch.', degraded));
    world.page.states.c1 = 'major_outage';
    expect(await world.decide('approve', card)).toBeUndefined();
  });

  it('rejecting and withdrawing needs no fresh look', async () => {
    const card = await shown(await world.draft('We watch.', degraded));
    const other = await shown(await world.draft('We look.', degraded));
    world.page.states.c2 = 'major_outage';
    await world.append('INCIDENT_MITIGATED', { text: 'failed over' });
    expect(await world.decide('reject', card)).toBeUndefined();
    expect(await world.decide('withdraw', other, { by: 'U0DEE' })).toBeUndefined();
  });

  it('of a card that says nothing is held against the journal of the newest card', async () => {
    const card = await world.draft('We watch.', degraded);
    const { revisionSeq } = (await world.state()).drafts[0]!;
    const result = { ts: '1.0', seen: 'P2.open.m' };
    await world.rows.writeStep(world.incidentId, revisionSeq, 'approval_card', {
      done: true,
      result,
    });
    expect(await world.decide('approve', card)).toMatchObject({
      code: 'COMPONENTS_CHANGED',
      rule: expect.stringContaining('Payments was Major outage and is Operational now'),
    });
  });

  it('of a card of an older version against what the page showed when it was written', async () => {
    const card = await world.draft('We watch.', degraded);
    world.page.states.c2 = 'partial_outage';
    expect(await world.decide('approve', card)).toMatchObject({ code: 'COMPONENTS_CHANGED' });
  });

  it('of a public page that does not answer: what is not known stays so, and decides nothing', async () => {
    const card = await shown(await world.draft('We watch.', degraded));
    world.page.isPublic = false;
    expect(await world.decide('approve', card)).toBeUndefined();
    // What was read is what the card showed.
    expect((await last()).details).toMatchObject({ componentsSeen: { c2: 'operational' } });
  });
});

describe('the approval', () => {
  it('records what its approver read, under the signature', async () => {
    world.page.states.c2 = 'partial_outage';
    const card = await shown(await world.draft('We watch.', degraded));
    await world.decide('approve', card);
    expect((await last()).details).toMatchObject({ componentsSeen: { c2: 'partial_outage' } });
    expect((await world.state()).drafts[0]?.componentsBefore).toEqual({ c2: 'partial_outage' });
    const { seq } = await last();
    world.trail.tamper(world.incidentId, seq, (event) => {
      const changed = structuredClone(event) as Extract<
        AuditEvent,
        { type: 'STATUSPAGE_DRAFT_APPROVED' }
      >;
      changed.details.componentsSeen = { c2: 'operational' };
      return changed;
    });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toEqual([]);
  });

  it('records nothing of components where the text names none', async () => {
    await world.decide('approve', await shown(await world.draft()));
    expect((await last()).details).not.toHaveProperty('componentsSeen');
  });
});

describe('the claim', () => {
  it('is refused when the page shows another state than the approver read, by name', async () => {
    const card = await world.draft('We watch.', degraded);
    await world.decide('approve', card);
    world.page.states.c2 = 'major_outage';
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_REFUSED',
      details: {
        reason: 'COMPONENTS_CHANGED',
        kind: 'recoverable',
        difference: 'c2 was Operational and is Major outage now',
      },
    });
    const [draft] = (await world.state()).drafts;
    expect(draft).toMatchObject({ status: 'pending_approval', approvals: [] });
    expect(draft?.reason).toContain('c2 was Operational and is Major outage now');
    expect(world.page.sent).toEqual([]);
  });

  it('goes through with a fresh look at the same text', async () => {
    const card = await world.draft('We watch.', degraded);
    await world.decide('approve', card);
    world.page.states.c2 = 'major_outage';
    await world.deliverAll();
    expect(await world.decide('approve', await shown(card), { by: 'U0CAL' })).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('is refused if any of two approvers read something else', async () => {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P2');
    const card = await world.draft('We watch.', degraded);
    await world.decide('approve', card);
    world.page.states.c2 = 'major_outage';
    await world.decide('approve', await shown(card), { by: 'U0CAL' });
    expect(await world.deliverAll()).toEqual(['refused']);
  });

  it('waits when the page cannot be asked, and goes on when a key is refused', async () => {
    const card = await world.draft('We watch.', degraded);
    await world.decide('approve', card);
    world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', null));
    await expect(world.deliverAll()).rejects.toThrow('cannot use the page');
    expect(await world.types()).not.toContain('STATUSPAGE_PUBLISH_STARTED');
    // All three reads: the request itself is refused then, and its answer says so.
    for (let read = 0; read < 3; read += 1) {
      world.page.readErrors.push(pageError('PAGE_REFUSED', 401));
    }
    expect(await world.deliver(card)).toBe('published');
  });

  it('costs two requests more where components are named, and none where they are not', async () => {
    const calls: string[] = [];
    world.intercept = (call, perform) => {
      calls.push(call);
      return perform();
    };
    await world.publish(await world.draft('No component.'));
    expect(calls.filter((call) => call.startsWith('page.'))).toEqual([
      'page.recent',
      'page.publish',
    ]);
    calls.length = 0;
    await world.publish(await world.draft('One.', degraded));
    expect(calls.filter((call) => call.startsWith('page.')).sort()).toEqual([
      'page.claims',
      'page.components',
      'page.publish',
      'page.read',
    ]);
  });
});
