import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, type Intercept, START_MS } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft();
  await world.decide('approve', card);
  world.publications.take();
});

async function last(): Promise<AuditEvent> {
  return (await world.events()).at(-1)!;
}

/** What the page showed before the newest attempt. */
async function idsBefore(): Promise<string[]> {
  const started = (await world.events()).findLast((e) => e.type === 'STATUSPAGE_PUBLISH_STARTED')!;
  return (started.details as DetailsOf<'STATUSPAGE_PUBLISH_STARTED'>).pageBefore.updateIds;
}

const status = () => world.statusOf(card.draftId);

describe('not executed', () => {
  it('waits 5, 10, 20, 40 s and starts again with every check; the sixth time it gives up', async () => {
    world.page.fates.push('busy', 'busy', 'busy', 'busy', 'busy');
    for (const [index, waitMs] of [5_000, 10_000, 20_000, 40_000, 60_000].entries()) {
      expect(await world.deliver(card)).toBe('not_executed');
      expect(await last()).toMatchObject({
        type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
        details: {
          attempt: index + 1,
          reason: 'the status page was busy and did nothing',
          retryAt: new Date(world.nowMs + waitMs).toISOString(),
        },
      });
      expect(await status()).toBe('approved');
      world.nowMs += waitMs - 1;
      expect(await world.deliver(card)).toBe('nothing_to_do');
      world.nowMs += 1;
    }
    // It did nothing each time, so it is not asked whether something is there.
    world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', 503));
    expect(await world.deliver(card)).toBe('failed');
    expect((await last()).details).toMatchObject({
      reason: 'the status page was busy at 5 attempts',
      attempt: 5,
      httpStatus: null,
    });
    expect(world.metrics).toEqual(['PublishFailed']);
    expect(world.page.sent).toHaveLength(5);
    expect(await world.deliver(card)).toBe('nothing_to_do');
  });

  it('a rejection meanwhile wins over the next attempt', async () => {
    world.page.fates.push('busy');
    await world.deliver(card);
    expect(await world.decide('reject', card, { by: 'U0CAL' })).toBeUndefined();
    world.nowMs += 5_000;
    expect(await world.deliver(card)).toBe('refused');
    expect(world.page.sent).toHaveLength(1);
  });

  it('a rejection meanwhile is acted on at once, without waiting for the next attempt', async () => {
    world.page.fates.push('busy');
    await world.deliver(card);
    await world.decide('reject', card, { by: 'U0CAL' });
    expect(await world.deliver(card)).toBe('refused');
  });

  it('a rejection while giving up wins, and the draft stays rejected', async () => {
    for (let i = 0; i < 5; i += 1) {
      world.page.fates.push('busy');
      await world.deliver(card);
      world.nowMs += 60_000;
    }
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert' && !raced) {
        raced = true;
        await world.decide('reject', card, { by: 'U0CAL' });
      }
      return perform();
    };
    expect(await world.deliver(card)).toBe('refused');
    expect(await status()).toBe('rejected');
  });

  it('approvals that run out while waiting bring it back, and a new approval goes on', async () => {
    world.page.fates.push('busy');
    await world.deliver(card);
    world.nowMs += 1_800_000;
    expect(await world.deliver(card)).toBe('refused');
    expect(await status()).toBe('pending_approval');
    await world.decide('approve', card, { by: 'U0CAL' });
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).details).toMatchObject({ attempt: 2 });
    expect(world.page.sent).toHaveLength(2);
  });

  it('a publisher that wakes at its deadline sends nothing and says so', async () => {
    world.intercept = async (call, perform) => {
      const result = await perform();
      if (call === 'trail.insert' && world.nowMs === START_MS) world.nowMs += 10_000;
      return result;
    };
    expect(await world.deliver(card)).toBe('not_executed');
    expect((await last()).details).toMatchObject({
      reason: 'the deadline passed before sending',
    });
    expect(world.page.sent).toEqual([]);
  });

  it('a millisecond before its deadline it sends', async () => {
    world.intercept = async (call, perform) => {
      const result = await perform();
      if (call === 'trail.insert' && world.nowMs === START_MS) world.nowMs += 9_999;
      return result;
    };
    expect(await world.deliver(card)).toBe('published');
  });
});

