import {
  ALERT_ROUTES,
  type AlertPath,
  alertQueueGroup,
  readAlert,
} from '../domain/alerts/alert-paths.ts';
import type { ReadAlert } from '../domain/alerts/read-alert.ts';
import { codeOf } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import { KEPT_BODY_MAX_BYTES, QUEUE_MESSAGE_MAX_BYTES } from '../domain/limits.ts';
import { fitAlertBody } from './fit-alert-body.ts';
import type { Clock, IncidentMessage, IncidentQueue, Log, Outbox } from './ports.ts';

/** Room in a queue message for everything but the body. Unit: bytes. */
const WRAPPING_MAX_BYTES = 2_048;
const REQUEST_ID_MAX = 200;

/** What the sender is told. */
export type AcceptOutcome =
  | 'accepted'
  /** Authenticated, but not an alert we can read: kept, and shown to people. */
  | 'quarantined'
  /** Neither queue nor outbox took it: the sender must send it again. */
  | 'not_stored';

export type AcceptAlertDeps = { queue: IncidentQueue; outbox: Outbox; clock: Clock; log: Log };

/** One authenticated delivery. */
export type Delivery = { path: AlertPath; body: Uint8Array; requestId: string };

/**
 * Stores one authenticated delivery durably: in the queue, or else in the outbox.
 *
 * What it means is judged later; here the body is read only to find its place in the queue. When
 * this resolves to anything but `not_stored`, the alert is never lost. Safe to repeat: the queue
 * drops a repetition within 5 min, the audit trail any other.
 */
export async function acceptAlert(
  deps: AcceptAlertDeps,
  delivery: Delivery,
): Promise<AcceptOutcome> {
  const read = readAlert(delivery.path, delivery.body);
  const place = placeOf(delivery, read);
  const outcome = read.kind === 'signal' ? 'accepted' : 'quarantined';
  const { path } = delivery;
  if (read.kind === 'unreadable') deps.log.count('AlertQuarantined', { code: read.reason, path });
  else deps.log.count('AlertAccepted', { source: read.signal.source, path });
  return (await store(deps, { delivery, read, place })) ? outcome : 'not_stored';
}

type Place = { group: string; deduplicationId: string };

/**
 * Where in the queue a delivery belongs. One without a stored time, or that says which state its group
 * is in, is deduplicated by its request alone: the same words may be a new fact.
 */
function placeOf(delivery: Delivery, read: ReadAlert): Place {
  const ofRequest = sha256Hex(`request ${delivery.requestId}`);
  if (read.kind === 'unreadable') {
    const group = alertQueueGroup(ALERT_ROUTES[delivery.path].source, `unreadable ${ofRequest}`);
    return { group, deduplicationId: ofRequest };
  }
  const { source, group, meaning, hasStoredTime, isSnapshot, comesAgain } = read.signal;
  const isOneFact = hasStoredTime && !isSnapshot && !comesAgain;
  return {
    group: alertQueueGroup(source, group),
    deduplicationId: isOneFact ? meaning : ofRequest,
  };
}

async function store(
  deps: AcceptAlertDeps,
  of: { delivery: Delivery; read: ReadAlert; place: Place },
): Promise<boolean> {
  const { place } = of;
  const atMs = deps.clock.nowMs();
  try {
    const maxBase64Bytes = QUEUE_MESSAGE_MAX_BYTES - WRAPPING_MAX_BYTES;
    await deps.queue.send(messageOf(of, { atMs, maxBase64Bytes }), place);
    return true;
  } catch (error) {
    deps.log.count('AlertToOutbox', { code: codeOf(error) });
  }
  try {
    const message = messageOf(of, { atMs, maxBase64Bytes: KEPT_BODY_MAX_BYTES });
    await deps.outbox.put({ id: place.deduplicationId, message, group: place.group, atMs });
    return true;
  } catch (error) {
    deps.log.count('AlertNotStored', { code: codeOf(error) });
    return false;
  }
}

function messageOf(
  of: { delivery: Delivery; read: ReadAlert },
  limit: { atMs: number; maxBase64Bytes: number },
): IncidentMessage {
  const { path, body, requestId } = of.delivery;
  return {
    kind: 'alert',
    path,
    requestId: requestId.slice(0, REQUEST_ID_MAX),
    receivedAtMs: limit.atMs,
    rawSha256: sha256Hex(body),
    ...fitAlertBody({ path, body, read: of.read, maxBase64Bytes: limit.maxBase64Bytes }),
  };
}
