import { effectOf, type Surroundings } from '../domain/effect.ts';
import { type DraftState, type IncidentState, statusInWords } from '../domain/incident-state.ts';
import type { ExplainablePolicy, PolicyFinding } from './approval-policy.ts';
import { type Refusal, strangerRefusal } from './decision-refusals.ts';
import { type Case, DecisionRules, type EarlierApprover, type Who } from './decision-rules.ts';

/** One person and one draft at one moment. */
export type ApprovalFacts = {
  who: Who;
  incident: IncidentState;
  state: DraftState;
  /** Accounts among authors and approvers that are this very person: same verified e-mail. */
  self: ReadonlySet<string>;
  /** Those of which nobody can tell, as an address is not verified. */
  unknown: ReadonlySet<string>;
  /** Other people whose approval stands, as of now. */
  earlier: readonly EarlierApprover[];
  /** What else is open around this text. */
  around: Surroundings;
  /** The moment asked about, RFC 3339. */
  at: string;
  /** The same on the policy's clock, such as `Wednesday 12:00, Europe/Lisbon`. */
  clockWords: string;
  /** Every role there is, and the user groups any of which grants it. */
  groupsOf: Readonly<Record<string, readonly string[]>>;
  /** Which of them the person is in; undefined: the roles were given, nobody was asked. */
  memberOf: readonly string[] | undefined;
};

/** Why this person may or may not approve this draft now. */
export type Explanation = {
  /** What a click on Approve would lead to. */
  may: boolean;
  /** Why not, as they would be told. */
  refusal: Refusal | undefined;
  /** Whether they might approve alone in an emergency, with a reason. */
  mayAlone: boolean;
  aloneRefusal: Refusal | undefined;
  /** In words, one fact each. */
  lines: string[];
};

/** Stands for the reason they would type: whether it is a good one is not asked here. */
const SOME_REASON = 'a reason that somebody else can judge later on';

/**
 * Explains by the very rules that decide: what is said here and what a click does cannot differ.
 * Pure; reads and changes nothing.
 */
export function explainApproval(policy: ExplainablePolicy, facts: ApprovalFacts): Explanation {
  const clock = { nowMs: () => Date.parse(facts.at) };
  const rules = new DecisionRules({ policy, clock });
  const asked = caseOf(facts, 'approve');
  const alone = caseOf(facts, 'break_glass');
  const stranger = strangerRefusal(facts.who.person);
  const refusal = stranger ?? rules.refusalOf(asked);
  const aloneRefusal = stranger ?? rules.refusalOf(alone);
  const answer = rules.ask(asked);
  const needed = answer.allowed
    ? { count: rules.approvalsNeeded(asked, answer), validForS: answer.validForS, may: !refusal }
    : undefined;
  return {
    may: refusal === undefined,
    refusal,
    mayAlone: aloneRefusal === undefined,
    aloneRefusal,
    lines: [
      verdictLine(facts, refusal),
      personLine(facts),
      ...roleLines(facts),
      severityLine(facts),
      ...effectLines(facts),
      authorLine(facts),
      `Time: ${facts.at}, which is ${facts.clockWords}.`,
      ...policyLines(policy.findings(rules.questionOf(asked)), facts),
      stateLine(facts),
      ...approvalLines(facts, rules.notCounted(asked), needed),
      aloneLine(aloneRefusal),
    ],
  };
}

function caseOf(facts: ApprovalFacts, verb: 'approve' | 'break_glass'): Case {
  const { incident, state, who, at } = facts;
  const { draftId, revision, digest } = state;
  return {
    ...facts,
    verb,
    reason: SOME_REASON,
    draft: { incidentId: incident.incidentId, draftId, revision, digest },
    // Nobody clicked: this is what would be asked if they did.
    request: {
      kind: 'click',
      actionId: '',
      value: '',
      messageTs: null,
      requestSha256: '',
      signedAtS: Date.parse(at) / 1000,
      userId: who.person.id,
      channelId: null,
      responseUrl: null,
    },
  };
}

function verdictLine({ who, state }: ApprovalFacts, refusal: Refusal | undefined): string {
  const what = `revision ${state.revision} of draft ${state.draftId}`;
  const name = `${who.person.name} (${who.person.id})`;
  if (!refusal) return `YES: ${name} may approve ${what} now.`;
  return `NO: ${name} may not approve ${what} now: ${refusal.rule} [${refusal.code}].`;
}

function personLine({ who, memberOf }: ApprovalFacts): string {
  const { kind, email } = who.person;
  if (memberOf === undefined) {
    return 'Person: taken for a full member with a verified e-mail, as the roles were given.';
  }
  const words = email === null ? 'without a verified e-mail' : 'with a verified e-mail';
  return `Person: ${kind === 'full' ? 'a full member' : kind}, ${words}.`;
}

