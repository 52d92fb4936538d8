import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import { PageError } from '../../src/domain/errors.ts';
import { canonicalSha256Hex } from '../../src/domain/ids.ts';
import type { LookRules } from '../../src/domain/look-schedule.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import type { PageIncident } from '../../src/services/status-page.ts';
import { GateWorld, START_MS } from '../gate/gate-world.ts';
import { type PageFate, pageError } from '../gate/memory-page.ts';

/** Deadline 10 s and time-out 8 s after the start. */
const FIRST_LOOK_MS = START_MS + 18_000;
const SILENT = { notify: false };

let world: GateWorld;
let card: DraftReference;

async function given(of: {
  fate?: PageFate;
  notify?: boolean;
  rules?: Partial<LookRules>;
}): Promise<void> {
  world = await new GateWorld({ ...(of.rules ? { lookRules: of.rules } : {}) }).open('P1');
  card = await world.draft('We see errors.', { notify: of.notify ?? true });
  await world.decide('approve', card);
  world.publications.take();
  if (of.fate) world.page.fates.push(of.fate);
}

async function last(): Promise<AuditEvent> {
  return (await world.events()).at(-1)!;
}
async function details<T extends AuditEvent['type']>(type: T): Promise<DetailsOf<T>[]> {
  const found = (await world.events()).filter((event) => event.type === type);
  return found.map((event) => event.details as DetailsOf<T>);
}
const at = (ms: number) => new Date(ms).toISOString();
const status = () => world.statusOf(card.draftId);

/** The number of the attempt that each request to the page belonged to. */
async function sentAttempts(): Promise<(number | undefined)[]> {
  const started = await details('STATUSPAGE_PUBLISH_STARTED');
  return world.page.sent.map(
    ({ permit }) => started.find(({ attemptId }) => attemptId === permit.attemptId)?.attempt,
  );
}

/** Delivers at an instant. */
async function deliverAt(ms: number): Promise<string> {
  world.nowMs = ms;
  return world.deliver(card);
}
/** Makes every look in time. @returns how the last delivery ended */
async function looksPass(): Promise<string> {
  await deliverAt(FIRST_LOOK_MS);
  await deliverAt(FIRST_LOOK_MS + 30_000);
  return deliverAt(FIRST_LOOK_MS + 60_000);
}

describe('after an unknown outcome', () => {
  beforeEach(() => given({ fate: 'lost' }));

  it('the page is asked from deadline and time-out on, not before', async () => {
    expect(await world.deliver(card)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({
      looks: 0,
      nextLookAt: at(FIRST_LOOK_MS),
      lookUntil: at(FIRST_LOOK_MS + 60_000),
      ifAbsent: 'ask',
    });
    expect(await deliverAt(FIRST_LOOK_MS - 1)).toBe('nothing_to_do');
    expect(await deliverAt(FIRST_LOOK_MS)).toBe('published');
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISHED',
      details: { adopted: true, attempt: 1, statuspageIncidentId: 'page1' },
    });
    expect(world.page.sent).toHaveLength(1);
    expect(world.metrics).toEqual(['PublishUnconfirmed']);
  });

  it('of a publisher that died, the first look is due at once', async () => {
    let inserts = 0;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert') inserts += 1;
      if (call === 'page.publish' || inserts > 1) throw new Error('killed');
      return perform();
    };
    await expect(world.deliver(card)).rejects.toThrow('killed');
    world.intercept = (_call, perform) => perform();
    expect(await deliverAt(START_MS + 60_000)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({
      nextLookAt: at(START_MS + 60_000),
      lookUntil: at(FIRST_LOOK_MS + 60_000),
    });
  });
});

