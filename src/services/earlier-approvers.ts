import type { DraftState } from '../domain/incident-state.ts';
import type { EarlierApprover } from './decision-rules.ts';
import type { People } from './people.ts';

/**
 * Who else approved this revision, and whose approval has not run out; with the roles they hold now,
 * as they may have lost them in the meantime.
 * @throws {ChatError} when people or groups cannot be read
 */
export async function earlierApprovers(
  people: Pick<People, 'rolesOfEach' | 'identify' | 'tellApart'>,
  of: { userId: string; state: DraftState; at: string; readAfterMs?: number },
): Promise<EarlierApprover[]> {
  const { userId, state, at } = of;
  const ids = state.approvals
    .filter((one) => one.slackUserId !== userId && one.expiresAt > at)
    .map(({ slackUserId }) => slackUserId);
  if (ids.length === 0) return [];
  const held = await people.rolesOfEach(ids, of.readAfterMs);
  return Promise.all(
    ids.map(async (id, index) => {
      const person = await people.identify({ userId: id });
      const { self, unknown } = await people.tellApart(person, state.authors);
      const who = { person, ...held[index]! };
      return { who, self: new Set(self), unknown: new Set(unknown) };
    }),
  );
}
