import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const documents = [...markdownBelow('.'), ...markdownBelow('docs')];
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('documents', () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8');

    it(`${document} links only to what is there`, () => {
      const broken = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
        .map(([, to = '']) => to)
        .filter((to) => !/^(https?:|mailto:)/.test(to))
        .filter((to) => !existsSync(join(root, dirname(document), to)));
      expect(broken).toEqual([]);
    });

    it(`${document} names only npm scripts that exist`, () => {
      const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(
        ([, name = '']) => name,
      );
      expect(named.filter((name) => !(name in scripts))).toEqual([]);
    });
  }

  it('every npm script goes through scripts/run.js to a file or tool that exists', () => {
    const missing = Object.entries(scripts).filter(([, command]) => {
      const entry = /^node scripts\/run\.js (\S+)/.exec(command)?.[1];
      if (!entry) return true;
      return /\.(ts|js)$/.test(entry) && !existsSync(join(root, entry));
    });
    expect(missing).toEqual([]);
  });
});

function markdownBelow(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(join(root, folder))) {
    const path = join(root, folder, name);
    if (statSync(path).isDirectory()) {
      if (folder !== '.') found.push(...markdownBelow(join(folder, name)));
    } else if (name.endsWith('.md')) found.push(relative(root, path));
  }
  return found;
}
