import { describe, expect, it } from 'vitest';
import {
  isShownText,
  plainText,
  type ShownUpdate,
  shownTextDigest,
  statusWord,
} from '../../src/domain/shown-page.ts';

const update = (status: string, body: string): ShownUpdate => ({
  id: 'u1',
  status,
  body,
  createdAtMs: null,
  updatedAtMs: null,
});

describe('plainText()', () => {
  it.each([
    ['one<br>two', 'one two'],
    ['one<br/>two', 'one two'],
    ['one<BR   />two', 'one two'],
    ['one<brx>two', 'one<brx>two'],
    ['&lt;b&gt; &quot;it&#39;s&quot; R&amp;D', '<b> "it\'s" R&D'],
    ['&amp;lt;', '&lt;'],
    ['  one \n\t two\u00a0 ', 'one two'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['', ''],
  ])('%j is read as %j', (text, read) => {
    expect(plainText(text)).toBe(read);
  });
});

describe('isShownText()', () => {
  const text = { name: 'Payments fail', status: 'identified', body: 'R & D' };

  it('is true of the same status and words, in whatever form the page keeps them', () => {
    expect(isShownText(update('identified', ' R &amp; D<br>'), text)).toBe(true);
  });

  it('is false of another status, and of other words', () => {
    expect(isShownText(update('monitoring', 'R & D'), text)).toBe(false);
    expect(isShownText(update('identified', 'R and D'), text)).toBe(false);
  });
});

describe('shownTextDigest()', () => {
  it('is one for all forms of a text, and another for another status or other words', () => {
    const digest = shownTextDigest({ status: 'identified', body: 'R & D' });
    expect(shownTextDigest({ status: 'identified', body: 'R &amp;  D ' })).toBe(digest);
    expect(shownTextDigest({ status: 'resolved', body: 'R & D' })).not.toBe(digest);
    expect(shownTextDigest({ status: 'identified', body: 'RD' })).not.toBe(digest);
  });
});

describe('statusWord()', () => {
  it.each([
    ['resolved', 'resolved'],
    ['in_progress', 'in progress'],
    ['a'.repeat(30), 'a'.repeat(30)],
    ['a'.repeat(31), 'unknown'],
    ['1resolved', 'unknown'],
    ['resolved!', 'unknown'],
    ['Resolved', 'unknown'],
    ['', 'unknown'],
  ])('%j is said as %j', (status, word) => {
    expect(statusWord(status)).toBe(word);
  });
});