function roleLines({ who, groupsOf, memberOf }: ApprovalFacts): string[] {
  return Object.entries(groupsOf).map(([role, groups]) => {
    const holds = who.roles.includes(role);
    if (memberOf === undefined) return `Role ${role}: ${holds ? 'given' : 'not given'}.`;
    const granting = groups.filter((group) => memberOf.includes(group));
    if (granting.length > 0) return `Role ${role}: held, as a member of ${handles(granting)}.`;
    return `Role ${role}: not held; it comes with ${handles(groups)}.`;
  });
}

function severityLine({ incident }: ApprovalFacts): string {
  const { severity, worstSeverity } = incident;
  const now = severity === worstSeverity ? '' : `; it is ${severity} now, which changes nothing`;
  return `Severity: ${worstSeverity}, the worst this incident ever had${now}.`;
}

function effectLines({ incident, state, around }: ApprovalFacts): string[] {
  const effect = effectOf(state.request, around, incident.worstSeverity);
  const { impact, worstComponent, notify, relatedSeverity, related, declaredBy } = effect;
  const worst = worstComponent.replaceAll('_', ' ');
  const mails = notify ? 'mails subscribers' : 'mails nobody';
  const others = related.length === 0 ? 'nothing else is open around it' : related.join(', ');
  return [
    `Effect: ${mails}; impact ${impact}; worst state of a component ${worst}.`,
    `Related: ${relatedSeverity} with what belongs together (${others}).`,
    `Declared by: ${declaredBy ?? 'nobody; an alert opened it'}.`,
  ];
}

function authorLine({ state, self, who }: ApprovalFacts): string {
  const mine = state.authors.filter((id) => self.has(id));
  const all = state.authors.join(', ') || 'nobody';
  if (mine.length === 0) return `Author: no; this text is by ${all}.`;
  const other = mine.filter((id) => id !== who.person.id);
  if (other.length < mine.length) return `Author: yes; this text is by ${all}.`;
  return `Author: yes, as ${other.join(', ')}, an account with the same verified e-mail.`;
}

function policyLines(findings: readonly PolicyFinding[], { who }: ApprovalFacts): string[] {
  return findings.flatMap((finding) => {
    const { policyId, effect, rule, asked, applies, needsRole, concerns } = finding;
    const about = asked === 'component_change' ? ` (asked for ${asked})` : '';
    if (effect === 'forbid') {
      return applies ? [`Forbid ${policyId} stops it${about}: ${rule}.`] : [];
    }
    if (applies) return [`Permit ${policyId} allows it${about}: ${rule}.`];
    if (!concerns) return [];
    const lacks = needsRole !== null && !who.roles.includes(needsRole);
    const why = lacks ? `it needs role ${needsRole}` : 'its conditions do not hold';
    return [`Permit ${policyId} does not apply${about}, as ${why}: ${rule}.`];
  });
}

function stateLine({ state }: ApprovalFacts): string {
  const status = statusInWords(state.status);
  const why = state.reason ? `, because ${state.reason}` : '';
  const until = state.status === 'pending_approval' ? `; open until ${state.expiresAt}` : '';
  return `Draft: ${status}${why}${until}.`;
}

function approvalLines(
  { state, at }: ApprovalFacts,
  notCounted: readonly string[],
  own: { count: number; validForS: number; may: boolean } | undefined,
): string[] {
  const standing = state.approvals.map(({ slackUserId, expiresAt }) => {
    const isOver = Date.parse(expiresAt) <= Date.parse(at);
    const lost = notCounted.includes(slackUserId) ? '; does not count any more' : '';
    return `${slackUserId} (${isOver ? 'ran out at' : 'valid until'} ${expiresAt}${lost})`;
  });
  const needed = Math.max(0, own?.count ?? 0, ...state.approvals.map((a) => a.requiredApprovals));
  if (needed === 0) return ['Approvals that stand: none.'];
  const who = standing.length === 0 ? '' : `: ${standing.join(', ')}`;
  const lines = [`Approvals that stand: ${standing.length}, of ${needed} needed${who}.`];
  if (!own?.may) return lines;
  const left = Math.max(0, needed - standing.length - 1);
  const then = left === 0 ? 'it would be published' : `${left} more would be needed`;
  const minutes = Math.round(own.validForS / 60);
  return [...lines, `With theirs, valid for ${minutes} min, ${then}.`];
}

function aloneLine(refusal: Refusal | undefined): string {
  if (!refusal) return 'In an emergency: they may approve alone, with a reason, on record.';
  return `In an emergency: they may not approve alone either: ${refusal.rule}.`;
}

function handles(groups: readonly string[]): string {
  return groups.map((group) => `@${group}`).join(' or ');
}
