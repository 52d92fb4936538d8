import { sha256Hex } from '../ids.ts';

/** Parsed JSON of unknown shape. */
export type JsonObject = { readonly [key: string]: unknown };

/** Why an authenticated body is not an alert we can read. */
export type UnreadableReason =
  | 'EMPTY'
  | 'NOT_UTF8'
  | 'NOT_JSON'
  /** JSON, but without the sender's envelope: a legacy or templated body, or another product's. */
  | 'NO_ENVELOPE'
  /** The envelope is there and names no alert group. */
  | 'NO_GROUP';

/** Longest texts kept; the same numbers as the audit trail's schema. Unit: UTF-16 units. */
const GROUP_MAX = 2_000;
const LINK_MAX = 2_000;
const INSTANT_MAX = 64;
const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads raw bytes as one JSON object; never throws. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | UnreadableReason {
  if (bytes.byteLength === 0) return 'EMPTY';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return 'NOT_UTF8'; // The decoder tells nothing more than this.
  }
  try {
    return asObject(JSON.parse(text)) ?? 'NO_ENVELOPE';
  } catch {
    return 'NOT_JSON'; // The parser's message would quote the body.
  }
}

/** The value if it is an object and not an array. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** The value if it is an array, else an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Well-formed text of at most `max` UTF-16 units; null for anything but non-empty text. */
export function asText(value: unknown, max: number): string | null {
  // Cutting can split a surrogate pair, so the text is made well-formed after it.
  return typeof value === 'string' && value !== '' ? value.slice(0, max).toWellFormed() : null;
}

/** Like `asText`, and a number or boolean as the text it is written as. */
export function asScalarText(value: unknown, max: number): string | null {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : asText(value, max);
}

/** A group's id, never merged with another by being cut: what is too long ends in its hash. */
export function asGroup(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const group = value.toWellFormed();
  return group.length <= GROUP_MAX
    ? group
    : `${group.slice(0, GROUP_MAX - 65).toWellFormed()}#${sha256Hex(group)}`;
}

/** An RFC 3339 instant as it was written; null for anything else. */
export function asInstant(value: unknown): string | null {
  const text = asText(value, INSTANT_MAX);
  return text !== null && RFC_3339.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
}

/**
 * The same text for the same instant, however the sender writes its zone or trailing zeros.
 * Keeps nanoseconds, which epoch milliseconds cannot.
 */
export function instantKey(instant: string | null): string | null {
  const [, whole, fraction = '', zone] = RFC_3339.exec(instant ?? '') ?? [];
  if (whole === undefined) return null;
  return `${Date.parse(`${whole}${zone}`) / 1000}.${fraction.replace(/0+$/, '')}`;
}

/** A link that a person may be offered to open: http or https, and no longer than is kept. */
export function asLink(value: unknown): string | null {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value))
    return null;
  // Neither `|` nor `>` may survive: in Slack's link markup they end the address.
  const link = new URL(value).href.replaceAll('|', '%7C').replaceAll('>', '%3E');
  return link.length <= LINK_MAX ? link : null;
}
