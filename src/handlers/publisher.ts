import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { CodedError, codeOf } from '../domain/errors.ts';
import { RECEIVES_BEFORE_SWEEPER } from '../domain/limits.ts';
import type { PublicationRequest } from '../services/statuspage-approval-gate.ts';
import { composePublisher } from './compose-publisher.ts';
import {
  forEachRecord,
  jsonBodyOf,
  receiveCountOf,
  type SqsEvent,
  type SqsRecord,
  type SqsResult,
} from './sqs-delivery.ts';

/**
 * The function behind publications.fifo: phase two of the approval gate, and the only one that can
 * read the status page's key.
 *
 * A failure before anything was sent is delivered again; from the fourth delivery on the sweeper
 * asks anew.
 * @throws {ConfigError} when the environment or the configuration folder is not complete
 */
export function createPublisher(
  environment: Environment,
  system: System,
): (event: SqsEvent) => Promise<SqsResult> {
  const { gate, drift, redelivery } = composePublisher(environment, system);
  const { log } = system;

  async function handle(record: SqsRecord): Promise<'done' | 'again'> {
    const request = requestOf(record);
    if (!request) {
      log.error('message not understood', { messageId: record.messageId });
      log.count('MessageNotUnderstood');
      return 'done';
    }
    try {
      const outcome = await gate.publish(request);
      if (outcome === 'nothing_to_do') await drift?.look(request);
      log.note('publication request handled', { incidentId: request.incidentId, outcome });
      return 'done';
    } catch (error) {
      const reason = String(error);
      log.warn('publication request failed', { code: codeOf(error), reason });
      // A permanent error is no better the next time; the sweeper asks anew once a minute.
      const permanent = error instanceof CodedError && !error.retryable;
      if (permanent || receiveCountOf(record) >= RECEIVES_BEFORE_SWEEPER) return 'done';
      await redelivery.delay(record, error);
      return 'again';
    }
  }

  return (event) => forEachRecord(event, handle);
}

/**
 * The ids, if they are ids at all; whether they name anything is the gate's to find out and record.
 * Whatever else the message carries is not looked at.
 */
function requestOf(record: SqsRecord): PublicationRequest | undefined {
  const { incidentId, draftId, revision } = jsonBodyOf(record) ?? {};
  const isId = (value: unknown): value is string =>
    typeof value === 'string' && value.length > 0 && value.length <= 300;
  if (!isId(incidentId) || !isId(draftId)) return undefined;
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision)) return undefined;
  return { incidentId, draftId: draftId.toWellFormed(), revision };
}
