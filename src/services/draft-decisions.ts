import type { DetailsOf } from '../domain/audit-event.ts';
import { namedComponents } from '../domain/card-seen.ts';
import type { ApprovalErrorCode } from '../domain/errors.ts';
import { intakeChainId } from '../domain/ids.ts';
import type { DraftState } from '../domain/incident-state.ts';
import { DECISION_MAX_AGE_S, INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import type { ApprovalPolicy, PolicyAnswer } from './approval-policy.ts';
import {
  type DecisionVerb,
  denied,
  expired,
  type Refusal,
  refusal,
  staleness,
  strangerRefusal,
} from './decision-refusals.ts';
import {
  type Asked,
  brokenBy,
  type Case,
  DecisionRules,
  isRepeated,
  type Shown,
  type Who,
} from './decision-rules.ts';
import { earlierApprovers } from './earlier-approvers.ts';
import type { PersonRequest } from './forms.ts';
import type { CommandOutcome, Decision, IncidentRecord, NextPlace } from './incident-record.ts';
import { letOthersPass } from './late-decisions.ts';
import { type People, readAfter, type ToldApart } from './people.ts';
import type { Clock, Log, Person, PublicationQueue, Signer } from './ports.ts';
import type { RelatedIncidents } from './related-incidents.ts';
import { requestPublication } from './request-publication.ts';
import type { DraftReference } from './room-messages.ts';
import type { ShownCards } from './shown-cards.ts';
import { actorOf, signApproval } from './sign-approval.ts';

export type { DecisionVerb, Refusal } from './decision-refusals.ts';

export type DraftDecisionsDeps = {
  record: IncidentRecord;
  policy: ApprovalPolicy;
  people: People;
  related: Pick<RelatedIncidents, 'around'>;
  signer: Signer;
  cards: ShownCards;
  publications: PublicationQueue;
  clock: Clock;
  log: Log;
  deployment: string;
  pageId: string;
  teamId: string;
};

/** Decisions that are given in view of what the card shows. */
const APPROVING: readonly DecisionVerb[] = ['approve', 'break_glass'];

/** Null: it was taken before, and its first result stands. */
type Declined = Refusal | null;

/**
 * The approval gate, phase one: approval.
 *
 * A decision counts only as signed by Slack, within ten minutes, by a full member of the pinned
 * workspace whose roles were read just now, on exactly the revision they saw. An approval is signed
 * over its own place in the chain; a denial is on the trail with its rule.
 *
 * Safe to repeat: the same click, and the same decision of the same person, gives its first result
 * again; anybody else's is refused by name.
 * @throws {TrailError}, {ChatError}, {SecretError}, {DeliveryError} retryable: nothing was decided,
 *   or the fact stands and only its hand-over has to be repeated; `BEHIND_OTHERS`: nothing was
 *   decided, and what was signed meanwhile is to be taken up first
 * @see docs/adr/0003-split-approval-gate.md
 */
export class DraftDecisions {
  readonly #deps: DraftDecisionsDeps;
  readonly #rules: DecisionRules;

  constructor(deps: DraftDecisionsDeps) {
    this.#deps = deps;
    this.#rules = new DecisionRules(deps);
  }

  /** @returns undefined when it was taken, else why not, in words for the person */
  async decide(
    verb: DecisionVerb,
    of: { request: PersonRequest; draft: DraftReference; reason?: string },
  ): Promise<Refusal | undefined> {
    const asked: Asked = { verb, ...of, reason: of.reason ?? '' };
    const { request } = asked;
    const commandId = request.requestSha256;
    const outcome = await this.#decided(asked, commandId);
    if (outcome.kind !== 'declined') {
      const isGlass = outcome.event.type === 'BREAK_GLASS_USED';
      return isGlass ? this.#approveAlone(asked) : this.#concluded(outcome);
    }
    if (outcome.because === null) return undefined;
    // No incident, no chain of its own: the attempt stands on the day's chain.
    await this.#deps.record.run({
      commandId,
      actor: { kind: 'slack_user', id: request.userId },
      incidentId: intakeChainId(new Date(request.signedAtS * 1000).toISOString()),
      decide: () => denied(verb, seenIn(asked), refusal('DRAFT_UNKNOWN')),
    });
    return outcome.because;
  }

  #decided(asked: Asked, commandId: string): Promise<CommandOutcome<Declined>> {
    const { request, draft, verb } = asked;
    const who = this.#whoAsks(request);
    const shows = this.#whatShows(asked);
    const told = new Map<string, keyof ToldApart | 'other'>();
    return this.#deps.record.run<Declined>({
      commandId,
      actor: { kind: 'slack_user', id: request.userId },
      incidentId: draft.incidentId,
      decide: async (projected, next) => {
        if (!projected) return { decline: refusal('DRAFT_UNKNOWN') };
        if (this.#ageS(request) > DECISION_MAX_AGE_S) return expired(draft);
        const state = projected.drafts.find((candidate) => candidate.draftId === draft.draftId);
        const [asker, standing, shown] = await Promise.all([
          who(),
          this.#deps.record.standing(projected.incidentId, projected.version),
          state && shows(state),
        ]);
        letOthersPass(asked, this.#ageS(request));
        // A row that somebody edited must not decide by which rule, and for whom.
        const { worstSeverity, ic, status } = standing;
        const incident = { ...projected, worstSeverity, ic, status };
        const [apart, earlier, around] = await Promise.all([
          this.#toldApart(asker.person, state, told),
          verb === 'approve' && state
            ? earlierApprovers(this.#deps.people, {
                userId: request.userId,
                state,
                at: next.at,
                readAfterMs: readAfter(request),
              })
            : [],
          state && this.#deps.related.around(incident, state),
        ]);
        const now = { who: asker, incident, shown, at: next.at };
        const known = state && around && { ...asked, ...now, ...apart, state, earlier, around };
        const decision = known
          ? await this.#judged(known, next)
          : denied<Declined>(verb, seenIn(asked), refusal('DRAFT_UNKNOWN'));
        return 'decline' in decision ? decision : { ...decision, actor: actorOf(asker) };
      },
    });
  }

  /** What the clicked card and the page show, read once, for those who approve. */
  #whatShows({ verb, draft }: Asked): (state: DraftState) => Promise<Shown | undefined> {
    const { cards } = this.#deps;
    let shown: Promise<Shown> | undefined;
    return async (state) => {
      if (!APPROVING.includes(verb) || staleness(state, draft)) return undefined;
      shown ??= Promise.all([
        cards.seen(draft, state),
        cards.pageNow(state.request),
        cards.claims(draft.incidentId, state.request),
      ]).then(([seen, page, claims]) => ({ seen, page, claims }));
      return shown;
    };
  }

  /** The glass is broken, on record; the approval follows it, decided anew on each delivery. */
  async #approveAlone(asked: Asked): Promise<Refusal | undefined> {
    // Before the approval, and again after a crash: nobody breaks the glass unheard.
    this.#deps.log.count('BreakGlassUsed');
    const commandId = followerOf(asked.request.requestSha256);
    const outcome = await this.#decided({ ...asked, glassBroken: true }, commandId);
    // Declined only as repeated: another click of the same person approved it meanwhile.
    return outcome.kind === 'declined' ? undefined : this.#concluded(outcome);
  }

  #ageS(request: PersonRequest): number {
    return this.#deps.clock.nowMs() / 1000 - request.signedAtS;
  }

  /** Who asks and what they may do, read once; a click that was applied before asks nobody. */
  #whoAsks(request: PersonRequest): () => Promise<Who> {
    const { people } = this.#deps;
    let who: Who | undefined;
    return async () => {
      if (!who) {
        const person = await people.identify(request);
        const [held] = await people.rolesOfEach([request.userId], readAfter(request));
        who = { person, ...held! };
      }
      return who;
    };
  }

  /** Looked up again for accounts that appeared since: another approval may have come first. */
  async #toldApart(
    person: Person,
    state: DraftState | undefined,
    told: Map<string, keyof ToldApart | 'other'>,
  ): Promise<Record<keyof ToldApart, ReadonlySet<string>>> {
    const accounts = state ? accountsOf(state) : [];
    const news = accounts.filter((id) => !told.has(id));
    const found = await this.#deps.people.tellApart(person, news);
    for (const id of news) {
      const unknown = found.unknown.includes(id) ? 'unknown' : 'other';
      told.set(id, found.self.includes(id) ? 'self' : unknown);
    }
    const those = (kind: keyof ToldApart) =>
      new Set(accounts.filter((id) => told.get(id) === kind));
    return { self: those('self'), unknown: those('unknown') };
  }

  async #judged(of: Case, next: NextPlace): Promise<Decision<Declined>> {
    const { verb, who, draft, state } = of;
    const refused = strangerRefusal(who.person) ?? staleness(state, draft);
    if (refused) return denied(verb, seenIn(of), refused);
    if (isRepeated(of)) return { decline: null };
    const notNow = this.#rules.refusalOf(of) ?? this.#changedSince(of);
    return notNow ? denied(verb, seenIn(of), notNow) : this.#accepted(of, next);
  }

  #changedSince({ shown, incident, state }: Case): Refusal | undefined {
    return shown && this.#deps.cards.changed(shown.seen, { incident, draft: state, ...shown });
  }

  async #accepted(of: Case, next: NextPlace): Promise<Decision<Declined>> {
    const { state, request } = of;
    const ref = { draftId: state.draftId, revision: state.revision };
    const reason = of.reason.toWellFormed().slice(0, INTERNAL_TEXT_MAX).toWellFormed();
    const { publicationId } = state;
    switch (of.verb) {
      case 'approve':
        return { append: 'STATUSPAGE_DRAFT_APPROVED', details: await this.#approval(of, next) };
      case 'break_glass': {
        if (of.glassBroken) {
          return { append: 'STATUSPAGE_DRAFT_APPROVED', details: await this.#approval(of, next) };
        }
        const slackRequestSha256 = request.requestSha256;
        const details = { ...ref, digest: state.digest, reason, slackRequestSha256 };
        return { append: 'BREAK_GLASS_USED', details };
      }
      case 'reject':
        return {
          append: 'STATUSPAGE_APPROVAL_REJECTED',
          details: { ...ref, digest: state.digest, reason },
        };
      case 'withdraw':
        return { append: 'STATUSPAGE_DRAFT_WITHDRAWN', details: { ...ref, reason } };
      case 'adopt':
        return {
          append: 'COMMAND_RECEIVED',
          details: { command: 'statuspage_adopt', publicationId, ...ref },
        };
      case 'declare_absent':
        return {
          append: 'STATUSPAGE_PUBLISH_FAILED',
          details: {
            ...ref,
            publicationId,
            attempt: state.attempts,
            attemptId: state.attempt!.attemptId,
            reason: `declared absent by @${request.userId}`,
            httpStatus: null,
          },
        };
    }
  }

  #approval(of: Case, next: NextPlace): Promise<DetailsOf<'STATUSPAGE_DRAFT_APPROVED'>> {
    const said = this.#rules.ask(of) as Extract<PolicyAnswer, { allowed: true }>;
    const answer = { ...said, requiredApprovals: this.#rules.approvalsNeeded(of, said) };
    const notCounted = this.#rules.notCounted(of);
    const glass = of.glassBroken ? brokenBy(of) : undefined;
    const { requestSha256 } = of.request;
    const commandId = of.glassBroken ? followerOf(requestSha256) : requestSha256;
    const isNamed = namedComponents(of.state.request).length > 0;
    const componentsSeen = isNamed ? this.#deps.cards.read(of.shown?.seen, of.state) : undefined;
    const given = { next, answer, commandId, notCounted, glass, componentsSeen };
    return signApproval(this.#deps, { case: of, ...given });
  }

  /** Sends what the fact asks of the publisher; the same send again is dropped by the queue. */
  async #concluded(
    outcome: Exclude<CommandOutcome<Declined>, { kind: 'declined' }>,
  ): Promise<Refusal | undefined> {
    const { event } = outcome;
    await requestPublication(this.#deps.publications, outcome);
    if (event.type === 'STATUSPAGE_APPROVAL_DENIED') {
      return { code: event.details.reason as ApprovalErrorCode, rule: event.details.rule };
    }
    return event.type === 'STATUSPAGE_APPROVAL_EXPIRED' ? refusal('DECISION_TOO_OLD') : undefined;
  }
}

/** Whoever wrote or approved this revision. */
function accountsOf({ authors, approvals }: DraftState): string[] {
  return [...authors, ...approvals.map((approval) => approval.slackUserId)];
}

/** The command that appends the approval after a broken glass. */
function followerOf(requestSha256: string): string {
  return `${requestSha256}#approved`;
}

function seenIn({ draft, request }: Pick<Asked, 'draft' | 'request'>) {
  return { seen: draft, requestSha256: request.requestSha256 };
}
