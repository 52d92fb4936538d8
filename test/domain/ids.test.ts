import { expect, it } from 'vitest';
import { canonicalSha256Hex, isIncidentId } from '../../src/domain/ids.ts';

const ID = 'inc-abcdefghij234567';

it.each([
  [ID, true],
  [`x${ID}`, false],
  [`${ID}x`, false],
  ['inc-abcdefghij23456', false],
  ['inc-abcdefghij234561', false],
  ['INC-abcdefghij234567', false],
  ['intake-20261120', false],
])('isIncidentId(%s) is %s', (text, expected) => {
  expect(isIncidentId(text)).toBe(expected);
});

it('refuses to hash what is no JSON', () => {
  expect(() => canonicalSha256Hex(undefined)).toThrow(
    'cannot hash value: expected JSON, got undefined',
  );
});
