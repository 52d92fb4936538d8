import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/ai/redacted-text.ts';
import { parseStatusAnswer } from '../../src/ai/status-answer.ts';

const good = { title: 'Slow checkout', text: 'Checkout is slow. We are on it.' };

describe('parseStatusAnswer()', () => {
  it.each([
    ['plain JSON', JSON.stringify(good)],
    ['JSON in white space', `\n ${JSON.stringify(good, null, 2)} \n`],
    ['a json code block', `\`\`\`json\n${JSON.stringify(good)}\n\`\`\``],
    ['a bare code block', `\`\`\`\n${JSON.stringify(good)}\n\`\`\``],
  ])('reads %s', (_form, answer) => {
    expect(parseStatusAnswer(answer)).toEqual({ ...good, removedCount: 0 });
  });

  it.each([
    ['prose', 'Checkout is slow.'],
    ['JSON after prose', `Here you are: ${JSON.stringify(good)}`],
    ['an array', JSON.stringify([good])],
    ['null', 'null'],
    ['nothing', ''],
    ['a missing text', JSON.stringify({ title: 'a' })],
    ['an unknown field', JSON.stringify({ ...good, approve: true })],
    ['an empty title', JSON.stringify({ ...good, title: ' ' })],
    ['an empty text', JSON.stringify({ ...good, text: '\n' })],
    ['a title of two lines', JSON.stringify({ ...good, title: 'a\nb' })],
    ['a title of 256 characters', JSON.stringify({ ...good, title: 'x'.repeat(256) })],
    ['a text of 3,001 characters', JSON.stringify({ ...good, text: `${'x '.repeat(1_500)}xy` })],
    ['a zero-width character', JSON.stringify({ ...good, text: 'a\u200Bb' })],
    ['a bidi override', JSON.stringify({ ...good, text: 'a\u202Eb' })],
    ['a control character', JSON.stringify({ ...good, text: 'a\u0007b' })],
    ['a lone surrogate', '{"title":"a","text":"\\ud800 b"}'],
    ['a field to fill in', JSON.stringify({ ...good, text: 'Fixed by [time].' })],
    ['TBD', JSON.stringify({ ...good, text: 'Cause: TBD.' })],
    ['a template brace', JSON.stringify({ ...good, text: 'Dear {{name}}.' })],
    ['only identifiers', JSON.stringify({ ...good, text: 'Ask maya@example.com.' })],
    ['too many characters', `${JSON.stringify(good)}${' '.repeat(8_000)}`],
  ])('refuses %s', (_form, answer) => {
    expect(parseStatusAnswer(answer)).toBeUndefined();
  });

  it('accepts a title of 255 and a text of 3,000 characters', () => {
    const title = 'word '.repeat(51).trimEnd().concat('s');
    const text = `${'word '.repeat(599)}words`;
    expect([title.length, text.length]).toEqual([255, 3_000]);
    expect(parseStatusAnswer(JSON.stringify({ title, text }))).toEqual({
      title,
      text,
      removedCount: 0,
    });
  });

  it('removes whole sentences that name an identifier or repeat a placeholder', () => {
    const text =
      'Checkout is slow. The host db01.prod.internal is full, says [email-1]. We are on it.\n' +
      'Ask maya@example.com.\n\nMore follows.';
    expect(parseStatusAnswer(JSON.stringify({ ...good, text }))).toEqual({
      title: 'Slow checkout',
      text: 'Checkout is slow. We are on it.\n\nMore follows.',
      removedCount: 3,
    });
  });

  it('never lets an identifier or a hidden character through', () => {
    const words = fc.constantFrom('Checkout is slow.', 'maya@example.com', '[host-1]', '10.0.0.1');
    const strings = fc.array(fc.oneof(words, fc.string()), { maxLength: 8 });
    fc.assert(
      fc.property(strings, strings, (title, text) => {
        const answer = JSON.stringify({ title: title.join(' '), text: text.join(' ') });
        const parsed = parseStatusAnswer(answer);
        if (parsed === undefined) return;
        expect(redact(parsed.text)).toMatchObject({ text: parsed.text, count: 0 });
        expect(redact(parsed.title)).toMatchObject({ text: parsed.title, count: 0 });
        expect(parsed.text).not.toMatch(/\[\w+-\d+\]/);
      }),
      { numRuns: 1_000 },
    );
  });
});
