import { type ChatError, codeOf } from '../domain/errors.ts';
import type { Routing } from '../domain/routing.ts';
import type { ChatWorkspace, Person } from './ports.ts';

/** A person with the roles they hold right now. */
export type PersonWithRoles = { person: Person; roles: string[] };

/** Who somebody is and what they may do, read from the workspace at the moment of asking. */
export class People {
  readonly #deps: { chat: ChatWorkspace; routing: Routing; teamId: string };

  constructor(deps: { chat: ChatWorkspace; routing: Routing; teamId: string }) {
    this.#deps = deps;
  }

  /** The person behind a request. Another workspace's people are foreign, whatever else is said. */
  async identify(of: { userId: string; userTeamId: string; teamId: string }): Promise<Person> {
    const { chat, teamId } = this.#deps;
    const person = await chat.person(of.userId).catch((error: ChatError) => {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      return { id: of.userId, name: of.userId, email: null, kind: 'foreign' } as const;
    });
    if (of.userTeamId !== teamId || of.teamId !== teamId) return { ...person, kind: 'foreign' };
    return person;
  }

  /**
   * Roles from user groups, any of which grants one; read fresh each time.
   * @throws {ChatError} when the groups cannot be read: nobody gets a role by an outage
   */
  async rolesOf(userId: string): Promise<string[]> {
    return this.rolesGrantedBy(await this.grantingGroupsOf(userId));
  }

  /**
   * Those user groups that grant a role and that somebody is in, by handle; read fresh each time.
   * @throws {ChatError} as `rolesOf`
   */
  async grantingGroupsOf(userId: string): Promise<string[]> {
    const members = await this.#groups();
    return [...members].filter(([, users]) => users.has(userId)).map(([handle]) => handle);
  }

  /** The roles that these user groups grant, any of which is enough. */
  rolesGrantedBy(groups: readonly string[]): string[] {
    return Object.entries(this.#deps.routing.roles)
      .filter(([, { slackUserGroups }]) => slackUserGroups.some((group) => groups.includes(group)))
      .map(([role]) => role)
      .sort();
  }

  /** Handles of the user groups that grant a role. */
  groupsOf(role: string): readonly string[] {
    return this.#deps.routing.roles[role]?.slackUserGroups ?? [];
  }

  /** Everyone who holds a role now. */
  async holdersOf(role: string): Promise<string[]> {
    return (await this.holdersOfEach(role))[0] as string[];
  }

  /** Everyone who holds each of these roles now, from one reading of the groups. */
  async holdersOfEach(...roles: string[]): Promise<string[][]> {
    const members = await this.#groups();
    return roles.map((role) => {
      const holders = this.groupsOf(role).flatMap((group) => [...(members.get(group) ?? [])]);
      return [...new Set(holders)].sort();
    });
  }

  /** Ids among `others` that are this very person under another account: same verified e-mail. */
  async samePersonAs(person: Person, others: readonly string[]): Promise<string[]> {
    const same: string[] = [];
    for (const id of new Set(others)) {
      if (id === person.id) same.push(id);
      else if (person.email && (await this.#deps.chat.person(id)).email === person.email) {
        same.push(id);
      }
    }
    return same;
  }

  #groups(): Promise<Map<string, ReadonlySet<string>>> {
    const handles = Object.values(this.#deps.routing.roles).flatMap((r) => r.slackUserGroups);
    return this.#deps.chat.groupMembers([...new Set(handles)]);
  }
}

/** Why a person may not act at all, or undefined for a full, active member of the workspace. */
export function strangerRule(person: Pick<Person, 'kind'>): string | undefined {
  switch (person.kind) {
    case 'full':
      return undefined;
    case 'guest':
      return 'guests may read the room but not act in it';
    case 'bot':
      return 'bots may not act';
    case 'deactivated':
      return 'this account is deactivated';
    case 'foreign':
      return 'only members of this workspace may act';
  }
}
