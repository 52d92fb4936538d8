import { reasonInWords } from '../domain/chat-refusal.ts';
import { fateOf } from '../domain/effect-fate.ts';
import { isRetryable } from '../domain/errors.ts';
import type { FindPeople, Found } from './find-people.ts';
import { strangerRule } from './people.ts';
import type { ChatWorkspace, Pause } from './ports.ts';
import type { Candidate, NotCalled, SourceAnswer } from './responder-directory.ts';

/**
 * How long the first invitation waits for the people of the alert and of the configuration to be
 * looked up, once there is a room. Slack answers in less; nobody waits for one slow answer. Unit: ms.
 */
const GRACE_MS = 150;
/** Of a failure that is looked at as it comes. */
const NOW = { openMs: 0, patienceMs: 0 };

/** Somebody to invite, and which source named them first. */
export type Called = { userId: string; source: string };
/** A source that did not answer. */
export type LostSource = { source: string; reason: string };

/** One source, asked already. `isAtHand`: its answer needs nobody outside. */
export type AskedSource = { name: string; isAtHand: boolean; answer: Promise<SourceAnswer> };

export type ResponderCallDeps = {
  people: FindPeople;
  chat: Pick<ChatWorkspace, 'invite'>;
  pause: Pause;
};

/** What came of one call. */
export type CallOutcome = {
  invited: readonly Called[];
  notCalled: readonly NotCalled[];
  lost: readonly LostSource[];
  /** The first failure that may pass by itself: the call is to be made again. */
  retry: unknown;
  /** The first refusal of a look-up that people can put right: the call is to be made again later. */
  hindered: unknown;
};

/**
 * One call for people: every source's people are looked up as they become known, and invited in at
 * most two batches, of whom is known when the room is there and of the rest. People of several sources
 * are one by their address, and the source that named them first counts.
 *
 * Begins when it is made. Nothing is thrown before `invite`.
 */
export class ResponderCall {
  readonly #deps: ResponderCallDeps;
  readonly #found = new Map<string, Called & { candidate: Candidate }>();
  readonly #notCalled = new Map<string, NotCalled>();
  readonly #lost: LostSource[] = [];
  /** Who may be looked up later. */
  readonly unknown: NotCalled[] = [];
  readonly #seen = new Set<string>();
  readonly #atHand: Promise<unknown>;
  readonly #all: Promise<unknown>;
  #retry: unknown;
  #hindered: unknown;
  #tellFirst: () => void = () => {};
  readonly #first: Promise<void>;

  constructor(deps: ResponderCallDeps, sources: readonly AskedSource[]) {
    this.#deps = deps;
    this.#first = new Promise((resolve) => {
      this.#tellFirst = resolve;
    });
    const ends = sources.map((source) => ({ source, end: this.#takeIn(source) }));
    this.#all = Promise.all(ends.map(({ end }) => end));
    this.#atHand = Promise.all(ends.filter(({ source }) => source.isAtHand).map(({ end }) => end));
  }

  /** Waits for every source and look-up to end: none goes on in the background. */
  async ended(): Promise<void> {
    await this.#all;
  }

  /** Everybody found who is not in yet, for one reason, and everybody who cannot be called for another. */
  async left(already: readonly string[], reason: string): Promise<NotCalled[]> {
    await this.#all;
    const found = [...this.#found.values()].filter(({ userId }) => !already.includes(userId));
    return [
      ...found.map(({ userId, source }) => ({ who: userId, source, reason })),
      ...this.#notCalled.values(),
      ...this.unknown,
    ];
  }

  /**
   * @param of.already - who was invited before, and is not again
   * @param of.onInvited - told of each batch as soon as it is in
   * @throws {ChatError} when the room or the app is the problem, not a person
   */
  async invite(of: {
    channelId: string;
    already: readonly string[];
    onInvited: (called: readonly Called[]) => void;
  }): Promise<CallOutcome> {
    const invited: Called[] = [];
    const asked = new Set(of.already);
    const inviteNew = async () => {
      const called = [...this.#found.values()].filter(({ userId }) => !asked.has(userId));
      if (called.length === 0) return;
      for (const { userId } of called) asked.add(userId);
      const came = await this.#inviteBatch(of.channelId, called);
      invited.push(...came);
      of.onInvited(came);
    };
    await Promise.race([this.#atHand, this.#deps.pause.forMs(GRACE_MS)]);
    if (this.#found.size === 0) await Promise.race([this.#first, this.#all]);
    await inviteNew();
    await this.#all;
    await inviteNew();
    const notCalled = [...this.#notCalled.values()];
    return { invited, notCalled, lost: this.#lost, retry: this.#retry, hindered: this.#hindered };
  }

  async #inviteBatch(channelId: string, called: readonly Called[]): Promise<Called[]> {
    const outcome = await this.#deps.chat.invite(
      channelId,
      called.map(({ userId }) => userId),
    );
    const refused = outcome.failed.flatMap(({ userId, reason }) => {
      const found = this.#found.get(userId);
      return found ? [{ ...found, reason }] : [];
    });
    for (const { userId, source, reason } of refused) {
      this.#notCalled.set(userId, { who: userId, source, reason });
    }
    // What was remembered of them is not true any more.
    await this.#deps.people.forget(refused.map(({ candidate }) => candidate));
    const came = new Set(outcome.invited);
    return called
      .filter(({ userId }) => came.has(userId))
      .map(({ userId, source }) => ({ userId, source }));
  }

  async #takeIn({ name, isAtHand, answer }: AskedSource): Promise<void> {
    try {
      const { people, unresolved } = await answer;
      for (const each of unresolved) this.#notCalled.set(`${each.source} ${each.who}`, each);
      const fresh = people.filter((candidate) => this.#isNew(candidate));
      const found = this.#deps.people.find(fresh);
      await Promise.all(
        fresh.map(async (candidate, index) => {
          this.#note(candidate, await (found[index] as Promise<Found>));
        }),
      );
    } catch (error) {
      // Our own rows will be there again; the others we can do without.
      if (isAtHand) this.#retry ??= error;
      else this.#lost.push({ source: name, reason: reasonInWords(error) });
    }
  }

  /** Several sources name the same people. */
  #isNew({ email, userId, reference }: Candidate): boolean {
    const key = email?.toLowerCase() ?? userId ?? `name ${reference}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #note(candidate: Candidate, found: Found): void {
    if (found.kind === 'failed') {
      if (isRetryable(found.error)) {
        this.#retry ??= found.error;
        const { reference: who, source } = candidate;
        this.unknown.push({ who, source, reason: reasonInWords(found.error) });
      } else {
        if (fateOf(found.error, NOW) === 'aside') this.#hindered ??= found.error;
        this.#refuse(candidate, reasonInWords(found.error));
      }
      return;
    }
    if (found.kind === 'nobody') {
      this.#refuse(candidate, whyNobody(candidate));
      return;
    }
    const { id: userId } = found.person;
    const reason = strangerRule(found.person);
    if (reason !== undefined) {
      this.#refuse(candidate, reason);
      return;
    }
    const { source } = candidate;
    if (!this.#found.has(userId)) this.#found.set(userId, { userId, source, candidate });
    this.#tellFirst();
  }

  #refuse({ reference, source }: Candidate, reason: string): void {
    this.#notCalled.set(`${source} ${reference}`, { who: reference, source, reason });
  }
}

function whyNobody({ email, userId }: Candidate): string {
  if (email) return 'nobody in the workspace has that address';
  return userId ? 'nobody in the workspace has that id' : 'no address is known';
}
