import { SLACK_ID_DETECTOR } from './detect-network-addresses.ts';
import { type Detector, type DetectorContext, digitCount, regex } from './identifier-detector.ts';

/** Ids of accounts, customers and their things; card, bank and phone numbers. */
export const CUSTOMER_DETECTORS: readonly Detector[] = [
  {
    kind: 'id',
    pattern: regex(
      'dg',
      '(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-',
      '[0-9A-Fa-f]{12}(?![0-9A-Za-z])',
    ),
  },
  // AWS resource ids: `i-0abc1234def567890`.
  {
    kind: 'id',
    pattern: regex(
      'dg',
      '(?<![A-Za-z0-9-])(?:i|vpc|subnet|sg|eni|vol|snap|ami|rtb|igw|nat|eipalloc',
      '|acl|tgw|lt|fs|vpce|pcx|ou)-[0-9a-f]{8,17}(?![A-Za-z0-9])',
    ),
    accept: (value) => digitCount(value) > 0,
  },
  // IBANs, spaced or not.
  {
    kind: 'account',
    pattern:
      /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/dg,
    accept: (value) => digitCount(value) >= 8,
  },
  // Payment cards, grouped or not; any long number is treated as one.
  { kind: 'card', pattern: /(?<![\d-])\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}(?!\d)/dg },
  { kind: 'card', pattern: /(?<![\d-])\d{4}[ -]\d{6}[ -]\d{4,5}(?!\d)/dg },
  { kind: 'card', pattern: /(?<!\d)(?<!\d\.)\d{13,19}(?!\d)/dg },
  {
    kind: 'card',
    pattern: regex(
      'dgi',
      String.raw`\b(?:card|visa|mastercard|amex)(?: number)?(?: that)? (?:ending|ends|ended)`,
      String.raw`(?: in| with)?:? \*{0,12}(?<value>\d{4})(?!\d)`,
    ),
  },
  // AWS account ids: 12 digits, as one or in fours.
  { kind: 'account', pattern: /(?<!\d)(?<!\d\.)\d{12}(?!\d)/dg },
  { kind: 'account', pattern: /(?<![\d-])\d{4}-\d{4}-\d{4}(?![\d-])/dg },
  // US social security numbers.
  { kind: 'customer', pattern: /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/dg },
  ...phoneDetectors(),
  {
    kind: 'customer',
    pattern: regex(
      'dgi',
      '(?<![A-Za-z0-9])(?<prefix>cust|cus|customer|acct|accnt|acc|account|user|usr',
      '|uid|cid|tenant|org|client|merchant|member|mbr|sub|subscription|ord|order',
      '|inv|invoice|txn|transaction|pay|payment|ch|pi|pm|py|re|tr|po|card|case|tkt',
      '|ticket|shop|store|workspace|ws|patient|emp|employee|contract|booking|res',
      '|policy|lead)(?<sep>[_-])(?<tail>[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*)',
    ),
    accept: isPrefixedId,
  },
  {
    kind: 'customer',
    pattern: regex(
      'dgi',
      '(?<![A-Za-z0-9])(?<noun>customer|cust|cid|uid|account|acct|user|tenant|client|merchant',
      '|member|membership|subscriber|subscription|organi[sz]ation|org|order|invoice',
      '|contract|case|ticket|patient|employee|booking|reservation|policy|shop|store',
      '|workspace|payment|transaction|passport|licen[cs]e|loyalty|device|session',
      '|request|trace|correlation|project|folio)(?<plural>s?)(?:[ _-]{0,2}',
      String.raw`(?<id>ids?|identifiers?|no\.?|num(?:ber)?s?|nr\.?|ref(?:erence)?s?|uuid`,
      String.raw`|guid)(?![A-Za-z]))?["'\x60]?(?<sep>\s{0,2}[:#=]{1,2}\s{0,2}|\s{1,2}(?:is `,
      String.raw`|was |of )?)["'\x60#]?(?<value>[A-Za-z0-9][A-Za-z0-9_-]{0,63})`,
      '(?![A-Za-z0-9_-])',
    ),
    accept: isNamedId,
  },
  // "(id 5512)", and the rest of a list: "customers [customer-1] and 67890".
  {
    kind: 'customer',
    pattern: /\bids?\s?[:=#]?\s?(?<value>\d{4,12})(?![\w%]|[.,:]\d)/dgi,
    accept: (value) => !NOT_AN_ID.test(value),
  },
  {
    kind: 'customer',
    pattern: /\uFFFC(?:, ?(?:and |or )?| and | or | & )(?<value>\d{4,12})(?![\w%]|[.,:]\d)/dg,
    accept: (value, { after }) => !NOT_AN_ID.test(value) && !COUNTED.test(after),
  },
  SLACK_ID_DETECTOR,
];

