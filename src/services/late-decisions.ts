import { DeliveryError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import { TAKEN_UP_LATE_AFTER_S } from '../domain/limits.ts';
import type { Asked } from './decision-rules.ts';
import type { PersonRequest } from './forms.ts';
import type { IncidentQueue, SignedRequestMessage } from './ports.ts';

/**
 * The FIFO group of what people ask for in one channel: commands, clicks and forms alike, so that they
 * are taken up in the order in which they came.
 */
export function requestGroup({
  channelId,
  userId,
}: Pick<PersonRequest, 'channelId' | 'userId'>): string {
  return `channel#${channelId ?? userId}`;
}

/**
 * A stop beats the go it overtook: an approval that is taken up late, or not at its first delivery,
 * comes back after everything that waits in its group by now. A rejection, an edit, a withdrawal or a
 * command that was signed meanwhile is on the trail before it, and it is judged by that.
 *
 * Asked when the approval could be given, because what counts is what was signed before that. While
 * something before it cannot be taken up the queue holds it back, until that is too old to count, and
 * then so is the approval: `RECEIVES_MAX` sees to it.
 *
 * @param ageS - since Slack signed it
 * @throws {DeliveryError} `BEHIND_OTHERS` (retryable): nothing was decided
 */
export function letOthersPass({ verb, request }: Asked, ageS: number): void {
  const isGo = verb === 'approve' || verb === 'break_glass';
  const { delivery, waited } = request;
  const isLate = delivery === 'after_a_wait' || ageS > TAKEN_UP_LATE_AFTER_S;
  // Once it has waited only a failure holds it up: otherwise many that wait would go in circles.
  if (!isGo || !(delivery === 'again' || (isLate && waited === undefined))) return;
  throw new DeliveryError({
    code: 'BEHIND_OTHERS',
    message: 'cannot approve now: expected what was signed meanwhile to be taken up first',
    retryable: true,
  });
}

/** Sends a request to the end of its group. Durable when it resolves; safe to repeat within 5 min. */
export function sendBehind(
  queue: IncidentQueue,
  { headers, body }: SignedRequestMessage,
  request: PersonRequest,
): Promise<void> {
  const waited = (request.waited ?? 0) + 1;
  return queue.send(
    { headers, body, waited },
    {
      group: requestGroup(request),
      deduplicationId: sha256Hex(`behind#${request.requestSha256}#${waited}`),
    },
  );
}