describe('each end of an attempt', () => {
  it.each([
    ['done', 'published', []],
    ['busy', 'not_executed', ['PAGE_NOT_EXECUTED']],
    ['refused', 'failed', ['PAGE_REFUSED']],
    ['lost', 'unconfirmed#0', ['PAGE_OUTCOME_UNKNOWN']],
  ] as const)('%s is one command of its own, %s, with its code in the log', async (...row) => {
    const [fate, name, codes] = row;
    world.page.fates.push(fate);
    await world.deliver(card);
    const { publicationId } = (await world.state()).drafts[0]!;
    expect((await last()).commandId).toBe(`${publicationId}#1#${name}`);
    expect(world.lines).toEqual(
      codes.map(
        (code) =>
          `publication attempt ended {"incidentId":"inc-aaaaaaaaaaaaaaaa","code":"${code}"}`,
      ),
    );
  });

  it('of a first publication remembers that there was nothing on the page', async () => {
    await world.deliver(card);
    expect(await idsBefore()).toEqual([]);
  });

  it('of an attempt that was overtaken by the next is not recorded', async () => {
    const [reached, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    world.intercept = async (call, perform) => {
      if (call === 'page.publish') {
        reached.resolve();
        await woken.promise;
      }
      return perform();
    };
    const first = world.deliver(card);
    await reached.promise;
    world.nowMs += 18_001;
    const dying = diesAtPublish();
    let reads = 0;
    world.intercept = async (call, perform) => {
      if (call === 'trail.from') reads += 1;
      if (call === 'trail.from' && reads === 2) {
        // It has read "publishing". Now the first wakes too late, and the next one starts and dies.
        world.intercept = dying;
        woken.resolve();
        expect(await first).toBe('not_executed');
        world.nowMs += 5_000;
        await expect(world.deliver(card)).rejects.toThrow('killed');
        world.intercept = (_call, go) => go();
      }
      return perform();
    };
    await world.deliver(card);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_STARTED',
      details: { attempt: 2 },
    });
    expect(await status()).toBe('publishing');
  });
});

/** Everything goes through until the page is called; nothing does from then on. */
function diesAtPublish(): Intercept {
  let dead = false;
  return async (call, perform) => {
    dead ||= call === 'page.publish';
    if (dead) throw new Error('killed');
    return perform();
  };
}

describe('refused by the page', () => {
  it('is final and never sent again', async () => {
    world.page.fates.push('refused');
    expect(await world.deliver(card)).toBe('failed');
    expect((await last()).details).toMatchObject({
      reason: 'the status page refused the request',
      httpStatus: 422,
    });
    expect(world.metrics).toEqual(['PublishFailed']);
    expect(await status()).toBe('publication_failed');
    expect(await world.deliver(card)).toBe('nothing_to_do');
  });
});

