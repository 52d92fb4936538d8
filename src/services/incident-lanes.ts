import type { IncidentMessage, IncidentQueue } from './ports.ts';

/**
 * The two queues in front of incident-worker. `alerts` holds what senders of alerts cause, however
 * much that is; `incidents` everything else: what people ask for, the effects of incidents, schedules.
 */
export type Lane = 'alerts' | 'incidents';

const ALERTS: ReadonlySet<unknown> = new Set(['alert', 'read_alert_group', 'replay_quarantined']);

/**
 * The queue a message belongs to. Messages of one FIFO group all go the same way: whatever is about
 * one alert group is in `alerts`, whatever is about one channel or one incident in `incidents`.
 *
 * Only the shape of a signed request counts, as where it is handled: a label beside it proves nothing.
 */
export function laneOf(message: object): Lane {
  if ('headers' in message || !('kind' in message)) return 'incidents';
  return ALERTS.has(message.kind) ? 'alerts' : 'incidents';
}

/** Sends each message to its lane, so that alerts fill no queue that a click waits in. */
export class IncidentLanes implements IncidentQueue {
  readonly #queues: Readonly<Record<Lane, IncidentQueue>>;

  constructor(queues: Readonly<Record<Lane, IncidentQueue>>) {
    this.#queues = queues;
  }

  send(message: IncidentMessage, as: { group: string; deduplicationId: string }): Promise<void> {
    return this.#queues[laneOf(message)].send(message, as);
  }
}
