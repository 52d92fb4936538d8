import { codeOf } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { ChatWorkspace, Clock, Log, Person } from './ports.ts';
import type { PersonHint, PersonHints } from './responder-directory.ts';

/** How long a full member is remembered. Who leaves meanwhile is refused by the invitation. Unit: ms. */
export const PERSON_KNOWN_MS = 24 * 3_600_000;
/** How long anybody else is, and that there is nobody: soon they may be a member. Unit: ms. */
export const STRANGER_KNOWN_MS = 600_000;
/** People looked up one by one; beyond that the list of members is read. */
export const LOOKED_UP_ONE_BY_ONE_MAX = 10;
/** People remembered in the process. */
const REMEMBERED_MAX = 2_000;
/**
 * Pages of members worth reading for one person. A page costs 1/20 of a minute's calls (Tier 2), a
 * look-up 1/50 (Tier 3): two pages cost as much as five look-ups.
 */
const PAGES_PER_PERSON = 0.4;
const PAGES_MIN = 2;
const PAGES_MAX = 25;

/** Who is looked for: by their id in the workspace if it is known, else by their address. */
export type Wanted = { email: string | null; userId?: string | undefined };
export type Known = Pick<Person, 'id' | 'kind'>;
/** What came of a look-up. A failure is an answer too: it must not hold up the others. */
export type Found =
  | { kind: 'person'; person: Known }
  | { kind: 'nobody' }
  | { kind: 'failed'; error: unknown };

export type FindPeopleDeps = {
  chat: Pick<ChatWorkspace, 'person' | 'personByEmail' | 'memberPages'>;
  hints: PersonHints;
  clock: Clock;
  log: Log;
};

/**
 * Finds people of the workspace in as few calls as it can: remembered ones at once, a few by one call
 * each, many by reading the list of members.
 */
export class FindPeople {
  readonly #deps: FindPeopleDeps;
  readonly #remembered = new Map<string, PersonHint>();
  readonly #underWay = new Map<string, Promise<Found>>();

  constructor(deps: FindPeopleDeps) {
    this.#deps = deps;
  }

