import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `inc-` and 16 base32 characters. */
export type IncidentId = string & { readonly __brand: 'IncidentId' };
/** `drf-` and 16 base32 characters. */
export type DraftId = string & { readonly __brand: 'DraftId' };
/** `pub-` and 20 hex characters. */
export type PublicationId = string & { readonly __brand: 'PublicationId' };

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case hex SHA-256 of text (UTF-8) or bytes. */
export function sha256Hex(input: string | Uint8Array): string {
  return createHash('sha256').update(input).digest('hex');
}

/**
 * Lower-case hex SHA-256 of the RFC 8785 form of a value.
 * @throws on lone surrogates and on numbers that RFC 8785 cannot carry
 */
export function canonicalSha256Hex(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('cannot hash value: expected JSON, got undefined');
  return sha256Hex(text);
}

/** First 80 bits of SHA-256 of the parts, as 16 lower-case base32 characters. */
function base32Of(parts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 16; i += 1) text = BASE32[Number((bits >> BigInt(5 * i)) & 31n)] + text;
  return text;
}

/** The incident of one alert group's episode. The same alert always names the same incident. */
export function incidentIdOfAlertGroup(of: {
  source: string;
  group: string;
  episode: number;
}): IncidentId {
  return `inc-${base32Of([of.source, of.group, of.episode])}` as IncidentId;
}

/** The incident of a `declare`, from the SHA-256 of the signed body that asked for it. */
export function incidentIdOfDeclaration(requestSha256: string): IncidentId {
  return `inc-${base32Of(['declare', requestSha256])}` as IncidentId;
}

/** The draft of one request for a draft. */
export function draftIdOf(incidentId: IncidentId, commandId: string): DraftId {
  return `drf-${base32Of(['draft', incidentId, commandId])}` as DraftId;
}

/** The publication of one revision: at most one effect on the page may carry it. */
export function publicationIdOf(draftId: DraftId, revision: number): PublicationId {
  return `pub-${sha256Hex(`${draftId}#${revision}`).slice(0, 20)}` as PublicationId;
}

/** Chain that holds events without an incident, one a UTC day. `day` is `YYYY-MM-DD…`. */
export function intakeChainId(day: string): IncidentId {
  return `intake-${day.slice(0, 10).replaceAll('-', '')}` as IncidentId;
}

/** Chains beside the one of the day, for what nobody hears of. */
export const INTAKE_SHARDS = 32;

/**
 * One of the day's chains for alerts that open and change nothing: the same for everything about one
 * alert group, so that a flood of many groups does not race for one number.
 */
export function intakeShardId(day: string, of: { source: string; group: string }): IncidentId {
  const digest = createHash('sha256')
    .update(JSON.stringify([of.source, of.group]))
    .digest();
  const shard = String(digest.readUInt32BE() % INTAKE_SHARDS).padStart(2, '0');
  return `${intakeChainId(day)}-${shard}` as IncidentId;
}

/** True for a chain that `intakeShardId` names. */
export function isIntakeShard(incidentId: string): boolean {
  return /^intake-\d{8}-\d{2}$/.test(incidentId);
}

/** The chain of the day that a chain of `intakeShardId` belongs to. */
export function dayOfShard(incidentId: string): string {
  return incidentId.slice(0, 'intake-yyyymmdd'.length);
}

/** True for `inc-…` of this system's form. */
export function isIncidentId(text: string): text is IncidentId {
  return /^inc-[a-z2-7]{16}$/.test(text);
}
