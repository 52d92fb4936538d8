import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SLACK_METHOD_SCOPES } from '../../../src/adapters/slack/scopes.ts';

const FOLDER = join(import.meta.dirname, '../../../src/adapters/slack');
const MANIFEST = join(import.meta.dirname, '../../../docs/slack-app-manifest.json');

function calledMethods(): string[] {
  const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'scopes.ts')
    .map((file) => readFileSync(join(FOLDER, file), 'utf8'));
  const names = sources.flatMap((source) =>
    [...source.matchAll(/(?:\.call|#pages)\(\s*'([\w.]+)'/g)].map((found) => found[1]!),
  );
  return [...new Set(names)].sort();
}

function manifestScopes(): string[] {
  return JSON.parse(readFileSync(MANIFEST, 'utf8')).oauth_config.scopes.bot;
}

describe('Slack scopes', () => {
  it('are known for exactly the methods that are called', () => {
    expect(calledMethods()).toEqual(Object.keys(SLACK_METHOD_SCOPES).sort());
  });

  it('of the manifest are those of the methods, and slash commands, and nothing else', () => {
    const needed = new Set<string>(['commands', ...Object.values(SLACK_METHOD_SCOPES).flat()]);
    expect(manifestScopes().sort()).toEqual([...needed].sort());
  });
});
