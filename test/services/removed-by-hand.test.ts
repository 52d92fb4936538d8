import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import { PageError } from '../../src/domain/errors.ts';
import { incidentDrift } from '../../src/domain/incident-drift.ts';
import { driftCommandId, driftDetails } from '../../src/domain/page-difference.ts';
import type { ShownPage } from '../../src/domain/shown-page.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, PAGE } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

/*
 * Another hand takes our incident off the status page. What is drafted next opens a new one, when it is
 * approved and when the page says that the old one is really gone.
 */
let world: GateWorld;
const OLD = 'page1';

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  await world.publish(await world.draft());
});

async function last<T extends EventType>(type: T): Promise<Extract<AuditEvent, { type: T }>> {
  return (await world.events()).findLast((event) => event.type === type) as never;
}

/** As PageDrift does, of a page that shows all there is. */
async function looksAtPage(): Promise<string[]> {
  world.nowMs += 200_000;
  const page: ShownPage = {
    pageId: PAGE,
    isWhole: true,
    incidents: world.page.incidents.map((one) => ({
      id: one.statuspageIncidentId,
      name: one.name,
      status: one.status,
      link: one.link,
      createdAtMs: world.nowMs,
      updatedAtMs: null,
      claimedBy: one.incidentId,
      updates: one.updates.map((update) => ({
        ...update,
        createdAtMs: world.nowMs,
        updatedAtMs: null,
      })),
    })),
  };
  const found = incidentDrift(await world.state(), page, world.nowMs);
  const id = String((await world.state()).page.statuspageIncidentId);
  for (const difference of found) {
    const of = { id, link: 'https://status.example/1', difference };
    await world.record.run({
      incidentId: world.incidentId,
      commandId: driftCommandId(of),
      actor: { kind: 'system', id: 'incident-worker' },
      decide: () => ({ append: 'STATUSPAGE_DRIFT_FOUND', details: driftDetails(of) }),
    });
  }
  return found.map(({ kind }) => kind);
}

const removed = async () => {
  const kept = world.page.removedByHand(OLD);
  expect(await looksAtPage()).toEqual(['removed']);
  return kept;
};
const refusal = async () => (await last('STATUSPAGE_PUBLISH_REFUSED')).details.reason;
const approveAndDeliver = async (card: DraftReference) => {
  expect(await world.decide('approve', card)).toBeUndefined();
  return world.deliverAll();
};

describe('after the whole incident was removed by another hand', () => {
  it('the next draft opens a new one and says which removed one it replaces', async () => {
    await removed();
    const removedSeq = (await last('STATUSPAGE_DRIFT_FOUND')).seq;
    await world.draft('It goes on.');
    const { details } = await last('STATUSPAGE_DRAFT_CREATED');
    expect(details).toMatchObject({
      action: 'create',
      request: { method: 'POST', path: `/pages/${PAGE}/incidents` },
      replaces: { statuspageIncidentId: OLD, removedSeq },
    });
    expect(details.basedOn).toBe((await last('STATUSPAGE_PUBLISHED')).details.publicationId);
  });

  it('it is published, and what follows adds to the new one', async () => {
    await removed();
    expect(await approveAndDeliver(await world.draft('It goes on.'))).toEqual(['published']);
    expect(world.page.incidents).toMatchObject([{ statuspageIncidentId: 'page2' }]);
    expect(await approveAndDeliver(await world.draft('It is better.'))).toEqual(['published']);
    expect(world.page.incidents).toMatchObject([
      { updates: [{ body: 'It is better.' }, { body: 'It goes on.' }] },
    ]);
    expect((await world.state()).page.removed).toBeUndefined();
    expect(await looksAtPage()).toEqual([]);
  });

  it('the same removal is one event, however often it is looked at', async () => {
    await removed();
    expect(await looksAtPage()).toEqual([]);
  });

  it('a draft that waited says so at the click, and an edit makes it a new one', async () => {
    const waiting = await world.draft('An update.');
    await removed();
    expect(await world.decide('approve', waiting)).toEqual({
      code: 'BASE_GONE',
      rule: 'the incident on the page that this adds to was removed; edit or draft it again to open a new one',
    });
    await world.edit(waiting, 'The same, anew.');
    expect(await approveAndDeliver(await world.card(waiting.draftId))).toEqual(['published']);
    expect(world.page.incidents).toHaveLength(1);
  });

  it('a draft that was approved before is refused with BASE_GONE, and nothing is sent', async () => {
    const approved = await world.draft('An update.');
    await world.decide('approve', approved);
    await removed();
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await refusal()).toBe('BASE_GONE');
    expect(world.page.sent).toHaveLength(1);
  });
});