describe('absent', () => {
  it('looks three times within a minute, then asks a person if customers are notified', async () => {
    await given({ fate: 'vanished' });
    await world.deliver(card);
    expect(await looksPass()).toBe('unconfirmed');
    const told = await details('STATUSPAGE_PUBLISH_UNCONFIRMED');
    expect(told.map(({ looks, nextLookAt }) => [looks, nextLookAt])).toEqual([
      [0, at(FIRST_LOOK_MS)],
      [1, at(FIRST_LOOK_MS + 30_000)],
      [2, at(FIRST_LOOK_MS + 60_000)],
      [3, null],
    ]);
    expect(await deliverAt(FIRST_LOOK_MS + 600_000)).toBe('nothing_to_do');
    expect(world.page.sent).toHaveLength(1);
    // At the start, and when it was left to a person.
    expect(world.metrics).toEqual(['PublishUnconfirmed', 'PublishUnconfirmed']);
  });

  it('is found by the second look', async () => {
    await given({ fate: 'vanished' });
    await world.deliver(card);
    await deliverAt(FIRST_LOOK_MS);
    const { publicationId } = (await world.state()).drafts[0]!;
    world.page.incidents.push({
      statuspageIncidentId: 'page1',
      link: '',
      name: 'Problems with Checkout',
      status: 'investigating',
      updates: [{ id: 'u1', body: 'We see errors.', status: 'investigating' }],
      publicationId,
      incidentId: world.incidentId,
    });
    expect(await deliverAt(FIRST_LOOK_MS + 30_000)).toBe('published');
  });

  it.each<[LookRules['autoRetry'], boolean, 'send_again' | 'ask']>([
    ['never', false, 'ask'],
    ['when_silent', false, 'send_again'],
    ['when_silent', true, 'ask'],
    ['always', true, 'send_again'],
  ])('rule %s, notify %s: %s', async (autoRetry, notify, expected) => {
    await given({ fate: 'vanished', notify, rules: { autoRetry } });
    await world.deliver(card);
    expect((await last()).details).toMatchObject({ ifAbsent: expected });
    expect(await looksPass()).toBe(expected === 'ask' ? 'unconfirmed' : 'not_executed');
    expect(await status()).toBe(expected === 'ask' ? 'unconfirmed' : 'approved');
  });

  it('and silent is sent once more after every check, and is on the page once', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    await looksPass();
    const { publicationId } = (await world.state()).drafts[0]!;
    expect((await last()).commandId).toBe(`${publicationId}#1#absent`);
    expect((await last()).details).toEqual(
      expect.objectContaining({
        attempt: 1,
        absentLooks: 3,
        retryAt: at(FIRST_LOOK_MS + 60_000),
        reason: 'not on the status page at 3 looks; rule for sending again: when_silent',
      }),
    );
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).details).toMatchObject({ attempt: 2, adopted: false });
    expect(await sentAttempts()).toEqual([1, 2]);
    expect(world.page.incidents).toHaveLength(1);
  });

  it.each([
    ['rejected', () => world.decide('reject', card, { by: 'U0CAL' })],
    [
      'outdated',
      async () => {
        world.nowMs += 1_800_000;
      },
    ],
  ])('and %s before the second attempt is not sent again', async (_what, meanwhile) => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    await looksPass();
    await meanwhile();
    expect(await world.deliver(card)).toBe('refused');
    expect(world.page.sent).toHaveLength(1);
  });

  it('twice in a row is put before a person, whatever the rule', async () => {
    await given({ fate: 'vanished', notify: true, rules: { autoRetry: 'always' } });
    world.page.fates.push('vanished');
    await world.deliver(card);
    await looksPass();
    await world.deliver(card);
    expect((await last()).details).toMatchObject({ attempt: 2, ifAbsent: 'ask' });
    for (let look = 0; look < 5; look += 1) await deliverAt(world.nowMs + 30_000);
    expect((await last()).details).toMatchObject({ attempt: 2, looks: 3, nextLookAt: null });
    expect(world.page.sent).toHaveLength(2);
  });

  it('looks a person asks for are no shortcut: absence counts from the last planned one', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    for (let asked = 1; asked <= 4; asked += 1) {
      expect(await world.decide('adopt', card, { by: 'U0DEE' })).toBeUndefined();
      expect(await world.deliver(card)).toBe('unconfirmed');
      expect((await last()).details).toMatchObject({ looks: asked, nextLookAt: at(FIRST_LOOK_MS) });
    }
    expect(await deliverAt(FIRST_LOOK_MS)).toBe('unconfirmed');
    expect(await deliverAt(FIRST_LOOK_MS + 59_999)).toBe('unconfirmed');
    expect(await deliverAt(FIRST_LOOK_MS + 60_000)).toBe('unconfirmed');
    // Whoever asked was told that nothing is sent until they decide.
    expect((await last()).details).toMatchObject({ nextLookAt: null });
  });

  it('three looks are made however late the first is', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    const late = FIRST_LOOK_MS + 600_000;
    expect(await deliverAt(late)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({ looks: 1, nextLookAt: at(late + 30_000) });
    expect(await deliverAt(late + 30_000)).toBe('unconfirmed');
    expect(await deliverAt(late + 60_000)).toBe('not_executed');
  });
});

