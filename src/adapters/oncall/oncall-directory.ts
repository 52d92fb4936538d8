import { asArray, asObject, asText, type JsonObject } from '../../domain/alerts/read-json.ts';
import { withoutAddress } from '../../services/alert-details.ts';
import type { Clock } from '../../services/ports.ts';
import type {
  CalledTo,
  Candidate,
  NotCalled,
  ResponderDirectory,
  SourceAnswer,
} from '../../services/responder-directory.ts';
import type { OnCallClient } from './oncall-client.ts';

/** How long a route, its policies and people serve further incidents. Unit: ms. */
const CHAIN_KNOWN_MS = 300_000;
/** How long "on call now" stays now. Unit: ms. */
const ON_CALL_KNOWN_MS = 60_000;
/** People of one chain; more would be everybody. */
const PEOPLE_MAX = 60;
/** Schedules read for one chain. */
const SCHEDULES_MAX = 10;
const POLICY_PAGES_MAX = 4;
/** Answers remembered; the oldest goes first. */
const REMEMBERED_MAX = 500;
const ID_MAX = 64;
const NAME_MAX = 200;

/** Steps that name people, and the field each names them in. */
const PEOPLE_IN: Record<string, string> = {
  notify_persons: 'persons_to_notify',
  notify_person_next_each_time: 'persons_to_notify_next_each_time',
};
/** Steps that name a group whose members OnCall's API does not tell. */
const GROUP_IN: Record<string, { field: string; what: string }> = {
  notify_team_members: { field: 'team_to_notify', what: 'team' },
  notify_user_group: { field: 'group_to_notify', what: 'user group' },
};

/** What the steps of a chain call for. */
type Wanted = { userIds: string[]; scheduleIds: string[]; unresolved: NotCalled[] };

/**
 * Who Grafana OnCall would call for an alert group: route → escalation chain → steps → their people,
 * and whoever is on call in their schedules now. All people of a round-robin step are called: whose
 * turn it is, the API does not tell.
 *
 * A step whose people cannot be told is named. An important round-robin step is not in OnCall's
 * answers at all, so its people are not called, and nothing can tell that they are missing. What is
 * read serves further incidents for a while, as OnCall's rate limit is small.
 */
export class OnCallDirectory implements ResponderDirectory {
  readonly name = 'OnCall';
  readonly #of: { client: OnCallClient; clock: Clock; teamId: string };
  readonly #remembered = new Map<string, { untilMs: number; answer: Promise<unknown> }>();

  /** @param of.teamId - our chat workspace: OnCall may know people by an id of another one */
  constructor(of: { client: OnCallClient; clock: Clock; teamId: string }) {
    this.#of = of;
  }

