import { describe, expect, it } from 'vitest';
import {
  EVENT_TYPES,
  openEvent,
  problemOf,
  requireDetails,
  sealEvent,
} from '../../src/domain/audit-event.ts';
import { TrailError } from '../../src/domain/errors.ts';
import { incidentOfPartition, keysOf, withoutKeys } from '../../src/domain/event-keys.ts';
import { eventHash, GENESIS_HASH, sequenceKey } from '../../src/domain/hash-chain.ts';
import { wellFormedJson } from '../../src/domain/well-formed.ts';

const FIELDS = {
  incidentId: 'inc-aaaaaaaaaaaaaaaa',
  seq: 1,
  type: 'NOTE_ADDED',
  at: '2026-11-20T09:00:00.000Z',
  actor: { kind: 'slack_user', id: 'U0MAYA' },
  commandId: 'c1',
  details: { text: 'Disk is full' },
  prevHash: GENESIS_HASH,
} as const;

describe('sealEvent()', () => {
  it('hashes exactly the nine fields in RFC 8785 form', () => {
    // SHA-256 of the canonical text below, computed with sha256sum.
    const text =
      '{"actor":{"id":"U0MAYA","kind":"slack_user"},"at":"2026-11-20T09:00:00.000Z",' +
      '"commandId":"c1","details":{"text":"Disk is full"},"incidentId":"inc-aaaaaaaaaaaaaaaa",' +
      `"prevHash":"${GENESIS_HASH}","seq":1,"type":"NOTE_ADDED","v":1}`;
    expect(text).toHaveLength(276);
    expect(sealEvent(FIELDS).hash).toBe(
      '13d751ec351687baaa83f91fa5f0c61d73e6f4e54ecb15e66789d48d8f3cd114',
    );
  });

  it('hashes the same whatever else a row carries', () => {
    const event = sealEvent(FIELDS);
    expect(eventHash({ ...event, ...keysOf(event) } as typeof event)).toBe(event.hash);
    expect(withoutKeys({ ...event, ...keysOf(event) })).toEqual(event);
  });

  it('leaves out what is not given, so that what is hashed is what is stored', () => {
    const event = sealEvent({ ...FIELDS, actor: { ...FIELDS.actor, roles: undefined } });
    expect(event.actor).toStrictEqual({ kind: 'slack_user', id: 'U0MAYA' });
    expect(event).toEqual(sealEvent(FIELDS));
  });

  it('makes text well-formed wherever it stands', () => {
    expect(
      wellFormedJson({ 'a\ud83d': ['b\udd25', 1, null, true, { c: undefined }] }),
    ).toStrictEqual({
      'a\ufffd': ['b\ufffd', 1, null, true, {}],
    });
  });

  it.each([
    ['an incident id of another form', { incidentId: 'inc-1' }, 'event.incidentId'],
    ['number 0', { seq: 0 }, 'event.seq'],
    ['a time without milliseconds', { at: '2026-11-20T09:00:00Z' }, 'event.at'],
    [
      'an unknown kind of actor',
      { actor: { kind: 'robot', id: 'x' } },
      'event.actor.kind: not one of the expected values',
    ],
    ['a command id of 301 characters', { commandId: 'c'.repeat(301) }, 'event.commandId'],
    ['a note over 3,000 characters', { details: { text: 'x'.repeat(3_001) } }, 'details.text'],
    ['a detail nobody knows', { details: { text: '', mood: 'bad' } }, 'details: Unrecognized key'],
    [
      'a number that is not safe',
      { type: 'IC_RATED', details: { score: 2 ** 53 } },
      'details.score',
    ],
  ])('throws EVENT_INVALID for %s, naming the place', (_name, changed, place) => {
    const seal = () => sealEvent({ ...FIELDS, ...changed } as unknown as typeof FIELDS);
    expect(seal).toThrowWithCode(TrailError, 'EVENT_INVALID');
    expect(seal).toThrow(place);
  });

  it('repeats nothing of a text it refuses', () => {
    const seal = () => sealEvent({ ...FIELDS, details: { text: 'secret'.repeat(1_000) } });
    expect(seal).toThrow(/^(?!.*secret)/);
  });

  it('calls a refused fact not retryable: it will never fit', () => {
    const seal = () => sealEvent({ ...FIELDS, seq: 0 });
    expect(seal).toThrow(expect.objectContaining({ code: 'EVENT_INVALID', retryable: false }));
  });
});

