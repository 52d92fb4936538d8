import { OPEN_REVIEWS_MAX, openReviews, problemOfReason } from '../domain/break-glass.ts';
import type { CardSeen } from '../domain/card-seen.ts';
import type { Claim } from '../domain/claims.ts';
import { baseProblem, placeOf } from '../domain/draft-base.ts';
import { effectOf, type Surroundings } from '../domain/effect.ts';
import type {
  BrokenGlass,
  DraftState,
  DraftStatus,
  IncidentState,
} from '../domain/incident-state.ts';
import type { ApprovalPolicy, PolicyAnswer, PolicyQuestion } from './approval-policy.ts';
import {
  type DecisionVerb,
  groupMoved,
  identityUnknown,
  notPermitted,
  outlivedRefusal,
  policyRefusal,
  type Refusal,
  refusal,
  strangerRefusal,
} from './decision-refusals.ts';
import type { PersonRequest } from './forms.ts';
import type { HeldRoles } from './people.ts';
import type { Clock, Person } from './ports.ts';
import type { DraftReference } from './room-messages.ts';

/** One decision as it was asked for. */
export type Asked = {
  verb: DecisionVerb;
  request: PersonRequest;
  draft: DraftReference;
  reason: string;
  /** This person broke the glass by this very click; now their approval follows. */
  glassBroken?: true;
};
/** Who asks, as of now. */
export type Who = {
  person: Person;
  roles: string[];
  /** What user groups would grant that are not those that were pinned. */
  withheld?: HeldRoles['withheld'] | undefined;
};
/** Somebody whose approval stands, as of now. */
export type EarlierApprover = { who: Who; self: ReadonlySet<string>; unknown: ReadonlySet<string> };
/** What the clicked card showed beside the text, and what the page shows of its components now. */
export type Shown = {
  seen: CardSeen | undefined;
  page: DraftState['componentsBefore'];
  /** What other open incidents say of them. */
  claims: readonly Claim[];
};
/** Everything a decision is judged by, as of the head of the trail. */
export type Case = Asked & {
  who: Who;
  incident: IncidentState;
  state: DraftState;
  /** Accounts among authors and approvers that are this very person: same verified e-mail. */
  self: ReadonlySet<string>;
  /** Only for who approves. */
  shown?: Shown | undefined;
  /** Those of which nobody can tell, as an address is not verified. */
  unknown: ReadonlySet<string>;
  /** Other people whose approval of this revision stands. */
  earlier: readonly EarlierApprover[];
  /** What else is open around this text. */
  around: Surroundings;
  /** When it is decided: the time its event will have. */
  at: string;
};
/** Most approvals the record can ask for. */
const APPROVALS_NEEDED_MAX = 10;
const TOO_MANY_LOST =
  'too many of its approvals do not count any more; edit it, so that approvals begin anew';
const GLASS_VOID = 'publishing was refused after you broke the glass; decide on the newest card';
/** States that the same person's approval has led to. */
const AFTER_APPROVAL: readonly DraftStatus[] = [
  'approved',
  'publishing',
  'unconfirmed',
  'published',
];

/** The rules by which a decision on a draft is taken or refused, on one state of the incident. */
export class DecisionRules {
  readonly #of: { policy: ApprovalPolicy; clock: Clock };

  constructor(of: { policy: ApprovalPolicy; clock: Clock }) {
    this.#of = of;
  }

  /** Whether this decision can be taken on a draft in this state, by this person. */
  refusalOf(of: Case): Refusal | undefined {
    const { verb, state, incident, who, self } = of;
    if (verb === 'adopt' || verb === 'declare_absent') return this.#notUnknown(of);
    if (state.status === 'publishing' || state.status === 'unconfirmed') {
      return refusal('PUBLISHING_ALREADY_STARTED', state);
    }
    const approves = verb === 'approve' || verb === 'break_glass';
    const open = approves ? ['pending_approval'] : ['pending_approval', 'approved'];
    const outlived = approves ? outlivedRefusal(state) : undefined;
    if (outlived) return outlived;
    if (!open.includes(state.status)) return refusal('DRAFT_ALREADY_DECIDED', state);
    if (Date.parse(state.expiresAt) <= this.#of.clock.nowMs()) return refusal('DRAFT_EXPIRED');
    if (verb === 'withdraw') {
      const may = state.authors.some((id) => self.has(id)) || incident.ic === who.person.id;
      return may
        ? undefined
        : notPermitted('only an author of this text or the incident commander');
    }
    if (verb === 'reject') {
      // Who may approve may reject; having written it oneself is no reason to keep it alive.
      const own = this.ask(of);
      if (own.allowed || this.ask({ ...of, ignoreAuthors: true }).allowed) return undefined;
      return this.#deniedBy(own, of);
    }
    return verb === 'break_glass' ? this.#notAlone(of) : this.#notApprovable(of);
  }

  /** Whether one person may approve this alone: the four-eyes rule gives way to a reason. */
  #notAlone(of: Case): Refusal | undefined {
    const answer = this.ask(of);
    if (!answer.allowed) return this.#deniedBy(answer, of);
    const tooShort = problemOfReason(of.reason);
    if (tooShort) return { code: 'REASON_TOO_SHORT', rule: tooShort };
    const moved = baseRefusal(of);
    if (moved) return moved;
    if (of.glassBroken) {
      return brokenBy(of) ? undefined : { code: 'DRAFT_STALE', rule: GLASS_VOID };
    }
    const many = openReviews(of.incident).length >= OPEN_REVIEWS_MAX;
    return many ? notPermitted(`${OPEN_REVIEWS_MAX} reviews wait for somebody else`) : undefined;
  }

