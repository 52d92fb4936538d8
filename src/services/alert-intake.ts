import type { AlertSignal, SourcePerson } from '../domain/alert-signal.ts';
import { type AlertPath, isAlertPath, readAlert } from '../domain/alerts/alert-paths.ts';
import { signalAsTold, signalOfState, toldBy, toldState } from '../domain/alerts/told-group.ts';
import type { AlertMarks, Delivery } from './alert-details.ts';
import type { AlertGroups, ToldGroup, UnaskedBecause } from './alert-groups.ts';
import type { IncidentMessage, Log } from './ports.ts';
import type { ReceiveAlert } from './receive-alert.ts';

type AlertMessage = Extract<IncidentMessage, { kind: 'alert' }>;

/** Reason of an authenticated alert whose group its own source does not know. */
export const GROUP_UNKNOWN_TO_SOURCE = 'OnCall knows no such alert group';
/** Its bodies prove who sent them, and neither what was sent nor when. */
const CONFIRMED_PATH: AlertPath = '/webhooks/grafana-oncall/bearer';
/** People of one body that are looked up at the source; a step names a few. */
const PEOPLE_MAX = 20;

/**
 * The way of one accepted delivery to the record. Where a body proves nothing about itself, OnCall is
 * asked first and its word is taken: a group it does not know opens nothing, and what a known one is
 * said to have done counts as far as its state bears it out.
 *
 * When OnCall cannot be asked, the delivery goes ahead and is marked as unconfirmed.
 */
export class AlertIntake {
  readonly #deps: AlertIntakeDeps;

  constructor(deps: AlertIntakeDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat. @returns the chains that hold what came of it */
  async receive(message: AlertMessage): Promise<string[]> {
    const { receiveAlert, groups, log } = this.#deps;
    const path = isAlertPath(message.path) ? message.path : undefined;
    if (path !== CONFIRMED_PATH) return [await receiveAlert.receive(message)];
    const read = readAlert(path, Buffer.from(message.bodyBase64, 'base64'));
    if (read.kind !== 'signal') return [await receiveAlert.receive(message)];
    const { signal } = read;
    const confirmed = await groups.confirm(signal.group, message.receivedAtMs);
    switch (confirmed.kind) {
      case 'unknown':
        log.count('ForgedAlert');
        log.warn('alert of a group that OnCall does not know', { requestId: message.requestId });
        return [await receiveAlert.refuse(withNobody(signal), message, GROUP_UNKNOWN_TO_SOURCE)];
      case 'unasked':
        return [await this.#unconfirmed(signal, message, confirmed.because)];
      case 'known':
        return this.#confirmed(signal, message, confirmed.group);
    }
  }

  async #unconfirmed(
    signal: AlertSignal,
    message: AlertMessage,
    because: UnaskedBecause,
  ): Promise<string> {
    const { receiveAlert, log } = this.#deps;
    if (because !== 'not_configured') log.count('AlertUnconfirmed', { because });
    const marks: AlertMarks = { confirmed: 'no', unconfirmedBecause: because };
    // Who sends enough can use up the rate limit, and must not choose whom we invite by that.
    const kept = because === 'rate_limited' ? withNobody(signal) : signal;
    return receiveAlert.place(kept, { ...message, marks });
  }

  async #confirmed(signal: AlertSignal, message: AlertMessage, told: ToldGroup): Promise<string[]> {
    const delivery: Delivery = { ...message, marks: { confirmed: 'yes' } };
    const sent = await this.#withPeople(signalAsTold(signal, told), { told, sent: signal });
    const steps = [sent];
    const state = await this.#stateOf(told);
    // A personal notification opens nothing, so neither does what comes with it.
    if (state && state.meaning !== sent.meaning && signal.kind !== 'personal_notification') {
      // A resolution first: what is older than it then opens nothing.
      if (toldState(told) === 'resolved') steps.unshift(state);
      else if (toldState(told) !== 'firing') steps.push(state);
    }
    return this.#placeAll(steps, delivery);
  }

  async #placeAll(steps: readonly AlertSignal[], delivery: Delivery): Promise<string[]> {
    const chains = new Set<string>();
    for (const step of steps) chains.add(await this.#deps.receiveAlert.place(step, delivery));
    return [...chains];
  }

  async #stateOf(told: ToldGroup): Promise<AlertSignal | undefined> {
    const signal = signalOfState(told);
    return signal && { ...signal, by: await this.#person(toldBy(told, signal.kind)) };
  }

  /**
   * The people of a body, by what OnCall has on file under their ids: nobody is invited by an address
   * that a body chose.
   */
  async #withPeople(
    signal: AlertSignal,
    of: { told: ToldGroup; sent: AlertSignal },
  ): Promise<AlertSignal> {
    const { groups } = this.#deps;
    const byId = toldBy(of.told, of.sent.kind) ?? of.sent.by?.id ?? null;
    const [by, ...people] = await Promise.all([
      this.#person(byId),
      ...of.sent.people.slice(0, PEOPLE_MAX).map(({ id }) => groups.personById(id)),
    ]);
    return { ...signal, by: by ?? null, people: people.filter((person) => person !== null) };
  }

  async #person(id: string | null): Promise<SourcePerson | null> {
    return id === null ? null : this.#deps.groups.personById(id);
  }
}

export type AlertIntakeDeps = { receiveAlert: ReceiveAlert; groups: AlertGroups; log: Log };

function withNobody(signal: AlertSignal): AlertSignal {
  return { ...signal, people: [], by: signal.by && { ...signal.by, email: null } };
}
