import { describe, expect, it } from 'vitest';
import { keysOf, partitionOf } from '../../src/domain/event-keys.ts';
import { eventHash, type HashedFields } from '../../src/domain/hash-chain.ts';
import { evidenceOf } from '../../src/domain/trail-evidence.ts';
import { readChain, type StoredRow } from '../../src/domain/trail-rows.ts';
import {
  type ChainVerdict,
  judgeChain,
  signatureOf,
  verdictOf,
} from '../../src/domain/trail-verdict.ts';
import {
  approvalToken,
  approved,
  chained,
  draft,
  type Fact,
  INCIDENT,
  notExecuted,
  opened,
  publicationToken,
  published,
  started,
} from './gate-story.ts';

const pk = partitionOf(INCIDENT);

describe('evidenceOf()', () => {
  it('reads what each kind of row knows of the trail', () => {
    const evidence = evidenceOf([
      { pk, sk: 'STATE', version: 3, state: { headHash: 'h' }, actedSeq: 2 },
      { pk, sk: 'CMD#one', seq: 1 },
      { pk, sk: 'STEP#0000000003#card', done: true },
      { pk, sk: 'POSTMORTEM', markdown: '' },
      { pk: 'CHANNEL#C1', sk: 'INCIDENT', incidentId: INCIDENT },
      { pk: 'ALERTGROUP#x', sk: 'TOMBSTONE', resolvedAt: '' },
    ]);
    expect([...evidence.values()]).toEqual([
      {
        incidentId: INCIDENT,
        state: { version: 3, headHash: 'h' },
        unfinished: false,
        mentions: [
          { row: 'STATE', seq: 2, commandId: null },
          { row: 'CMD#one', seq: 1, commandId: 'one' },
          { row: 'STEP#0000000003#card', seq: 3, commandId: null },
          { row: 'POSTMORTEM', seq: 1, commandId: null },
          { row: 'INCIDENT', seq: 1, commandId: null },
        ],
      },
    ]);
  });

  it('knows of a STATE that was only announced, and asks for no trail', () => {
    const evidence = evidenceOf([{ pk, sk: 'STATE', unfinishedToken: 'one' }]).get(INCIDENT);
    expect(evidence).toMatchObject({ state: null, unfinished: true, mentions: [] });
    const chain = readChain(pk, []);
    const verdict = judgeChain(chain, { signatures: new Map(), evidence });
    expect(verdict.problems).toEqual([]);
  });
});

describe('judgeChain()', () => {
  it('names an approval whose signature was not checked', () => {
    const A = draft('drf-a');
    const rows = chained([opened, A, approved(A)]).map((event) => ({ ...event }));
    const events = chained([opened, A, approved(A)]);
    const chain = { incidentId: INCIDENT, events, headSeq: rows.length, problems: [] };
    const verdict = judgeChain(chain, { signatures: new Map(), evidence: 'unread' });
    expect(verdict.problems).toEqual([
      { incidentId: INCIDENT, seq: 3, reason: 'its signature was not checked' },
    ]);
    expect(verdict).toMatchObject({ chains: 1, events: 3, approvals: 0, publications: 0 });
  });

  it('names a command row that knows an event by another command', () => {
    const chain = { incidentId: INCIDENT, events: chained([opened]), headSeq: 1, problems: [] };
    const evidence = evidenceOf([
      { pk, sk: 'STATE', version: 1, state: { headHash: chain.events[0]!.hash } },
      { pk, sk: 'CMD#other', seq: 1 },
    ]).get(INCIDENT);
    expect(judgeChain(chain, { signatures: new Map(), evidence }).problems).toEqual([
      { incidentId: INCIDENT, seq: 1, reason: 'row CMD#other knows it by another command' },
    ]);
  });

  it('follows what events say of other incidents', () => {
    const linked = {
      type: 'ALERT_LINKED',
      details: { fromIncidentId: 'inc-2222222222222222' },
    } as const;
    const events = chained([opened, linked]);
    const chain = { incidentId: INCIDENT, events, headSeq: 2, problems: [] };
    const verdict = judgeChain(chain, { signatures: new Map(), evidence: 'unread' });
    expect(verdict.links).toEqual([{ incidentId: 'inc-2222222222222222', seq: 2 }]);
    const chains = new Map([[INCIDENT as string, verdict]]);
    expect(verdictOf(chains, undefined).ok).toBe(true);
    expect(verdictOf(chains, new Set([INCIDENT]))).toMatchObject({
      ok: false,
      firstBad: { incidentId: 'inc-2222222222222222', seq: 1 },
    });
  });
});