  #notApprovable(of: Case): Refusal | undefined {
    const { state, self, at } = of;
    // Whoever let theirs run out may renew it.
    const standing = state.approvals.filter(({ expiresAt }) => expiresAt > at);
    if (standing.some((approval) => self.has(approval.slackUserId))) {
      return notPermitted('you have approved this already; it needs another person');
    }
    const answer = this.ask(of);
    if (!answer.allowed) return this.#deniedBy(answer, of);
    const doubt = this.#inDoubt(of);
    if (doubt) return doubt;
    if (this.approvalsNeeded(of, answer) > APPROVALS_NEEDED_MAX) return notPermitted(TOO_MANY_LOST);
    return baseRefusal(of);
  }

  /** Where authors may not approve, or another person is needed, it must be another person. */
  #inDoubt(of: Case): Refusal | undefined {
    const { state, unknown, who, at } = of;
    const wrote = state.authors.filter((id) => unknown.has(id));
    const question = this.questionOf(of);
    const asAuthor = { ...question, authors: [...question.authors, who.person.id] };
    const authors = wrote.length > 0 && !this.#of.policy.decide(asAuthor).allowed ? wrote : [];
    const approvers = state.approvals
      .filter(({ slackUserId, expiresAt }) => expiresAt > at && unknown.has(slackUserId))
      .map(({ slackUserId }) => slackUserId);
    if (authors.length + approvers.length === 0) return undefined;
    const mayBreakGlass = this.ask({ ...of, verb: 'break_glass' }).allowed;
    return identityUnknown({ authors, approvers }, { mayBreakGlass });
  }

  /** Whose earlier approval does not count any more: they could not give it now. */
  notCounted(of: Case): string[] {
    return of.earlier
      .filter((other) => {
        const then = { ...of, ...other };
        if (strangerRefusal(other.who.person) || !this.ask(then).allowed) return true;
        return this.#inDoubt({ ...then, state: { ...of.state, approvals: [] } }) !== undefined;
      })
      .map(({ who }) => who.person.id);
  }

  /** How many must stand in all: one more for each that stands and does not count. */
  approvalsNeeded(of: Case, answer: Extract<PolicyAnswer, { allowed: true }>): number {
    const standing = of.state.approvals.map((one) => one.requiredApprovals - (one.notCounted ?? 0));
    const needed = of.earlier.length === 0 ? 1 : Math.max(...standing);
    return Math.max(answer.requiredApprovals, needed) + this.notCounted(of).length;
  }

  #deniedBy(answer: Extract<PolicyAnswer, { allowed: false }>, of: Case): Refusal {
    const { withheld, person, roles } = of.who;
    if (withheld && withheld.groups.length > 0) {
      const asBefore = { person, roles: [...roles, ...withheld.roles] };
      if (this.ask({ ...of, who: asBefore }).allowed) return groupMoved(withheld.groups);
    }
    return policyRefusal(answer, this.#of.policy.digest);
  }

  #notUnknown({ state, incident, who }: Case): Refusal | undefined {
    if (state.status !== 'unconfirmed') return refusal('DRAFT_ALREADY_DECIDED', state);
    // "Unconfirmed" is written by the invocation that sent, after it gave up, or after its deadline
    // by another: either way nothing can be sent any more, and what is on the page is for people.
    const isCommander = who.roles.includes('incident-commander') || incident.ic === who.person.id;
    return isCommander
      ? undefined
      : notPermitted('only the incident commander, or who holds that role, decides what is public');
  }

  /** What the policy says about this person and this revision. */
  ask(of: Case & { ignoreAuthors?: boolean }): PolicyAnswer {
    if (!of.who.person.email) {
      return { allowed: false, policyIds: [], rule: 'approvers need a verified e-mail address' };
    }
    return this.#of.policy.decide(this.questionOf(of));
  }

  /** What the policy is asked about this person and this revision. */
  questionOf(of: Case & { ignoreAuthors?: boolean }): PolicyQuestion {
    const { incident, state, who, self } = of;
    const wroteIt = state.authors.some((id) => self.has(id));
    const authors = wroteIt ? [...new Set([...state.authors, who.person.id])] : state.authors;
    const { related: _, ...effect } = effectOf(state.request, of.around, incident.worstSeverity);
    return {
      action: state.action,
      emergency: of.verb === 'break_glass',
      severity: incident.worstSeverity,
      person: { id: who.person.id, roles: who.roles },
      authors: of.ignoreAuthors ? [] : authors,
      incidentCommander: incident.ic,
      changesComponents: state.request.body.incident.component_ids.length > 0,
      effect,
      at: of.at,
    };
  }
}

function baseRefusal({ state, incident }: Case): Refusal | undefined {
  const problem = baseProblem(state, placeOf(incident.page));
  return problem && refusal(problem);
}

/** The glass that this very click broke, unless it was voided since. */
export function brokenBy({ state, request }: Case): BrokenGlass | undefined {
  return state.brokenGlass?.find((one) => one.requestSha256 === request.requestSha256);
}

/** The same decision of the same person on the same revision, by another click. */
export function isRepeated({ verb, state, who }: Case): boolean {
  const { id } = who.person;
  switch (verb) {
    case 'approve':
    case 'break_glass':
      return (
        AFTER_APPROVAL.includes(state.status) &&
        state.approvals.some((approval) => approval.slackUserId === id)
      );
    case 'reject':
      return state.status === 'rejected' && state.decidedBy === id;
    case 'withdraw':
      return state.status === 'withdrawn' && state.decidedBy === id;
    case 'adopt':
      // Found meanwhile, by a look of our own or by somebody's else: what was wanted is so.
      return state.status === 'published';
    default:
      return false;
  }
}
