import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { codeOf } from '../domain/errors.ts';
import { HELD_IN_QUEUE_AFTER_MS, RECEIVES_BEFORE_SWEEPER } from '../domain/limits.ts';
import type { Arrival } from '../services/alert-precedence.ts';
import type { IncidentMessage } from '../services/ports.ts';
import { composeIncidentWorker } from './compose-incident-worker.ts';
import {
  forEachRecord,
  jsonBodyOf,
  receiveCountOf,
  type SqsEvent,
  type SqsRecord,
  type SqsResult,
} from './sqs-delivery.ts';

/**
 * The function behind incidents.fifo: facts onto the trail, then their effects.
 *
 * A message is done when its fact is on the trail. One whose fact cannot be appended is delivered
 * again and ends in the dead-letter queue; what comes after the fact is left to the sweeper from the
 * fourth delivery on.
 * @throws {ConfigError} when the environment or the configuration folder is not complete
 */
export function createIncidentWorker(
  environment: Environment,
  system: System,
): (event: SqsEvent) => Promise<SqsResult> {
  const { handler, redelivery } = composeIncidentWorker(environment, system);
  const { log, clock } = system;

  async function handle(record: SqsRecord): Promise<'done' | 'again'> {
    const message = messageOf(record);
    if (!message) {
      // Nobody of ours writes such a message; delivering it again would not make it readable.
      log.error('message not understood', { messageId: record.messageId });
      log.count('MessageNotUnderstood');
      return 'done';
    }
    let factIsRecorded = false;
    try {
      const after = await handler.handle(
        message,
        deliveryOf(record, clock.nowMs()),
        arrivalOf(record),
      );
      factIsRecorded = true;
      await after();
      return 'done';
    } catch (error) {
      if (codeOf(error) === 'NOT_YET') {
        await redelivery.delay(record, error);
        return 'again';
      }
      log.warn('message failed', {
        messageId: record.messageId,
        code: codeOf(error),
        reason: error instanceof Error ? error.message : 'unknown',
        factIsRecorded,
      });
      if (factIsRecorded && receiveCountOf(record) >= RECEIVES_BEFORE_SWEEPER) return 'done';
      await redelivery.delay(record, error);
      return 'again';
    }
  }

  return (event) => forEachRecord(event, handle);
}

/** How the queue handed a message out; undefined: the first time, and soon after it was sent. */
function deliveryOf(record: SqsRecord, nowMs: number): 'again' | 'after_a_wait' | undefined {
  if (receiveCountOf(record) > 1) return 'again';
  const queuedMs = nowMs - Number(record.attributes.SentTimestamp ?? nowMs);
  return queuedMs > HELD_IN_QUEUE_AFTER_MS ? 'after_a_wait' : undefined;
}

/** Undefined: whoever delivers it does not say when it was sent. */
function arrivalOf(record: SqsRecord): Arrival | undefined {
  const { SentTimestamp, ApproximateFirstReceiveTimestamp } = record.attributes;
  if (SentTimestamp === undefined) return undefined;
  return {
    messageId: record.messageId,
    receives: receiveCountOf(record),
    sentAtMs: Number(SentTimestamp),
    firstReceivedAtMs: Number(ApproximateFirstReceiveTimestamp ?? SentTimestamp),
  };
}

const KINDS = [
  'alert',
  'replay_quarantined',
  'dead_letters',
  'publication_died',
  'read_alert_group',
  'work',
  'sweep',
  'publication_changed',
  'storm',
  'wake_at',
  'look_at_page',
  'schedule',
  'propose',
  'context',
];

function messageOf(record: SqsRecord): IncidentMessage | undefined {
  const body = jsonBodyOf(record);
  if (!body) return undefined;
  const signed = typeof body.headers === 'object' && body.headers && typeof body.body === 'string';
  const known = typeof body.kind === 'string' && KINDS.includes(body.kind);
  return signed || known ? (body as unknown as IncidentMessage) : undefined;
}
