import type { AlertSignal, GroupState } from '../domain/alert-signal.ts';
import {
  signalAsTold,
  signalOfState,
  signalTold,
  toldBy,
  toldState,
} from '../domain/alerts/told-group.ts';
import { sha256Hex } from '../domain/ids.ts';
import { isOver } from '../domain/transitions.ts';
import type { Delivery } from './alert-details.ts';
import type { AlertGroups, ToldGroup } from './alert-groups.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { FindKnownGroup, KnownGroup } from './known-groups.ts';
import type { IncidentMessage, Log } from './ports.ts';
import type { ReceiveAlert } from './receive-alert.ts';
import { WORKER } from './responders.ts';

type ReadMessage = Extract<IncidentMessage, { kind: 'read_alert_group' }>;

const SOURCE = 'grafana-oncall';
/** The kind that takes a group back to firing, by the state we have on record. */
const BACK_TO_FIRING: Partial<Record<GroupState, 'unacknowledge' | 'unsilence' | 'unresolve'>> = {
  acknowledged: 'unacknowledge',
  silenced: 'unsilence',
  resolved: 'unresolve',
};

export type RereadAlertGroupDeps = {
  groups: AlertGroups;
  receiveAlert: Pick<ReceiveAlert, 'place'>;
  known: FindKnownGroup;
  record: IncidentRecord;
  log: Log;
};

/**
 * Brings our record of one alert group in line with what OnCall says of it now: what was never
 * delivered is placed as if it had been, with the same meaning, so a delivery that comes later
 * changes nothing.
 */
export class RereadAlertGroup {
  readonly #deps: RereadAlertGroupDeps;

  constructor(deps: RereadAlertGroupDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. @returns the chains that hold what came of it */
  async reread(message: ReadMessage): Promise<string[]> {
    const { groups, known } = this.#deps;
    const confirmed = await groups.confirm(message.group, message.foundAtMs);
    // The sweeper finds it again in a minute.
    if (confirmed.kind === 'unasked') return [];
    const ours = await known(SOURCE, message.group);
    if (confirmed.kind === 'unknown') return ours ? this.#doubt(ours.incidentId, message) : [];
    const told = confirmed.group;
    const steps = ours ? await this.#missing(ours, told) : neverDelivered(told);
    const delivery: Delivery = {
      requestId: `reconciliation#${message.foundAtMs}`,
      receivedAtMs: message.foundAtMs,
      rawSha256: sha256Hex(JSON.stringify(told)),
      truncated: false,
      marks: { confirmed: 'yes', foundBy: 'reconciliation' },
    };
    const chains = new Set<string>();
    for (const step of steps) {
      const by = toldBy(told, step.kind);
      const person = by === null ? null : await groups.personById(by);
      chains.add(await this.#deps.receiveAlert.place({ ...step, by: person }, delivery));
    }
    return [...chains];
  }

  /** What our record lacks of the group's present state. */
  async #missing(ours: KnownGroup, told: ToldGroup): Promise<AlertSignal[]> {
    const loaded = await this.#deps.record.load(ours.incidentId);
    if (!loaded) return [];
    const isOwn = ours.kind === 'own';
    const onRecord = (isOwn ? loaded.state.alertGroup?.state : ours.state) ?? 'firing';
    // A run that died between opening the incident and putting the alert on it.
    const isBare = isOwn && loaded.state.alertGroup?.state === null && !isOver(loaded.state);
    if (isBare) return neverDelivered(told);
    const state = toldState(told);
    if (state === null || state === onRecord) return [];
    if (isOver(loaded.state)) {
      // Over for us and never resolved there: nothing fires again. Resolved there before: it does.
      return onRecord === 'resolved' && state !== 'resolved' ? againAfter(told, 'resolved') : [];
    }
    if (state === 'firing') return againAfter(told, onRecord);
    const signal = signalOfState(told);
    return signal ? [signal] : [];
  }

  /**
   * An incident of ours about a group that OnCall does not know: opened while OnCall could not be
   * asked, by a delivery that proved nothing. Others, such as drills, were signed, and are left alone.
   */
  async #doubt(incidentId: string, { group }: ReadMessage): Promise<string[]> {
    const { record, log } = this.#deps;
    await record.run({
      incidentId,
      commandId: `unknown_to_source#${sha256Hex(group)}`,
      actor: WORKER,
      decide: (incident) => {
        if (!incident?.alertGroup?.unconfirmed || isOver(incident)) return { decline: 'proven' };
        log.count('ForgedAlert');
        return { append: 'NOTE_ADDED', details: { text: UNKNOWN_TO_SOURCE } };
      },
    });
    return [incidentId];
  }
}

const UNKNOWN_TO_SOURCE =
  'OnCall can be asked again, and knows no alert group of this incident. The alert may be forged: ' +
  'look at the monitored system itself before you act on it, and tell your security team.';

/** Created, and then whatever it came to since. */
function neverDelivered(told: ToldGroup): AlertSignal[] {
  const state = toldState(told);
  // Open when the sweeper saw it: what is over by now needs nobody.
  if (state === null || state === 'resolved') return [];
  const steps = [signalTold(told, 'created'), state === 'firing' ? undefined : signalOfState(told)];
  return steps.filter((step) => step !== undefined);
}

/** Firing again after a state we have on record, and then whatever it came to since. */
function againAfter(told: ToldGroup, onRecord: GroupState): AlertSignal[] {
  const kind = BACK_TO_FIRING[onRecord];
  const created = signalTold(told, 'created');
  if (!kind || !created) return [];
  const again = signalAsTold({ ...created, kind, rawType: kind, occurredAt: null }, told);
  const state = toldState(told);
  const now = state === 'firing' ? undefined : signalOfState(told);
  return now ? [again, now] : [again];
}