describe('a page that could not be asked', () => {
  const failing = (times: number) =>
    world.page.readErrors.push(...Array(times).fill(pageError('PAGE_OUTCOME_UNKNOWN', 503)));

  it('uses up no look, is asked again with growing gaps, and at the sixth time a person is', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    failing(6);
    world.nowMs = FIRST_LOOK_MS;
    for (const [index, gapMs] of [15_000, 30_000, 60_000, 60_000, 60_000].entries()) {
      expect(await world.deliver(card)).toBe('unconfirmed');
      expect((await last()).details).toMatchObject({
        reason: 'the status page could not be asked',
        looks: 0,
        unasked: index + 1,
        nextLookAt: at(world.nowMs + gapMs),
      });
      world.nowMs += gapMs;
    }
    await world.deliver(card);
    expect((await last()).details).toMatchObject({ looks: 0, unasked: 6, nextLookAt: null });
    expect(await deliverAt(world.nowMs + 600_000)).toBe('nothing_to_do');
    expect(world.page.sent).toHaveLength(1);
  });

  it('counts anew after an answer', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    failing(1);
    await deliverAt(FIRST_LOOK_MS);
    await deliverAt(FIRST_LOOK_MS + 15_000);
    const answered = (await last()).details;
    expect(answered).toMatchObject({ looks: 1, nextLookAt: at(FIRST_LOOK_MS + 30_000) });
    expect(answered).not.toHaveProperty('unasked');
  });

  it('once between two looks raises no alarm', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    await deliverAt(FIRST_LOOK_MS);
    failing(1);
    await deliverAt(FIRST_LOOK_MS + 30_000);
    expect((await last()).details).toMatchObject({ looks: 1, unasked: 1 });
    expect(world.metrics).toEqual(['PublishUnconfirmed']);
  });

  it('is asked again when the person left with it wants to, and looks go on from there', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    failing(6);
    world.nowMs = FIRST_LOOK_MS;
    for (let ask = 0; ask < 6; ask += 1) await deliverAt(world.nowMs + 60_000);
    await world.decide('adopt', card, { by: 'U0DEE' });
    expect(await world.deliver(card)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({
      looks: 1,
      nextLookAt: at(world.nowMs + 30_000),
    });
  });

  it('because of our own budget is the same', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    for (let look = 0; look < 40; look += 1) {
      await world.decide('adopt', card, { by: 'U0DEE' });
      await world.deliver(card);
    }
    expect((await last()).details).toMatchObject({
      looks: 38,
      unasked: 2,
      reason: 'too many requests to the status page just now',
    });
  });
});

describe('the budget', () => {
  it('exhausted, publishing is put off before anything is claimed', async () => {
    await given({});
    const before = await world.types();
    for (let left = 60; left > 0; left -= 1) world.budget.take('publish');
    await expect(world.deliver(card)).rejects.toThrowWithCode(PageError, 'PAGE_NOT_EXECUTED');
    await expect(world.deliver(card)).rejects.toMatchObject({
      retryable: true,
      message: 'cannot publish: expected room for 2 more requests to the page this minute',
    });
    expect(await world.types()).toEqual(before);
    world.nowMs += 60_000;
    expect(await world.deliver(card)).toBe('published');
  });

  it('of two is enough for a first publication and for an update, of one for neither', async () => {
    await given({});
    for (const text of ['Identified.', 'Monitoring.']) {
      for (let left = 59; left > 0; left -= 1) world.budget.take('publish');
      await expect(world.deliver(card)).rejects.toThrowWithCode(PageError, 'PAGE_NOT_EXECUTED');
      world.nowMs += 60_000;
      for (let left = 58; left > 0; left -= 1) world.budget.take('publish');
      expect(await world.deliver(card)).toBe('published');
      world.nowMs += 60_000;
      card = await world.draft(text, { status: 'identified' });
      await world.decide('approve', card);
    }
  });
});