function phoneDetectors(): Detector[] {
  return [
    {
      kind: 'phone',
      pattern: /(?<![\w+.:])(?:\+|00)\d[\d ().-]{6,20}\d(?!\w)/dg,
      accept: (value) => digitCount(value) >= 8,
    },
    {
      kind: 'phone',
      pattern: /(?<![\w.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-]|\.\d)/dg,
    },
    { kind: 'phone', pattern: /(?<![\w.,:-])\(?0\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}(?!\d)/dg },
    { kind: 'phone', pattern: /(?<![\w.,:-])0\d(?:[ .]\d{2}){4}(?!\d)/dg },
    {
      kind: 'phone',
      pattern: regex(
        'dgi',
        String.raw`\b(?:tel|telephone|phone|mobile|cell|fax|call|sms|text|whatsapp|dial)(?: us`,
        String.raw`| me| them| him| her| number| support){0,2}(?: at| on| via)?[.:]?\s{0,2}`,
        String.raw`(?<value>[\d(][\d ().-]{5,18}\d)`,
      ),
      accept: (value) => digitCount(value) >= 7,
    },
  ];
}

/** Prefixes that are followed by an id and nothing else. */
const STRONG_PREFIX = /^(?:cust|cus|acct|accnt)$/i;
/** Prefixes that name a party: a bare number after one is an id. */
const PARTY_PREFIX = regex(
  'i',
  '^(?:customer|acc|account|user|usr|uid|cid|tenant|org|client|merchant|member',
  '|mbr|patient|employee|emp)$',
);

function isPrefixedId(_value: string, { groups }: DetectorContext): boolean {
  const { prefix = '', sep = '', tail = '' } = groups;
  if (STRONG_PREFIX.test(prefix)) return tail.length >= 2;
  if (PARTY_PREFIX.test(prefix) && /^\d+$/.test(tail)) return true;
  if (digitCount(tail) >= 3) return true;
  if (digitCount(tail) >= 1 && tail.length >= 8 && !/[_-]/.test(tail)) return true;
  // `cus_NffrFeUfNV`: an underscore and changing case, no word.
  return sep === '_' && (tail.match(/[a-z][A-Z]/g) ?? []).length >= 2 && tail.length >= 8;
}

/** Nouns after which a bare number is an id; after others the text must say "id". */
const NUMBERED_NOUN = regex(
  'i',
  '^(?:customer|cust|account|acct|user|tenant|client|merchant|member|subscriber',
  '|order|invoice|contract|case|ticket|patient|employee|booking|reservation',
  '|policy)$',
);
/** Digits that are a standard, a protocol, a year or a date, not an id. */
const NOT_AN_ID = regex(
  'i',
  String.raw`^(?:(?:19|20)\d{2}|\d{4}-\d{2}(?:-\d{2})?|[1-5]xx|[hpsvql]-?\d{1,2}|cve-\d+-\d+`,
  String.raw`|(?:https?|tls|ssl|ipv|utf|sha|rfc|iso|oauth|md)-?\d+`,
  String.raw`|\d+(?:st|nd|rd|th|ms|s|m|h|d|k|x|min|am|pm|fa|ds))$`,
);
/** What follows a count of something, not an id: "customer 5000 requests". */
const COUNTED = regex(
  'i',
  String.raw`^\s?(?:%|,\d|\.\d|:\d|(?:requests?|errors?|responses?|ms|seconds?|minutes?`,
  '|hours?|days?|times|per|users?|customers?|orders?|codes?|transactions?',
  String.raw`|percent|of)\b)`,
);

function isNamedId(value: string, context: DetectorContext): boolean {
  const { noun = '', plural = '', id, sep = '' } = context.groups;
  const isNumbered = id !== undefined && /^\d{4}$/.test(value);
  if (NOT_AN_ID.test(value) && !isNumbered) return false;
  const digits = digitCount(value);
  const marked = /[:#=]/.test(sep);
  if (id !== undefined) {
    if (digits === 0) return marked && /^[A-Z][A-Z_-]{3,}$/.test(value);
    return !/^no$/i.test(id) || marked || digits >= 3;
  }
  if (sep.includes('#') || context.before.endsWith('#')) return digits > 0;
  if (/is |was |of /.test(sep) || COUNTED.test(context.after)) return false;
  if (sep.includes('=') || (marked && /^[cu]id$/i.test(noun))) return digits > 0;
  if (plural !== '') return NUMBERED_NOUN.test(noun) && /^\d{5,}$/.test(value);
  if (!NUMBERED_NOUN.test(noun)) return digits >= (marked ? 4 : 6);
  if (/^\d+$/.test(value)) return isBareId(value, marked);
  if (/^[a-z]/.test(value)) return digits >= 4 || (digits >= 2 && value.includes('_'));
  return digits >= 2 && value.length >= 4;
}

/** Three digits may be an HTTP status; two are a count. */
function isBareId(value: string, marked: boolean): boolean {
  if (value.length === 3) return !marked && !/^[1-5]/.test(value);
  return value.length > 3;
}
