import type { Random } from './random.ts';

/** Values that have broken parsers before. */
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1e308,
  2 ** 53,
  Number.MIN_VALUE,
  '',
  ' ',
  '0',
  'null',
  '__proto__',
  'constructor',
  'toString',
  'firing',
  'resolved',
  'incident.triggered',
  '\u0000',
  '\ud800',
  '\udc00\ud800',
  '\ufeff',
  '\uffff',
  '\u202e',
  '👩‍👩‍👧‍👦'.repeat(40),
  '<!channel> <@U04MAYAITO1> *bold* `code` |>&amp;',
  'javascript:alert(1)',
  'https://example.com/|>x',
  'http://[::1',
  '../../etc/passwd',
  '%24%7Bjndi:ldap://x%7D',
  "'; DROP TABLE audit; --",
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999+14:00',
  '2026-02-30T25:61:61Z',
  '2026-03-14T09:26:40',
  'x'.repeat(3_001),
  'é'.repeat(2_001),
  [],
  {},
  [[]],
  [null],
  { __proto__: null },
  { length: 5 },
  { toString: 'x', valueOf: 1 },
];
const MEGABYTE = 1_048_576;

/** A body with some of its bytes changed, cut, doubled, inserted or exchanged. */
export function mutateBytes(sample: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(sample);
  for (let edits = 1 + random.below(6); edits > 0; edits -= 1) {
    const at = bytes.length === 0 ? 0 : random.below(bytes.length);
    const end = Math.min(bytes.length, at + random.below(64));
    switch (random.below(7)) {
      case 0:
        if (bytes.length > 0) bytes[at] = random.below(256);
        break;
      case 1:
        if (bytes.length > 0) bytes[at] = bytes[at]! ^ (1 << random.below(8));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes, bytes.subarray(at, at + 4_096)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        break;
      case 5: {
        const byte = Buffer.of(random.below(256));
        bytes = Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)]);
        break;
      }
      default: {
        const word = random.pick(['"', '{', '}', ',', ':', '\\u0000', '\\ud83d', '\xff', 'null']);
        const text = Buffer.from(word, 'latin1');
        bytes = Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at)]);
      }
    }
  }
  return bytes;
}

/** JSON with some of its values replaced, left out, moved, repeated or nested; still JSON. */
export function mutateJson(sample: unknown, other: unknown, random: Random): unknown {
  let value = structuredClone(sample);
  const edits = 1 + random.below(4);
  for (let edit = 0; edit < edits; edit += 1) {
    const places = placesOf(value);
    if (places.length === 0) return oddValue(random);
    const { holder, key } = random.pick(places);
    const held = holder as Record<string | number, unknown>;
    switch (random.below(8)) {
      case 0:
      case 1:
        held[key] = oddValue(random);
        break;
      case 2:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete held[key];
        break;
      case 3: {
        const theirs = placesOf(other);
        if (theirs.length > 0) held[key] = structuredClone(valueAt(random.pick(theirs)));
        break;
      }
      case 4:
        // Once may be often; what is repeated again must not grow beyond any text.
        held[key] = repeated(
          held[key],
          1 + random.below(edit === 0 && random.oneIn(60) ? 3_000 : 4),
        );
        break;
      case 5:
        held[key] = nested(held[key], 1 + random.below(200));
        break;
      case 6: {
        // The names of labels are anybody's; other names mostly go unread.
        const into = random.oneIn(2) ? (labelsAmong(places, random) ?? holder) : holder;
        // JSON has no place for it in an array.
        if (Array.isArray(into)) break;
        const name = textOf(random.pick(ODD_VALUES)).slice(0, 300);
        (into as Record<string, unknown>)[name] = random.oneIn(2) ? 'x' : oddValue(random);
        break;
      }
      default:
        held[key] = textOf(held[key]);
    }
    if (random.oneIn(50)) value = [value];
  }
  return value;
}

/** One odd body, whole: empty, very deep, very long, or of bytes that mean nothing. */
export function oddBody(random: Random): Buffer {
  switch (random.below(9)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.from('['.repeat(random.below(200_000)));
    case 2:
      return Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    case 3:
      return Buffer.alloc(MEGABYTE - random.below(2), 'x');
    case 4:
      return Buffer.alloc(MEGABYTE + 1 + random.below(1_000), ' ');
    case 5:
      return Buffer.from(`{"alerts":[${'{},'.repeat(random.below(100_000))}{}],"status":"firing"}`);
    case 6:
      return Buffer.from(JSON.stringify(oddValue(random)));
    case 7:
      return Buffer.from(`"${'\\u0000'.repeat(random.below(50_000))}"`);
    default:
      return Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)));
  }
}

/** A value that parsers do not expect, now and then a large one. */
export function oddValue(random: Random): unknown {
  if (random.oneIn(400)) return 'x'.repeat(random.below(400_000));
  if (random.oneIn(400)) return Array.from({ length: random.below(5_000) }, (_, i) => ({ id: i }));
  return structuredClone(random.pick(ODD_VALUES));
}

type Place = { holder: object; key: string | number };

/** Every place in a JSON value where something stands, at most some thousands. */
function placesOf(value: unknown): Place[] {
  const places: Place[] = [];
  const left: unknown[] = [value];
  while (left.length > 0 && places.length < 3_000) {
    const holder = left.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      left.push(valueAt({ holder, key }));
    }
  }
  return places;
}

function labelsAmong(places: readonly Place[], random: Random): object | undefined {
  const labels = places
    .filter(({ key }) => /labels$/i.test(String(key)))
    .map((place) => valueAt(place))
    .filter((value): value is object => typeof value === 'object' && value !== null);
  return labels.length > 0 ? random.pick(labels) : undefined;
}

function valueAt({ holder, key }: Place): unknown {
  return (holder as Record<string | number, unknown>)[key];
}

/** As often as asked for, and never longer than a request may be. */
function repeated(value: unknown, times: number): unknown[] {
  const fitting = Math.floor(MEGABYTE / (textOf(value).length + 1));
  return Array.from({ length: Math.min(times, fitting) }, () => value);
}

/** Not `String`: what stands there may have a `toString` of its own. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function nested(value: unknown, depth: number): unknown {
  let inner = value;
  for (let i = 0; i < depth; i += 1) inner = i % 2 === 0 ? [inner] : { a: inner };
  return inner;
}
