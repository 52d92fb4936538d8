import { beforeEach, describe, expect, it } from 'vitest';
import { absenceProblem } from '../../src/domain/absence-replay.ts';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import { jwsPayload } from '../../src/domain/compact-jws.ts';
import { PageError } from '../../src/domain/errors.ts';
import { startProblem } from '../../src/domain/publication-replay.ts';
import { readReceipt } from '../../src/domain/receipt.ts';
import { receiptProblem } from '../../src/domain/receipt-authority.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, START_MS } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

/** Deadline 10 s and time-out 8 s after the start. */
const FIRST_LOOK_MS = START_MS + 18_000;
const REASON = 'Nobody else is awake and customers call us.';

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P2');
  card = await world.draft('We see errors.', { notify: false });
});

async function last<T extends AuditEvent['type']>(type: T): Promise<DetailsOf<T>> {
  const found = (await world.events()).findLast((event) => event.type === type);
  return found?.details as DetailsOf<T>;
}

async function deliverAt(ms: number): Promise<string> {
  world.nowMs = ms;
  return world.deliver(card);
}

/** An approved text that the page swallowed, and looks that do not find it. */
async function swallowed(): Promise<void> {
  await world.decide('approve', card);
  world.publications.take();
  world.page.fates.push('vanished');
  await world.deliver(card);
}
async function looksPass(): Promise<string> {
  for (const afterMs of [0, 30_000]) await deliverAt(FIRST_LOOK_MS + afterMs);
  return deliverAt(FIRST_LOOK_MS + 60_000);
}

/** The first revision's effect shows at last. */
async function showsLate(of: { id?: string; publicationId?: string; body?: string } = {}) {
  const first = (await world.events()).find((event) => event.type === 'STATUSPAGE_DRAFT_CREATED');
  const { publicationId } = first!.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
  const { id = 'late1', body = 'We see errors.' } = of;
  world.page.incidents.push({
    statuspageIncidentId: id,
    link: `https://status.example/${id}`,
    name: 'Problems with Checkout',
    status: 'investigating',
    updates: [{ id: `${id}-1`, body, status: 'investigating' }],
    publicationId: of.publicationId ?? publicationId,
    incidentId: world.incidentId,
  });
  return publicationId;
}

/** Every word of the independent verifier about this history. */
async function problems(): Promise<(string | undefined)[]> {
  const events = await world.events();
  const valid = new Set(events.map(({ seq }) => seq));
  return events.flatMap((event, index) => {
    const before = events.slice(0, index);
    if (event.type === 'STATUSPAGE_PUBLISH_STARTED') return startProblem(event, before, valid);
    if (event.type === 'STATUSPAGE_PUBLISH_NOT_EXECUTED') return absenceProblem(event, before);
    if (event.type !== 'STATUSPAGE_PUBLISHED') return [];
    return receiptProblem(event, jwsPayload(String(event.details.receiptJws)), before);
  });
}
async function expectSound(): Promise<void> {
  expect((await problems()).filter((problem) => problem !== undefined)).toEqual([]);
}

