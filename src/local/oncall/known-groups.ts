import type { Clock } from '../../services/ports.ts';
import {
  type AlertGroup,
  type AlertGroupSeed,
  alertGroupOfWebhook,
  makeAlertGroup,
} from './alert-groups.ts';

/** The group of the sample bodies that are shipped as fixtures and in the documentation. */
const SAMPLE = {
  id: 'I7FQ3N5ZK8WTB',
  title: 'checkout-api 5xx ratio above 5%',
  created_at: '2026-03-14T09:27:12.589793Z',
};

/** The alert groups of the organisation, newest first. */
export class KnownGroups {
  readonly #clock: Clock;
  #groups: AlertGroup[] = [];
  /** Set by a person or test: what senders say does not change these. */
  readonly #pinned = new Set<string>();
  /** Time of the newest thing a webhook said, by group. Epoch ms. */
  readonly #newestMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Knows the group of the sample bodies, as it was when it was created. */
  knowSample(): void {
    this.#put(makeAlertGroup(SAMPLE, 0, this.#clock.nowMs()));
  }

  all(): readonly AlertGroup[] {
    return this.#groups;
  }

  /** Makes a group, or changes the one of this id. What a delivery says of it counts no more. */
  seed(seed: AlertGroupSeed): AlertGroup {
    const known = this.#groups.find(({ id }) => id === seed.id);
    const made = makeAlertGroup(seed, this.#groups.length, this.#clock.nowMs(), known);
    this.#pinned.add(made.id);
    return this.#put(made);
  }

  /** A group that its alert source just raised or changed, as its webhook shows it. */
  register(webhookBody: unknown): void {
    const group = alertGroupOfWebhook(webhookBody);
    if (!group || this.#pinned.has(group.id)) return;
    const atMs = eventTimeMs(webhookBody) ?? this.#clock.nowMs();
    // A webhook that comes late takes nothing back.
    if (atMs < (this.#newestMs.get(group.id) ?? 0)) return;
    this.#newestMs.set(group.id, atMs);
    this.#put(group);
  }

  /** A webhook that somebody sent in OnCall's name: of a group we know, it tells its state. */
  heard(webhookBody: unknown): void {
    const group = alertGroupOfWebhook(webhookBody);
    if (group && this.#groups.some(({ id }) => id === group.id)) this.register(webhookBody);
  }

  #put(group: AlertGroup): AlertGroup {
    this.#groups = [group, ...this.#groups.filter(({ id }) => id !== group.id)];
    return group;
  }
}

function eventTimeMs(webhookBody: unknown): number | undefined {
  const { event } = webhookBody as { event?: { time?: unknown } };
  const atMs = typeof event?.time === 'string' ? Date.parse(event.time) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}
