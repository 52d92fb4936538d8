import { expect, it } from 'vitest';
import type { DraftStatus } from '../../src/domain/incident-state.ts';
import { RunEffects } from '../../src/services/run-effects.ts';

/** Runs with nothing open. @returns whether the incident was taken off the sweeper's list */
async function isSettled(
  status: DraftStatus,
  attempt: object | null,
  quarantine?: { minute: string; kept: number },
): Promise<boolean> {
  let isCleared = false;
  const run = new RunEffects({
    record: {
      load: async () => ({
        state: { version: 3, incidentId: 'inc-1', drafts: [{ status, attempt }], quarantine },
        actedSeq: 3,
        unfinishedToken: 'token',
      }),
    },
    clock: { nowMs: () => 0 },
    rows: {
      readStep: async () => undefined,
      clearUnfinished: async () => {
        isCleared = true;
      },
    },
  } as unknown as ConstructorParameters<typeof RunEffects>[0]);
  await run.run('inc-aaaaaaaaaaaaaaaa');
  return isCleared;
}

it.each<[DraftStatus, object | null, boolean]>([
  ['published', null, true],
  ['publishing', {}, false],
  ['approved', null, false],
  ['unconfirmed', { nextLookAt: '2026-11-20T09:00:18.000Z' }, false],
  ['unconfirmed', { nextLookAt: null }, true],
  // Written before there were looks of our own.
  ['unconfirmed', {}, true],
  ['unconfirmed', null, true],
])('a draft that is %s, with %j: the sweeper need not come back: %s', async (...row) => {
  const [status, attempt, settled] = row;
  expect(await isSettled(status, attempt)).toBe(settled);
});

it.each([
  [60, '1970-01-01T00:00', false],
  [59, '1970-01-01T00:00', true],
  [60, '1969-12-31T22:58', true],
])(
  'an intake chain that kept %i bodies in %s: the sweeper need not come back: %s',
  async (...row) => {
    const [kept, minute, settled] = row;
    expect(await isSettled('published', null, { minute, kept })).toBe(settled);
  },
);