describe('an attempt that a person asked to look for', () => {
  beforeEach(swallowed);

  it.each([1, 2, 3])('at look %i is never sent again by itself', async (clickAt) => {
    for (let look = 1; look <= 4; look += 1) {
      if (look === clickAt) await world.decide('adopt', card, { by: 'U0DEE' });
      await deliverAt(FIRST_LOOK_MS + (look - 1) * 30_000);
    }
    expect(await last('STATUSPAGE_PUBLISH_UNCONFIRMED')).toMatchObject({ nextLookAt: null });
    expect(await deliverAt(world.nowMs + 600_000)).toBe('nothing_to_do');
    expect(world.page.sent).toHaveLength(1);
  });

  it('while the page could not be asked, likewise; looks go on, and say so', async () => {
    world.page.readErrors.push(...Array(6).fill(pageError('PAGE_OUTCOME_UNKNOWN', 503)));
    for (let ask = 0; ask < 6; ask += 1) await deliverAt(FIRST_LOOK_MS + ask * 60_000);
    expect(await last('STATUSPAGE_PUBLISH_UNCONFIRMED')).toMatchObject({ nextLookAt: null });
    await world.decide('adopt', card, { by: 'U0DEE' });
    await deliverAt(world.nowMs + 600_000);
    expect(await last('STATUSPAGE_PUBLISH_UNCONFIRMED')).toMatchObject({ ifAbsent: 'ask' });
    for (let look = 0; look < 3; look += 1) await deliverAt(world.nowMs + 31_000);
    expect(await last('STATUSPAGE_PUBLISH_UNCONFIRMED')).toMatchObject({ nextLookAt: null });
    expect(world.page.sent).toHaveLength(1);
    await showsLate();
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await world.deliver(card)).toBe('published');
  });

  it('right before its absence is recorded is looked for once more instead', async () => {
    await deliverAt(FIRST_LOOK_MS);
    await deliverAt(FIRST_LOOK_MS + 30_000);
    let looks = 0;
    world.intercept = async (call, perform) => {
      const answer = await perform();
      if (call === 'page.recent') looks += 1;
      if (call === 'page.recent' && looks === 1) {
        await world.decide('adopt', card, { by: 'U0DEE' });
      }
      return answer;
    };
    expect(await deliverAt(FIRST_LOOK_MS + 60_000)).toBe('unconfirmed');
    expect(looks).toBe(2);
    expect(await world.types()).not.toContain('STATUSPAGE_PUBLISH_NOT_EXECUTED');
    expect(await last('STATUSPAGE_PUBLISH_UNCONFIRMED')).toMatchObject({ looks: 3 });
  });

  it('stays with the person when its frozen publisher says late that nothing was sent', async () => {
    world = await new GateWorld().open('P2');
    card = await world.draft('We see errors.', { notify: false });
    await world.decide('approve', card);
    world.intercept = async (call, perform) => {
      if (call !== 'page.publish') return perform();
      world.intercept = (_call, then) => then();
      world.nowMs = FIRST_LOOK_MS + 1_000;
      await world.deliver(card);
      await world.decide('adopt', card, { by: 'U0DEE' });
      throw pageError('PAGE_NOT_EXECUTED', null);
    };
    await world.deliver(card);
    expect(await world.statusOf(card.draftId)).toBe('unconfirmed');
  });
});

describe('an effect that shows after the text was edited', () => {
  beforeEach(async () => {
    await swallowed();
    expect(await looksPass()).toBe('not_executed');
  });

  it('is put on record, and the edit makes no second incident', async () => {
    await world.edit(card, 'Second words.');
    const publicationId = await showsLate();
    const edited = await world.card();
    expect(await world.publish(edited)).toEqual(['refused']);
    expect(world.page.sent).toHaveLength(1);
    expect(await last('STATUSPAGE_PUBLISHED')).toMatchObject({
      publicationId,
      revision: 1,
      adopted: true,
      statuspageIncidentId: 'late1',
    });
    expect(await last('STATUSPAGE_PUBLISH_REFUSED')).toMatchObject({
      revision: 2,
      reason: 'SECOND_CREATE',
      kind: 'recoverable',
    });
    const { page } = await world.state();
    expect(page.lastPublication).toMatchObject({ publicationId, revision: 1 });
    expect(page.lastPublication?.request.body.incident.body).toBe('We see errors.');
    expect(page.publications).toHaveLength(1);
    // Edited once more it adds to what is there.
    await world.edit(edited, 'Third words.');
    expect(await world.publish(await world.card())).toEqual(['published']);
    expect(world.page.incidents).toHaveLength(1);
    expect(world.page.incidents[0]?.updates.map(({ body }) => body)).toEqual([
      'Third words.',
      'We see errors.',
    ]);
    await expectSound();
  });

  it('while it is put on record is recorded all the same', async () => {
    const publicationId = await showsLate();
    let edits = 0;
    world.intercept = async (call, perform) => {
      const answer = await perform();
      if (call === 'page.recent' && edits++ === 0) await world.edit(card, 'Second words.');
      return answer;
    };
    expect(await world.deliver(card)).toBe('published');
    expect(await last('STATUSPAGE_PUBLISHED')).toMatchObject({ publicationId, revision: 1 });
    expect(await world.decide('approve', await world.card())).toMatchObject({ code: 'BASE_MOVED' });
    expect(world.page.incidents).toHaveLength(1);
    await expectSound();
  });

  it.each(['reject', 'withdraw'] as const)('or after a %s, likewise', async (verb) => {
    const by = verb === 'withdraw' ? 'U0DEE' : 'U0CAL';
    await world.decide(verb, card, { by });
    const publicationId = await showsLate();
    expect(await world.publish(await world.draft('Another text.'))).toEqual(['refused']);
    expect(await last('STATUSPAGE_PUBLISHED')).toMatchObject({ publicationId });
    expect(await world.statusOf(card.draftId)).toBe('published');
    expect(world.page.sent).toHaveLength(1);
    await expectSound();
  });

  it('of an incident that no attempt on record made asks a person', async () => {
    await world.edit(card, 'Second words.');
    await showsLate({ publicationId: 'pub-of-nobody' });
    expect(await world.publish(await world.card())).toEqual(['refused']);
    expect(await last('STATUSPAGE_PUBLISH_REFUSED')).toMatchObject({ reason: 'SECOND_CREATE' });
    expect(await last('STATUSPAGE_DRIFT_FOUND')).toMatchObject({
      statuspageIncidentId: 'late1',
      kind: 'duplicate',
      difference: 'it carries the id of this incident, and no attempt on record made it',
    });
    expect(world.page.sent).toHaveLength(1);
  });

  it('and of two incidents of one record the oldest stands, the other is reported', async () => {
    await world.edit(card, 'Second words.');
    await showsLate();
    await showsLate({ id: 'late2', publicationId: 'pub-of-nobody' });
    expect(await world.publish(await world.card())).toEqual(['refused']);
    expect(await last('STATUSPAGE_PUBLISHED')).toMatchObject({ statuspageIncidentId: 'late1' });
    expect(await last('STATUSPAGE_DRIFT_FOUND')).toMatchObject({
      statuspageIncidentId: 'late2',
      difference: 'a second incident carries the same id; late1 was there first and stands',
    });
  });

  it('is looked for before giving up after five attempts', async () => {
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      world.page.fates.push('busy');
      expect(await world.deliver(card)).toBe('not_executed');
      world.nowMs += 60_000;
    }
    await showsLate();
    expect(await world.deliver(card)).toBe('published');
    expect(await world.types()).not.toContain('STATUSPAGE_PUBLISH_FAILED');
  });

  it('without it, five attempts are given up after a look', async () => {
    world.page.fates.push('busy', 'busy', 'busy', 'busy');
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      await world.deliver(card);
      world.nowMs += 60_000;
    }
    expect(await world.deliver(card)).toBe('failed');
  });
});

