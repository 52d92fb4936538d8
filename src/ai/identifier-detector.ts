/** What a placeholder can stand for. The word is what the model sees: `[email-1]`. */
export const IDENTIFIER_KINDS = [
  'secret',
  'email',
  'ip',
  'mac',
  'host',
  'arn',
  'account',
  'customer',
  'id',
  'card',
  'phone',
  'slack',
] as const;

/** What a placeholder can stand for. */
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/**
 * Stands where a placeholder is while detectors look, so that no pattern reads into one. Patterns
 * with negated classes MUST exclude it. Never part of visible text.
 */
export const MASK = '\uFFFC';

/**
 * Finds one kind of identifier.
 *
 * `pattern` has the flags `g` and `d`, is bounded or unambiguous (time linear in the text), and
 * marks what to replace by a group `value`; without one, the whole match is replaced. Trailing
 * sentence punctuation is never part of the value. `accept` decides where a pattern cannot.
 */
export type Detector = {
  kind: IdentifierKind;
  pattern: RegExp;
  accept?: (value: string, context: DetectorContext) => boolean;
};

/** What `accept` may look at besides the value: up to 16 characters on each side. */
export type DetectorContext = {
  groups: Record<string, string | undefined>;
  before: string;
  after: string;
};

/** How many ASCII digits the text holds. */
export function digitCount(text: string): number {
  return text.replace(/[^0-9]/g, '').length;
}

/** A long pattern in lines: the parts joined, in order. Flags as in a literal. */
export function regex(flags: string, ...parts: readonly string[]): RegExp {
  return new RegExp(parts.join(''), flags);
}
