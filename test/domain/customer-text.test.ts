import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  draftedText,
  mixedWords,
  problemsOfCustomerText,
  problemsOfCustomerTitle,
  problemsOfInternalText,
} from '../../src/domain/customer-text.ts';

const codes = (text: string) => problemsOfCustomerText(text).map(({ code }) => code);

describe('problemsOfCustomerText()', () => {
  it.each([
    'We are investigating slow checkouts.',
    'Two paragraphs.\n\nWith *stars*, <tags>, & and _marks_.',
    'Zahlungen schlagen fehl – wir prüfen. 決済が遅延しています。 عطل في الدفع',
    'Warning \u26a0\ufe0f and step 1\ufe0f\u20e3 and \u{1f525}',
    '“Quotes”, dashes — and a no\u00a0break space',
    'ما می\u200cدانیم که پرداخت کند است.',
    'यह क्\u200dष और क्\u200cष है।',
    'Engineers \u{1f469}\u200d\u{1f4bb} and \u{1f469}\u{1f3fd}\u200d\u{1f680} look, \u2764\ufe0f\u200d\u{1f525}',
    'Flag \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    'At 10:30:45, port :8080: and https://x.example:443/a:b',
  ])('finds nothing wrong with %j', (text) => expect(codes(text)).toEqual([]));

  it.each([
    ['NUL', '\u0000'],
    ['tab', '\t'],
    ['carriage return', '\r'],
    ['escape', '\u001b'],
    ['delete', '\u007f'],
    ['C1 control', '\u0085'],
    ['soft hyphen', '\u00ad'],
    ['combining grapheme joiner', '\u034f'],
    ['Arabic letter mark', '\u061c'],
    ['Hangul filler', '\u115f'],
    ['Mongolian vowel separator', '\u180e'],
    ['zero-width space', '\u200b'],
    ['zero-width non-joiner', '\u200c'],
    ['zero-width joiner', '\u200d'],
    ['left-to-right mark', '\u200e'],
    ['right-to-left mark', '\u200f'],
    ['line separator', '\u2028'],
    ['paragraph separator', '\u2029'],
    ['left-to-right embedding', '\u202a'],
    ['right-to-left override', '\u202e'],
    ['word joiner', '\u2060'],
    ['isolate', '\u2066'],
    ['pop isolate', '\u2069'],
    ['blank braille', '\u2800'],
    ['Hangul filler letter', '\u3164'],
    ['private use', '\ue000'],
    ['variation selector after a letter', '\ufe0f'],
    ['byte order mark', '\ufeff'],
    ['half-width filler', '\uffa0'],
    ['interlinear annotation', '\ufff9'],
    ['non-character', '\uffff'],
    ['tag letter', '\u{e0041}'],
    ['variation selector supplement', '\u{e0100}'],
    ['lone surrogate', '\ud800'],
    ['joiner between a letter and an emoji', '\u200d\u{1f525}'],
    ['joiner before a Persian letter', '\u200cد'],
    ['tag behind an emoji', '\u{1f525}\u{e0067}'],
    ['unknown flag of tags', '\u{1f3f4}\u{e0075}\u{e0073}\u{e007f}'],
  ])('finds a %s inside a sentence', (_name, hidden) => {
    expect(codes(`We are a${hidden}ware.`)).toEqual(['TEXT_HAS_HIDDEN_CHARACTERS']);
  });

  it.each([':tada:', 'a :party-parrot: b', ':+1:', ':WARNING:'])(
    'refuses the emoji name in %j, which customers would read as it stands',
    (text) => expect(codes(text)).toEqual(['TEXT_HAS_EMOJI_NAMES']),
  );

  it('names the hidden character by its number, not the text', () => {
    expect(problemsOfCustomerText('secret \u202e words')).toEqual([
      {
        code: 'TEXT_HAS_HIDDEN_CHARACTERS',
        words: 'Remove the hidden character U+202E: what nobody can see, nobody can approve.',
      },
    ]);
  });

  it('accepts 3,000 units and refuses 3,001', () => {
    expect(codes('x'.repeat(3_000))).toEqual([]);
    expect(codes('x'.repeat(3_001))).toEqual(['TEXT_TOO_LONG']);
  });

  it.each(['', ' ', '\n\n', '\u00a0\u3000'])('calls %j empty', (text) => {
    expect(codes(text)).toEqual(['TEXT_EMPTY']);
  });

  it('calls a text of nothing but zero-width spaces empty and hidden', () => {
    expect(codes('\u200b\u200b')).toEqual(['TEXT_EMPTY', 'TEXT_HAS_HIDDEN_CHARACTERS']);
  });

  it('finds every bidi, zero-width and control character wherever it stands', () => {
    const hidden = fc.oneof(
      fc.integer({ min: 0x202a, max: 0x202e }),
      fc.integer({ min: 0x2066, max: 0x2069 }),
      fc.integer({ min: 0x200b, max: 0x200f }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 11, max: 31 }),
      fc.integer({ min: 0x7f, max: 0x9f }),
    );
    const word = fc.stringMatching(/^[a-z ]{0,20}$/);
    fc.assert(
      fc.property(word, hidden, word, (before, code, after) => {
        const text = `x${before}${String.fromCodePoint(code)}${after}x`;
        expect(codes(text)).toEqual(['TEXT_HAS_HIDDEN_CHARACTERS']);
      }),
    );
  });
});