describe('what came late after all', () => {
  it.each([
    ['', 'inc-aaaaaaaaaaaaaaaa'],
    [', also without the id of the incident', null],
  ])('is found right before the second attempt, and is not sent again%s', async (_how, id) => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    await looksPass();
    const { publicationId } = (await world.state()).drafts[0]!;
    world.page.incidents.push({
      statuspageIncidentId: 'page7',
      link: '',
      name: 'Problems with Checkout',
      status: 'investigating',
      updates: [{ id: 'u1', body: 'We see errors.', status: 'investigating' }],
      publicationId,
      incidentId: id,
    });
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).details).toMatchObject({
      attempt: 1,
      adopted: true,
      statuspageIncidentId: 'page7',
    });
    expect(world.page.sent).toHaveLength(1);
    expect(await status()).toBe('published');
  });

  it('while the second attempt was sent: the oldest stands, the other is reported', async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
    await looksPass();
    const { publicationId } = (await world.state()).drafts[0]!;
    const older = {
      statuspageIncidentId: 'page0',
      link: 'https://status.example/0',
      name: 'Problems with Checkout',
      status: 'investigating',
      updates: [{ id: 'u0', body: 'We see errors.', status: 'investigating' }],
      publicationId,
      incidentId: world.incidentId,
    };
    world.intercept = async (call, perform) => {
      if (call === 'page.publish') world.page.incidents.unshift(older);
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    expect((await world.types()).slice(-2)).toEqual([
      'STATUSPAGE_DRIFT_FOUND',
      'STATUSPAGE_PUBLISHED',
    ]);
    expect(await details('STATUSPAGE_DRIFT_FOUND')).toEqual([
      {
        statuspageIncidentId: 'page2',
        kind: 'duplicate',
        publicationId,
        difference: 'a second incident carries this publication; page0 was there first and stands',
        link: 'https://status.example/2',
      },
    ]);
    expect((await last()).details).toMatchObject({
      statuspageIncidentId: 'page0',
      adopted: true,
      attempt: 2,
    });
    expect(world.metrics).toContain('PublishDuplicated');
    // Nothing is ever taken off the page.
    expect(world.page.incidents).toHaveLength(2);
  });

  it('is not looked for after a first attempt, and a failing look costs no publication', async () => {
    await given({ fate: 'busy' });
    const calls: string[] = [];
    world.intercept = (call, perform) => {
      if (call.startsWith('page.')) calls.push(call);
      if (calls.length === 3) world.page.readErrors.push(pageError('PAGE_NOT_EXECUTED', 429));
      return perform();
    };
    await world.deliver(card);
    expect(calls.splice(0)).toEqual(['page.recent', 'page.publish']);
    world.nowMs += 5_000;
    expect(await world.deliver(card)).toBe('published');
    expect(calls).toEqual(['page.recent', 'page.publish', 'page.recent']);
    expect(world.lines).toContain('duplicates not looked for {"code":"PAGE_NOT_EXECUTED"}');
  });

  it('needs no look after a first attempt that the page answered', async () => {
    await given({});
    const calls: string[] = [];
    world.intercept = (call, perform) => {
      if (call.startsWith('page.')) calls.push(call);
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    expect(calls).toEqual(['page.recent', 'page.publish']);
  });

  it('is not passed over when the look fails for a reason of our own', async () => {
    await given({ fate: 'busy' });
    await world.deliver(card);
    world.nowMs += 5_000;
    let reads = 0;
    world.intercept = async (call, perform) => {
      if (call === 'page.recent' && ++reads === 2) throw new TypeError('a mistake of ours');
      return perform();
    };
    await expect(world.deliver(card)).rejects.toThrow('a mistake of ours');
    expect(await status()).toBe('publishing');
  });
});

