import { describe, expect, it } from 'vitest';
import { deploymentOf, stateOf } from '../../../src/adapters/github/deployment.ts';

const status = (state: unknown, created_at: unknown) => ({ state, created_at });

describe('stateOf()', () => {
  it.each([
    [
      'the newest first',
      [status('success', '2026-03-01T10:02:00Z'), status('queued', '2026-03-01T10:00:00Z')],
    ],
    [
      'the oldest first',
      [status('queued', '2026-03-01T10:00:00Z'), status('success', '2026-03-01T10:02:00Z')],
    ],
    [
      'the first of two at once',
      [status('success', '2026-03-01T10:00:00Z'), status('queued', '2026-03-01T10:00:00Z')],
    ],
  ])('takes the newest: %s', (_order, statuses) => {
    expect(stateOf(statuses)).toBe('success');
  });

  it('tells a deployment without a status from one that cannot be read', () => {
    expect(stateOf([])).toBe('none');
    expect(stateOf({ message: 'Not Found' })).toBeUndefined();
    expect(stateOf([status('exploded', '2026-03-01T10:00:00Z')])).toBeUndefined();
    expect(stateOf([null])).toBeUndefined();
  });
});

describe('deploymentOf()', () => {
  const sha = 'a'.repeat(40);
  const whole = { id: 1, sha, created_at: '2026-03-01T10:00:00Z' };

  it('reads what is there, and cuts what is long', () => {
    expect(deploymentOf({ ...whole, ref: 'x'.repeat(300), creator: null })).toEqual({
      ...{ id: 1, sha, ref: 'x'.repeat(200), environment: '', description: '', by: '' },
      ...{ at: '2026-03-01T10:00:00.000Z', atMs: 1_772_359_200_000 },
    });
  });

  it.each([
    ['no commit', { ...whole, sha: 'main' }],
    ['no number', { ...whole, id: 1.5 }],
    ['no time', { ...whole, created_at: 'today' }],
    ['nothing', null],
  ])('takes %s for no deployment', (_what, given) => {
    expect(deploymentOf(given)).toBeUndefined();
  });
});