  async peopleFor({ alertGroup }: CalledTo): Promise<SourceAnswer | undefined> {
    if (alertGroup?.source !== 'grafana-oncall') return undefined;
    const group = asObject(await this.#of.client.get(`alert_groups/${alertGroup.group}`));
    const routeId = asText(group?.route_id, ID_MAX);
    const route = routeId ? await this.#one(`routes/${routeId}`, CHAIN_KNOWN_MS) : undefined;
    const chainId = asText(route?.escalation_chain_id, ID_MAX);
    // A drill of a group that OnCall never had, or a route that calls nobody: nothing to say.
    if (!chainId) return undefined;
    return this.#peopleOf(wantedBy(await this.#policies(chainId), this.name));
  }

  async #peopleOf({ userIds, scheduleIds, unresolved }: Wanted): Promise<SourceAnswer> {
    const notCalled = [...unresolved];
    const onCall = await Promise.all(
      scheduleIds.slice(0, SCHEDULES_MAX).map(async (id) => {
        const schedule = await this.#one(`schedules/${id}`, ON_CALL_KNOWN_MS);
        const now = asArray(schedule?.on_call_now).filter(isId);
        const title = asText(schedule?.name, NAME_MAX) ?? id;
        if (now.length === 0) notCalled.push(this.#notCalled(`schedule ${title}`, EMPTY));
        return now;
      }),
    );
    const ids = [...new Set([...userIds, ...onCall.flat()])];
    if (ids.length > PEOPLE_MAX) {
      const reason = `a chain of ${ids.length} people is cut at ${PEOPLE_MAX}`;
      notCalled.push(this.#notCalled('the rest of the chain', reason));
    }
    const people: Candidate[] = [];
    const users = ids.slice(0, PEOPLE_MAX).map((id) => this.#one(`users/${id}`, CHAIN_KNOWN_MS));
    for (const [index, user] of (await Promise.all(users)).entries()) {
      const id = ids[index] as string;
      if (user) people.push(this.#candidate(id, user));
      else notCalled.push(this.#notCalled(`user ${id}`, 'OnCall does not know them any more'));
    }
    return { people, unresolved: notCalled };
  }

  #candidate(id: string, user: JsonObject): Candidate {
    const userId = slackIdOf(user, this.#of.teamId);
    const email = asText(user.email, 320);
    return {
      email: email?.includes('@') ? email : null,
      reference: withoutAddress(asText(user.username, NAME_MAX) ?? id),
      source: this.name,
      ...(userId ? { userId } : {}),
    };
  }

  #notCalled(who: string, reason: string): NotCalled {
    return { who, source: this.name, reason };
  }

  async #policies(chainId: string): Promise<JsonObject[]> {
    const read = async () => {
      const policies: unknown[] = [];
      const query = { escalation_chain_id: chainId };
      const pages = this.#of.client.pages('escalation_policies', query, POLICY_PAGES_MAX);
      for await (const page of pages) policies.push(...page);
      return policies;
    };
    const policies = await this.#once(`policies of ${chainId}`, CHAIN_KNOWN_MS, read);
    // Filters that OnCall does not know are ignored: another chain's steps must not pass for ours.
    return objectsIn(policies)
      .filter((policy) => policy.escalation_chain_id === chainId)
      .sort((a, b) => Number(a.position) - Number(b.position));
  }

  async #one(path: string, knownMs: number): Promise<JsonObject | undefined> {
    return asObject(await this.#once(path, knownMs, () => this.#of.client.get(path)));
  }

  /** Asks once at a time and remembers the answer; a failure is remembered by nobody. */
  #once(key: string, knownMs: number, ask: () => Promise<unknown>): Promise<unknown> {
    const nowMs = this.#of.clock.nowMs();
    const before = this.#remembered.get(key);
    if (before && nowMs < before.untilMs) return before.answer;
    const answer = ask();
    this.#remembered.delete(key);
    this.#remembered.set(key, { untilMs: nowMs + knownMs, answer });
    answer.catch(() => this.#remembered.delete(key));
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_MAX) this.#remembered.delete(oldest as string);
    return answer;
  }
}

/** The account in our chat workspace of somebody whom OnCall knows; null: it knows of none there. */
export function slackIdOf(user: JsonObject, teamId: string): string | null {
  // The documents show a list here, the code answers an object.
  const slack = asObject(user.slack) ?? asObject(asArray(user.slack)[0]);
  return slack?.team_id === teamId ? asText(slack.user_id, ID_MAX) : null;
}

const EMPTY = 'nobody is on call there now';

/** Whom the steps of a chain call for, and which of them cannot tell. */
function wantedBy(policies: readonly JsonObject[], source: string): Wanted {
  const wanted: Wanted = { userIds: [], scheduleIds: [], unresolved: [] };
  for (const policy of policies) {
    const type = String(policy.type ?? '');
    const people = PEOPLE_IN[type];
    const group = GROUP_IN[type];
    if (people) wanted.userIds.push(...asArray(policy[people]).filter(isId));
    else if (type === 'notify_on_call_from_schedule') {
      if (isId(policy[type])) wanted.scheduleIds.push(policy[type]);
    } else if (group) {
      const who = `${group.what} ${asText(policy[group.field], ID_MAX) ?? '(unnamed)'}`;
      const reason = 'OnCall’s API does not tell who is in it';
      wanted.unresolved.push({ who, source, reason });
    }
  }
  wanted.scheduleIds = [...new Set(wanted.scheduleIds)];
  return wanted;
}

/** The objects of a list. */
function objectsIn(value: unknown): JsonObject[] {
  return asArray(value).flatMap((each) => {
    const object = asObject(each);
    return object ? [object] : [];
  });
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);
}
