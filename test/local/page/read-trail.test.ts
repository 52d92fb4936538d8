import { describe, expect, it } from 'vitest';
import { eventHash, GENESIS_HASH } from '../../../src/domain/hash-chain.ts';
import { judge, type ShownEvent } from '../../../src/local/page/read-trail.ts';

describe('judge()', () => {
  it('finds an untouched chain whole', () => {
    expect(judge(givenChain(3))).toEqual({ ok: true, eventCount: 3 });
    expect(judge([])).toEqual({ ok: true, eventCount: 0 });
  });

  it('names the event whose details were changed', () => {
    const [first, second, third] = givenChain(3);
    const changed = { ...second, details: { text: 'something else' } } as ShownEvent;
    expect(judge([first!, changed, third!])).toEqual({
      ok: false,
      seq: 2,
      reason: 'it was changed after it was written',
    });
  });

  it('names the number of an event taken from the middle', () => {
    const [first, , third] = givenChain(3);
    expect(judge([first!, third!])).toEqual({
      ok: false,
      seq: 2,
      reason: 'this event is missing',
    });
  });

  it('names an event that was rewritten with a hash of its own', () => {
    const [first, second, third] = givenChain(3);
    const fields = { ...second!, details: { text: 'something else' } };
    const rewritten = { ...fields, hash: eventHash(fields) };
    expect(judge([first!, rewritten, third!])).toEqual({
      ok: false,
      seq: 3,
      reason: 'it does not follow the event before it',
    });
  });

  it('names the first event cut off the end, once the longer chain was seen', () => {
    const chain = givenChain(3);
    const seen = { seq: 3, hash: chain[2]!.hash };
    expect(judge(chain, seen)).toEqual({ ok: true, eventCount: 3 });
    expect(judge(chain.slice(0, 1), seen)).toEqual({
      ok: false,
      seq: 2,
      reason: 'this event was deleted',
    });
  });

  it('names a last event that was replaced by another valid one', () => {
    const chain = givenChain(2);
    const seen = { seq: 2, hash: chain[1]!.hash };
    const fields = { ...chain[1]!, details: { text: 'something else' } };
    expect(judge([chain[0]!, { ...fields, hash: eventHash(fields) }], seen)).toEqual({
      ok: false,
      seq: 2,
      reason: 'it was replaced',
    });
  });
});

function givenChain(length: number): ShownEvent[] {
  const events: ShownEvent[] = [];
  let prevHash = GENESIS_HASH;
  for (let seq = 1; seq <= length; seq += 1) {
    const fields = {
      v: 1,
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      seq,
      type: 'NOTE_ADDED',
      at: '2026-03-14T09:27:12.589Z',
      actor: { kind: 'slack_user', id: 'U04MAYAITO1' },
      commandId: `note-${seq}`,
      details: { text: `note ${seq}` },
      prevHash,
    };
    prevHash = eventHash(fields);
    events.push({ ...fields, hash: prevHash });
  }
  return events;
}
