import { isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import { CodedError, codeOf, reasonOf } from '../domain/errors.ts';
import type { AlertIntake } from './alert-intake.ts';
import type { PersonRequest } from './forms.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, IncidentMessage, Log } from './ports.ts';
import type { Quarantine } from './quarantine.ts';
import type { RereadAlertGroup } from './reread-alert-group.ts';
import { WORKER } from './responders.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;
type ReadMessage = Extract<IncidentMessage, { kind: 'read_alert_group' }>;
type ReplayMessage = Extract<IncidentMessage, { kind: 'replay_quarantined' }>;
type Quarantined = Extract<AuditEvent, { type: 'ALERT_QUARANTINED' }>;

/**
 * Accepted alerts are on record, come what may: as the fact they are, or in quarantine with their
 * body, from where they can be placed again once what refused them is put right.
 */
export class AlertsOnRecord {
  readonly #deps: AlertsOnRecordDeps;

  constructor(deps: AlertsOnRecordDeps) {
    this.#deps = deps;
  }

  /**
   * Places one accepted alert. What refuses it twice, for a reason that does not pass, sends it to
   * quarantine; everything else is thrown, to be delivered again. Safe to repeat.
   * @returns the chains that hold what came of it
   */
  async receive(
    message: AlertMessage,
    delivery: PersonRequest['delivery'],
  ): Promise<readonly string[]> {
    const { intake, quarantine } = this.#deps;
    try {
      return await intake.receive(message);
    } catch (error) {
      this.#expectRefusal(error, delivery);
      return [await quarantine.refused(message, error)];
    }
  }

  /** The same for an alert group that its source is asked about. */
  async reread(
    message: ReadMessage,
    delivery: PersonRequest['delivery'],
  ): Promise<readonly string[]> {
    const { reread, quarantine } = this.#deps;
    try {
      return await reread.reread(message);
    } catch (error) {
      this.#expectRefusal(error, delivery);
      return [await quarantine.refusedGroup(message, error)];
    }
  }

  /** @throws the error when it may pass, or came for the first time */
  #expectRefusal(error: unknown, delivery: PersonRequest['delivery']): void {
    if (!isRefusedForGood(error) || delivery !== 'again') throw error;
    const code = codeOf(error);
    this.#deps.log.error('alert refused by the record, kept in quarantine', { code });
    this.#deps.log.count('AlertNotRecorded', { code });
  }

  /**
   * Places what is in quarantine as if it came now, and puts on its chain what came of that. Safe to
   * repeat: what was placed once is not placed again, and the same alert makes no second fact.
   * @returns the chains that hold what came of it
   */
  async replay({ incidentId, seq, askedAtMs }: ReplayMessage): Promise<readonly string[]> {
    const event = await this.#deps.trail.get(incidentId, seq);
    if (event?.type !== 'ALERT_QUARANTINED' || event.details.bodyBase64 === null) {
      this.#deps.log.warn('nothing to replay', { incidentId, seq });
      return [];
    }
    const { placed, refused } = await this.#place(event);
    await this.#deps.record.run<string>({
      incidentId,
      commandId: refused === null ? `replay#${seq}` : `replay#${seq}#${askedAtMs}`,
      actor: WORKER,
      decide: () => ({
        append: 'ALERT_REPLAYED',
        details: { quarantinedSeq: seq, placedOn: [...placed], refused },
      }),
    });
    return [...new Set([...placed, incidentId])];
  }

  async #place(event: Quarantined): Promise<{ placed: readonly string[]; refused: string | null }> {
    const message = messageOf(event);
    const { path } = message;
    const read = isAlertPath(path)
      ? readAlert(path, Buffer.from(message.bodyBase64, 'base64'))
      : ({ kind: 'unreadable', reason: 'an unknown path' } as const);
    if (read.kind === 'unreadable') return { placed: [], refused: read.reason };
    try {
      return { placed: await this.#deps.intake.receive(message), refused: null };
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      return { placed: [], refused: reasonOf(error) };
    }
  }
}

/** The delivery that a quarantined body came in, as far as it is kept. */
function messageOf({ incidentId, at, details }: Quarantined): AlertMessage {
  const { path, rawSha256, bodyBase64, truncated } = details;
  const [, year, month, day] = /^intake-(\d{4})(\d\d)(\d\d)$/.exec(incidentId) ?? [];
  const lastOfDay = Date.parse(`${year}-${month}-${day}T23:59:59.999Z`);
  return {
    kind: 'alert',
    path,
    // The same for each replay: what a sender gave no time to is told apart by its request.
    requestId: `replay of ${rawSha256}`,
    // Received on the day of its chain, even if it was put there after midnight.
    receivedAtMs: Math.min(Date.parse(at), lastOfDay),
    bodyBase64: bodyBase64 ?? '',
    rawSha256,
    truncated,
  };
}

/**
 * Whether the record refuses this very fact: its schema does, or the store does, or the trail it
 * belongs on is broken, or our code fails on it. Not: a store that is out, or that we may not use.
 */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof CodedError)) return true;
  return ['EVENT_INVALID', 'ROW_INVALID', 'TRAIL_CORRUPT'].includes(codeOf(error));
}

export type AlertsOnRecordDeps = {
  intake: Pick<AlertIntake, 'receive'>;
  reread: Pick<RereadAlertGroup, 'reread'>;
  quarantine: Pick<Quarantine, 'refused' | 'refusedGroup'>;
  record: IncidentRecord;
  trail: AuditTrail;
  log: Log;
};