describe('before a first publication', () => {
  it('what was declared absent and shows after all makes no second incident', async () => {
    await swallowed();
    await world.decide('declare_absent', card, { by: 'U0DEE' });
    const publicationId = await showsLate();
    expect(await world.publish(await world.draft('Drafted again.'))).toEqual(['refused']);
    expect(await last('STATUSPAGE_PUBLISHED')).toMatchObject({ publicationId, adopted: true });
    expect(world.page.sent).toHaveLength(1);
    await expectSound();
  });

  it('incidents of others are left alone', async () => {
    await showsLate();
    Object.assign(world.page.incidents[0]!, { incidentId: 'inc-b', publicationId: 'pub-b' });
    expect(await world.publish(card)).toEqual(['published']);
    expect(world.page.sent).toHaveLength(1);
  });

  it('a page that cannot be read now is read later, and nothing is claimed', async () => {
    await world.decide('approve', card);
    const before = await world.types();
    world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', 503));
    await expect(world.deliverAll()).rejects.toThrowWithCode(PageError, 'PAGE_OUTCOME_UNKNOWN');
    expect(await world.types()).toEqual(before);
    expect(await world.deliver(card)).toBe('published');
  });

  it('a page that refuses to be read says the same of the request, unless one may be there', async () => {
    await world.decide('approve', card);
    world.page.readErrors.push(pageError('PAGE_REFUSED', 401));
    world.page.fates.push('vanished');
    expect(await world.deliver(card)).toBe('unconfirmed');
    await looksPass();
    world.page.readErrors.push(pageError('PAGE_REFUSED', 401));
    await expect(world.deliver(card)).rejects.toThrowWithCode(PageError, 'PAGE_REFUSED');
    expect(world.page.sent).toHaveLength(1);
  });
});

it('a break-glass publication found late keeps the reason on its receipt', async () => {
  await world.decide('break_glass', card, { by: 'U0BEN', reason: REASON });
  world.page.fates.push('vanished');
  await world.deliverAll();
  await looksPass();
  // The approval runs out before the retry, somebody else approves, and then it shows.
  expect(await deliverAt(START_MS + 3 * 3_600_000)).toBe('refused');
  await showsLate();
  await world.decide('approve', card, { by: 'U0CAL' });
  expect(await world.deliver(card)).toBe('published');
  const receipt = readReceipt(String((await last('STATUSPAGE_PUBLISHED')).receiptJws));
  const glass = (await world.events()).find(({ type }) => type === 'BREAK_GLASS_USED')!;
  expect(receipt?.approvals.map((approval) => approval.breakGlass)).toEqual([
    { reason: REASON, place: { seq: glass.seq, hash: glass.hash } },
  ]);
  await expectSound();
});
