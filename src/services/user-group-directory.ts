import type { Routing } from '../domain/routing.ts';
import type { ChatWorkspace, Clock } from './ports.ts';
import type {
  CalledTo,
  NotCalled,
  ResponderDirectory,
  SourceAnswer,
} from './responder-directory.ts';

/** How long the members of a group serve further incidents: two of the scarcest calls. Unit: ms. */
const MEMBERS_KNOWN_MS = 300_000;
/** People of one group; more would be everybody. */
const MEMBERS_MAX = 100;

/** The members of the chat workspace's user groups that `routing.json` names for a service. */
export class UserGroupDirectory implements ResponderDirectory {
  readonly name = 'Slack user groups';
  readonly #deps: {
    chat: Pick<ChatWorkspace, 'groupIds' | 'groupMembers'>;
    routing: Routing;
    clock: Clock;
  };
  readonly #remembered = new Map<string, { untilMs: number; members: readonly string[] }>();

  constructor(deps: {
    chat: Pick<ChatWorkspace, 'groupIds' | 'groupMembers'>;
    routing: Routing;
    clock: Clock;
  }) {
    this.#deps = deps;
  }

  async peopleFor({ service }: CalledTo): Promise<SourceAnswer | undefined> {
    const route = this.#deps.routing.services.find(({ name }) => name === service);
    const handles = route?.slackUserGroups ?? [];
    if (handles.length === 0) return undefined;
    const unresolved = await this.#read(handles);
    const ids = handles.flatMap((handle) => this.#known(handle) ?? []);
    return {
      people: [...new Set(ids)].map((userId) => ({
        email: null,
        userId,
        reference: userId,
        source: this.name,
      })),
      unresolved,
    };
  }

  /** Reads the groups that are not remembered. @returns those there are not */
  async #read(handles: readonly string[]): Promise<NotCalled[]> {
    const { chat, clock } = this.#deps;
    const unknown = handles.filter((handle) => this.#known(handle) === undefined);
    if (unknown.length === 0) return [];
    const ids = await chat.groupIds(unknown, 0);
    const there = unknown.filter((handle) => ids.has(handle));
    for (const [handle, members] of await chat.groupMembers(there, 0)) {
      const untilMs = clock.nowMs() + MEMBERS_KNOWN_MS;
      this.#remembered.set(handle, { untilMs, members: [...members].slice(0, MEMBERS_MAX) });
    }
    return unknown
      .filter((handle) => !ids.has(handle))
      .map((handle) => ({
        who: `group @${handle}`,
        source: this.name,
        reason: 'the workspace has no group of that handle',
      }));
  }

  #known(handle: string): readonly string[] | undefined {
    const remembered = this.#remembered.get(handle);
    return remembered && this.#deps.clock.nowMs() < remembered.untilMs
      ? remembered.members
      : undefined;
  }
}
