import { APPROVAL_TOKEN_TYPE } from '../domain/approval-token.ts';
import type { DetailsOf } from '../domain/audit-event.ts';
import type { ApprovalErrorCode } from '../domain/errors.ts';
import { sha256Hex } from "../domain/ids.ts";
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import { DECISION_MAX_AGE_S } from '../domain/limits.ts';
import type { ApprovalPolicy, PolicyAnswer } from './approval-policy.ts';
import type { PersonRequest } from './forms.ts';
import type { CommandOutcome, Decision, IncidentRecord, NextPlace } from './incident-record.ts';
import { type People, strangerRule } from './people.ts';
import type { Clock, Person, PublicationQueue, Signer } from './ports.ts';
import type { DraftReference } from './room-messages.ts';
import { signToken } from './signatures.ts';

export type DecisionVerb = 'approve' | 'reject' | 'withdraw' | 'adopt' | 'declare_absent';
/** A refusal as the person is told it. */
export type Refusal = { code: ApprovalErrorCode; rule: string };
type Who = {
  person: Person;
  roles: string[];
  /** Authors of the revision that are this very person, under whatever account. */
  authorsToo: string[];
  /** Approvals that this very person gave already, under whatever account. */
  approvedAs: string[];
};
type Allowed = Extract<PolicyAnswer, { allowed: true }>;

export type DraftDecisionsDeps = {
  record: IncidentRecord;
  policy: ApprovalPolicy;
  people: People;
  signer: Signer;
  publications: PublicationQueue;
  clock: Clock;
  deployment: string;
  pageId: string;
  teamId: string;
  /** How long the page may still answer after an attempt's deadline. Unit: ms. */
  pageTimeoutMs: number;
};

/**
 * The approval gate, phase one: approval.
 *
 * A decision counts only as signed by Slack, within ten minutes, by a full member of the pinned
 * workspace whose roles were read just now, on exactly the revision they saw. An approval is signed
 * over its own place in the chain; a denial is on the trail with its rule.
 *
 * Safe to repeat: the same click gives its first result again.
 * @see docs/adr/0003-split-approval-gate.md
 */
export class DraftDecisions {
  readonly #deps: DraftDecisionsDeps;

  constructor(deps: DraftDecisionsDeps) {
    this.#deps = deps;
  }

  /** @returns undefined when it was taken, else why not, in words for the person */
  async decide(
    verb: DecisionVerb,
    of: { request: PersonRequest; draft: DraftReference; reason?: string },
  ): Promise<Refusal | undefined> {
    const { people, record, clock } = this.#deps;
    const { request, draft } = of;
    // The record comes first: a click that was applied is never judged again, however old.
    const known = (await record.load(draft.incidentId))?.state;
    const found = known?.drafts.find((candidate) => candidate.draftId === draft.draftId);
    const person = await people.identify(request);
    const roles = await people.rolesOf(request.userId);
    const accounts = [...(found?.authors ?? []), ...(found?.approvals ?? []).map((a) => a.slackUserId)];
    const same = new Set(await people.samePersonAs(person, accounts));
    const authorsToo = (found?.authors ?? []).filter((id) => same.has(id));
    const approvedAs = (found?.approvals ?? []).map((a) => a.slackUserId).filter((id) => same.has(id));
    const who: Who = { person, roles, authorsToo, approvedAs };
    const ageS = clock.nowMs() / 1000 - request.signedAtS;
    const outcome = await record.run<Refusal>({
      incidentId: draft.incidentId,
      commandId: request.requestSha256,
      actor: { kind: 'slack_user', id: request.userId, roles },
      decide: (incident, next) => {
        if (!incident) return { decline: refusal('DRAFT_UNKNOWN') };
        const state = incident.drafts.find((candidate) => candidate.draftId === draft.draftId);
        if (ageS > DECISION_MAX_AGE_S) return expired(of);
        const refused =
          strangerRefusal(person) ??
          staleness(state, draft) ??
          this.#notNow(verb, { incident, state: state!, who });
        if (refused) return denied(verb, of, refused);
        return this.#accepted(verb, { ...of, incident, state: state!, who, next });
      },
    });
    return this.#concluded(outcome);
  }