describe('signatureOf()', () => {
  it('is that of an approval and of a publication, and of nothing else', () => {
    const A = draft('drf-a');
    const events = chained([opened, A, approved(A), started(A), published(A)]);
    expect(events.map(signatureOf)).toEqual([
      undefined,
      undefined,
      { jws: 'jws', by: 'approval' },
      undefined,
      { jws: 'jws', by: 'publication' },
    ]);
  });
});

describe('judgeChain() of a publication', () => {
  const A = draft('drf-a');
  const honest = [opened, A, approved(A), started(A), published(A)];
  type Of = Parameters<typeof judgeChain>[1];

  /** Judges facts whose signatures are honest, but for those that are given. */
  const judge = (facts: readonly Fact[], tokens: object[] = [], receipts?: Of['receipts']) => {
    const events = chained(facts);
    const signatures = new Map<number, { token: unknown }>();
    for (const event of events) {
      const by = signatureOf(event)?.by;
      const made = by === 'approval' ? approvalToken(event) : by && publicationToken(event);
      if (made) signatures.set(event.seq, { token: { ...made, ...tokens[event.seq] } });
    }
    const chain = { incidentId: INCIDENT, events, headSeq: events.length, problems: [] };
    const verdict = judgeChain(chain, {
      signatures,
      evidence: 'unread',
      ...(receipts && { receipts }),
    });
    const problems = verdict.problems.map(({ seq, reason }) => `${seq}: ${reason}`);
    return { problems, approvals: verdict.approvals, publications: verdict.publications };
  };
  const withReceipt = honest.with(4, {
    ...published(A),
    details: { ...(published(A).details as object), receiptJws: 'jws' },
  });

  it('counts its approval and itself', () => {
    expect(judge(honest)).toEqual({ problems: [], approvals: 1, publications: 1 });
  });

  it('names an approval whose token says something else, and the attempt it does not count for', () => {
    expect(judge(honest, [{}, {}, {}, { digest: 'f'.repeat(64) }])).toEqual({
      problems: [
        '3: its signature covers another digest',
        '4: it needed 1 valid approval(s) and had 0',
      ],
      approvals: 0,
      publications: 1,
    });
  });

  it('names and does not count a publication whose token says something else', () => {
    expect(judge(honest, [{}, {}, {}, {}, {}, { pageDigest: '' }])).toEqual({
      problems: ['5: its signature covers another pageDigest'],
      approvals: 1,
      publications: 0,
    });
  });

  it('names an attempt that was found absent by one look', () => {
    const absent = notExecuted(A);
    const details = { ...(absent.details as object), absentLooks: 1 };
    const facts = [...honest.slice(0, 4), { ...absent, details }];
    expect(judge(facts).problems).toEqual(['5: it was found absent by 1 look(s)']);
  });

  it.each<[string, Of['receipts'], string]>([
    ['was not checked', undefined, 'its receipt was not checked'],
    [
      'was checked for another event only',
      new Map([[4, { token: {} }]]),
      'its receipt was not checked',
    ],
    ['did not verify', new Map([[5, { problem: 'a bad receipt' }]]), 'a bad receipt'],
    ['says nothing', new Map([[5, { token: {} }]]), 'its receipt is not readable'],
  ])('names and does not count one whose receipt %s', (_what, receipts, reason) => {
    expect(judge(withReceipt, [], receipts)).toEqual({
      problems: [`5: ${reason}`],
      approvals: 1,
      publications: 0,
    });
  });
});

describe('judgeChain()', () => {
  const unread = { signatures: new Map(), evidence: 'unread' } as const;

  it('keeps what is wrong with rows: the first of each number, in order', () => {
    const problem = (seq: number, reason: string) => ({ incidentId: INCIDENT, seq, reason });
    const problems = [problem(3, 'c'), problem(1, 'a'), problem(3, 'd'), problem(2, 'b')];
    const chain = { incidentId: INCIDENT, events: chained([opened]), headSeq: 1, problems };
    expect(judgeChain(chain, unread).problems).toEqual([
      problem(1, 'a'),
      problem(2, 'b'),
      problem(3, 'c'),
    ]);
  });

  it('follows an incident to the one it is an episode of', () => {
    const previousIncidentId = 'inc-2222222222222222';
    const again = { ...opened, details: { ...(opened.details as object), previousIncidentId } };
    const chain = { incidentId: INCIDENT, events: chained([again]), headSeq: 1, problems: [] };
    expect(judgeChain(chain, unread).links).toEqual([{ incidentId: previousIncidentId, seq: 1 }]);
  });
});

