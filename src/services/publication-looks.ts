import { namedComponents } from '../domain/card-seen.ts';
import type { Claim } from '../domain/claims.ts';
import { addsTo } from '../domain/draft-base.ts';
import { PageError } from '../domain/errors.ts';
import {
  type GateView,
  gateView,
  isRevision,
  type RevisionEvent,
  type StartedEvent,
} from '../domain/gate-view.ts';
import { PAGE_UPDATES_REMEMBERED_MAX } from '../domain/limits.ts';
import {
  afterUnaskedAtMs,
  type LookRules,
  nextLookAtMs,
  sendsAgain,
} from '../domain/look-schedule.ts';
import { driftDetails, incidentReturned } from '../domain/page-difference.ts';
import type { Standing } from '../domain/standing.ts';
import type { PageBudget } from './page-budget.ts';
import { ownUpdates, type Sought, showsIt, soughtBy } from './page-presence.ts';
import type { Clock, Log } from './ports.ts';
import type { AttemptOutcome, PageBefore, PublicationAttempts } from './publication-attempts.ts';
import type { PublicationChain } from './publication-chain.ts';
import type { PageComponent, PageIncident, StatusPage } from './status-page.ts';

export type PublicationLooksDeps = {
  chain: PublicationChain;
  page: StatusPage;
  budget: PageBudget;
  lookRules: LookRules;
  clock: Clock;
  log: Log;
};

type RevisionDetails = RevisionEvent['details'];
type Attempt = NonNullable<GateView['attempt']>;
/** The effect of an earlier attempt, of this revision or of another one of the incident. */
export type EarlierEffect = { view: GateView; started: StartedEvent; answer: PageIncident };
/** What stands on the page before an attempt. */
export type BeforeSending = {
  pageBefore: PageBefore;
  /**
   * What shows there of us and is not on record; `unknown`: of no attempt that is on the trail;
   * `returned`: the incident that this replaces, which is on record now.
   */
  effect: EarlierEffect | 'unknown' | 'returned' | undefined;
  /** The page refused to say whether the incident that this replaces is gone: nothing may be sent. */
  refusedBy?: PageError;
  /** The components as the page shows them now; empty where the text names none. */
  components: readonly PageComponent[];
  /** What our unresolved incidents there say of components, this one included. */
  claims: readonly Claim[];
};
/** The answer to "is it there?", or why the page was not asked. */
type Seen = { found: PageIncident | undefined } | { unasked: string };

/**
 * Looks for publications on the page: after an unknown outcome, and before and after an attempt that
 * follows one. Reads the page only; what it finds is recorded by `PublicationAttempts`.
 */
export class PublicationLooks {
  readonly #deps: PublicationLooksDeps;
  readonly #attempts: PublicationAttempts;

  constructor(deps: PublicationLooksDeps, attempts: PublicationAttempts) {
    this.#deps = deps;
    this.#attempts = attempts;
  }

