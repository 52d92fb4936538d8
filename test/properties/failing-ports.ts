import { sealEvent } from '../../src/domain/audit-event.ts';
import { DeliveryError, TrailError } from '../../src/domain/errors.ts';
import { type GateWorld, TEAM } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

const always = () => true;
const appends = (call: string) => call === 'trail.insert';

/**
 * Ways in which a call fails, and which calls can: nothing happened and an error came; it happened
 * and the answer was lost; refused several times in a row; another event took the number; the client
 * sent again by itself and was told that the number is taken, by its own event.
 */
export const FAILURE_KINDS = {
  'lost before': always,
  'lost after': always,
  throttled: always,
  conflict: appends,
  repeated: appends,
} as const satisfies Record<string, (call: string) => boolean>;
export type FailureKind = keyof typeof FAILURE_KINDS;

/** Calls in a row that a throttled service refuses. */
const THROTTLED_CALLS = 3;

const planned = new WeakSet<object>();

/** Whether an error is one that a test planned. */
export function isPlanned(error: unknown): boolean {
  return typeof error === 'object' && error !== null && planned.has(error);
}

/** Stands between the gate and its ports, and lets one of their calls fail. */
export class FailingPorts {
  /** The calls made so far, by name. */
  readonly calls: string[] = [];
  readonly #world: GateWorld;
  readonly #failure: { call: number; kind: FailureKind };

  constructor(world: GateWorld, failure: { call: number; kind: FailureKind }) {
    this.#world = world;
    this.#failure = failure;
    world.intercept = (call, perform) => this.#performed(call, perform);
  }

  /** No further call fails. */
  mend(): void {
    this.#world.intercept = (_call, perform) => perform();
  }

  async #performed<T>(call: string, perform: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    const { call: first, kind } = this.#failure;
    const since = this.calls.length - first;
    const fails = kind === 'throttled' ? since >= 0 && since < THROTTLED_CALLS : since === 0;
    if (first === 0 || !fails) return perform();
    if (kind === 'conflict') await this.#appendOther();
    if (kind === 'conflict') return perform();
    if (kind === 'repeated') {
      await perform();
      return 'taken' as T;
    }
    if (kind === 'lost after') await perform().catch(() => {});
    // It never reached the page: then that is what happened to this request.
    else if (call === 'page.publish') this.#world.page.fates.shift();
    throw errorOf(call, kind);
  }

  /** Somebody else's note, at the next number of the incident. */
  async #appendOther(): Promise<void> {
    const { trail, incidentId, nowMs } = this.#world;
    const head = (await trail.head(incidentId))!;
    const details = { text: `noted meanwhile in ${TEAM}` };
    await trail.insert(
      sealEvent({
        incidentId,
        seq: head.seq + 1,
        type: 'NOTE_ADDED',
        at: new Date(nowMs).toISOString(),
        actor: { kind: 'slack_user', id: 'U0EVE' },
        commandId: `note#${head.seq}`,
        details,
        prevHash: head.hash,
      }),
    );
  }
}

function errorOf(call: string, kind: FailureKind): Error {
  const message = 'cannot call: expected an answer, got the failure this test planned';
  const retryable = true;
  let error: Error;
  if (call.startsWith('trail.')) {
    error = new TrailError({ code: 'TRAIL_UNAVAILABLE', message, retryable });
  } else if (call.startsWith('page.')) {
    const isThrottled = kind === 'throttled';
    error = pageError(isThrottled ? 'PAGE_NOT_EXECUTED' : 'PAGE_OUTCOME_UNKNOWN', null);
  } else {
    error = new DeliveryError({ code: 'ROWS_UNAVAILABLE', message, retryable });
  }
  planned.add(error);
  return error;
}
