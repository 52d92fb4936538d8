import { absenceProblem } from './absence-replay.ts';
import type { ApprovalToken, PublicationToken } from './approval-token.ts';
import type { AuditEvent } from './audit-event.ts';
import { type ChainNote, type NotedChain, noteProblems, notesOf } from './chain-notes.ts';
import { DraftReplay } from './draft-replay.ts';
import { isIncidentId } from './ids.ts';
import { LifeReplay } from './life-replay.ts';
import { obligationProblem } from './obligation-replay.ts';
import { startProblem } from './publication-replay.ts';
import { receiptProblem } from './receipt-authority.ts';
import {
  approvalProblem,
  eventProblem,
  type PublishedEvent,
  publicationProblem,
} from './trail-authority.ts';
import { compareWithEvidence, type ProjectionEvidence } from './trail-evidence.ts';
import type { ReadChain, TrailProblem } from './trail-rows.ts';

/** How much was verified. Approvals and publications count only with a valid signature. */
export type TrailCounts = {
  chains: number;
  events: number;
  approvals: number;
  publications: number;
};

/** What verification says of the whole trail, or of one incident's. */
export type TrailVerdict =
  | ({ ok: true } & TrailCounts)
  | ({ ok: false; firstBad: TrailProblem; problems: TrailProblem[] } & TrailCounts);

/** One signature as checked against the pinned key of its kind. */
export type CheckedSignature = { token: unknown } | { problem: string };

/** The events whose signature counts: a JWS by the one key that may have made it. */
export type SignedEvent = Extract<
  AuditEvent,
  { type: 'STATUSPAGE_DRAFT_APPROVED' | 'STATUSPAGE_PUBLISHED' }
>;

/** One chain, judged. */
export type ChainVerdict = TrailCounts & {
  problems: TrailProblem[];
  /** Incidents that events of this chain name, with the naming event's number. */
  links: { incidentId: string; seq: number }[];
  /** What events of this chain say is on others. */
  notes: ChainNote[];
  /** What others may have noted of this one. */
  holds: NotedChain;
};

/** The JWS an event carries and the kind of key that must have made it, or undefined. */
export function signatureOf(
  event: AuditEvent,
): { jws: string; by: 'approval' | 'publication' } | undefined {
  if (event.type === 'STATUSPAGE_DRAFT_APPROVED') {
    return { jws: event.details.approvalJws, by: 'approval' };
  }
  if (event.type === 'STATUSPAGE_PUBLISHED') {
    return { jws: event.details.publicationJws, by: 'publication' };
  }
  return undefined;
}

/**
 * Judges one chain: its rows and links, its signatures, the order of the approval gate, and what
 * the projections remember of it.
 *
 * @param of.signatures - one for each event that `signatureOf` names, by number
 * @param of.evidence - undefined when the projections know nothing of this chain; `unread` when
 *   they could not be read, so nothing can be compared
 */
export function judgeChain(
  chain: ReadChain,
  of: {
    signatures: ReadonlyMap<number, CheckedSignature>;
    evidence: ProjectionEvidence | undefined | 'unread';
    /** One for each publication that carries a receipt, by number. */
    receipts?: ReadonlyMap<number, CheckedSignature>;
  },
): ChainVerdict {
  const { incidentId, events } = chain;
  const valid = { approvals: new Set<number>(), publications: new Set<number>() };
  const found: TrailProblem[] = [...chain.problems];
  const replays = isIncidentId(incidentId) ? [new LifeReplay(), new DraftReplay()] : [];
  for (const [index, event] of events.entries()) {
    const before = events.slice(0, index);
    const replayed = replays.map((replay) => replay.next(event));
    const reason =
      eventProblem(event) ??
      gateProblem(event, { ...of, before, valid }) ??
      replayed.find((problem) => problem !== undefined);
    if (reason !== undefined) found.push({ incidentId, seq: event.seq, reason });
  }
  if (of.evidence !== 'unread') found.push(...compareWithEvidence(chain, of.evidence));
  return {
    chains: 1,
    events: events.length,
    approvals: valid.approvals.size,
    publications: valid.publications.size,
    problems: onePerEvent(found),
    links: events.flatMap(linksOf),
    notes: events.flatMap(notesOf),
    holds: {
      hashes: new Map(events.map(({ seq, hash }) => [seq, hash])),
      headSeq: chain.headSeq,
    },
  };
}