describe('verdictOf()', () => {
  const chainOf = (of: Partial<ChainVerdict>): ChainVerdict => ({
    chains: 1,
    events: 0,
    approvals: 0,
    publications: 0,
    problems: [],
    links: [],
    notes: [],
    holds: { hashes: new Map(), headSeq: of.events ?? 0 },
    ...of,
  });
  const bad = (incidentId: string, seq: number) => ({ incidentId, seq, reason: 'wrong' });

  it('adds up what was verified; a chain without a sound event is none', () => {
    const chains = new Map([
      ['inc-a', chainOf({ events: 5, approvals: 2, publications: 1 })],
      ['inc-b', chainOf({})],
      ['inc-c', chainOf({ events: 1, approvals: 1, publications: 3 })],
    ]);
    expect(verdictOf(chains, undefined)).toEqual({
      ok: true,
      chains: 2,
      events: 6,
      approvals: 3,
      publications: 4,
    });
  });

  it.each([[['inc-a', 'inc-b']], [['inc-b', 'inc-a']]])(
    'names the first chain by its id, in whatever order they were read: %j',
    (ids) => {
      const chains = new Map(
        ids.map((id) => [id, chainOf({ problems: [bad(id, 2), bad(id, 1)] })]),
      );
      expect(verdictOf(chains, undefined)).toMatchObject({
        firstBad: { incidentId: 'inc-a', seq: 1 },
        problems: [bad('inc-a', 1), bad('inc-a', 2), bad('inc-b', 1), bad('inc-b', 2)],
      });
    },
  );

  it('says which event names a trail that is missing, and follows links to those that are there', () => {
    const links = [{ incidentId: 'inc-z', seq: 2 }];
    const chains = new Map([['inc-a', chainOf({ events: 2, links })]]);
    expect(verdictOf(chains, new Set(['inc-a', 'inc-z'])).ok).toBe(true);
    expect(verdictOf(chains, new Set(['inc-a']))).toMatchObject({
      problems: [
        { incidentId: 'inc-z', seq: 1, reason: 'the whole trail is missing: inc-a#2 names it' },
      ],
    });
  });
});

describe('readChain()', () => {
  it('names a key that is no number once, whatever the row says', () => {
    const { problems } = readChain(pk, [
      { pk, sk: '0000000000' },
      { pk, sk: 1 },
    ]);
    expect(problems).toEqual([
      {
        incidentId: INCIDENT,
        seq: 0,
        reason: 'its sort key is not a sequence number of ten digits',
      },
    ]);
  });

  it('names several missing events as one gap', () => {
    const { problems, headSeq } = readChain(pk, [{ pk, sk: '0000000004' }]);
    expect(problems[0]).toEqual({
      incidentId: INCIDENT,
      seq: 1,
      reason: 'events 1 to 3 are missing',
    });
    expect(headSeq).toBe(4);
  });

  it('names the second event of one command', () => {
    const note = { type: 'NOTE_ADDED', details: { text: 'twice' } } as const;
    const rows = chained([opened, note, note]).map((event) => ({ ...event, ...keysOf(event) }));
    const [first, second, third] = rows as unknown as [StoredRow, StoredRow, StoredRow];
    const copy = { ...third, commandId: second.commandId };
    const twice = { ...copy, hash: eventHash(copy as unknown as HashedFields) };
    expect(readChain(pk, [first, second, twice]).problems).toEqual([
      { incidentId: INCIDENT, seq: 3, reason: 'its command already made event 2' },
    ]);
  });

  it('names a partition that is no chain', () => {
    expect(readChain('INCIDENT#x', [{ sk: 'y' }]).problems).toEqual([
      { incidentId: 'x', seq: 0, reason: 'its partition key is not that of a chain' },
    ]);
  });
});
