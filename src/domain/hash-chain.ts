import { canonicalSha256Hex } from './ids.ts';

/** `prevHash` of the first event of every chain. */
export const GENESIS_HASH = '0'.repeat(64);

/** The hashed part of an event: exactly these fields, in RFC 8785 form. */
export type HashedFields = {
  v: number;
  incidentId: string;
  seq: number;
  type: string;
  at: string;
  actor: unknown;
  commandId: string;
  details: unknown;
  prevHash: string;
};

/**
 * The hash of an event: lower-case hex SHA-256 of RFC 8785 of exactly
 * `{v, incidentId, seq, type, at, actor, commandId, details, prevHash}`.
 */
export function eventHash(event: HashedFields): string {
  const { v, incidentId, seq, type, at, actor, commandId, details, prevHash } = event;
  return canonicalSha256Hex({
    v,
    incidentId,
    seq,
    type,
    at,
    actor,
    commandId,
    details,
    prevHash,
  });
}

/** Sort key of an event: its sequence number, zero-padded to 10 digits. */
export function sequenceKey(seq: number): string {
  return String(seq).padStart(10, '0');
}
