import type { AlertKind, AlertSignal } from '../domain/alert-signal.ts';
import { isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import { DeliveryError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import { type Routing, serviceOf, severityOf } from '../domain/routing.ts';
import type { Clock, IncidentMessage } from './ports.ts';

/** How the queue handed one message out. Instants are epoch ms, by the queue's clock. */
export type Arrival = {
  messageId: string;
  /** 1: the first time. */
  receives: number;
  sentAtMs: number;
  firstReceivedAtMs: number;
};

/** An alert that could have been taken up so long ago shows that more come than are. Unit: ms. */
const BACKLOG_FROM_MS = 250;
/** So many of them within so long are a backlog; a few late ones are a slow moment. */
const BACKLOG_ALERTS = 10;
const BACKLOG_WITHIN_MS = 5_000;
/**
 * How often one alert lets others pass, and its first rest; each further one is twice as long, so that a
 * longer backlog is read to its end before what was put back comes again. Unit: ms.
 */
const PASSED_MAX = 4;
const REST_MS = 6_000;
/** Turns are spread over this, and none begins sooner. Unit: ms. */
const SPREAD_MS = 3_000;

/** Kinds that say "somebody is alerted". */
const FIRES: readonly AlertKind[] = ['created', 'escalation', 'unresolve'];

/**
 * Lets alerts that may open a P1 pass the rest while more come than are taken up: the rest goes back
 * into the queue until its next turn, for nothing but the reading of its body. Alerts of one group
 * never pass each other, as what goes back holds its FIFO group.
 *
 * Beyond as many P1 alerts as make a storm of their service, further ones count as the rest: they join
 * the storm. That is counted in the process alone, and only tells what is taken up first.
 */
export class AlertPrecedence {
  readonly #deps: { routing: Routing; clock: Clock };
  #late = { count: 0, sinceMs: 0 };
  readonly #urgentOf = new Map<string | null, { count: number; sinceMs: number }>();

  constructor(deps: { routing: Routing; clock: Clock }) {
    this.#deps = deps;
  }

  /** @throws {DeliveryError} `NOT_YET` (retryable) with `retryAfterS`: others come first */
  letPass(message: Extract<IncidentMessage, { kind: 'alert' }>, arrival: Arrival): void {
    const passed = arrival.receives - 1;
    if (passed >= PASSED_MAX) return;
    const nowMs = this.#deps.clock.nowMs();
    const waitedMs = nowMs - (passed === 0 ? arrival.sentAtMs : turnAtMs(arrival, passed));
    if (waitedMs <= BACKLOG_FROM_MS || !this.#isBacklog(nowMs)) return;
    if (this.#isUrgent(message)) return;
    let turn = passed + 1;
    while (turnAtMs(arrival, turn) < nowMs + SPREAD_MS) turn += 1;
    throw new DeliveryError({
      code: 'NOT_YET',
      message: 'cannot take up an alert: expected no backlog, got one that urgent alerts pass',
      retryable: true,
      retryAfterS: Math.ceil((turnAtMs(arrival, turn) - nowMs) / 1_000),
    });
  }

  #isBacklog(nowMs: number): boolean {
    if (nowMs - this.#late.sinceMs > BACKLOG_WITHIN_MS) this.#late = { count: 0, sinceMs: nowMs };
    this.#late.count += 1;
    return this.#late.count > BACKLOG_ALERTS;
  }

  #isUrgent({ path, bodyBase64 }: Extract<IncidentMessage, { kind: 'alert' }>): boolean {
    if (!isAlertPath(path)) return false;
    const read = readAlert(path, Buffer.from(bodyBase64, 'base64'));
    if (read.kind !== 'signal' || !FIRES.includes(read.signal.kind)) return false;
    const { routing } = this.#deps;
    return severityOf(routing, read.signal).severity === 'P1' && !this.#isStorm(read.signal);
  }

  #isStorm(signal: AlertSignal): boolean {
    const { routing, clock } = this.#deps;
    const { incidents, windowS } = routing.storm;
    const service = serviceOf(routing, signal)?.name ?? null;
    const nowMs = clock.nowMs();
    const known = this.#urgentOf.get(service);
    const isOld = known === undefined || nowMs - known.sinceMs > windowS * 1_000;
    const window = isOld ? { count: 0, sinceMs: nowMs } : known;
    window.count += 1;
    this.#urgentOf.set(service, window);
    return window.count > incidents;
  }
}

/** When an alert's n-th further turn begins: alerts that came together are spread over one turn. */
function turnAtMs({ messageId, firstReceivedAtMs }: Arrival, turn: number): number {
  const spread = Number.parseInt(sha256Hex(messageId).slice(0, 8), 16) % SPREAD_MS;
  return firstReceivedAtMs + REST_MS * (2 ** turn - 1) + spread;
}