describe('of an update', () => {
  beforeEach(async () => {
    await given({});
    await world.deliver(card);
    card = await world.draft('Identified.', { status: 'identified', ...SILENT });
    await world.decide('approve', card);
    world.publications.take();
  });

  it.each(['update', 'resolve'] as const)(
    '%s: absent is sent once more, and stands once',
    async (what) => {
      if (what === 'resolve') {
        card = await world.draft('All is well.', { status: 'resolved', ...SILENT });
        await world.decide('approve', card);
      }
      world.page.fates.push('vanished');
      await world.deliver(card);
      await looksPass();
      expect(await world.deliver(card)).toBe('published');
      expect(world.page.incidents[0]!.updates).toHaveLength(2);
      expect(await details('STATUSPAGE_DRIFT_FOUND')).toEqual([]);
    },
  );

  it('an effect that came after the last look is found before the second attempt', async () => {
    world.page.fates.push('vanished');
    await world.deliver(card);
    await looksPass();
    const late = { id: 'late', body: 'Identified.', status: 'identified' };
    world.page.incidents[0]!.updates.unshift(late);
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).details).toMatchObject({ adopted: true, attempt: 1 });
    expect(world.page.sent).toHaveLength(2);
  });

  it('the same words by another hand are not taken for an attempt that did nothing', async () => {
    world.page.fates.push('busy');
    await world.deliver(card);
    const foreign = { id: 'foreign', body: 'Identified.', status: 'identified' };
    world.page.incidents[0]!.updates.unshift(foreign);
    world.nowMs += 5_000;
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).details).toMatchObject({ adopted: false, attempt: 2 });
  });

  it('that stands twice when it is found, the second one is reported', async () => {
    world.page.fates.push('twice');
    await world.deliver(card);
    expect(await deliverAt(FIRST_LOOK_MS)).toBe('published');
    expect(await details('STATUSPAGE_DRIFT_FOUND')).toMatchObject([
      { statuspageIncidentId: 'page1', difference: 'the same update stands on the page twice' },
    ]);
  });

  it('an effect that came while the second was sent is reported, and both stay', async () => {
    world.page.fates.push('vanished');
    await world.deliver(card);
    await looksPass();
    world.intercept = async (call, perform) => {
      if (call === 'page.publish') {
        const late = { id: 'late', body: 'Identified.', status: 'identified' };
        world.page.incidents[0]!.updates.unshift(late);
      }
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    expect(await details('STATUSPAGE_DRIFT_FOUND')).toMatchObject([
      { kind: 'duplicate', difference: 'the same update stands on the page twice' },
    ]);
    expect(world.metrics).toContain('PublishDuplicated');
  });

  it.each([
    ['answered', undefined],
    ['adopted', 'lost' as const],
  ])(
    '%s: the digest is of our update, not of what another hand added since',
    async (_how, fate) => {
      if (fate) world.page.fates.push(fate);
      const byHand = (shown: PageIncident) => {
        shown.updates.unshift({ id: 'foreign', body: 'By hand.', status: 'monitoring' });
        Object.assign(shown, { status: 'monitoring' });
      };
      world.intercept = async (call, perform) => {
        try {
          const answer = await perform();
          if (call === 'page.publish') byHand(answer as PageIncident);
          return answer;
        } finally {
          if (call === 'page.publish') byHand(world.page.incidents[0]!);
        }
      };
      await world.deliver(card);
      if (fate) await deliverAt(FIRST_LOOK_MS);
      expect((await last()).details).toMatchObject({
        adopted: fate !== undefined,
        pageDigest: canonicalSha256Hex({
          id: 'page1',
          name: 'Problems with Checkout',
          status: 'identified',
          body: 'Identified.',
        }),
      });
    },
  );

  it('worded differently by the page is known by its metadata, and its newest words are digested', async () => {
    world.page.fates.push('lost');
    await world.deliver(card);
    world.page.incidents[0]!.updates[0]!.body = 'Identified';
    expect(await deliverAt(FIRST_LOOK_MS)).toBe('published');
    expect((await last()).details).toMatchObject({
      pageDigest: canonicalSha256Hex({
        id: 'page1',
        name: 'Problems with Checkout',
        status: 'identified',
        body: 'Identified',
      }),
    });
  });
});