describe('unknown outcome', () => {
  it.each(['vanished', 'lost', 'broken'] as const)('%s stops in unconfirmed', async (fate) => {
    world.page.fates.push(fate);
    expect(await world.deliver(card)).toBe('unconfirmed');
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_UNCONFIRMED',
      details: { reason: 'the status page did not answer', looks: 0, attempt: 1 },
    });
    expect(world.metrics).toEqual(['PublishUnconfirmed']);
    expect(await status()).toBe('unconfirmed');
    const before = await world.types();
    expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(await world.types()).toEqual(before);
    expect(world.page.sent).toHaveLength(1);
  });

  it('a publisher that died is unconfirmed after deadline and time-out, not before', async () => {
    const killed = new Error('killed');
    let inserts = 0;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert') inserts += 1;
      if (call === 'page.publish' || inserts > 1) throw killed;
      return perform();
    };
    await expect(world.deliver(card)).rejects.toThrow('killed');
    world.intercept = (_call, perform) => perform();
    world.nowMs = START_MS + 18_000;
    expect(await world.deliver(card)).toBe('nothing_to_do');
    world.nowMs += 1;
    expect(await world.deliver(card)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({ reason: 'the publisher did not report back' });
  });

  it('adopt finds it on the page and records it as published and adopted', async () => {
    world.page.fates.push('lost');
    await world.deliver(card);
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await world.deliverAll()).toEqual(['published']);
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISHED',
      details: { adopted: true, statuspageIncidentId: 'page1' },
    });
    expect(world.page.sent).toHaveLength(1);
  });

  it('adopt finds nothing: one more look on record, each asked for once', async () => {
    world.page.fates.push('vanished');
    await world.deliver(card);
    for (const looks of [1, 2]) {
      await world.decide('adopt', card, { by: 'U0DEE' });
      expect(await world.deliver(card)).toBe('unconfirmed');
      expect((await last()).details).toMatchObject({
        reason: 'the status page does not show it',
        looks,
      });
      expect(await world.deliver(card)).toBe('nothing_to_do');
    }
    expect(world.page.sent).toHaveLength(1);
  });

  it('a look that breaks in a way nobody planned is thrown', async () => {
    world.page.fates.push('vanished');
    await world.deliver(card);
    await world.decide('adopt', card, { by: 'U0DEE' });
    world.page.readErrors.push(new Error('bug') as never);
    await expect(world.deliver(card)).rejects.toThrow('bug');
  });

  it('one on the page raises no alarm', async () => {
    world.page.fates.push('lost');
    await world.deliver(card);
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await world.deliver(card)).toBe('published');
    expect(world.metrics).toEqual(['PublishUnconfirmed']);
  });

  it('what somebody else put on the page is not taken for it', async () => {
    world.page.fates.push('lost');
    await world.deliver(card);
    world.page.incidents[0]!.publicationId = null;
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await world.deliver(card)).toBe('unconfirmed');
  });

  it('of two on the page the oldest is kept, with an alarm', async () => {
    world.page.fates.push('lost');
    await world.deliver(card);
    world.page.incidents.push({ ...world.page.incidents[0]!, statuspageIncidentId: 'page2' });
    world.page.incidents.push({ ...world.page.incidents[0]!, publicationId: null });
    await world.decide('adopt', card, { by: 'U0DEE' });
    await world.deliver(card);
    expect((await last()).details).toMatchObject({ statuspageIncidentId: 'page1' });
    expect(world.metrics).toEqual(['PublishUnconfirmed', 'PublishDuplicated']);
  });

  describe('of an update', () => {
    beforeEach(async () => {
      expect(await world.deliver(card)).toBe('published');
      card = await world.draft('Identified.', { status: 'identified' });
      await world.decide('approve', card);
      world.publications.take();
    });

    it('is found by text and status among updates that were not there before', async () => {
      world.page.fates.push('lost');
      await world.deliver(card);
      await world.decide('adopt', card, { by: 'U0DEE' });
      expect(await world.deliver(card)).toBe('published');
    });

    it('is found on a page that names the first publication only', async () => {
      const { publicationId } = world.page.incidents[0]!;
      world.page.fates.push('lost');
      await world.deliver(card);
      Object.assign(world.page.incidents[0]!, { publicationId });
      await world.decide('adopt', card, { by: 'U0DEE' });
      expect(await world.deliver(card)).toBe('published');
    });

    it('remembers the newest 200 updates from before', async () => {
      const updates = Array.from({ length: 201 }, (_, i) => ({
        id: `update-${i}`,
        body: 'Before.',
        status: 'investigating',
      }));
      world.page.incidents[0]!.updates = updates;
      await world.deliver(card);
      const ids = await idsBefore();
      expect(ids).toHaveLength(200);
      expect(ids[0]).toBe('update-0');
    });

    it('remembers none of an incident that the page refuses to show', async () => {
      world.page.readErrors.push(pageError('PAGE_REFUSED', 401));
      world.page.fates.push('refused');
      await world.deliver(card);
      expect(await idsBefore()).toEqual([]);
    });

    it.each([
      ['the same words from before', { id: 'update1', body: 'Identified.', status: 'identified' }],
      ['other words', { id: 'update7', body: 'Else.', status: 'identified' }],
      ['another status', { id: 'update7', body: 'Identified.', status: 'resolved' }],
    ])('is not taken for %s', async (_what, update) => {
      world.page.fates.push('vanished');
      await world.deliver(card);
      world.page.incidents[0]!.updates = [update];
      await world.decide('adopt', card, { by: 'U0DEE' });
      expect(await world.deliver(card)).toBe('unconfirmed');
    });

    it('is not found on an incident that is gone', async () => {
      world.page.fates.push('vanished');
      await world.deliver(card);
      world.page.incidents.length = 0;
      await world.decide('adopt', card, { by: 'U0DEE' });
      expect(await world.deliver(card)).toBe('unconfirmed');
    });
  });
});

