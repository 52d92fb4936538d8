import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { DeliveryError } from '../../src/domain/errors.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import {
  DECLARED,
  drafted,
  type Fact,
  LAST_WORDS,
  MAYA,
  published,
  RESOLVED,
  STORY,
} from '../postmortem-story.ts';
import { INCIDENT } from './record-world.ts';
import { chatError, type Hook, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const NAME = `postmortem-${INCIDENT}.md`;
let appended = 0;

beforeEach(() => {
  appended = 0;
});

async function append(facts: readonly Fact[]): Promise<void> {
  for (const { type, details, actor } of facts) {
    appended += 1;
    await world.record.run({
      incidentId: INCIDENT,
      commandId: `fact-${appended}`,
      actor,
      decide: () => ({ append: type, details }) as never,
    });
  }
}

/** Appends and lets the worker do what follows. */
async function happens(...facts: Fact[]): Promise<void> {
  await append(facts);
  await world.worker().run.run(INCIDENT);
}

async function versions(): Promise<Extract<AuditEvent, { type: 'POSTMORTEM_CREATED' }>[]> {
  const events = await world.trail.from(INCIDENT, 1);
  return events.flatMap((event) => (event.type === 'POSTMORTEM_CREATED' ? [event] : []));
}

const resolution = (body = LAST_WORDS) => published({ id: 'last', status: 'resolved', body });
const first = published({ id: 'first', status: 'investigating', body: 'Payments fail.' });
const asked: Fact = { type: 'COMMAND_RECEIVED', actor: MAYA, details: { command: 'postmortem' } };
const ref = { draftId: 'drf-last', revision: 1 } as const;
const last = drafted({ id: 'last', status: 'resolved', body: LAST_WORDS });
const rejected: Fact = {
  type: 'STATUSPAGE_APPROVAL_REJECTED',
  actor: MAYA,
  details: { ...ref, digest: 'a'.repeat(64), reason: 'Not these words.' },
};
const withdrawn: Fact = {
  type: 'STATUSPAGE_DRAFT_WITHDRAWN',
  actor: MAYA,
  details: { ...ref, reason: 'Not needed.' },
};
const expired: Fact = {
  type: 'STATUSPAGE_APPROVAL_EXPIRED',
  actor: MAYA,
  details: { ...ref, of: 'draft', reason: 'nobody decided in time' },
};

describe('write()', () => {
  it('writes at the resolution, and again after the last publication, with names', async () => {
    world.chat.person = async (id) => ({ id, name: `Name of ${id}`, email: null, kind: 'full' });
    await happens(DECLARED, ...first);
    expect(await versions()).toEqual([]);
    await happens(RESOLVED);
    await happens(...resolution());
    expect((await versions()).map(({ details }) => details.throughSeq)).toHaveLength(2);
    const kept = (await world.rows.readPostmortem(INCIDENT)) as string;
    expect(kept).toContain(`> ${LAST_WORDS}`);
    expect(kept).toContain('@U0MAYA (Name of U0MAYA)');
    expect((await versions()).at(-1)?.details.sha256).toBe(sha256Hex(kept));
    expect(world.chat.files).toEqual([NAME, NAME]);
    expect(world.chat.titles).toEqual([
      expect.stringMatching(/^Postmortem: Payments \| failing \(events 1 to \d+\)$/),
      expect.stringMatching(/^Postmortem, updated: Payments \| failing \(events 1 to \d+\)$/),
    ]);
  });

  it.each<[string, Fact, string]>([
    ['rejected', rejected, 'rejected by @U0MAYA (U0MAYA): Not these words.'],
    ['withdrawn', withdrawn, 'withdrawn by @U0MAYA (U0MAYA): Not needed.'],
    ['expired', expired, 'Status page text expired: nobody decided in time'],
  ])(
    'is rewritten, but not posted, when the last text is %s after the end',
    async (_how, end, words) => {
      await happens(DECLARED, RESOLVED);
      await happens(last, end);
      expect(await versions()).toHaveLength(2);
      expect(await world.rows.readPostmortem(INCIDENT)).toContain(words);
      expect(world.chat.files).toEqual([NAME]);
    },
  );

  it.each([
    ['kept', 2],
    ['published', 1],
  ] as const)('after an open page was settled as %s there are %i versions', async (how, count) => {
    await happens(DECLARED, RESOLVED);
    const reason = 'The page team closes it.';
    await happens({ type: 'STATUSPAGE_OBLIGATION_SETTLED', actor: MAYA, details: { how, reason } });
    expect(await versions()).toHaveLength(count);
    const kept = await world.rows.readPostmortem(INCIDENT);
    expect(kept?.includes(reason)).toBe(count === 2);
  });

  it('writes nothing when a text ends while the incident goes on', async () => {
    await happens(DECLARED, last, rejected);
    expect(await versions()).toEqual([]);
  });

  it('does not take a publication for the end that came before it, however late it is seen', async () => {
    await happens(DECLARED, ...first, RESOLVED);
    expect(await versions()).toHaveLength(1);
  });

  it.each([
    ['customers were told something', first, 1],
    ['nothing was published', [], 0],
  ])('of a cancelled incident, when %s: %i versions', async (_when, before, count) => {
    const reason = { reason: 'a drill' };
    await happens(DECLARED, ...before, {
      type: 'INCIDENT_CANCELLED',
      actor: MAYA,
      details: reason,
    });
    expect(await versions()).toHaveLength(count);
    expect(world.chat.files).toHaveLength(count);
  });

  it('is written and posted whenever somebody asks, also while it is not over', async () => {
    await happens(DECLARED, asked);
    expect(await world.rows.readPostmortem(INCIDENT)).toContain('it is not over yet');
    await happens(RESOLVED);
    await happens(
      { type: 'NOTE_ADDED', actor: MAYA, details: { text: 'Found the cause.' } },
      asked,
    );
    expect(await world.rows.readPostmortem(INCIDENT)).toContain('Found the cause.');
    expect(world.chat.files).toEqual([NAME, NAME, NAME]);
    expect(new Set(world.chat.titles).size).toBe(3);
  });

  it('another command asks for none', async () => {
    await happens(DECLARED, { ...asked, details: { command: 'statuspage_adopt' } });
    expect(await versions()).toEqual([]);
  });

  it('shows ids where names cannot be read, and waits for none', async () => {
    await happens(DECLARED);
    world.chat.person = async () => {
      throw chatError('CHAT_UNAVAILABLE', true);
    };
    await happens(RESOLVED);
    expect(await world.rows.readPostmortem(INCIDENT)).toContain('- @U0MAYA: declared it');
  });

  it('goes on record with the digest of the bytes that are kept, once a name has changed too', async () => {
    await happens(...STORY);
    world.chat.person = async (id) => ({ id, name: 'Renamed', email: null, kind: 'full' });
    await happens(asked);
    const kept = (await world.rows.readPostmortem(INCIDENT)) as string;
    expect(kept).toContain('@U0MAYA (Renamed)');
    expect((await versions()).at(-1)?.details.sha256).toBe(sha256Hex(kept));
  });
});

describe('what cannot be written for good', () => {
  const refuses = (retryable: boolean, times = 1): Hook => {
    let left = times;
    return (_port, method, when) => {
      if (method !== 'putPostmortem' || when !== 'before' || left === 0) return;
      left -= 1;
      throw new DeliveryError({
        code: 'ROWS_UNAVAILABLE',
        message: 'cannot write row: expected at most 400 KB, got more',
        retryable,
      });
    };
  };

  it('is on record as POSTMORTEM_FAILED and said in the room, with the way on', async () => {
    await append([DECLARED, RESOLVED]);
    await world.worker(refuses(false)).run.run(INCIDENT);
    const failed = (await world.trail.from(INCIDENT, 1)).filter(
      ({ type }) => type === 'POSTMORTEM_FAILED',
    );
    expect(failed.map(({ details }) => details)).toEqual([
      { reason: 'cannot write row: expected at most 400 KB, got more' },
    ]);
    expect(world.chat.lines()).toContain(
      'The postmortem could not be written: cannot write row: expected at most 400 KB, got more. ' +
        'The record is complete; ask again with “postmortem”, or tell whoever runs this app.',
    );
    expect(world.chat.files).toEqual([]);
    await happens(asked);
    expect(world.chat.files).toEqual([NAME]);
  });

  it('is not what can be tried again', async () => {
    await append([DECLARED, RESOLVED]);
    await expect(world.worker(refuses(true)).run.run(INCIDENT)).rejects.toThrow();
    await world.worker().run.run(INCIDENT);
    expect(await versions()).toHaveLength(1);
    const types = (await world.trail.from(INCIDENT, 1)).map(({ type }) => type);
    expect(types).not.toContain('POSTMORTEM_FAILED');
  });

  it('does not show what an error nobody planned says', async () => {
    await append([DECLARED, RESOLVED]);
    const hook: Hook = (_port, method, when) => {
      if (method === 'putPostmortem' && when === 'before') throw new Error('secret');
    };
    await world.worker(hook).run.run(INCIDENT);
    expect(world.chat.lines().join()).toContain('could not be written: an unexpected error.');
  });
});

describe('a crash at any call', () => {
  const CRASH = new DeliveryError({
    code: 'ROWS_UNAVAILABLE',
    message: 'cannot go on: expected a live process, got a crash',
    retryable: true,
  });

  /** Runs the end of the story; the n-th call dies. @returns whether there were so many */
  async function dies(n: number, moment: 'before' | 'after'): Promise<boolean> {
    await world.restart();
    appended = 0;
    await happens(DECLARED, ...first);
    await append([RESOLVED, ...resolution()]);
    let calls = 0;
    const hook: Hook = (_port, _method, when) => {
      if (when !== moment) return;
      calls += 1;
      if (calls === n) throw CRASH;
    };
    await world
      .worker(hook)
      .run.run(INCIDENT)
      .catch(() => {});
    for (let again = 0; again < 3; again += 1) await world.worker().run.run(INCIDENT);
    return calls >= n;
  }

  it.each(['before', 'after'] as const)(
    '%s it leaves one version and one file an event',
    async (moment) => {
      let n = 1;
      for (; await dies(n, moment); n += 1) {
        const written = await versions();
        expect(written, `call ${n}`).toHaveLength(2);
        const kept = (await world.rows.readPostmortem(INCIDENT)) as string;
        expect(sha256Hex(kept), `call ${n}`).toBe(written.at(-1)?.details.sha256);
        expect(kept).toContain(LAST_WORDS);
        expect(new Set(world.chat.titles).size, `call ${n}`).toBe(2);
        expect(world.chat.files, `call ${n}`).toEqual([NAME, NAME]);
      }
      expect(n).toBeGreaterThan(50);
    },
  );
});