describe('a look that took long', () => {
  beforeEach(async () => {
    await given({ fate: 'vanished', ...SILENT });
    await world.deliver(card);
  });

  const failsToAsk = () => world.page.readErrors.push(pageError('PAGE_OUTCOME_UNKNOWN', 503));
  const unasked = () => {
    failsToAsk();
    return world.deliver(card);
  };
  const personAsks = () => world.decide('adopt', card, { by: 'U0DEE' });
  /** Runs `meanwhile` between the page's next answer and its record. */
  function duringLook(meanwhile: () => Promise<unknown>): void {
    world.intercept = async (call, perform) => {
      if (call !== 'page.recent') return perform();
      world.intercept = (_call, then) => then();
      try {
        return await perform();
      } finally {
        await meanwhile();
      }
    };
  }

  it('records no absence when a later one could not be made', async () => {
    await deliverAt(FIRST_LOOK_MS);
    await deliverAt(FIRST_LOOK_MS + 30_000);
    duringLook(unasked);
    expect(await deliverAt(FIRST_LOOK_MS + 60_000)).toBe('nothing_to_do');
    expect((await last()).details).toMatchObject({ looks: 2, unasked: 1 });
  });

  it('does not count when a later one could not be made', async () => {
    duringLook(unasked);
    await deliverAt(FIRST_LOOK_MS);
    expect((await last()).details).toMatchObject({ looks: 0, unasked: 1 });
  });

  it('and got no answer takes back nothing that a later one counted', async () => {
    failsToAsk();
    duringLook(() => world.deliver(card));
    await deliverAt(FIRST_LOOK_MS);
    expect((await last()).details).toMatchObject({ looks: 1 });
    expect((await last()).details).not.toHaveProperty('unasked');
  });

  it.each(['got an answer', 'got none'])('and %s is not the one a person asks for', async (how) => {
    await deliverAt(FIRST_LOOK_MS);
    if (how === 'got none') failsToAsk();
    duringLook(personAsks);
    await deliverAt(FIRST_LOOK_MS + 30_000);
    expect(await last()).toMatchObject({ type: 'COMMAND_RECEIVED' });
    expect(await world.deliver(card)).toBe('unconfirmed');
    expect((await last()).details).toMatchObject({ looks: 2 });
  });
});

describe('a publisher that was frozen', () => {
  /** Freezes the first delivery at a call of the page or the trail, until woken. */
  function frozenAt(point: 'after the claim' | 'at the page') {
    const [reached, woken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isFirst = true;
    world.intercept = async (call, perform) => {
      const isPoint =
        point === 'after the claim' ? call === 'trail.insert' : call === 'page.publish';
      if (!isPoint || !isFirst) return perform();
      isFirst = false;
      const claimed = point === 'after the claim' ? await perform() : undefined;
      reached.resolve();
      await woken.promise;
      return claimed ?? perform();
    };
    return { reached: reached.promise, wake: () => woken.resolve() };
  }

  it.each(['after the claim', 'at the page'] as const)(
    '%s and woken after another attempt sends nothing and changes nothing',
    async (point) => {
      await given(SILENT);
      const freeze = frozenAt(point);
      const frozen = world.deliver(card);
      await freeze.reached;
      await deliverAt(FIRST_LOOK_MS + 1);
      await looksPass();
      await deliverAt(FIRST_LOOK_MS + 90_001);
      expect(await world.deliver(card)).toBe('published');
      const before = await world.types();
      freeze.wake();
      await frozen;
      expect(await world.types()).toEqual(before);
      expect(await sentAttempts()).toEqual([2]);
      expect(world.page.incidents).toHaveLength(1);
      expect(await status()).toBe('published');
    },
  );

  it('and woken while it is looked for says that it sent nothing, and it is tried again', async () => {
    await given({ notify: true });
    const freeze = frozenAt('after the claim');
    const frozen = world.deliver(card);
    await freeze.reached;
    await deliverAt(FIRST_LOOK_MS + 1);
    expect(await status()).toBe('unconfirmed');
    freeze.wake();
    expect(await frozen).toBe('not_executed');
    world.nowMs += 5_000;
    expect(await world.deliver(card)).toBe('published');
    expect(world.page.sent).toHaveLength(1);
  });
});