describe('openEvent()', () => {
  it('gives back what was sealed', () => {
    const event = sealEvent(FIELDS);
    expect(openEvent({ ...event })).toEqual(event);
  });

  it.each([
    ['its words', { details: { text: 'Disk is fine' } }],
    ['its actor', { actor: { kind: 'slack_user', id: 'U0JONAS' } }],
    ['its number', { seq: 2 }],
    ['its command', { commandId: 'c2' }],
    ['its time', { at: '2026-11-20T09:00:00.001Z' }],
    ['the hash before it', { prevHash: '1'.repeat(64) }],
    ['its hash', { hash: '1'.repeat(64) }],
    ['its incident', { incidentId: 'inc-bbbbbbbbbbbbbbbb' }],
  ])('throws TRAIL_CORRUPT when %s was changed', (_name, changed) => {
    const open = () => openEvent({ ...sealEvent(FIELDS), ...changed });
    expect(open).toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    expect(open).toThrow('the hash does not match');
  });

  it('throws TRAIL_CORRUPT for a row that is no event', () => {
    expect(() => openEvent({})).toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    expect(() => openEvent({})).toThrow('cannot read event undefined#undefined: event.');
  });

  it('calls a broken row not retryable: reading it again mends nothing', () => {
    expect(() => openEvent({})).toThrow(
      expect.objectContaining({ code: 'TRAIL_CORRUPT', retryable: false }),
    );
  });
});

describe('problemOf()', () => {
  const problem = (changed: object) => problemOf({ ...sealEvent(FIELDS), ...changed });

  it('names details that are none, and a checkpoint where none belongs or of another shape', () => {
    expect(problem({ details: null })).toMatch(/^details/);
    const checkpoint = { worstSeverity: 'P9' };
    const with64 = { incidentId: 'inc-aaaaaaaaaaaaaaaa', details: { text: 'x', checkpoint } };
    expect(problem({ ...with64, seq: 63 })).toBe('details.checkpoint: this event is none');
    expect(problem({ ...with64, seq: 64 })).toMatch(/^details\.checkpoint\.worstSeverity/);
  });
  const digits = 'a1'.repeat(32);
  const withRoles = (roles: string[]) => ({ actor: { ...FIELDS.actor, roles } });

  it.each([
    ['an incident', { incidentId: 'inc-a2z7a2z7a2z7a2z7' }],
    ['a day', { incidentId: 'intake-20261120' }],
    ['a further chain of a day', { incidentId: 'intake-20261120-07' }],
    ['one role', withRoles(['x'])],
    ['20 roles of 80 characters', withRoles(Array.from({ length: 20 }, () => 'r'.repeat(80)))],
  ])('finds none in %s', (_name, changed) => {
    expect(problem(changed)).toBeUndefined();
  });

  it.each([
    ['incidentId', { incidentId: 'xinc-aaaaaaaaaaaaaaaa' }],
    ['incidentId', { incidentId: 'inc-aaaaaaaaaaaaaaaa2' }],
    ['incidentId', { incidentId: 'inc-aaaaaaaaaaaaaaa1' }],
    ['incidentId', { incidentId: 'xintake-20261120' }],
    ['incidentId', { incidentId: 'intake-202611200' }],
    ['incidentId', { incidentId: 'intake-2026112' }],
    ['incidentId', { incidentId: 'intake-20261120-7' }],
    ['incidentId', { incidentId: 'intake-20261120-007' }],
    ['incidentId', { incidentId: 'intake-november' }],
    ['prevHash', { prevHash: `a${digits}` }],
    ['prevHash', { prevHash: digits.slice(1) }],
    ['prevHash', { prevHash: digits.toUpperCase() }],
    ['hash', { hash: `x${digits}` }],
    ['hash', { hash: `${digits}x` }],
    ['prevHash', { prevHash: `x${digits}` }],
    ['prevHash', { prevHash: `${digits}x` }],
    ['actor.roles', withRoles(Array.from({ length: 21 }, () => 'r'))],
    ['actor.roles.0', withRoles(['r'.repeat(81)])],
  ])('names event.%s for %j', (place, changed) => {
    expect(problem(changed)?.split(':')[0]).toBe(`event.${place}`);
  });
});

describe('the names and keys of events', () => {
  it('knows 71 types, each of which refuses details that are not its own', () => {
    expect(EVENT_TYPES).toHaveLength(71);
    for (const type of EVENT_TYPES) {
      const event = { ...sealEvent(FIELDS), type, details: { nothing: 'of ours' } };
      expect([type, problemOf(event)?.startsWith('details')]).toEqual([type, true]);
    }
  });

  it('orders numbers as text', () => {
    expect([sequenceKey(1), sequenceKey(10), sequenceKey(9_999_999_999)]).toEqual([
      '0000000001',
      '0000000010',
      '9999999999',
    ]);
  });

  it.each([
    ['INCIDENT#inc-aaaaaaaaaaaaaaaa', 'inc-aaaaaaaaaaaaaaaa'],
    ['INCIDENT#intake-20261120', 'intake-20261120'],
    ['INCIDENT#intake-20261120-07', 'intake-20261120-07'],
    ['INCIDENT#inc-1', undefined],
    ['CHANNEL#C1', undefined],
  ])('reads the incident of partition %s as %s', (partition, incidentId) => {
    expect(incidentOfPartition(partition)).toBe(incidentId);
  });
});

describe('requireDetails()', () => {
  it('throws EVENT_INVALID for details that no event can have, naming the place', () => {
    expect(() => requireDetails('NOTE_ADDED', { text: 'x'.repeat(3_000) })).not.toThrow();
    expect(() => requireDetails('NOTE_ADDED', { text: 'x'.repeat(3_001) })).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', message: expect.stringContaining('text') }),
    );
  });
});
