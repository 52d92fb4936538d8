import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  plainItem,
  storableItem,
  storedItem,
} from '../../../src/adapters/dynamodb/attribute-values.ts';

/** Names that every object answers to without having them. */
const INHERITED = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'then', 'toJSON'];
const leaf = [fc.string(), fc.integer(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)];

describe('plainItem()', () => {
  it('reads every type that rows hold', () => {
    expect(
      plainItem({
        s: { S: '' },
        n: { N: '-1.5' },
        yes: { BOOL: true },
        none: { NULL: true },
        list: { L: [{ S: 'a' }, { L: [] }] },
        map: { M: { deep: { M: {} } } },
      }),
    ).toEqual({ s: '', n: -1.5, yes: true, none: null, list: ['a', []], map: { deep: {} } });
  });

  it('reads back whatever the SDK writes of plain values', () => {
    fc.assert(
      fc.property(fc.object({ values: leaf, maxDepth: 4 }), (item) => {
        expect(plainItem(marshall(item))).toEqual(item);
      }),
    );
  });

  it('keeps 2^53 - 1 and throws above it, where a number would be another', () => {
    expect(plainItem({ n: { N: '9007199254740991' } })).toEqual({ n: 9_007_199_254_740_991 });
    expect(() => plainItem({ n: { N: '9007199254740993' } })).toThrow('at most 53 bits');
  });

  it.each([
    ['a set', { SS: ['a'] }],
    ['bytes', { B: 'AA==' }],
    ['no type', {}],
    ['two types', { S: 'a', N: '1' }],
    ['nothing', null],
  ])('throws for %s, which no row holds', (_name, value) => {
    expect(() => plainItem({ v: value })).toThrow(/^cannot read a row: expected /);
  });
});

describe('storableItem()', () => {
  it.each(INHERITED)('stores and reads back a map with a member called “%s”', (name) => {
    const item = Object.fromEntries([['labels', Object.fromEntries([[name, 'x']])]]);
    const typed = storableItem(item);
    expect(Object.entries(typed.labels?.M ?? {})).toEqual([[name, { S: 'x' }]]);
    for (const read of [plainItem(typed), storedItem(typed)]) {
      expect(Object.entries(read.labels as object)).toEqual([[name, 'x']]);
    }
  });

  it('writes what the SDK writes of plain values', () => {
    fc.assert(
      fc.property(fc.object({ values: leaf, maxDepth: 4 }), (item) => {
        fc.pre(!/"(constructor|__proto__)":/.test(JSON.stringify(item)));
        expect(storableItem(item)).toEqual(marshall(item, { removeUndefinedValues: true }));
      }),
    );
  });

  it('leaves out a member without a value, as JSON does', () => {
    expect(storableItem({ a: undefined, b: { c: undefined } })).toEqual({ b: { M: {} } });
  });

  it('replaces half a character, which UTF-8 cannot hold', () => {
    expect(storableItem({ text: 'cut \ud83d' })).toEqual({ text: { S: 'cut \ufffd' } });
  });

  it('stores a map of another realm, or of none', () => {
    expect(storableItem({ map: Object.assign(Object.create(null), { a: 1 }) })).toEqual({
      map: { M: { a: { N: '1' } } },
    });
  });

  it('stores 2^53 - 1 and the 32nd level', () => {
    expect(storableItem({ n: 9_007_199_254_740_991 })).toEqual({ n: { N: '9007199254740991' } });
    expect(() => storableItem(nested(32))).not.toThrow();
  });

  it.each([
    ['2^53', { n: 9_007_199_254_740_992 }],
    ['what 1e400 reads as', { n: JSON.parse('1e400') }],
    ['not a number', { n: Number.NaN }],
    ['a date', { at: new Date(0) }],
    ['a set', { set: new Set(['a']) }],
    ['bytes', { bytes: Buffer.from('a') }],
    ['a function', { act: () => {} }],
    ['nothing in a list', { list: [undefined] }],
    ['a 33rd level', nested(33)],
  ])('refuses %s for good', (_name, item) => {
    expect(() => storableItem(item)).toThrow(
      expect.objectContaining({ code: 'ROW_INVALID', retryable: false }),
    );
  });
});

describe('storedItem()', () => {
  it.each([
    ['a set', { SS: ['a'] }],
    ['a number of more than 53 bits', { N: '9007199254740993' }],
    ['no type', {}],
  ])('makes %s what no schema accepts', (_name, value) => {
    expect(typeof storedItem({ v: value }).v).toBe('symbol');
  });
});

/** Maps in each other, the item among them. */
function nested(levels: number): Record<string, unknown> {
  return levels === 1 ? {} : { in: nested(levels - 1) };
}
