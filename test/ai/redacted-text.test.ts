import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskNames, redact } from '../../src/ai/redacted-text.ts';

type Seed = { kind: string; identifiers: string[]; sentence: string };

const fixtures = new URL('../fixtures/redaction/', import.meta.url);
const ordinary = readFileSync(new URL('ordinary-sentences.txt', fixtures), 'utf8')
  .split('\n')
  .filter((line) => line !== '');
// The fixture splits some made-up tokens by a bar, so that no secret scanner takes them for real.
const seeds = JSON.parse(
  readFileSync(new URL('seeded-identifiers.json', fixtures), 'utf8').replaceAll('¦', ''),
) as Seed[];

describe('redact() over the corpus', () => {
  it('the corpus has at least 200 ordinary sentences and 150 seeded identifiers', () => {
    expect(new Set(ordinary).size).toBeGreaterThanOrEqual(200);
    expect(new Set(seeds.flatMap((seed) => seed.identifiers)).size).toBeGreaterThanOrEqual(150);
  });

  it.each(ordinary)('leaves as it is: %s', (sentence) => {
    expect(redact(sentence)).toMatchObject({ text: sentence, count: 0 });
  });

  it.each(seeds)('catches the $kind in: $sentence', ({ sentence, identifiers, kind }) => {
    const redaction = redact(sentence);
    for (const identifier of identifiers) {
      expect(sentence).toContain(identifier);
      expect(redaction.text.toLowerCase()).not.toContain(identifier.toLowerCase());
    }
    expect(redaction.byKind[kind as keyof typeof redaction.byKind]).toBeGreaterThan(0);
  });

  it('catches every seeded identifier between any two ordinary sentences', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.constantFrom(...ordinary),
        fc.constantFrom(...ordinary),
        fc.constantFrom(' ', '\n', '\n\n'),
        (seed, before, after, gap) => {
          // "CVE-2026-12345" is ordinary, and is no customer 12345.
          const around = `${before} ${after}`.toLowerCase();
          fc.pre(!seed.identifiers.some((id) => around.includes(id.toLowerCase())));
          const { text } = redact([before, seed.sentence, after].join(gap));
          for (const identifier of seed.identifiers) {
            expect(text.toLowerCase()).not.toContain(identifier.toLowerCase());
          }
          expect(text.startsWith(before)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('redact()', () => {
  it('gives the same value the same number and counts each place', () => {
    const redaction = redact('a@example.com told b@example.com; A@example.com agreed');
    expect(redaction.text).toBe('[email-1] told [email-2]; [email-1] agreed');
    expect(redaction.count).toBe(3);
    expect(redaction.byKind.email).toBe(3);
  });

  it('starts numbering after placeholders that were already there', () => {
    expect(redact('[email-3] and a@example.com').text).toBe('[email-3] and [email-4]');
  });

  it('keeps the rest of a connection string readable', () => {
    expect(redact('postgres://app:hunter2@db.internal:5432/orders').text).toBe(
      'postgres://[secret-1]@[host-1]:5432/orders',
    );
  });

  it('sees through zero-width, soft-hyphen and full-width disguises', () => {
    expect(redact('mail maya\u200B@exam\u00ADple.com').text).toBe('mail [email-1]');
    expect(redact('mail ｍａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ now').text).toBe('mail [email-1] now');
  });

  it('keeps sentence punctuation after an identifier', () => {
    expect(redact('Ask maya@example.com. The host is db.internal!').text).toBe(
      'Ask [email-1]. The host is [host-1]!',
    );
  });

  it('withholds a private key that was cut off', () => {
    expect(redact('key: -----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc def').text).not.toContain(
      'abc',
    );
  });

  it('reads 60,000 characters and drops the rest at a space', () => {
    const word = 'word ';
    expect(redact(word.repeat(12_000).trimEnd())).toMatchObject({ truncated: false, count: 0 });
    const long = redact(`${word.repeat(11_999)}maya@example.com`);
    expect(long.truncated).toBe(true);
    expect(long.text).not.toContain('maya');
    expect(redact('x'.repeat(60_001))).toMatchObject({ text: '', truncated: true });
  });
});

const fragments = fc.oneof(
  fc.constantFrom(...seeds.flatMap((seed) => seed.identifiers)),
  fc.constantFrom(...seeds.map((seed) => seed.sentence)),
  fc.constantFrom('password=', 'token: ', 'Bearer ', '://', '@', '.', '-', ':', '=', '[email-1]'),
  fc.constantFrom(
    '[secret-999999999]',
    '"',
    '<',
    '>',
    '/',
    '\n',
    ' ',
    'customer id ',
    'host ',
    'eyJ',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('redact() properties', () => {
  it('is idempotent: redacting its own result changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
        const once = redact(parts.join(''));
        expect(redact(once.text)).toMatchObject({ text: once.text, count: 0 });
      }),
      { numRuns: 3_000 },
    );
  });

  const hostile: [string, string][] = [
    ['letters', 'a'],
    ['digits', '1'],
    ['at signs', 'a@'],
    ['dots', 'a.'],
    ['hyphens', 'a-'],
    ['colons', 'a:'],
    ['spaces and digits', '1 '],
    ['password=', 'password='],
    ['key headers', '-----BEGIN A'],
    ['schemes', '://a:'],
    ['quotes', '"a'],
    ['placeholders', '[email-1]'],
    ['customer ids', 'customer id '],
    ['addresses', 'a@b.co '],
    ['octets', '1.1.1.'],
    ['trailing hyphens', '--'],
    ['arn', 'arn:aws:'],
    ['pluses', '+1'],
    ['words', 'password is '],
    ['authorization', 'authorization: '],
  ];
  it.each(hostile)('reads 60,000 characters of %s in under 1.5 s', (_name, unit) => {
    const startedAtMs = performance.now();
    redact(unit.repeat(Math.floor(60_000 / unit.length)).concat(' '));
    expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  });
});

describe('maskNames()', () => {
  it('takes secrets and people out of names, and leaves machines in', () => {
    expect(maskNames('pod=checkout-6f9c, instance=10.0.3.7:9090, host=db-1.internal.example')).toBe(
      'pod=checkout-6f9c, instance=10.0.3.7:9090, host=db-1.internal.example',
    );
    expect(maskNames('maya.ito@example.com pushed with ghp_abcdefghijklmnop1234')).toBe(
      '[email-1] pushed with [secret-1]',
    );
  });
});