  /** One answer for each of `wanted`, in their order, as each comes. Never throws. */
  find(wanted: readonly Wanted[]): Promise<Found>[] {
    const fresh: Search[] = [];
    const answers = wanted.map((each) => {
      const key = keyOf(each);
      const hint = this.#freshHint(this.#remembered.get(key));
      if (hint) return Promise.resolve(foundIn(hint));
      const before = this.#underWay.get(key);
      if (before) return before;
      const search = new Search(key, each, () => this.#underWay.delete(key));
      this.#underWay.set(key, search.found);
      fresh.push(search);
      return search.found;
    });
    if (fresh.length > 0) void this.#search(fresh);
    return answers;
  }

  /** What was remembered of them proved wrong. */
  async forget(wanted: readonly Wanted[]): Promise<void> {
    const nothing = { person: null, expiresAtMs: 0 };
    for (const key of wanted.map(keyOf)) {
      if (!this.#remembered.delete(key)) continue;
      await this.#hint('write', () => this.#deps.hints.write(key, nothing));
    }
  }

  async #search(searches: readonly Search[]): Promise<void> {
    await Promise.all(searches.map((search) => this.#recall(search)));
    const open = searches.filter(({ isOver }) => !isOver);
    if (open.length > LOOKED_UP_ONE_BY_ONE_MAX) await this.#readMembers(open);
    await Promise.all(open.filter(({ isOver }) => !isOver).map((search) => this.#lookUp(search)));
  }

  /** What this or another process learned before. */
  async #recall(search: Search): Promise<void> {
    const { hints } = this.#deps;
    const hint = this.#freshHint(await this.#hint('read', () => hints.read(search.key)));
    if (!hint) return;
    this.#remember(search.key, hint);
    search.end(foundIn(hint));
  }

  async #readMembers(open: readonly Search[]): Promise<void> {
    const asked = Math.floor(open.length * PAGES_PER_PERSON);
    const pages = Math.min(Math.max(asked, PAGES_MIN), PAGES_MAX);
    try {
      for await (const page of this.#deps.chat.memberPages(pages)) {
        const byEmail = new Map(page.flatMap((each) => (each.email ? [[each.email, each]] : [])));
        const byId = new Map(page.map((each) => [each.id, each]));
        for (const search of open) {
          const { email, userId } = search.wanted;
          const member = (userId && byId.get(userId)) || (email && byEmail.get(lower(email)));
          if (!member || search.isOver) continue;
          // The address may be of another account that is in use.
          const isDoubtful = member.kind !== 'full' && userId && email;
          if (!isDoubtful) await this.#learn(search, member);
        }
        if (open.every(({ isOver }) => isOver)) return;
      }
    } catch (error) {
      // One by one it may still be possible: that is another limit.
      this.#deps.log.warn('members not listed', { code: codeOf(error) });
    }
  }

  async #lookUp(search: Search): Promise<void> {
    const { email, userId } = search.wanted;
    if (!email && !userId) return search.end({ kind: 'nobody' });
    try {
      await this.#learn(search, await this.#ask(search.wanted));
    } catch (error) {
      search.end({ kind: 'failed', error });
    }
  }

  /** A source may hold the id of an account that is gone; whoever has the address counts then. */
  async #ask({ email, userId }: Wanted): Promise<Person | undefined> {
    const { chat } = this.#deps;
    const byId = userId ? await orNobody(chat.person(userId)) : undefined;
    if (byId?.kind === 'full' || !email) return byId;
    return (await orNobody(chat.personByEmail(lower(email)))) ?? byId;
  }

  async #learn(search: Search, person: Person | undefined): Promise<void> {
    const { clock, hints } = this.#deps;
    const forMs = person?.kind === 'full' ? PERSON_KNOWN_MS : STRANGER_KNOWN_MS;
    const hint = {
      person: person ? { id: person.id, kind: person.kind } : null,
      expiresAtMs: clock.nowMs() + forMs,
    };
    this.#remember(search.key, hint);
    // Told before it is written down: nobody waits for a note.
    search.end(foundIn(hint));
    await this.#hint('write', () => hints.write(search.key, hint));
  }

  /** Notes save calls; without them everything is slower, and nothing else. */
  async #hint<T>(act: 'read' | 'write', run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.#deps.log.warn(`person hint not ${act === 'read' ? 'read' : 'written'}`, {
        code: codeOf(error),
      });
      return undefined;
    }
  }

  #freshHint(hint: PersonHint | undefined): PersonHint | undefined {
    return hint && hint.expiresAtMs > this.#deps.clock.nowMs() ? hint : undefined;
  }

  #remember(key: string, hint: PersonHint): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, hint);
    if (this.#remembered.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#remembered.keys();
    this.#remembered.delete(oldest as string);
  }
}

/** One person being looked for. */
class Search {
  readonly key: string;
  readonly wanted: Wanted;
  readonly found: Promise<Found>;
  isOver = false;
  #tell: (found: Found) => void = () => {};
  readonly #onEnd: () => void;

  constructor(key: string, wanted: Wanted, onEnd: () => void) {
    this.key = key;
    this.wanted = wanted;
    this.#onEnd = onEnd;
    this.found = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  end(found: Found): void {
    this.isOver = true;
    this.#onEnd();
    this.#tell(found);
  }
}

async function orNobody(asked: Promise<Person | undefined>): Promise<Person | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === 'CHAT_NOT_FOUND') return undefined;
    throw error;
  }
}

function foundIn({ person }: PersonHint): Found {
  return person ? { kind: 'person', person } : { kind: 'nobody' };
}

/** Of the address where there is one: no row and no memory needs to hold it in clear. */
function keyOf({ email, userId }: Wanted): string {
  return email ? sha256Hex(lower(email)) : `id#${userId ?? ''}`;
}

function lower(email: string): string {
  return email.toLowerCase();
}
