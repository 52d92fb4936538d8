import { CUSTOMER_DETECTORS } from './detect-customer-ids.ts';
import { HOST_DETECTORS } from './detect-hosts.ts';
import { ADDRESS_DETECTORS } from './detect-network-addresses.ts';
import { RANDOM_TOKEN_DETECTORS, SECRET_DETECTORS } from './detect-secrets.ts';
import {
  type Detector,
  IDENTIFIER_KINDS,
  type IdentifierKind,
  MASK,
} from './identifier-detector.ts';
import { MAX_REDACTION_CHARS, MAX_REDACTION_PASSES } from './model-limits.ts';
import { clipAtSpace, visibleText } from './visible-text.ts';

declare const redacted: unique symbol;

/** Text that went through `redact()`. No other module can make one without a forbidden cast. */
export type RedactedText = string & { readonly [redacted]: true };

/** What redaction found: how many places were replaced, by kind. */
export type Redaction = {
  text: RedactedText;
  count: number;
  byKind: Record<IdentifierKind, number>;
  /** Whether text beyond `MAX_REDACTION_CHARS` was dropped. */
  truncated: boolean;
};

/**
 * Replaces what identifies a person, a customer, an account or a machine, and every secret, by
 * placeholders such as `[email-1]`. The same value gets the same number everywhere in the text.
 *
 * Runs in time linear in the text. Idempotent: redacting its result changes nothing. Hidden
 * characters are removed first, so they cannot split an identifier. Text that does not settle is
 * withheld whole: fails closed.
 *
 * What it cannot see: names of people, and secrets that look like ordinary words.
 */
export function redact(text: string): Redaction {
  return replaceAll(text, DETECTORS);
}

/**
 * Names that machines give (labels, branches), without secrets and people: hosts, addresses and ids
 * of our own machines stay. Never for a model, which is why it is no `RedactedText`.
 */
export function maskNames(text: string): string {
  return replaceAll(text, NAME_DETECTORS).text;
}

function replaceAll(text: string, detectors: readonly Detector[]): Redaction {
  const tally = new Tally();
  const visible = visibleText(text);
  let current = clipAtSpace(visible, MAX_REDACTION_CHARS);
  let truncated = current.length < visible.length;
  for (let passCount = 0; passCount < MAX_REDACTION_PASSES; passCount += 1) {
    tally.reserve(current);
    const replaced = detectors.reduce((input, d) => replaceFound(input, d, tally), current);
    const clipped = clipAtSpace(replaced, MAX_REDACTION_CHARS);
    truncated ||= clipped.length < replaced.length;
    if (clipped === current) return tally.redaction(current, truncated);
    current = clipped;
  }
  return tally.redaction(tally.placeholder('secret', current), truncated);
}

/** Matches one placeholder, ours or one that was in the text already. */
export const PLACEHOLDER = new RegExp(`\\[(${IDENTIFIER_KINDS.join('|')})-(\\d{1,9})\\]`, 'g');

// The order matters: what holds other identifiers (keys, ARNs, addresses) goes first, and the
// guess by randomness last.
const DETECTORS: readonly Detector[] = [
  ...SECRET_DETECTORS,
  ...ADDRESS_DETECTORS,
  ...CUSTOMER_DETECTORS,
  ...HOST_DETECTORS,
  ...RANDOM_TOKEN_DETECTORS,
];

const NAME_DETECTORS = DETECTORS.filter(({ kind }) => ['secret', 'email', 'card'].includes(kind));

class Tally {
  readonly #numbers = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #byKind = Object.fromEntries(IDENTIFIER_KINDS.map((kind) => [kind, 0])) as Record<
    IdentifierKind,
    number
  >;

  /** New numbers start after those already in the text, so two values never share a placeholder. */
  reserve(text: string): void {
    for (const [, kind, digits] of text.matchAll(PLACEHOLDER)) {
      const last = this.#last.get(kind as string) ?? 0;
      this.#last.set(kind as string, Math.max(last, Math.min(Number(digits), 99_999_999)));
    }
  }

  placeholder(kind: IdentifierKind, value: string): string {
    const key = `${kind} ${value.toLowerCase()}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = (this.#last.get(kind) ?? 0) + 1;
      this.#last.set(kind, number);
      this.#numbers.set(key, number);
    }
    this.#byKind[kind] += 1;
    return `[${kind}-${number}]`;
  }

  redaction(text: string, truncated: boolean): Redaction {
    const count = Object.values(this.#byKind).reduce((sum, n) => sum + n, 0);
    return { text: text as RedactedText, count, byKind: this.#byKind, truncated };
  }
}

/** Replaces what one detector finds. It sees a copy of equal length, folded and masked. */
function replaceFound(text: string, detector: Detector, tally: Tally): string {
  const shadow = fold(text).replace(PLACEHOLDER, (found) => MASK.repeat(found.length));
  let result = '';
  let doneTo = 0;
  for (const match of shadow.matchAll(detector.pattern)) {
    const [start, rawEnd] = match.indices?.groups?.value ?? [
      match.index,
      match.index + match[0].length,
    ];
    const value = shadow.slice(start, rawEnd).replace(/[.!?]+$/, '');
    if (value === '') continue;
    const end = start + value.length;
    const context = {
      groups: match.groups ?? {},
      before: shadow.slice(Math.max(0, start - 16), start),
      after: shadow.slice(end, end + 16),
    };
    if (detector.accept !== undefined && !detector.accept(value, context)) continue;
    result += text.slice(doneTo, start) + tally.placeholder(detector.kind, value);
    doneTo = end;
  }
  return doneTo === 0 ? text : result + text.slice(doneTo);
}

/** Full-width ASCII as plain ASCII, one for one: `ａ＠ｂ．ｃｏｍ` is an address too. */
function fold(text: string): string {
  return text.replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
}