  /** Whether this decision can be taken on a draft in this state, by this person. */
  #notNow(
    verb: DecisionVerb,
    of: { incident: IncidentState; state: DraftState; who: Who },
  ): Refusal | undefined {
    const { state, incident, who } = of;
    if (verb === 'adopt' || verb === 'declare_absent') return this.#notUnknown(verb, of);
    if (state.status === 'publishing' || state.status === 'unconfirmed') {
      return refusal('PUBLISHING_ALREADY_STARTED');
    }
    const open = verb === 'approve' ? ['pending_approval'] : ['pending_approval', 'approved'];
    if (!open.includes(state.status)) return refusal('DRAFT_ALREADY_DECIDED', state);
    if (verb === 'approve' && who.approvedAs.length > 0) {
      return rule('you have approved this already; it needs another person');
    }
    if (Date.parse(state.expiresAt) <= this.#deps.clock.nowMs()) return refusal('DRAFT_EXPIRED');
    if (verb === 'withdraw') {
      const may = who.authorsToo.length > 0 || incident.ic === who.person.id;
      return may ? undefined : rule('only an author of this text or the incident commander');
    }
    const answer = this.#ask(of);
    // Who may approve may reject; having written it oneself is no reason to keep it alive.
    const mayReject = verb === 'reject' && this.#ask({ ...of, ignoreAuthors: true }).allowed;
    if (!answer.allowed && !mayReject) return rule(answer.rule);
    if (verb === 'approve' && state.basedOn !== (incident.page.lastPublication?.publicationId ?? null)) {
      return refusal('DRAFT_STALE');
    }
    return undefined;
  }

  #notUnknown(
    verb: 'adopt' | 'declare_absent',
    of: { incident: IncidentState; state: DraftState; who: Who },
  ): Refusal | undefined {
    const { state, incident, who } = of;
    if (state.status !== 'unconfirmed') return refusal('DRAFT_ALREADY_DECIDED', state);
    const isCommander = who.roles.includes('incident-commander') || incident.ic === who.person.id;
    if (!isCommander) return rule('only the incident commander decides what is on the page');
    const sendableUntilMs = Date.parse(state.attempt?.deadline ?? '') + this.#deps.pageTimeoutMs;
    if (verb === 'declare_absent' && this.#deps.clock.nowMs() <= sendableUntilMs) {
      return rule('the attempt may still reach the page; wait a few seconds and look again');
    }
    return undefined;
  }

  #ask(of: {
    incident: IncidentState;
    state: DraftState;
    who: Who;
    ignoreAuthors?: boolean;
  }): PolicyAnswer {
    const { incident, state, who } = of;
    const authors = who.authorsToo.length > 0 ? [...state.authors, who.person.id] : state.authors;
    if (!who.person.email) {
      return { allowed: false, policyIds: [], rule: 'approvers need a verified e-mail address' };
    }
    return this.#deps.policy.decide({
      action: state.action,
      severity: incident.worstSeverity,
      person: { id: who.person.id, roles: who.roles },
      authors: of.ignoreAuthors ? [] : authors,
      incidentCommander: incident.ic,
      changesComponents: state.request.body.incident.component_ids.length > 0,
    });
  }

  async #accepted(
    verb: DecisionVerb,
    of: Accepted,
  ): Promise<Decision<Refusal>> {
    const { state, request, reason = '' } = of;
    const ref = { draftId: state.draftId, revision: state.revision };
    switch (verb) {
      case 'approve':
        return { append: 'STATUSPAGE_DRAFT_APPROVED', details: await this.#approval(of) };
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
          details: { command: 'statuspage_adopt', publicationId: state.publicationId, ...ref },
        };
      case 'declare_absent':
        return {
          append: 'STATUSPAGE_PUBLISH_FAILED',
          details: {
            ...ref,
            publicationId: state.publicationId,
            attempt: state.attempts,
            attemptId: state.attempt?.attemptId ?? 'unknown',
            reason: `declared absent by @${request.userId}`,
            httpStatus: null,
          },
        };
    }
  }

  async #approval(of: Accepted): Promise<DetailsOf<'STATUSPAGE_DRAFT_APPROVED'>> {
    const { state, incident, who, next, request } = of;
    const answer = this.#ask(of) as Allowed;
    const iat = Math.floor(Date.parse(next.at) / 1000);
    const exp = iat + answer.validForS;
    const shared = {
      draftId: state.draftId,
      revision: state.revision,
      digest: state.digest,
      action: state.action,
      severity: incident.worstSeverity,
      requiredApprovals: answer.requiredApprovals,
      policyDigest: this.#deps.policy.digest,
      slackRequestSha256: request.requestSha256,
    };
    const approvalJws = await signToken(this.#deps.signer, APPROVAL_TOKEN_TYPE, {
      deployment: this.#deps.deployment,
      pageId: this.#deps.pageId,
      incidentId: incident.incidentId,
      seq: next.seq,
      prevHash: next.prevHash,
      decision: 'approve',
      ...shared,
      approver: `${this.#deps.teamId}:${who.person.id}`,
      excludedAuthors: state.authors,
      iat,
      exp,
      jti: request.requestSha256,
    });
    return {
      ...shared,
      publicationId: state.publicationId,
      approvalJws,
      approverRoles: who.roles,
      policyIds: answer.policyIds,
      expiresAt: new Date(exp * 1000).toISOString(),
    };
  }

  /** Sends what the fact asks of the publisher; the same send again is dropped by the queue. */
  async #concluded(outcome: CommandOutcome<Refusal>): Promise<Refusal | undefined> {
    if (outcome.kind === 'declined') return outcome.because;
    const { event, state } = outcome;
    await requestPublication(this.#deps.publications, { event, state });
    if (event.type === 'STATUSPAGE_APPROVAL_DENIED') {
      return { code: event.details.reason as ApprovalErrorCode, rule: event.details.rule };
    }
    if (event.type === 'STATUSPAGE_APPROVAL_EXPIRED') return refusal('DECISION_TOO_OLD');
    return undefined;
  }
}

