import { expect, it } from 'vitest';
import { cutText, wellFormedJson } from '../../src/domain/well-formed.ts';

it.each([
  ['whole', 5, 'whole'],
  ['too long', 3, 'too'],
  ['a🙂', 2, 'a\ufffd'],
])('cutText(%o, %i) is %o', (text, max, expected) => {
  expect(cutText(text, max)).toBe(expected);
});

it('makes every text well-formed, names too, and leaves out what is absent', () => {
  const value = { 'a\ud83d': ['b\ud83d', { c: undefined, d: null }], e: 1 };
  expect(wellFormedJson(value)).toEqual({ 'a\ufffd': ['b\ufffd', { d: null }], e: 1 });
});
