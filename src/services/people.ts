import { ChatError, codeOf } from '../domain/errors.ts';
import { mailboxOf } from '../domain/mailbox.ts';
import type { Routing } from '../domain/routing.ts';
import { KnownForMinutes } from './known-for-minutes.ts';
import type { ChatWorkspace, Clock, Person } from './ports.ts';

/** What somebody holds now, read from the user groups. */
export type HeldRoles = {
  roles: string[];
  /** The groups that grant a role and that they are in, by handle. */
  groups: string[];
  /** What nobody gets, as another group took the handle. */
  withheld: { groups: string[]; roles: string[] };
};

/** Of some accounts: which are one's own, and of which nobody can tell. */
export type ToldApart = { self: string[]; unknown: string[] };

/** Who somebody is and what they may do, read from the workspace at the moment of asking. */
export class People {
  readonly #deps: { chat: ChatWorkspace; routing: Routing };
  readonly #known: KnownForMinutes<Person> | undefined;

  /** @param deps.clock - without it nobody is remembered, and everybody asked about anew */
  constructor(deps: { chat: ChatWorkspace; routing: Routing; clock?: Clock }) {
    this.#deps = deps;
    this.#known = deps.clock && new KnownForMinutes(deps.clock);
  }

  /** Who an account is to our workspace, as it says now; whom it does not know is foreign. */
  async identify(of: { userId: string }): Promise<Person> {
    return this.#deps.chat.person(of.userId).catch((error: ChatError) => {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      return { id: of.userId, name: of.userId, email: null, kind: 'foreign' } as const;
    });
  }

  /**
   * As `identify`, also while the workspace does not say who anybody is: then whoever it signed for, in
   * a channel of ours, counts as a full member. A full member is remembered as one for some minutes.
   * Never for a decision on what customers read.
   *
   * @param of.delivery - an outage is waited for once, a refusal not at all
   */
  async identifyOrTrust(of: {
    userId: string;
    delivery?: 'again' | 'after_a_wait' | undefined;
  }): Promise<Person> {
    try {
      const ask = () => this.identify(of);
      const keeps = ({ kind }: Person) => kind === 'full';
      return await (this.#known?.get(of.userId, { ask, keeps }) ?? ask());
    } catch (error) {
      if (!isLasting(error, of.delivery)) throw error;
      return { id: of.userId, name: of.userId, email: null, kind: 'full' };
    }
  }

  /**
   * Roles from user groups, any of which grants one.
   * @param readAfterMs - see `readAfter`; without it the groups are read anew
   * @throws {ChatError} when the groups cannot be read: nobody gets a role by an outage
   */
  async rolesOf(userId: string, readAfterMs?: number): Promise<string[]> {
    return (await this.rolesOfEach([userId], readAfterMs))[0]!.roles;
  }

  /** The roles of each of these people, from one reading of the groups. As `rolesOf`. */
  async rolesOfEach(userIds: readonly string[], readAfterMs?: number): Promise<HeldRoles[]> {
    const all = Object.values(this.#deps.routing.roles).flatMap((r) => r.slackUserGroups);
    const named = [...new Set(all)];
    const members = await this.#deps.chat.groupMembers(named, readAfterMs);
    const moved = named.filter((handle) => !members.has(handle));
    const withheld = { groups: moved, roles: this.rolesGrantedBy(moved) };
    return userIds.map((userId) => {
      const groups = [...members].filter(([, users]) => users.has(userId)).map(([name]) => name);
      return { roles: this.rolesGrantedBy(groups), groups, withheld };
    });
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

  /** Everyone who holds a role, as read in the last minute. Nothing that is decided may ask it. */
  async holdersOf(role: string): Promise<string[]> {
    return (await this.holdersOfEach(role))[0] as string[];
  }

  /** Everyone who holds each of these roles, as above; only their groups are read. */
  async holdersOfEach(...roles: string[]): Promise<string[][]> {
    const handles = new Set(roles.flatMap((role) => this.groupsOf(role)));
    const members = await this.#deps.chat.groupMembers([...handles], 0);
    return roles.map((role) => {
      const holders = this.groupsOf(role).flatMap((group) => [...(members.get(group) ?? [])]);
      return [...new Set(holders)].sort();
    });
  }

  /**
   * Tells this person's accounts among `others` from other people's, by verified e-mail address.
   * Without one, on either side, nobody can tell.
   */
  async tellApart(person: Person, others: readonly string[]): Promise<ToldApart> {
    const told: ToldApart = { self: [], unknown: [] };
    const own = person.email === null ? null : this.#mailbox(person.email);
    for (const id of new Set(others)) {
      if (id === person.id) {
        told.self.push(id);
        continue;
      }
      const email = own === null ? null : await this.#emailOf(id);
      if (email === null) told.unknown.push(id);
      else if (this.#mailbox(email) === own) told.self.push(id);
    }
    return told;
  }

  async #emailOf(id: string): Promise<string | null> {
    try {
      return (await this.#deps.chat.person(id)).email;
    } catch (error) {
      if (codeOf(error) !== 'CHAT_NOT_FOUND') throw error;
      return null;
    }
  }

  #mailbox(email: string): string {
    return mailboxOf(email, this.#deps.routing.identity ?? { foldPlusAddresses: true });
  }
}

/**
 * What is read of user groups after this instant is anew for a request: it cannot show somebody in a
 * group whom one took out before. Chat workspaces sign whole seconds, by a clock that may differ by one.
 * Epoch ms.
 */
export function readAfter({ signedAtS }: { signedAtS: number }): number {
  return (signedAtS + 2) * 1000;
}

/** Whether the workspace will not answer soon: it refuses, or did not answer before either. */
export function isLasting(error: unknown, delivery?: 'again' | 'after_a_wait'): boolean {
  if (!(error instanceof ChatError) || error.code === 'CHAT_RATE_LIMITED') return false;
  return !error.retryable || delivery === 'again';
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