/** Checks what only the approval gate writes; fills `valid` as signatures prove to belong. */
function gateProblem(
  event: AuditEvent,
  of: {
    before: readonly AuditEvent[];
    signatures: ReadonlyMap<number, CheckedSignature>;
    receipts?: ReadonlyMap<number, CheckedSignature>;
    valid: { approvals: Set<number>; publications: Set<number> };
  },
): string | undefined {
  const { before, valid } = of;
  if (event.type === 'STATUSPAGE_PUBLISH_STARTED') {
    return startProblem(event, before, valid.approvals);
  }
  if (event.type === 'STATUSPAGE_PUBLISH_NOT_EXECUTED') return absenceProblem(event, before);
  if (event.type !== 'STATUSPAGE_DRAFT_APPROVED' && event.type !== 'STATUSPAGE_PUBLISHED') {
    return obligationProblem(event, before);
  }
  const signature = of.signatures.get(event.seq) ?? { problem: 'its signature was not checked' };
  if ('problem' in signature) return signature.problem;
  if (event.type === 'STATUSPAGE_DRAFT_APPROVED') {
    const reason = approvalProblem(event, signature.token as ApprovalToken, before);
    if (reason === undefined) valid.approvals.add(event.seq);
    return reason;
  }
  const reason =
    publicationProblem(event, signature.token as PublicationToken, before) ??
    receiptReason(event, before, of.receipts);
  if (reason === undefined) valid.publications.add(event.seq);
  return reason;
}

/** Publications of older deployments carry no receipt. */
function receiptReason(
  event: PublishedEvent,
  before: readonly AuditEvent[],
  receipts: ReadonlyMap<number, CheckedSignature> | undefined,
): string | undefined {
  if (event.details.receiptJws === undefined) return undefined;
  const checked = receipts?.get(event.seq) ?? { problem: 'its receipt was not checked' };
  return 'problem' in checked ? checked.problem : receiptProblem(event, checked.token, before);
}

function linksOf(event: AuditEvent): { incidentId: string; seq: number }[] {
  const named =
    event.type === 'INCIDENT_OPENED'
      ? event.details.previousIncidentId
      : event.type === 'ALERT_LINKED'
        ? event.details.fromIncidentId
        : null;
  return named === null ? [] : [{ incidentId: named, seq: event.seq }];
}

function onePerEvent(problems: readonly TrailProblem[]): TrailProblem[] {
  const sorted = problems.toSorted((a, b) => a.seq - b.seq);
  return sorted.filter((problem, index) => sorted[index - 1]?.seq !== problem.seq);
}

/**
 * Puts chains together. `firstBad` is the smallest number of the first bad chain, chains in the
 * order of their ids.
 *
 * @param known - ids of every chain there is, to tell a link that leads nowhere; undefined when
 *   only some were read
 */
export function verdictOf(
  chains: ReadonlyMap<string, ChainVerdict>,
  known: ReadonlySet<string> | undefined,
): TrailVerdict {
  const counts: TrailCounts = { chains: 0, events: 0, approvals: 0, publications: 0 };
  const byChain = new Map<string, TrailProblem[]>();
  for (const [incidentId, chain] of chains) {
    if (chain.events > 0) counts.chains += 1;
    counts.events += chain.events;
    counts.approvals += chain.approvals;
    counts.publications += chain.publications;
    append(byChain, incidentId, chain.problems);
    for (const link of known ? chain.links : []) {
      if (known?.has(link.incidentId)) continue;
      const reason = `the whole trail is missing: ${incidentId}#${link.seq} names it`;
      append(byChain, link.incidentId, [{ incidentId: link.incidentId, seq: 1, reason }]);
    }
  }
  if (known) {
    const holds = new Map([...chains].map(([incidentId, chain]) => [incidentId, chain.holds]));
    const notes = [...chains.values()].flatMap((chain) => chain.notes);
    for (const problem of noteProblems(notes, holds)) {
      append(byChain, problem.incidentId, [problem]);
    }
  }
  const problems = [...byChain]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, found]) => onePerEvent(found));
  const [firstBad] = problems;
  return firstBad ? { ok: false, firstBad, problems, ...counts } : { ok: true, ...counts };
}

function append(
  byChain: Map<string, TrailProblem[]>,
  incidentId: string,
  problems: readonly TrailProblem[],
): void {
  byChain.set(incidentId, [...(byChain.get(incidentId) ?? []), ...problems]);
}
