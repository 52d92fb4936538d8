import { describe, expect, it } from 'vitest';
import { type ChainNote, noteProblems, notesOf } from '../../src/domain/chain-notes.ts';
import { chained, INCIDENT } from './gate-story.ts';

const DAY = 'intake-20261120';
const note = (seq: number, hash: string): ChainNote => ({
  by: { incidentId: DAY, seq: 3 },
  of: { incidentId: INCIDENT, seq, hash },
});
const chain = (hashes: string[], headSeq = hashes.length) =>
  new Map([[INCIDENT, { hashes: new Map(hashes.map((hash, n) => [n + 1, hash])), headSeq }]]);
const found = (seq: number, reason: string) => [{ incidentId: INCIDENT, seq, reason }];

describe('noteProblems()', () => {
  it('finds the noted event', () => {
    expect(noteProblems([note(2, 'b')], chain(['a', 'b', 'c']))).toEqual([]);
  });

  it('names a chain that is gone', () => {
    const reason = `the whole trail is missing: ${DAY}#3 noted it`;
    expect(noteProblems([note(2, 'b')], new Map())).toEqual(found(1, reason));
    expect(noteProblems([note(2, 'b')], chain([]))).toEqual(found(1, reason));
  });

  it('names the first event that is gone from the end', () => {
    const one = `the event is missing: ${DAY}#3 noted event 3`;
    expect(noteProblems([note(3, 'c')], chain(['a', 'b']))).toEqual(found(3, one));
    const many = `events 2 to 3 are missing: ${DAY}#3 noted event 3`;
    expect(noteProblems([note(3, 'c')], chain(['a']))).toEqual(found(2, many));
  });

  it('names an event that is another one now', () => {
    const reason = `${DAY}#3 noted another event here`;
    expect(noteProblems([note(2, 'b')], chain(['a', 'x', 'c']))).toEqual(found(2, reason));
  });

  it('leaves a row that is not sound to whoever read the chain', () => {
    expect(noteProblems([note(2, 'b')], chain(['a'], 3))).toEqual([]);
  });
});

describe('notesOf()', () => {
  it('says what a note and its link to the day before are about', () => {
    const of = { incidentId: INCIDENT, seq: 2, hash: 'b' };
    const dayBefore = { incidentId: 'intake-20261119', seq: 9, hash: 'd' };
    const details = { ...of, noted: 'INCIDENT_OPENED', dayBefore };
    const [event] = chained([{ type: 'CHAIN_NOTED', details }]);
    const by = { incidentId: INCIDENT, seq: 1 };
    expect(notesOf(event!)).toEqual([
      { by, of },
      { by, of: dayBefore },
    ]);
    expect(notesOf(chained([{ type: 'NOTE_ADDED', details: { text: '' } }])[0]!)).toEqual([]);
  });
});
