import { asArray, asObject, asText, type JsonObject } from '../../domain/alerts/read-json.ts';
import { DirectoryError } from '../../domain/errors.ts';
import type { Routing } from '../../domain/routing.ts';
import type {
  CalledTo,
  Candidate,
  NotCalled,
  ResponderDirectory,
  SourceAnswer,
} from '../../services/responder-directory.ts';
import { type HttpOutcome, sendOnce } from '../http/send-once.ts';

/** One call, the reading of its answer included. Unit: ms. */
const TIMEOUT_MS = 1_500;
/** https://workos.com/docs/reference/directory-sync/directory-user: between 1 and 100. */
const PAGE_SIZE = 100;
/** Pages of one group; 4 requests a second and directory are allowed. */
const PAGES_MAX = 3;
/** A page of users with all their attributes is far below. Unit: bytes. */
const ANSWER_MAX_BYTES = 4_000_000;
const ID_MAX = 100;

export type WorkOsDirectoryOptions = {
  /** Without a slash at its end. */
  apiUrl: string;
  /** Asked again with the key that was refused: another one is tried once. */
  key: (refused?: string) => Promise<string>;
  routing: Routing;
};

/**
 * The members of the company directory's groups that `routing.json` names for a service, read from
 * WorkOS Directory Sync. Only active members are called.
 *
 * https://workos.com/docs/reference/directory-sync/directory-user
 * @throws {DirectoryError} both codes; neither message holds the key or any part of an answer
 */
export class WorkOsDirectory implements ResponderDirectory {
  readonly name = 'WorkOS';
  readonly #options: WorkOsDirectoryOptions;

  constructor(options: WorkOsDirectoryOptions) {
    this.#options = options;
  }

  async peopleFor({ service }: CalledTo): Promise<SourceAnswer | undefined> {
    const route = this.#options.routing.services.find(({ name }) => name === service);
    const groups = route?.directoryGroups ?? [];
    if (groups.length === 0) return undefined;
    const answers = await Promise.all(groups.map((group) => this.#members(group)));
    return {
      people: answers.flatMap(({ people }) => people),
      unresolved: answers.flatMap(({ unresolved }) => unresolved),
    };
  }

  async #members(group: string): Promise<SourceAnswer> {
    const people: Candidate[] = [];
    const unresolved: NotCalled[] = [];
    const seen = new Set<string>();
    let after = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const answer = await this.#page(group, after);
      if (!answer) {
        const reason = 'WorkOS knows no group of that id';
        return { people: [], unresolved: [{ who: `group ${group}`, source: this.name, reason }] };
      }
      for (const user of objectsIn(answer.data)) {
        const candidate = this.#candidate(user);
        if (candidate) people.push(candidate);
      }
      after = asText(asObject(answer.list_metadata)?.after, ID_MAX) ?? '';
      if (after === '' || seen.has(after)) return { people, unresolved };
      seen.add(after);
    }
    const reason = `only its first ${PAGES_MAX * PAGE_SIZE} members were read`;
    unresolved.push({ who: `the rest of group ${group}`, source: this.name, reason });
    return { people, unresolved };
  }

  /** Undefined for who does not work there now: nobody needs to hear of them. */
  #candidate(user: JsonObject): Candidate | undefined {
    if (user.state !== 'active') return undefined;
    const id = asText(user.id, ID_MAX) ?? 'unknown';
    return { email: emailOf(user), reference: `directory user ${id}`, source: this.name };
  }

  async #page(group: string, after: string): Promise<JsonObject | undefined> {
    const { key } = this.#options;
    const first = await this.#key(key);
    const outcome = await this.#ask(first, group, after);
    if (outcome.kind !== 'answer' || outcome.status !== 401) return answerOf(outcome);
    const next = await this.#key(() => key(first));
    return answerOf(next === first ? outcome : await this.#ask(next, group, after));
  }

  async #key(read: () => Promise<string>): Promise<string> {
    try {
      return await read();
    } catch (cause) {
      throw unavailable('a key', 'none', cause);
    }
  }

  #ask(key: string, group: string, after: string): Promise<HttpOutcome> {
    const search = new URLSearchParams({
      group,
      limit: String(PAGE_SIZE),
      ...(after === '' ? {} : { after }),
    });
    return sendOnce({
      url: `${this.#options.apiUrl}/directory_users?${search}`,
      method: 'GET',
      headers: { accept: 'application/json', authorization: `Bearer ${key}` },
      timeoutMs: TIMEOUT_MS,
      answerMaxBytes: ANSWER_MAX_BYTES,
    });
  }
}

/** `email` where there is one, else the primary one of `emails`, as older directories tell it. */
function emailOf(user: JsonObject): string | null {
  const emails = objectsIn(user.emails);
  const primary = emails.find((each) => each.primary === true) ?? emails[0];
  const email = asText(user.email, 320) ?? asText(primary?.value, 320);
  return email?.includes('@') ? email : null;
}

/** The objects of a list. */
function objectsIn(value: unknown): JsonObject[] {
  return asArray(value).flatMap((each) => {
    const object = asObject(each);
    return object ? [object] : [];
  });
}

function answerOf(outcome: HttpOutcome): JsonObject | undefined {
  if (outcome.kind !== 'answer') throw unavailable('an answer', outcome.reason);
  const { status, text, retryAfterS } = outcome;
  if (status === 404) return undefined;
  if (status === 429) {
    throw new DirectoryError({
      code: 'DIRECTORY_RATE_LIMITED',
      message: 'cannot ask WorkOS: expected a free place in its rate limit, got 429',
      retryable: true,
      retryAfterS,
    });
  }
  if (status !== 200) throw unavailable('200', `status ${status}`);
  const parsed = parse(text);
  if (!parsed || !Array.isArray(parsed.data)) throw unavailable('a list', 'another shape');
  return parsed;
}

function parse(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    // The parser's message would quote the answer.
    return undefined;
  }
}

function unavailable(expected: string, got: string, cause?: unknown): DirectoryError {
  return new DirectoryError({
    code: 'DIRECTORY_UNAVAILABLE',
    message: `cannot ask WorkOS: expected ${expected}, got ${got}`,
    retryable: true,
    cause,
  });
}
