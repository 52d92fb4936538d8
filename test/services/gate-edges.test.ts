import { beforeEach, describe, expect, it } from 'vitest';
import type { DetailsOf } from '../../src/domain/audit-event.ts';
import { TrailError } from '../../src/domain/errors.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, START_MS } from '../gate/gate-world.ts';

/* Histories that need two coincidences at once. */

/** Deadline 10 s and time-out 8 s after the start. */
const FIRST_LOOK_MS = START_MS + 18_000;
const REASON = 'Nobody else is awake and customers call us.';

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P2');
  card = await world.draft('We see errors.', { notify: false });
});

async function deliverAt(ms: number): Promise<string> {
  world.nowMs = ms;
  return world.deliver(card);
}
async function looksPass(): Promise<void> {
  for (const afterMs of [0, 30_000, 60_000]) await deliverAt(FIRST_LOOK_MS + afterMs);
}
const count = async (type: string) => (await world.types()).filter((one) => one === type).length;

describe('the answer to a first attempt', () => {
  it('that comes after the second was published adds nothing to the trail', async () => {
    await world.decide('approve', card);
    world.publications.take();
    let publishes = 0;
    world.intercept = async (call, perform) => {
      if (call !== 'page.publish' || publishes++ > 0) return perform();
      const answer = await perform();
      // The page shows it to nobody until the answer is through.
      const hidden = world.page.incidents.splice(0);
      const outcomes: string[] = [];
      for (const afterS of [1, 2, 32, 62, 63]) {
        outcomes.push(await deliverAt(FIRST_LOOK_MS + afterS * 1_000));
      }
      expect(outcomes.slice(-2)).toEqual(['not_executed', 'published']);
      world.page.incidents.push(...hidden);
      return answer;
    };
    expect(await world.deliver(card)).toBe('published');
    expect(await count('STATUSPAGE_PUBLISHED')).toBe(1);
    expect(world.page.sent).toHaveLength(2);
  });
});

describe('duplicates after a second attempt', () => {
  beforeEach(async () => {
    await world.decide('approve', card);
    world.publications.take();
    world.page.fates.push('vanished');
    await world.deliver(card);
    await looksPass();
  });
  const afterSending = (act: () => void) => {
    let isSent = false;
    world.intercept = async (call, perform) => {
      if (isSent && call === 'page.recent') act();
      const answer = await perform();
      if (call === 'page.publish') isSent = true;
      return answer;
    };
  };

  it('are not looked for without budget; what was sent is on record', async () => {
    world.intercept = async (call, perform) => {
      const answer = await perform();
      if (call === 'page.publish') while (world.budget.take('look'));
      return answer;
    };
    expect(await deliverAt(FIRST_LOOK_MS + 61_000)).toBe('published');
    expect((await world.events()).at(-1)).toMatchObject({ details: { adopted: false } });
  });

  it('that cannot be looked for by a mistake of ours leave the outcome to be looked for', async () => {
    afterSending(() => {
      throw new TypeError('a mistake');
    });
    await expect(deliverAt(FIRST_LOOK_MS + 61_000)).rejects.toThrow('a mistake');
    world.intercept = (_call, perform) => perform();
    await deliverAt(world.nowMs + 20_000);
    await deliverAt(world.nowMs + 20_000);
    expect(await count('STATUSPAGE_PUBLISHED')).toBe(1);
    expect(world.page.sent).toHaveLength(2);
  });
});

it('a publication on the page that no attempt made is reported, and not sent beside', async () => {
  const [created] = (await world.events()).filter(
    ({ type }) => type === 'STATUSPAGE_DRAFT_CREATED',
  );
  const { publicationId } = created!.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
  world.page.byHand('incident', 'We see errors.');
  Object.assign(world.page.incidents[0]!, { publicationId, incidentId: world.incidentId });
  expect(await world.publish(card)).toEqual(['refused']);
  expect(await count('STATUSPAGE_DRIFT_FOUND')).toBe(1);
  expect(world.page.sent).toEqual([]);
});

it.each([null, 'pub-00000000000000000000'])(
  'an incident of ours on the page that names publication %s is reported, and nothing is sent',
  async (publicationId) => {
    world.page.byHand('incident', 'We see errors.');
    Object.assign(world.page.incidents[0]!, { publicationId, incidentId: world.incidentId });
    expect(await world.publish(card)).toEqual(['refused']);
    expect(await count('STATUSPAGE_DRIFT_FOUND')).toBe(1);
    expect(world.page.sent).toEqual([]);
  },
);

describe('a broken glass', () => {
  const click = { by: 'U0ADA', reason: REASON };

  it('whose approval another click brought is not approved twice', async () => {
    let fails = 1;
    world.intercept = async (call, perform) => {
      if (call === 'signer.sign' && fails-- > 0) {
        throw new TrailError({ code: 'TRAIL_UNAVAILABLE', message: 'no', retryable: true });
      }
      return perform();
    };
    await expect(world.decide('break_glass', card, { ...click, click: 'one' })).rejects.toThrow();
    expect(await world.decide('break_glass', card, { ...click, click: 'two' })).toBeUndefined();
    expect(await world.decide('break_glass', card, { ...click, click: 'one' })).toBeUndefined();
    expect(await count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
  });

  it('keeps its review when the checklist is pinned after it', async () => {
    await world.decide('break_glass', card, click);
    await world.append('CHECKLIST_PINNED', { messageTs: '1.0', items: ['Name a commander'] });
    const { checklist } = await world.state();
    expect(checklist.map(({ item }) => item)).toEqual([
      'Name a commander',
      'Review the break-glass approval by @U0ADA (revision 1)',
    ]);
  });

  it('that is claimed without a reason on record says so', async () => {
    await world.decide('approve', card);
    const { details } = (await world.events()).at(-1) as {
      details: DetailsOf<'STATUSPAGE_DRAFT_APPROVED'>;
    };
    const other = await world.draft('Other words.');
    const { draftId, revision, digest } = other;
    const forged = { ...details, draftId, revision, digest, breakGlass: true as const };
    await world.append('STATUSPAGE_DRAFT_APPROVED', forged, 'U0BEN');
    const draft = (await world.state()).drafts.find((one) => one.draftId === draftId);
    expect(draft?.approvals[0]?.breakGlassReason).toBe('no reason on record');
  });
});
