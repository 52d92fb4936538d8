import type { ApprovalErrorCode } from '../domain/errors.ts';
import { type DraftState, statusInWords } from '../domain/incident-state.ts';
import { INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import { joined, person, type Sentence, say, textOf, words } from '../domain/sentence.ts';
import { outlivedWords } from '../domain/situation.ts';
import type { PolicyAnswer } from './approval-policy.ts';
import type { Decision } from './incident-record.ts';
import { strangerRule } from './people.ts';
import type { Person } from './ports.ts';

/** A decision as people and cards name it. */
export type DecisionVerb =
  | 'approve'
  | 'break_glass'
  | 'reject'
  | 'withdraw'
  | 'adopt'
  | 'declare_absent';
/** A refusal as the person is told it. */
export type Refusal = {
  code: ApprovalErrorCode;
  rule: string;
  /** The rule with people in it, where it names some; `rule` has their ids. */
  said?: Sentence;
  /** Set when it was the policy that said no. */
  policy?: { policyIds: string[]; policyDigest: string };
};
/** The revision somebody saw on a card. Nothing in it is trusted. */
export type SeenRevision = { draftId: string; revision: number; digest: string };

/** Longest draft id kept from a card; ours are 20 characters. */
const DRAFT_ID_KEPT_MAX = 300;

const WORDS: Record<ApprovalErrorCode, string> = {
  DRAFT_UNKNOWN: 'this draft does not exist any more',
  DRAFT_STALE: 'this card is not the newest one; decide on the newest card',
  DRAFT_ALREADY_DECIDED: 'this draft has been decided already',
  DRAFT_SUPERSEDED: 'a newer revision replaced this one; decide on the newest card',
  DRAFT_EXPIRED: 'this draft waited too long for a decision; draft it again',
  REASON_TOO_SHORT: 'an approval without a second person needs a reason that others can judge',
  DECISION_TOO_OLD: 'your click took more than ten minutes to reach us; please click again',
  PUBLISHING_ALREADY_STARTED: 'too late: publishing has started',
  APPROVER_NOT_PERMITTED: 'you may not do this',
  IDENTITY_UNKNOWN: 'nobody can tell whether you wrote this',
  GROUP_MOVED: 'the user group that grants your role is not the one it was',
  BASE_MOVED: 'something else was published since this was written; edit it and ask again',
  COMPONENTS_CHANGED: 'the page shows other states than this card; decide on the newest card',
  COMPONENT_CLAIMED: 'another open incident says worse of a component',
  SITUATION_CHANGED: 'the incident is another than this card shows; decide on the newest card',
  BASE_GONE:
    'the incident on the page that this adds to was removed; edit or draft it again to open a new one',
  BASE_RETURNED:
    'the removed incident that this replaces is on the page again; edit it and ask again',
};

/** The rule as people read it. */
export function saidOf({ rule, said }: Pick<Refusal, 'rule' | 'said'>): Sentence {
  return said ?? [words(rule)];
}

/** A refusal in its usual words, with the state a draft is in if that is the reason. */
export function refusal(code: ApprovalErrorCode, state?: DraftState): Refusal {
  const suffix = state ? ` (${statusInWords(state.status)})` : '';
  return { code, rule: `${WORDS[code]}${suffix}` };
}

/** A refusal because of who asks, with the rule in words. */
export function notPermitted(words: string): Refusal {
  return { code: 'APPROVER_NOT_PERMITTED', rule: words.slice(0, INTERNAL_TEXT_MAX) };
}

/** Of a text whose situation is over, also once it was withdrawn for that; undefined: it fits. */
export function outlivedRefusal({ outlived, status }: DraftState): Refusal | undefined {
  if (!outlived || !['pending_approval', 'approved', 'withdrawn'].includes(status))
    return undefined;
  return { code: 'SITUATION_CHANGED', rule: outlivedWords(outlived) };
}

/** A refusal because the policy says no, with what of it decided. */
export function policyRefusal(
  answer: Extract<PolicyAnswer, { allowed: false }>,
  policyDigest: string,
): Refusal {
  return { ...notPermitted(answer.rule), policy: { policyIds: answer.policyIds, policyDigest } };
}

/** Why somebody cannot be told apart from an author or an earlier approver, and what to do then. */
export function identityUnknown(
  of: { authors: readonly string[]; approvers: readonly string[] },
  { mayBreakGlass }: { mayBreakGlass: boolean },
): Refusal {
  const [ids, did, again] =
    of.authors.length > 0
      ? ([of.authors, 'wrote', 'somebody with a verified address must draft it anew'] as const)
      : ([
          of.approvers,
          'approved',
          'somebody must edit it, so that its approvals begin anew',
        ] as const);
  const names = joined(ids.map(person), ', ');
  const alone = mayBreakGlass ? '; in an emergency you may break the glass' : '';
  const said = say`${names} has no verified e-mail address, so nobody can tell whether you ${did} this: verify the address, or ${again}${alone}`;
  return { code: 'IDENTITY_UNKNOWN', rule: textOf(said), said };
}

/** A refusal because a role is withheld from everybody. */
export function groupMoved(groups: readonly string[]): Refusal {
  const names = groups.map((handle) => `@${handle}`).join(', ');
  return {
    code: 'GROUP_MOVED',
    rule:
      `${names} is not the user group that was pinned, so it grants nobody a role: ` +
      'an administrator must look at it, and pin it anew if it is right',
  };
}

/** Refuses everyone but full, active, human members of the pinned workspace. */
export function strangerRefusal(person: Person): Refusal | undefined {
  const words = strangerRule(person);
  return words === undefined ? undefined : notPermitted(words);
}

/** A card carries what its reader saw; anything newer makes it stale. */
export function staleness(state: DraftState, seen: SeenRevision): Refusal | undefined {
  if (state.revision !== seen.revision) return refusal('DRAFT_SUPERSEDED');
  return state.digest === seen.digest ? undefined : refusal('DRAFT_STALE');
}

/** The fact that a decision came too late to count. */
export function expired<D>(seen: SeenRevision): Decision<D> {
  return {
    append: 'STATUSPAGE_APPROVAL_EXPIRED',
    details: {
      ...revisionOf(seen),
      of: 'decision',
      reason: 'the click was signed more than ten minutes ago',
    },
  };
}

/** The fact that a decision was refused, and by which rule. */
export function denied<D>(
  decision: DecisionVerb | 'edit',
  of: { seen: SeenRevision; requestSha256: string },
  because: Refusal,
): Decision<D> {
  return {
    append: 'STATUSPAGE_APPROVAL_DENIED',
    details: {
      ...revisionOf(of.seen),
      decision,
      reason: because.code,
      rule: because.rule,
      ...because.policy,
      slackRequestSha256: of.requestSha256,
    },
  };
}

function revisionOf({ draftId, revision }: SeenRevision) {
  // A card's value may have been made up: what is kept of it must fit the record.
  return { draftId: draftId.slice(0, DRAFT_ID_KEPT_MAX).toWellFormed(), revision };
}
