import { z } from 'zod';
import { CONTEXT_URL_MAX } from './limits.ts';

/** What is asked about a service when an incident opens. */
export const CONTEXT_SOURCES = ['metrics', 'logs', 'traces', 'deploys', 'owners'] as const;
export type ContextSource = (typeof CONTEXT_SOURCES)[number];

/** Why a source says nothing. None of these means zero. */
export const UNKNOWN_REASONS = [
  /** The alert lacks a label that the query needs. */
  'LABEL_MISSING',
  'TIMED_OUT',
  /** No connection, or it broke. */
  'UNREACHABLE',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'RATE_LIMITED',
  /** The source did not understand the query. */
  'QUERY_REFUSED',
  /** The source answered with an error of its own. */
  'UNAVAILABLE',
  'ANSWER_TOO_LARGE',
  'ANSWER_UNREADABLE',
  /** The query was answered and no series matched it: no number, and so not zero. */
  'NO_SERIES',
  /** The credentials could not be read. */
  'SECRET_UNAVAILABLE',
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** Values that one query may add. Unit: values. */
export const CONTEXT_VALUES_MAX = 5;
/** Longest label or value kept. Unit: UTF-16 units. */
export const CONTEXT_LABEL_MAX = 160;
export const CONTEXT_VALUE_MAX = 400;
/** Longest query kept on the trail. Unit: UTF-16 units. */
export const CONTEXT_ASKED_MAX = 2_000;
/** Links of one snapshot. */
export const CONTEXT_LINKS_MAX = 10;
/** Queries and look-ups of one snapshot. */
export const CONTEXT_QUERIES_MAX = 30;

const url = z
  .string()
  .max(CONTEXT_URL_MAX)
  .regex(/^https?:\/\/[^\s<>|]+$/);

/** One value as the source told it. Text, never a number: `NaN` and `+Inf` are values too. */
const value = z.strictObject({
  label: z.string().max(CONTEXT_LABEL_MAX),
  value: z.string().max(CONTEXT_VALUE_MAX),
  /** The same half an hour earlier; null: not known, or the source tells no such thing. */
  before: z.string().max(CONTEXT_VALUE_MAX).nullable(),
  /** Of a commit or a trace, where the value is about one. */
  id: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .nullable(),
  /** RFC 3339, when the source tells when. */
  at: z.string().max(64).nullable(),
  link: url.nullable(),
});
export type ContextValue = z.output<typeof value>;

const asked = {
  source: z.enum(CONTEXT_SOURCES),
  /** The query's name in the configuration. */
  name: z.string().max(120),
  /** The query as it was sent. */
  asked: z.string().max(CONTEXT_ASKED_MAX),
};
const answer = z.discriminatedUnion('status', [
  z.strictObject({
    ...asked,
    status: z.literal('ok'),
    /** None: the source answered, and there is nothing. */
    values: z.array(value).max(CONTEXT_VALUES_MAX),
    /** How many more there were. */
    more: z.int().min(0),
    /** The source says that it could not look everywhere. */
    isPartial: z.boolean(),
  }),
  z.strictObject({ ...asked, status: z.literal('unknown'), reason: z.enum(UNKNOWN_REASONS) }),
  z.strictObject({ ...asked, status: z.literal('not_configured') }),
]);
export type ContextAnswer = z.output<typeof answer>;

const linkSchema = z.strictObject({
  title: z.string().max(80),
  url,
  /** Who gave it: our configuration, or the alert. */
  from: z.enum(['routing', 'alert']),
});
export type ContextLink = z.output<typeof linkSchema>;

/** Details of `CONTEXT_SNAPSHOT_ATTACHED`: what each source was asked, and what it said. */
export const CONTEXT_SNAPSHOT = z.strictObject({
  service: z.string().max(300),
  /** When the sources were asked, RFC 3339. */
  takenAt: z.iso.datetime({ offset: true }),
  /** In short, for a listing. */
  summary: z.string().max(500),
  sources: z.array(answer).max(CONTEXT_QUERIES_MAX),
  links: z.array(linkSchema).max(CONTEXT_LINKS_MAX),
});
export type ContextSnapshot = z.output<typeof CONTEXT_SNAPSHOT>;

const REASON_WORDS: Record<UnknownReason, string> = {
  LABEL_MISSING: 'the alert lacks a label that the query needs',
  TIMED_OUT: 'no answer in time',
  UNREACHABLE: 'could not be reached',
  UNAUTHORIZED: 'it did not accept our credentials',
  FORBIDDEN: 'our credentials do not allow it',
  NOT_FOUND: 'not found, or our credentials cannot see it',
  RATE_LIMITED: 'its rate limit is used up',
  QUERY_REFUSED: 'it refused the query',
  UNAVAILABLE: 'it answered with an error',
  ANSWER_TOO_LARGE: 'the answer was too large',
  ANSWER_UNREADABLE: 'the answer could not be read',
  NO_SERIES: 'no series matches the query',
  SECRET_UNAVAILABLE: 'our credentials could not be read',
};

/** Why a source says nothing, in words. */
export function unknownReasonInWords(reason: UnknownReason): string {
  return REASON_WORDS[reason];
}

/** How many of the sources answered, and which did not. */
export function snapshotSummary(sources: readonly ContextAnswer[]): string {
  if (sources.length === 0) return 'links only';
  const silent = sources.filter(({ status }) => status !== 'ok');
  const said = `${sources.length - silent.length} of ${sources.length} sources answered`;
  if (silent.length === 0) return said;
  const names = [...new Set(silent.map(({ source, name }) => `${source} “${name}”`))];
  return `${said}; unknown: ${names.join(', ')}`.slice(0, 500).toWellFormed();
}
