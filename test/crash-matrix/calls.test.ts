import { describe, expect, it } from 'vitest';
import { discoveredIn, type MadeCall } from './calls.ts';
import { pairsOf } from './disturbances.ts';

const sign: MadeCall = { fake: 'aws', caller: 'publisher', operation: 'kms:Sign' };
const key: MadeCall = { fake: 'aws', caller: 'publisher', operation: 'kms:GetPublicKey' };

it('discoveredIn() counts a call as often as the play that makes it most', () => {
  const found = discoveredIn({ warm: [[sign], [sign, sign], [sign]], cold: [[sign], [sign], []] });
  expect(found).toEqual([
    { ...sign, nth: 1, cold: false, plays: 3, seen: 3 },
    { ...sign, nth: 2, cold: false, plays: 3, seen: 1 },
  ]);
});

it('discoveredIn() disturbs a call where it is made most reliably', () => {
  const found = discoveredIn({ warm: [[key], [], []], cold: [[key], [key], [key]] });
  expect(found).toEqual([{ ...key, nth: 1, cold: true, plays: 3, seen: 3 }]);
});

it('discoveredIn() tells the callers and the operations of calls apart', () => {
  const other = { ...sign, caller: 'incident-worker' };
  const found = discoveredIn({ warm: [[sign, other, key]], cold: [] });
  expect(found.map(({ caller, operation, nth }) => [caller, operation, nth])).toEqual([
    ['incident-worker', 'kms:Sign', 1],
    ['publisher', 'kms:GetPublicKey', 1],
    ['publisher', 'kms:Sign', 1],
  ]);
});

describe('pairsOf()', () => {
  const call = (operation: string, nth: number) => ({
    ...{ fake: 'aws' as const, caller: 'publisher', operation, nth },
    ...{ cold: false, plays: 1, seen: 1 },
  });
  const calls = [1, 2, 3].map((nth) => call('dynamodb:ExecuteStatement', nth));

  it('plans two faults at two calls, and the same ones for the same seed', () => {
    const pairs = pairsOf(4, 7)(calls);
    expect(pairs).toHaveLength(4);
    for (const { call: one, also } of pairs) expect(one.nth).not.toBe(also.call.nth);
    expect(pairsOf(4, 7)(calls)).toEqual(pairs);
    expect(pairsOf(4, 8)(calls)).not.toEqual(pairs);
  });

  it('lets a function that makes few calls have as many first faults as one that makes many', () => {
    const worker = calls.map((one) => ({ ...one, caller: 'incident-worker' }));
    const pairs = pairsOf(6, 7)([calls[0]!, ...worker]);
    const callers = pairs.map(({ call: { caller } }) => caller);
    expect(callers.filter((caller) => caller === 'publisher').length).toBeGreaterThanOrEqual(2);
  });
});
