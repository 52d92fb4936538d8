import { isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import type { UnreadableReason } from '../domain/alerts/read-json.ts';
import { reasonOf } from '../domain/errors.ts';
import { type IncidentId, intakeChainId, sha256Hex } from '../domain/ids.ts';
import {
  COUNTED_BODIES_MAX,
  KEPT_BODY_MAX_BYTES,
  QUARANTINED_PER_MINUTE,
} from '../domain/limits.ts';
import { countAwaited, countTimer, lostTimers } from '../domain/timers.ts';
import { cutText } from '../domain/well-formed.ts';
import { fitAlertBody } from './fit-alert-body.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Clock, IncidentMessage, IncidentRows, Schedules } from './ports.ts';
import { WORKER } from './responders.ts';
import { timerSchedule } from './timer-schedule.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;
type CountDue = Extract<IncidentMessage, { kind: 'schedule'; purpose: 'quarantine_count' }>;

const UNREADABLE_WORDS: Record<UnreadableReason, string> = {
  EMPTY: 'its body is empty',
  NOT_UTF8: 'its body is no text',
  NOT_JSON: 'its body is no JSON',
  NO_ENVELOPE: 'its body is not of the form that this path’s sender uses',
  NO_GROUP: 'it names no alert group',
};

/** Why a body is in quarantine, for people. */
export function quarantineWords(reason: string): string {
  const known = Object.hasOwn(UNREADABLE_WORDS, reason);
  return known ? UNREADABLE_WORDS[reason as UnreadableReason] : reason;
}

/** Why an alert that was read is in quarantine; what refused it follows. */
export const NOT_RECORDED = 'it could not be put on record';

/**
 * Authenticated bodies that are no alert we can read, or one that the record refuses: each is an event
 * of the day's intake chain with the body as it came. Of unreadable ones over one a second the surplus
 * of a minute is counted into one event; its bodies are not kept, their hashes are covered by the
 * event's.
 */
export class Quarantine {
  readonly #deps: QuarantineDeps;

  constructor(deps: QuarantineDeps) {
    this.#deps = deps;
  }

  /**
   * Keeps an alert that was read, and whose fact can never be appended; however many there are.
   * Safe to repeat: the same body is one event. @returns the chain
   */
  async refused(message: AlertMessage, error: unknown): Promise<IncidentId> {
    const chain = intakeChainOf(message);
    const whole = Buffer.from(message.bodyBase64, 'base64');
    const { bytes, truncated } = fitted(message, whole);
    await this.#keep(
      chain,
      { ...message, truncated },
      {
        reason: `${NOT_RECORDED}: ${reasonOf(error)}`,
        bytes,
        perMinute: Number.POSITIVE_INFINITY,
      },
    );
    return chain;
  }

  /**
   * Says that a group which its source was asked about can never be put on record. There is no body:
   * the sweeper has it asked about again each minute. Once a day and group. @returns the chain
   */
  async refusedGroup(
    { group, foundAtMs }: { group: string; foundAtMs: number },
    error: unknown,
  ): Promise<IncidentId> {
    const chain = intakeChainOf({ receivedAtMs: foundAtMs });
    const rawSha256 = sha256Hex(group);
    await this.#deps.record.run({
      incidentId: chain,
      commandId: `quarantine#group#${rawSha256}`,
      actor: WORKER,
      decide: () => ({
        append: 'ALERT_QUARANTINED',
        details: {
          path: 'asked of its source',
          reason: `${NOT_RECORDED}: ${reasonOf(error)}`,
          rawSha256,
          bytes: 0,
          bodyBase64: null,
          truncated: true,
          count: 1,
        },
      }),
    });
    return chain;
  }

  /** Safe to repeat: the same body is one event, or counted once. @returns the chain */
  async receive(message: AlertMessage, of: { reason: string; bytes: Buffer }): Promise<IncidentId> {
    const chain = intakeChainOf(message);
    const name = `counted#${message.rawSha256}`;
    const step = await this.#deps.rows.readStep(chain, 0, name);
    if (step?.done) return chain;
    const minute =
      step?.result.minute ??
      (await this.#keep(chain, message, { ...of, perMinute: QUARANTINED_PER_MINUTE }));
    if (minute !== undefined) {
      await this.#count(chain, {
        minute,
        name,
        rawSha256: message.rawSha256,
        bytes: of.bytes.length,
      });
    }
    return chain;
  }

  /** Puts a minute's surplus on record, once. */
  async summarise({ incidentId, minute }: Pick<CountDue, 'incidentId' | 'minute'>): Promise<void> {
    const { record, rows } = this.#deps;
    const counted = await rows.countedBodies(incidentId, minute, COUNTED_BODIES_MAX);
    if (counted.length === 0) return;
    const atLeast = counted.length === COUNTED_BODIES_MAX ? 'at least ' : '';
    await record.run({
      incidentId,
      commandId: summaryOf(minute),
      actor: WORKER,
      decide: () => ({
        append: 'ALERT_QUARANTINED',
        details: {
          path: 'several',
          reason: `${atLeast}${counted.length} more than were kept in the minute ${minute}`,
          rawSha256: sha256Hex(counted.map(({ rawSha256 }) => rawSha256).join('\n')),
          bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
          bodyBase64: null,
          truncated: true,
          count: counted.length,
        },
      }),
    });
  }

  /** The sweeper came: counts the newest minute if the schedule that should have asked was lost. */
  async overdue(chain: string): Promise<void> {
    const { record, clock } = this.#deps;
    const state = (await record.load(chain))?.state;
    const timer = state && countAwaited(state, clock.nowMs());
    if (!timer || lostTimers([timer], clock.nowMs()).length === 0) return;
    await this.summarise({ incidentId: chain, minute: timer.minute });
  }

  /** @returns the running minute when it has had its share */
  async #keep(
    chain: IncidentId,
    message: AlertMessage,
    { reason, bytes, perMinute }: { reason: string; bytes: Buffer; perMinute: number },
  ): Promise<string | undefined> {
    const kept = bytes.subarray(0, KEPT_BODY_MAX_BYTES);
    const outcome = await this.#deps.record.run<string>({
      incidentId: chain,
      commandId: `quarantine#${message.rawSha256}`,
      actor: WORKER,
      decide: (intake, next) => {
        const minute = next.at.slice(0, 16);
        const { quarantine } = intake ?? {};
        if (quarantine?.minute === minute && quarantine.kept >= perMinute) {
          return { decline: minute };
        }
        return {
          append: 'ALERT_QUARANTINED',
          details: {
            path: cutText(message.path, 300),
            reason,
            rawSha256: message.rawSha256,
            bytes: bytes.length,
            bodyBase64: kept.toString('base64'),
            truncated: message.truncated || kept.length < bytes.length,
            count: 1,
          },
        };
      },
    });
    return outcome.kind === 'declined' ? outcome.because : undefined;
  }

  async #count(
    chain: IncidentId,
    of: { minute: string; name: string; rawSha256: string; bytes: number },
  ): Promise<void> {
    const { rows, schedules, clock } = this.#deps;
    const isClosed = (await rows.appliedSeq(chain, summaryOf(of.minute))) !== undefined;
    // A minute that is on record takes no more; the running one does.
    const minute = isClosed ? new Date(clock.nowMs()).toISOString().slice(0, 16) : of.minute;
    await rows.writeStep(chain, 0, of.name, { done: false, result: { minute } });
    await rows.countBody(chain, minute, { rawSha256: of.rawSha256, bytes: of.bytes });
    const { purpose, name, dueAt } = countTimer(chain, minute);
    const message = { kind: 'schedule', name, purpose, incidentId: chain, minute } as const;
    await schedules.set(timerSchedule(message, dueAt));
    await rows.writeStep(chain, 0, of.name, { done: true, result: { minute } });
  }
}

/** A body that can be read again after it was kept, whatever its size. */
function fitted(message: AlertMessage, body: Buffer): { bytes: Buffer; truncated: boolean } {
  const { path, truncated } = message;
  if (!isAlertPath(path)) return { bytes: body, truncated };
  const kept = fitAlertBody({
    path,
    body,
    read: readAlert(path, body),
    maxBase64Bytes: KEPT_BODY_MAX_BYTES,
  });
  const bytes = Buffer.from(kept.bodyBase64, 'base64');
  return { bytes, truncated: truncated || kept.truncated };
}

export type QuarantineDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  schedules: Schedules;
  clock: Clock;
};

/** The chain of the day it was received, so that a redelivery after midnight finds it again. */
export function intakeChainOf(of: { receivedAtMs: number }): IncidentId {
  return intakeChainId(new Date(of.receivedAtMs).toISOString());
}

function summaryOf(minute: string): string {
  return `quarantine_count#${minute}`;
}
