import { describe, expect, it } from 'vitest';
import { keysOf, partitionOf } from '../../src/domain/event-keys.ts';
import { eventHash, type HashedFields } from '../../src/domain/hash-chain.ts';
import { evidenceOf } from '../../src/domain/trail-evidence.ts';
import { readChain, type StoredRow } from '../../src/domain/trail-rows.ts';
import { judgeChain, verdictOf } from '../../src/domain/trail-verdict.ts';
import { approved, chained, draft, INCIDENT, opened } from './gate-story.ts';

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