describe('draftedText()', () => {
  it.each([
    ['one\r\ntwo\rthree\u2028four\u2029five\u0085six', 'one\ntwo\nthree\nfour\nfive\nsix'],
    ['a\tb', 'a b'],
    ['pay\u00adment', 'payment'],
    ['\ufeffText', 'Text'],
    ['Fixed :white_check_mark: :+1:', 'Fixed ✅ 👍'],
    ['custom :party-parrot: and :constructor:', 'custom :party-parrot: and :constructor:'],
    [
      'می\u200cدانیم क्\u200dष \u{1f469}\u200d\u{1f4bb}',
      'می\u200cدانیم क्\u200dष \u{1f469}\u200d\u{1f4bb}',
    ],
    ['kept \u202e, to be refused', 'kept \u202e, to be refused'],
  ])('makes of %j %j', (typed, drafted) => expect(draftedText(typed)).toBe(drafted));

  it('changes nothing a second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(draftedText(draftedText(text))).toBe(draftedText(text));
      }),
    );
  });
});

describe('mixedWords()', () => {
  it('finds a Cyrillic letter in a Latin word, and no foreign word as such', () => {
    expect(mixedWords('P\u0430yments via kafka Платежи и Ω and 決済API')).toEqual([
      { word: 'P\u0430yments', alphabets: ['Latin', 'Cyrillic'] },
    ]);
  });
  it('names three at most, each once', () => {
    expect(mixedWords('\u0430a \u0430a \u0430b \u0430c \u0430d')).toHaveLength(3);
  });
});

describe('problemsOfCustomerTitle()', () => {
  it('accepts 255 units and refuses 256', () => {
    expect(problemsOfCustomerTitle('x'.repeat(255))).toEqual([]);
    expect(problemsOfCustomerTitle('x'.repeat(256))).toHaveLength(1);
  });
  it('refuses a line break', () => {
    expect(problemsOfCustomerTitle('a\nb').map(({ code }) => code)).toEqual([
      'TEXT_HAS_LINE_BREAKS',
    ]);
  });
});

describe('problemsOfInternalText()', () => {
  it('accepts tabs, as logs have them', () => {
    expect(problemsOfInternalText('GET\t/\t500')).toEqual([]);
  });
  it('refuses emptiness and 3,001 units', () => {
    expect(problemsOfInternalText('  ').map(({ code }) => code)).toEqual(['TEXT_EMPTY']);
    expect(problemsOfInternalText('x'.repeat(3_000))).toEqual([]);
    expect(problemsOfInternalText('x'.repeat(3_001)).map(({ code }) => code)).toEqual([
      'TEXT_TOO_LONG',
    ]);
  });
});

describe('problems in words', () => {
  const words = (problems: readonly { words: string }[]) => problems.map((each) => each.words);

  it('tell what to change', () => {
    expect(words(problemsOfCustomerText(''))).toEqual(['Write something here.']);
    expect(words(problemsOfCustomerText('x'.repeat(3_001)))).toEqual([
      'Shorten this to 3000 characters; it has 3001.',
    ]);
    expect(words(problemsOfCustomerText('bell \u0007'))).toEqual([
      'Remove the hidden character U+0007: what nobody can see, nobody can approve.',
    ]);
    expect(words(problemsOfCustomerTitle('one\ntwo'))).toEqual(['Keep the title on one line.']);
  });

  it('name the half of a character that only an emoji in between keeps from the other half', () => {
    expect(words(problemsOfCustomerText('\ud83d1\ufe0f\udd25'))).toEqual([
      'Remove the hidden character U+D83D: what nobody can see, nobody can approve.',
    ]);
  });
});
