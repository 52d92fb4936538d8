import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { ownersOf } from '../../src/domain/code-owners.ts';

describe('ownersOf()', () => {
  it('names the owners of the last rule that matches, not of the most exact one', () => {
    const file = '/src/payments/ @acme/payments\n* @acme/all\n';
    expect(ownersOf(file, 'src/payments/charge.ts')).toEqual(['@acme/all']);
  });

  it('names whoever owns everything when no path is asked about', () => {
    expect(ownersOf('*.md @acme/docs\n* @acme/one\n/src/ @acme/src\n* @acme/two', null)).toEqual([
      '@acme/two',
    ]);
    expect(ownersOf('/src/ @acme/src', null)).toBeUndefined();
  });

  it('takes a path away from its owners by a rule without any', () => {
    expect(ownersOf('* @acme/all\n/vendor/\n', 'vendor/x.js')).toEqual([]);
  });

  it.each([
    ['*', 'a/b/c.ts', true],
    ['*.js', 'a/b.js', true],
    ['*.js', 'a/b.ts', false],
    ['/build/logs/', 'build/logs/x/y.txt', true],
    ['/build/logs/', 'a/build/logs/x', false],
    ['docs/*', 'docs/start.md', true],
    ['docs/*', 'docs/build/start.md', false],
    ['apps/', 'x/apps/y/z.ts', true],
    ['apps/', 'apps', false],
    ['/docs/', 'docs/', true],
    ['**/logs', 'a/b/logs/x', true],
    ['**/logs', 'logs/x', true],
    ['/a/**/z.ts', 'a/b/c/z.ts', true],
    ['/a/**/z.ts', 'a/z.ts', true],
    ['/a/**', 'a/b/c', true],
    ['src/payments', 'src/payments/', true],
    ['src/pay?ents', 'src/payments/x', true],
    ['src/pay?ents', 'src/pay/ents', false],
    ['Docs/', 'docs/x', false],
    ['a\\ b/', 'a b/c', true],
  ])('%s and %s: %s', (pattern, path, matches) => {
    expect(ownersOf(`${pattern} @acme/x`, path)).toEqual(matches ? ['@acme/x'] : undefined);
  });

  it('reads comments, tabs and Windows line ends', () => {
    const file = '# all\r\n*\t@acme/one  @acme/two # the team\r\n';
    expect(ownersOf(file, 'x')).toEqual(['@acme/one', '@acme/two']);
  });

  it.each([['!x @acme/no'], ['[ab] @acme/no'], ['\\#x @acme/no'], ['* nobody-in-particular']])(
    'skips a line that GitHub skips: %s',
    (line) => {
      expect(ownersOf(`* @acme/all\n${line}`, 'x')).toEqual(['@acme/all']);
    },
  );

  it('takes time in proportion to pattern and path, whatever the pattern is', () => {
    const file = `${`${'*a'.repeat(140)}b @acme/x\n`.repeat(50)}`;
    const startedMs = performance.now();
    expect(ownersOf(file, `${'a'.repeat(250)}`)).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