describe('a removed incident that is on the page after all', () => {
  it('is found right before the new one would be opened: BASE_RETURNED, nothing is sent', async () => {
    const old = await removed();
    const card = await world.draft('It goes on.');
    await world.decide('approve', card);
    world.page.incidents.push(old);
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await refusal()).toBe('BASE_RETURNED');
    expect((await last('STATUSPAGE_DRIFT_FOUND')).details).toMatchObject({
      kind: 'returned',
      statuspageIncidentId: OLD,
    });
    expect(world.page.sent).toHaveLength(1);
    await world.edit(card, 'It goes on.');
    expect(await approveAndDeliver(await world.card(card.draftId))).toEqual(['published']);
    expect(world.page.incidents).toMatchObject([{ statuspageIncidentId: OLD }]);
  });

  it('is found by a look at the page, and a later removal is another event', async () => {
    const old = await removed();
    const card = await world.draft('It goes on.');
    world.page.incidents.push(old);
    expect(await looksAtPage()).toEqual(['returned']);
    expect(await world.decide('approve', card)).toMatchObject({ code: 'BASE_RETURNED' });
    world.page.removedByHand(OLD);
    expect(await looksAtPage()).toEqual(['removed']);
    expect((await world.state()).page.removed?.seq).toBe(
      (await last('STATUSPAGE_DRIFT_FOUND')).seq,
    );
  });

  it('nothing is sent when the page refuses to say whether it is there; the failure says why', async () => {
    await removed();
    const card = await world.draft('It goes on.');
    const why = { kind: 'KEY_REFUSED' as const, componentIds: [], fields: [] };
    world.page.readErrors.push(pageError('PAGE_REFUSED', 401, why));
    expect(await approveAndDeliver(card)).toEqual(['failed']);
    expect((await last('STATUSPAGE_PUBLISH_FAILED')).details).toMatchObject({
      httpStatus: 401,
      reason: expect.stringContaining('does not accept our API key'),
    });
    expect(world.page.sent).toHaveLength(1);
  });
});

describe('what may still stand there', () => {
  it('a second incident of ours is named, and nothing is opened beside it', async () => {
    const copy = { ...structuredClone(world.page.incidents[0]!), statuspageIncidentId: 'page9' };
    await removed();
    world.page.incidents.push(copy);
    expect(await approveAndDeliver(await world.draft('It goes on.'))).toEqual(['refused']);
    expect(await refusal()).toBe('SECOND_CREATE');
    expect((await last('STATUSPAGE_DRIFT_FOUND')).details.difference).toContain(
      'on record elsewhere on the page',
    );
  });

  it('a page that does not answer whether the old one is gone is asked again', async () => {
    await removed();
    const card = await world.draft('It goes on.');
    world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', null));
    expect(await world.decide('approve', card)).toBeUndefined();
    await expect(world.deliver(card)).rejects.toThrowWithCode(PageError, 'PAGE_OUTCOME_UNKNOWN');
    expect(await world.deliver(card)).toBe('published');
  });
});

describe('a removal that nobody has found yet', () => {
  it('and is found by a look while the update is under way is one event', async () => {
    world.page.removedByHand(OLD);
    const card = await world.draft('An update.');
    expect(await world.decide('approve', card)).toBeUndefined();
    world.intercept = async (call, perform) => {
      const atMs = world.nowMs;
      if (call === 'page.publish') await looksAtPage();
      world.nowMs = atMs;
      return perform();
    };
    expect(await world.deliver(card)).toBe('failed');
    const types = (await world.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'STATUSPAGE_DRIFT_FOUND')).toHaveLength(1);
  });

  it('is found by the update that gets 404: on record, told in words, the next draft opens one', async () => {
    world.page.removedByHand(OLD);
    expect(await approveAndDeliver(await world.draft('An update.'))).toEqual(['failed']);
    expect((await last('STATUSPAGE_PUBLISH_FAILED')).details.reason).toBe(
      'the status page refused the request: the incident is no longer on the status page: ' +
        'draft again, which opens a new one there',
    );
    expect((await last('STATUSPAGE_DRIFT_FOUND')).details).toMatchObject({
      kind: 'removed',
      whole: true,
      statuspageIncidentId: OLD,
    });
    expect(await looksAtPage()).toEqual([]);
    expect(await approveAndDeliver(await world.draft('It goes on.'))).toEqual(['published']);
    expect(world.page.incidents).toMatchObject([{ statuspageIncidentId: 'page2' }]);
  });
});

describe('what is made up', () => {
  it('a projection that says removed opens nothing: the trail does not say so', async () => {
    await world.state();
    world.rows.tamper(world.incidentId, ({ page }) => {
      page.removed = { seq: 1, at: '2026-11-20T09:00:00.000Z' };
    });
    const card = await world.draft('A second one.');
    await world.decide('approve', card);
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await refusal()).toBe('BASE_RETURNED');
    expect(world.page.incidents).toHaveLength(1);
  });

  it('an update that was removed is no removal of the incident', async () => {
    await approveAndDeliver(await world.draft('An update.'));
    world.page.incidents[0]?.updates.shift();
    expect(await looksAtPage()).toEqual(['removed']);
    expect((await world.state()).page.removed).toBeUndefined();
    await world.draft('Another update.');
    expect((await last('STATUSPAGE_DRAFT_CREATED')).details.request.method).toBe('PATCH');
  });
});
