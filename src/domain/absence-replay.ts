import type { AuditEvent } from './audit-event.ts';

type NotExecutedEvent = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED' }>;

/** Fewer looks than this prove nothing, whatever a deployment is configured to. */
const LOOKS_MIN = 2;

/**
 * Why an attempt must not have been taken for absent: nobody knew how it ended, so the record must
 * show the looks, and one absence of a publication is all that is made good without a person. Once a
 * person was asked about the attempt, or asked for a look at it, it is theirs.
 *
 * An independent reading of the rules, as `startProblem`.
 *
 * @param before - every event before it, in order, from the first
 */
export function absenceProblem(
  event: NotExecutedEvent,
  before: readonly AuditEvent[],
): string | undefined {
  const { absentLooks, attemptId, publicationId } = event.details;
  if (absentLooks === undefined) return undefined;
  if (absentLooks < LOOKS_MIN) return `it was found absent by ${absentLooks} look(s)`;
  const again = before.some(
    (earlier) =>
      earlier.type === 'STATUSPAGE_PUBLISH_NOT_EXECUTED' &&
      earlier.details.publicationId === publicationId &&
      earlier.details.absentLooks !== undefined,
  );
  if (again) return 'its publication was found absent before, and no person decided';
  const startedAt = before.findLastIndex(
    (earlier) =>
      earlier.type === 'STATUSPAGE_PUBLISH_STARTED' && earlier.details.attemptId === attemptId,
  );
  const deadline = before[startedAt];
  if (deadline?.type !== 'STATUSPAGE_PUBLISH_STARTED') return 'it is about no attempt before it';
  if (event.at <= deadline.details.deadline) return 'it was found absent before its deadline';
  if (before.slice(startedAt).some((earlier) => leavesToPerson(earlier, event))) {
    return 'it was found absent after it was left to a person';
  }
  // The last look is this event itself; each one before it left its own.
  const looks = before.flatMap((earlier) =>
    earlier.type === 'STATUSPAGE_PUBLISH_UNCONFIRMED' && earlier.details.attemptId === attemptId
      ? [earlier.details.looks]
      : [],
  );
  const recorded = looks.length === 0 ? 0 : Math.max(...looks) + 1;
  return recorded >= absentLooks
    ? undefined
    : `it claims ${absentLooks} looks and the record shows ${recorded}`;
}

function leavesToPerson(earlier: AuditEvent, { details }: NotExecutedEvent): boolean {
  if (earlier.type === 'STATUSPAGE_PUBLISH_UNCONFIRMED') {
    return earlier.details.attemptId === details.attemptId && earlier.details.nextLookAt === null;
  }
  return (
    earlier.type === 'COMMAND_RECEIVED' &&
    earlier.details.command === 'statuspage_adopt' &&
    earlier.details.publicationId === details.publicationId
  );
}