type Accepted = {
  request: PersonRequest;
  reason?: string;
  incident: IncidentState;
  state: DraftState;
  who: Who;
  next: NextPlace;
};

/**
 * Asks the publisher to act on an approval or on a wish to look, if the fact is one. The
 * deduplication id names the fact, so sending again is safe for as long as the queue remembers.
 */
export async function requestPublication(
  publications: PublicationQueue,
  of: { event: { type: string; seq: number; details: object }; state: IncidentState },
): Promise<void> {
  const { event, state } = of;
  const details = event.details as { draftId?: string; revision?: number; command?: string };
  const { draftId, revision } = details;
  if (draftId === undefined || revision === undefined) return;
  const approved =
    event.type === 'STATUSPAGE_DRAFT_APPROVED' &&
    state.drafts.some((d) => d.draftId === draftId && d.status === 'approved');
  const look = event.type === 'COMMAND_RECEIVED' && details.command === 'statuspage_adopt';
  if (!approved && !look) return;
  await publications.send(
    { incidentId: state.incidentId, draftId, revision },
    sha256Hex(`${draftId}#${revision}#${event.seq}`),
  );
}

const WORDS: Record<ApprovalErrorCode, string> = {
  DRAFT_UNKNOWN: 'this draft does not exist any more',
  DRAFT_STALE: 'this card is not the newest one; decide on the newest card',
  DRAFT_ALREADY_DECIDED: 'this draft has been decided already',
  DRAFT_SUPERSEDED: 'a newer revision replaced this one; decide on the newest card',
  DRAFT_EXPIRED: 'this draft waited too long for a decision; draft it again',
  DECISION_TOO_OLD: 'your click took more than ten minutes to reach us; please click again',
  PUBLISHING_ALREADY_STARTED: 'too late: publishing has started',
  APPROVER_NOT_PERMITTED: 'you may not do this',
  ANOTHER_PUBLICATION_OPEN: 'another publication of this incident has not ended yet',
};

function refusal(code: ApprovalErrorCode, state?: DraftState): Refusal {
  const suffix = state ? ` (${state.status.replaceAll('_', ' ')})` : '';
  return { code, rule: `${WORDS[code]}${suffix}` };
}

function rule(words: string): Refusal {
  return { code: 'APPROVER_NOT_PERMITTED', rule: words };
}

function strangerRefusal(person: Person): Refusal | undefined {
  const words = strangerRule(person);
  return words === undefined ? undefined : rule(words);
}

/** A card carries what its reader saw; anything newer makes it stale. */
function staleness(state: DraftState | undefined, seen: DraftReference): Refusal | undefined {
  if (!state) return refusal('DRAFT_UNKNOWN');
  if (state.revision !== seen.revision) return refusal('DRAFT_SUPERSEDED');
  if (state.digest !== seen.digest) return refusal('DRAFT_STALE');
  return undefined;
}

function expired(of: { draft: DraftReference }): Decision<Refusal> {
  return {
    append: 'STATUSPAGE_APPROVAL_EXPIRED',
    details: {
      draftId: of.draft.draftId.slice(0, 300),
      revision: of.draft.revision,
      of: 'decision',
      reason: 'the click was signed more than ten minutes ago',
    },
  };
}

function denied(
  verb: DecisionVerb,
  of: { request: PersonRequest; draft: DraftReference },
  because: Refusal,
): Decision<Refusal> {
  return {
    append: 'STATUSPAGE_APPROVAL_DENIED',
    details: {
      draftId: of.draft.draftId.slice(0, 300),
      revision: of.draft.revision,
      decision: verb,
      reason: because.code,
      rule: because.rule,
      slackRequestSha256: of.request.requestSha256,
    },
  };
}