  /**
   * Asks the page whether an attempt of unknown outcome is there. Presence proves it. Absence leads
   * to the next look, and after the last one to another attempt if the rule allows it, else to a
   * person. A page that could not be asked proves nothing and uses up no look.
   * @returns undefined when the trail says more by now: decide anew
   */
  async look(view: GateView, attempt: Attempt): Promise<AttemptOutcome | undefined> {
    const { clock, lookRules } = this.#deps;
    const { started } = attempt;
    const seen = await this.#ask(view, started);
    const nowMs = clock.nowMs();
    if ('unasked' in seen) {
      const unasked = attempt.unasked + 1;
      return this.#attempts.unconfirmed(view, started, {
        reason: seen.unasked,
        looks: attempt.looks,
        unasked,
        nextLookAtMs: afterUnaskedAtMs(unasked, nowMs),
      });
    }
    if (seen.found) {
      return this.#attempts.published(view, started, { answer: seen.found, adopted: true });
    }
    const looks = attempt.looks + 1;
    const next = nextLookAtMs(this.#attempts.timing(started), lookRules, { looks, nowMs });
    const { request } = view.revision.details;
    const { leftToPerson } = attempt;
    const history = { request, absences: view.absences, leftToPerson };
    if (next === undefined && sendsAgain(lookRules.autoRetry, history)) {
      return this.#attempts.absent(view, started, looks);
    }
    const reason = 'the status page does not show it';
    return this.#attempts.unconfirmed(view, started, {
      reason,
      looks,
      unasked: 0,
      nextLookAtMs: next,
    });
  }

  /**
   * What the page shows of this incident before we add ours. One more look: what came late must not
   * be sent again, and no second incident be made beside one that came late.
   */
  async before(view: GateView): Promise<BeforeSending> {
    const named = namedComponents(view.revision.details.request).length > 0;
    const { page } = this.#deps;
    const [place, components, claims] = await Promise.all([
      this.#place(view),
      named ? page.components().catch(noneIfRefused) : [],
      named ? page.claims().catch(noneIfRefused) : [],
    ]);
    return { ...place, components, claims };
  }

  async #place(
    view: GateView,
  ): Promise<Pick<BeforeSending, 'pageBefore' | 'effect' | 'refusedBy'>> {
    const { request, replaces } = view.revision.details;
    const onPage = addsTo(request);
    if (onPage === undefined) {
      const pageBefore = { statuspageIncidentId: null, updateIds: [] };
      const replaced = replaces && (await this.#replaced(view, replaces));
      if (replaced) return { pageBefore, effect: undefined, ...replaced };
      return { pageBefore, effect: await this.#effectOf(view, await this.#ours(view)) };
    }
    const earlier = view.absences > 0 && view.attempt ? view.attempt.started : undefined;
    const incident = await this.#deps.page.read(onPage).catch((error: unknown) => {
      // Refused for good: so will be the request itself, and that answer belongs on the trail.
      if (error instanceof PageError && error.code === 'PAGE_REFUSED') return undefined;
      throw error;
    });
    const updates = incident?.updates.slice(0, PAGE_UPDATES_REMEMBERED_MAX) ?? [];
    const isThere = incident && earlier && showsIt(incident, soughtBy(view, earlier));
    return {
      pageBefore: { statuspageIncidentId: onPage, updateIds: updates.map(({ id }) => id) },
      effect: isThere ? { view, started: earlier, answer: incident } : undefined,
    };
  }

  /**
   * Whether the incident that a new one replaces is really off the page: the record may be wrong, or
   * another hand may have brought it back. A page that refuses to say is no proof.
   */
  async #replaced(
    view: GateView,
    { statuspageIncidentId, removedSeq }: NonNullable<RevisionDetails['replaces']>,
  ): Promise<Pick<BeforeSending, 'refusedBy'> | { effect: 'returned' } | undefined> {
    const { chain, page } = this.#deps;
    try {
      const incident = await page.read(statuspageIncidentId);
      if (!incident) return undefined;
      // What replaces an incident follows a publication in it.
      const { publicationId } = view.standing.page as NonNullable<Standing['page']>;
      const difference = incidentReturned({ statuspageIncidentId, publicationId, removedSeq });
      const seen = { id: statuspageIncidentId, link: incident.link, difference };
      // Right after what was checked: it may have been removed and found there before.
      await chain.appendAfter(view.revision.incidentId, view.head, {
        commandId: `${view.revision.details.publicationId}#returned#${view.head.seq}`,
        fact: () => ({ type: 'STATUSPAGE_DRIFT_FOUND', details: driftDetails(seen) }),
      });
      return { effect: 'returned' };
    } catch (error) {
      if (!(error instanceof PageError) || error.code !== 'PAGE_REFUSED') throw error;
      return { refusedBy: error };
    }
  }

  /**
   * After a further attempt the earlier one may have come through as well. Of two the oldest stands:
   * customers saw it first. The other is reported and left where it is.
   */
  async afterSending(
    view: GateView,
    started: StartedEvent,
    answer: PageIncident,
  ): Promise<{ answer: PageIncident; adopted: boolean }> {
    const { budget, log } = this.#deps;
    const sent = { answer, adopted: false };
    if (started.details.attempt === 1) return sent;
    const sought = soughtBy(view, started);
    if (sought.pageBefore.statuspageIncidentId !== null) {
      await this.#reportTwice(view, answer, sought);
      return sent;
    }
    try {
      const oldest = budget.take('look')
        ? await this.#oldest(view, await this.#created(sought))
        : undefined;
      const isOther = oldest && oldest.statuspageIncidentId !== answer.statuspageIncidentId;
      return isOther ? { answer: oldest, adopted: true } : sent;
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      // The page did what was asked; whether twice, page drift will show.
      log.warn('duplicates not looked for', { code: error.code });
      return sent;
    }
  }

  async #ask(view: GateView, started: StartedEvent): Promise<Seen> {
    const { budget, page } = this.#deps;
    if (!budget.take('look')) return { unasked: 'too many requests to the status page just now' };
    const sought = soughtBy(view, started);
    const { statuspageIncidentId } = sought.pageBefore;
    try {
      if (statuspageIncidentId === null) {
        return { found: await this.#oldest(view, await this.#created(sought)) };
      }
      const incident = await page.read(statuspageIncidentId);
      if (!incident || !showsIt(incident, sought)) return { found: undefined };
      await this.#reportTwice(view, incident, sought);
      return { found: incident };
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      return { unasked: 'the status page could not be asked' };
    }
  }

  /**
   * Incidents that carry this publication, newest first. One made a minute ago is among the newest,
   * which is what one request lists.
   */
  async #created(sought: Sought): Promise<PageIncident[]> {
    return (await this.#deps.page.recent()).filter((one) => showsIt(one, sought));
  }

  /** Incidents on the page that carry this incident's id, newest first. */
  async #ours(view: GateView): Promise<PageIncident[]> {
    const { incidentId, details } = view.revision;
    const recent = await this.#deps.page.recent().catch((error: unknown) => {
      // As for an update; but after an absence nothing is sent unseen.
      const isRefused = error instanceof PageError && error.code === 'PAGE_REFUSED';
      if (isRefused && view.absences === 0) return [];
      throw error;
    });
    return recent.filter(
      (one) => one.incidentId === incidentId || one.publicationId === details.publicationId,
    );
  }

  /** Which attempt on the trail the oldest of them comes from. The record knows of none of them. */
  async #effectOf(
    view: GateView,
    found: readonly PageIncident[],
  ): Promise<BeforeSending['effect']> {
    const answer = await this.#oldest(view, found);
    if (!answer) return undefined;
    const { incidentId, details } = view.revision;
    const isOwn = answer.publicationId === details.publicationId;
    const sender = isOwn ? view : await this.#viewOf(incidentId, answer.publicationId);
    const isKnown = sender?.status === 'published';
    if (sender?.attempt && !isKnown) {
      return { view: sender, started: sender.attempt.started, answer };
    }
    const difference = isKnown
      ? 'it carries a publication of this incident that is on record elsewhere on the page'
      : 'it carries the id of this incident, and no attempt on record made it';
    await this.#report(view, { name: answer.statuspageIncidentId, incident: answer, difference });
    return 'unknown';
  }

  async #viewOf(incidentId: string, publicationId: string | null): Promise<GateView | undefined> {
    const events = await this.#deps.chain.readFrom(incidentId, 1);
    const revision = events.find(
      (event) => isRevision(event) && event.details.publicationId === publicationId,
    );
    return revision && isRevision(revision) ? gateView(events, revision.details) : undefined;
  }

  /** Of several the one that customers saw first; the others go on record. */
  async #oldest(view: GateView, found: readonly PageIncident[]): Promise<PageIncident | undefined> {
    const oldest = found.at(-1);
    for (const other of found.slice(0, -1)) {
      await this.#report(view, {
        name: other.statuspageIncidentId,
        incident: other,
        difference:
          `a second incident carries ${isSame(other, oldest) ? 'this publication' : 'the same id'}; ` +
          `${oldest?.statuspageIncidentId} was there first and stands`,
      });
    }
    return oldest;
  }

  async #reportTwice(view: GateView, incident: PageIncident, sought: Sought): Promise<void> {
    for (const other of ownUpdates(incident, sought).slice(1)) {
      const difference = 'the same update stands on the page twice';
      await this.#report(view, { name: other.id, incident, difference });
    }
  }

  /** Before the publication is recorded, so that it is not lost in between. Once per finding. */
  async #report(
    view: GateView,
    of: { name: string; incident: PageIncident; difference: string },
  ): Promise<void> {
    const { chain, log } = this.#deps;
    const { publicationId } = view.revision.details;
    const { statuspageIncidentId, link } = of.incident;
    await chain.appendOnce(view.revision.incidentId, {
      commandId: `${publicationId}#duplicate#${of.name}`,
      sinceSeq: view.revision.seq,
      fact: () => ({
        type: 'STATUSPAGE_DRIFT_FOUND',
        details: {
          statuspageIncidentId,
          kind: 'duplicate',
          publicationId,
          difference: of.difference,
          link,
        },
      }),
    });
    log.count('PublishDuplicated');
  }
}

/** As for the incident: the request itself will be refused as well, and that answer is kept. */
function noneIfRefused(error: unknown): never[] {
  if (error instanceof PageError && error.code === 'PAGE_REFUSED') return [];
  throw error;
}

function isSame(other: PageIncident, oldest: PageIncident | undefined): boolean {
  return other.publicationId === oldest?.publicationId;
}

/** Requests that `before` and the send after it make together: two more where it names components. */
export function requestsPerAttempt({ revision }: GateView): number {
  const { request, replaces } = revision.details;
  return (namedComponents(request).length > 0 ? 4 : 2) + (replaces ? 1 : 0);
}
