import type { GroupState, SourcePerson } from '../../domain/alert-signal.ts';
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

/** Groups, and people, remembered; the oldest goes first. */
const REMEMBERED_MAX = 500;
/** People change their address seldom. Unit: ms. */
const PERSON_KEPT_MS = 600_000;
/** Pages of one list, of 50 groups each. */
const PAGES_MAX = 4;
/** OnCall's filter words for what is not resolved; its answers say `firing` for `new`. */
const OPEN_STATES = ['new', 'acknowledged', 'silenced'] as const;
const STATES: readonly GroupState[] = ['firing', 'acknowledged', 'resolved', 'silenced'];
const NAME_MAX = 300;

type Remembered<T> = { askedAtMs: number; answer: Promise<T> };

/** Grafana OnCall's alert groups, asked through its API. */
export class OnCallAlertGroups implements AlertGroups {
  readonly #client: OnCallClient | undefined;
  readonly #clock: Clock;
  readonly #groups = new Map<string, Remembered<Confirmed>>();
  readonly #people = new Map<string, Remembered<SourcePerson | null>>();

  /** @param of.client - undefined: not configured, and nothing is ever asked */
  constructor(of: { client: OnCallClient | undefined; clock: Clock }) {
    this.#client = of.client;
    this.#clock = of.clock;
  }

  async confirm(group: string, sinceMs: number): Promise<Confirmed> {
    const client = this.#client;
    if (!client) return unasked('not_configured');
    const confirmed = await this.#shared(this.#groups, group, sinceMs, () => ask(client, group));
    // A failure serves who waited for it and nobody after.
    if (confirmed.kind === 'unasked') this.#groups.delete(group);
    return confirmed;
  }

  async listOpen(sinceMs: number): Promise<ListedGroup[]> {
    const client = this.#client;
    if (!client) return [];
    const started = `${instant(sinceMs)}_${instant(this.#clock.nowMs())}`;
    const found = new Map<string, ListedGroup>();
    const read = async (state: string) => {
      const query = { state, started_at: started };
      for await (const rows of client.pages('alert_groups', query, PAGES_MAX)) {
        for (const listed of rows.flatMap(listedGroup)) {
          if (listed.createdAtMs >= sinceMs) found.set(listed.id, listed);
        }
      }
    };
    // At the same time: each page has a deadline of its own, and they must not add up.
    await Promise.all(OPEN_STATES.map(read));
    return [...found.values()].sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  async personById(id: string): Promise<SourcePerson | null> {
    const client = this.#client;
    if (!client) return null;
    const sinceMs = this.#clock.nowMs() - PERSON_KEPT_MS;
    const person = await this.#shared(this.#people, id, sinceMs, () => askPerson(client, id));
    if (person === null) this.#people.delete(id);
    return person;
  }

  /** The answer to a question asked since then, or to a new one. */
  #shared<T>(
    kept: Map<string, Remembered<T>>,
    key: string,
    sinceMs: number,
    ask: () => Promise<T>,
  ): Promise<T> {
    const known = kept.get(key);
    if (known && known.askedAtMs >= sinceMs) return known.answer;
    const answer = ask();
    kept.delete(key);
    kept.set(key, { askedAtMs: this.#clock.nowMs(), answer });
    const oldest = kept.keys().next();
    if (kept.size > REMEMBERED_MAX && !oldest.done) kept.delete(oldest.value);
    return answer;
  }
}

async function ask(client: OnCallClient, group: string): Promise<Confirmed> {
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

async function askPerson(client: OnCallClient, id: string): Promise<SourcePerson | null> {
  try {
    const told = asObject(await client.get(`users/${id}`));
    if (!told) return null;
    const email = asText(told.email, NAME_MAX);
    return { id, username: asText(told.username, NAME_MAX) ?? id, email };
  } catch {
    return null; // Nobody is invited by a guess; who acknowledged is on record either way.
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
