import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainItem } from '../../../src/adapters/dynamodb/attribute-values.ts';

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
    const leaf = [fc.string(), fc.integer(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)];
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