describe('an answer that comes late', () => {
  /** Delivers, and runs `meanwhile` between the page's answer and its record. */
  async function lateAnswer(meanwhile: () => Promise<unknown>): Promise<string> {
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call !== 'page.publish' || raced) return perform();
      raced = true;
      try {
        return await perform();
      } finally {
        world.nowMs += 18_001;
        await meanwhile();
      }
    };
    return world.deliver(card);
  }
  const sweep = () => world.deliver(card);
  const declareAbsent = async () => {
    await sweep();
    expect(await world.decide('declare_absent', card, { by: 'U0DEE' })).toBeUndefined();
  };

  it('published, after it was recorded as unknown: it is published', async () => {
    expect(await lateAnswer(sweep)).toBe('published');
    expect(await status()).toBe('published');
  });

  it('published, after it was declared absent: it is published all the same', async () => {
    expect(await lateAnswer(declareAbsent)).toBe('published');
    expect(await status()).toBe('published');
    expect(await world.deliver(card)).toBe('nothing_to_do');
  });

  it('published, after the next attempt was: says so, and records it once', async () => {
    world = await new GateWorld({ lookRules: { autoRetry: 'always' } }).open('P1');
    card = await world.draft();
    await world.decide('approve', card);
    const nextAttempt = async () => {
      world.page.incidents.splice(0);
      for (let look = 0; look <= 3; look += 1) {
        await sweep();
        world.nowMs += 30_000;
      }
      expect(await sweep()).toBe('published');
    };
    expect(await lateAnswer(nextAttempt)).toBe('published');
    const published = (await world.events()).filter((e) => e.type === 'STATUSPAGE_PUBLISHED');
    expect(published.map(({ details }) => details)).toMatchObject([{ attempt: 2 }]);
  });

  it('not executed, after it was recorded as unknown: it is tried again', async () => {
    world.page.fates.push('busy');
    expect(await lateAnswer(sweep)).toBe('not_executed');
    expect(await status()).toBe('approved');
    world.nowMs += 5_000;
    expect(await world.deliver(card)).toBe('published');
  });

  it('not executed, after it was declared absent: it stays failed and nothing hangs', async () => {
    world.page.fates.push('busy');
    await lateAnswer(declareAbsent);
    expect(await status()).toBe('publication_failed');
    expect((await world.types()).at(-1)).toBe('STATUSPAGE_PUBLISH_FAILED');
  });

  it('unknown, read before it was recorded as published, does not undo that', async () => {
    const answers: Promise<unknown>[] = [];
    let raced = false;
    world.intercept = async (call, perform) => {
      // The sweeper's delivery has read "publishing" and is about to record "unconfirmed".
      if (call === 'page.publish') {
        const answer = await perform();
        world.nowMs += 18_001;
        answers.push(sweep());
        return answer;
      }
      if (call === 'told.send' && !raced) raced = true;
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    await Promise.all(answers);
    expect(await status()).toBe('published');
    const types = await world.types();
    expect(types.lastIndexOf('STATUSPAGE_PUBLISHED')).toBe(types.length - 1);
  });
});
