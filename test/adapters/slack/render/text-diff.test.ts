import { describe, expect, it } from 'vitest';
import { textDiff } from '../../../../src/adapters/slack/render/text-diff.ts';

describe('textDiff()', () => {
  it.each([
    ['a', 'a', ''],
    ['a', 'b', '- a\n+ b'],
    ['a\nb\nc', 'a\nc', '- b'],
    ['a\nc', 'a\nb\nc', '+ b'],
    ['a\nb', 'b\na', '- a\n+ a'],
    ['', 'x', '- \n+ x'],
  ])('from %j to %j is %j', (before, after, expected) => {
    expect(textDiff(before, after)).toBe(expected);
  });

  it('shows texts of over 400 lines as replaced, with nothing left out', () => {
    const long = Array.from({ length: 401 }, () => 'x').join('\n');
    expect(textDiff('x', long).split('\n')).toHaveLength(402);
    const fits = Array.from({ length: 400 }, () => 'x').join('\n');
    expect(textDiff('x', fits).split('\n')).toHaveLength(399);
  });
});
