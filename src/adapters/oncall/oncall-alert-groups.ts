import type { GroupState } from '../../domain/alert-signal.ts';
import { asInstant, asObject, asText } from '../../domain/alerts/read-json.ts';
import { codeOf } from '../../domain/errors.ts';
import type {
  AlertGroups,
  Confirmed,
  ListedGroup,
  ToldGroup,
  UnaskedBecause,
} from '../../services/alert-groups.ts';
import type { Clock } from '../../services/ports.ts';
import type { OnCallClient } from './oncall-client.ts';

/** How long an answer serves the deliveries of one group that come close together. Unit: ms. */
export const CONFIRMED_FOR_MS = 3_000;
/** Groups remembered; the oldest goes first. */
const REMEMBERED_MAX = 500;
/** Pages of one list, of 50 groups each. */
const PAGES_MAX = 4;
/** OnCall's filter words for what is not resolved; its answers say `firing` for `new`. */
const OPEN_STATES = ['new', 'acknowledged', 'silenced'] as const;
const STATES: readonly GroupState[] = ['firing', 'acknowledged', 'resolved', 'silenced'];
const NAME_MAX = 300;

type Remembered = { untilMs: number; answer: Promise<Confirmed> };

/** Grafana OnCall's alert groups, asked through its API. */
export class OnCallAlertGroups implements AlertGroups {
  readonly #client: OnCallClient | undefined;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  /** @param of.client - undefined: not configured, and nothing is ever asked */
  constructor(of: { client: OnCallClient | undefined; clock: Clock }) {
    this.#client = of.client;
    this.#clock = of.clock;
  }

  async confirm(group: string): Promise<Confirmed> {
    if (!this.#client) return unasked('not_configured');
    const nowMs = this.#clock.nowMs();
    const remembered = this.#remembered.get(group);
    if (remembered && nowMs < remembered.untilMs) return remembered.answer;
    const answer = this.#ask(this.#client, group);
    this.#remember(group, { untilMs: nowMs + CONFIRMED_FOR_MS, answer });
    const confirmed = await answer;
    // A failure serves who waited for it and nobody after.
    if (confirmed.kind === 'unasked') this.#remembered.delete(group);
    return confirmed;
  }

  async listOpen(sinceMs: number): Promise<ListedGroup[]> {
    const client = this.#client;
    if (!client) return [];
    const started = `${instant(sinceMs)}_${instant(this.#clock.nowMs())}`;
    const found = new Map<string, ListedGroup>();
    for (const state of OPEN_STATES) {
      const query = { state, started_at: started };
      for await (const rows of client.pages('alert_groups', query, PAGES_MAX)) {
        for (const listed of rows.flatMap(listedGroup)) {
          if (listed.createdAtMs >= sinceMs) found.set(listed.id, listed);
        }
      }
    }
    return [...found.values()].sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  async personById(id: string): Promise<{
    id: string;
    username: string;
    email: string | null;
  } | null> {
    try {
      const told = asObject(await this.#client?.get(`users/${id}`));
      const email = asText(told?.email, NAME_MAX);
      return told ? { id, username: asText(told.username, NAME_MAX) ?? id, email } : null;
    } catch {
      return null; // Nobody is invited by a guess; who acknowledged is on record either way.
    }
  }

  async #ask(client: OnCallClient, group: string): Promise<Confirmed> {
    try {
      const told = await client.get(`alert_groups/${group}`);
      if (told === undefined) return { kind: 'unknown' };
      const known = knownGroup(told, group);
      return known ? { kind: 'known', group: known } : unasked('unavailable');
    } catch (error) {
      const isLimited = codeOf(error) === 'ONCALL_RATE_LIMITED';
      return unasked(isLimited ? 'rate_limited' : 'unavailable');
    }
  }

  #remember(group: string, remembered: Remembered): void {
    this.#remembered.delete(group);
    this.#remembered.set(group, remembered);
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > REMEMBERED_MAX && !oldest.done) {
      this.#remembered.delete(oldest.value);
    }
  }
}

/** The group if it is the one asked for, in a state we know; something else is not an answer. */
function knownGroup(told: unknown, group: string): ToldGroup | undefined {
  const object = asObject(told);
  return object?.id === group && stateOf(object) !== undefined ? object : undefined;
}

function listedGroup(row: unknown): ListedGroup[] {
  const told = asObject(row);
  const id = asText(told?.id, NAME_MAX);
  const state = told && stateOf(told);
  const createdAt = asInstant(told?.created_at);
  if (!id || !state || state === 'resolved' || createdAt === null) return [];
  return [{ id, state, createdAtMs: Date.parse(createdAt) }];
}

function stateOf(told: ToldGroup): GroupState | undefined {
  return STATES.find((state) => state === told.state);
}

function unasked(because: UnaskedBecause): Confirmed {
  return { kind: 'unasked', because };
}

/** As the filter takes it: whole seconds, without a zone, in UTC. */
function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
