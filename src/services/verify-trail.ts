import { APPROVAL_TOKEN_TYPE, PUBLICATION_TOKEN_TYPE } from '../domain/approval-token.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import { VerificationError } from '../domain/errors.ts';
import { incidentOfPartition, partitionOf } from '../domain/event-keys.ts';
import { RECEIPT_TOKEN_TYPE } from '../domain/receipt.ts';
import { evidenceOf, type ProjectionEvidence } from '../domain/trail-evidence.ts';
import { type AttestedHashes, readChain, type StoredRow } from '../domain/trail-rows.ts';
import {
  type ChainVerdict,
  type CheckedSignature,
  judgeChain,
  signatureOf,
  type TrailVerdict,
  verdictOf,
} from '../domain/trail-verdict.ts';
import type { PublicKeys } from './ports.ts';
import { verifyToken } from './signatures.ts';

/**
 * Reads stored rows as they are, so that a row somebody altered is named instead of thrown.
 * All reads are consistent except where `partitions` has to use an index.
 * @throws {TrailError} `TRAIL_UNAVAILABLE` (retryable)
 */
export interface TrailReader {
  /** Every partition of the audit table. */
  partitions(): Promise<string[]>;
  /** All rows of one partition of the audit table, in the order of their sort keys. */
  rows(partition: string): Promise<StoredRow[]>;
  /**
   * Rows of table `incidents`: of one partition, or all.
   * @returns undefined when the reader is not permitted to see them
   */
  projections(partition?: string): Promise<StoredRow[] | undefined>;
}

/** The keys that may have signed, each for one kind of event only. */
export type PinnedKeys = { approval: string; publication: string; keys: PublicKeys };

export type VerifyTrailDeps = {
  reader: TrailReader;
  /** Asked only when the trail holds a signature. */
  pinned: () => Promise<PinnedKeys>;
};

/** A verdict, and whether the projections could be compared too. */
export type Verification = TrailVerdict & { projectionsCompared: boolean };

/**
 * Verifies the audit trail without trusting whoever wrote it: recomputes every chain, checks every
 * signature against the pinned keys, replays the approval gate, and compares with the projections.
 *
 * MUST read the projections first: the trail only grows, so what they know has to be on it.
 *
 * @param of.incidentId - only this chain; links to other incidents are then not followed
 * @throws {TrailError} `TRAIL_UNAVAILABLE`; {SecretError} `SECRET_UNAVAILABLE` for the public keys
 */
export async function verifyTrail(
  deps: VerifyTrailDeps,
  of: { incidentId?: string | undefined } = {},
): Promise<Verification> {
  const { reader } = deps;
  const only = of.incidentId === undefined ? undefined : partitionOf(of.incidentId);
  const projections = await reader.projections(only);
  const evidence = projections && evidenceOf(projections);
  const partitions = only === undefined ? await reader.partitions() : [only];
  const remembered = only === undefined ? [...(evidence?.keys() ?? [])].map(partitionOf) : [];
  const chains = new Map<string, ChainVerdict>();
  const known = new Set<string>();
  for (const partition of new Set([...partitions, ...remembered])) {
    const incidentId = incidentOfPartition(partition) ?? partition;
    const rows = await reader.rows(partition);
    if (rows.length > 0) known.add(incidentId);
    const remembers = evidence ? evidence.get(incidentId) : 'unread';
    chains.set(incidentId, await judgeRows(deps, partition, { rows, remembers }));
  }
  const verdict = verdictOf(chains, only === undefined ? known : undefined);
  return { ...verdict, projectionsCompared: projections !== undefined };
}

async function judgeRows(
  deps: VerifyTrailDeps,
  partition: string,
  of: { rows: StoredRow[]; remembers: ProjectionEvidence | undefined | 'unread' },
): Promise<ChainVerdict> {
  const { rows, remembers } = of;
  const chain = readChain(partition, rows, attestedBy(remembers));
  const signatures = new Map<number, CheckedSignature>();
  const receipts = new Map<number, CheckedSignature>();
  for (const event of chain.events) {
    const checked = await checkSignature(deps, event);
    if (checked) signatures.set(event.seq, checked);
    const receipt = await checkReceipt(deps, event);
    if (receipt) receipts.set(event.seq, receipt);
  }
  return judgeChain(chain, { signatures, receipts, evidence: remembers });
}

function attestedBy(remembers: ProjectionEvidence | undefined | 'unread'): AttestedHashes {
  const state = typeof remembers === 'object' ? remembers.state : null;
  return new Map(state ? [[state.version, state.headHash]] : []);
}

async function checkSignature(
  deps: VerifyTrailDeps,
  event: AuditEvent,
): Promise<CheckedSignature | undefined> {
  const signature = signatureOf(event);
  if (!signature) return undefined;
  const typ = signature.by === 'approval' ? APPROVAL_TOKEN_TYPE : PUBLICATION_TOKEN_TYPE;
  return checkToken(deps, { ...signature, typ, what: 'signature' });
}

async function checkReceipt(
  deps: VerifyTrailDeps,
  event: AuditEvent,
): Promise<CheckedSignature | undefined> {
  if (event.type !== 'STATUSPAGE_PUBLISHED') return undefined;
  const { receiptJws: jws } = event.details;
  if (jws === undefined) return undefined;
  return checkToken(deps, { jws, by: 'publication', typ: RECEIPT_TOKEN_TYPE, what: 'receipt' });
}

async function checkToken(
  deps: VerifyTrailDeps,
  of: { jws: string; by: 'approval' | 'publication'; typ: string; what: string },
): Promise<CheckedSignature> {
  const pinned = await deps.pinned();
  try {
    const expected = { typ: of.typ, keyId: pinned[of.by], keys: pinned.keys };
    return { token: await verifyToken(of.jws, expected) };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { problem: `its ${of.what} is not by the ${of.by} key` };
  }
}
