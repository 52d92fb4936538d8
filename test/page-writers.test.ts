import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pageWriters, type SourceText } from './page-writers.ts';

const root = resolve(import.meta.dirname, '..');
const product: SourceText[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => `src/${name}`)
  .filter((path) => path.endsWith('.ts') && !path.startsWith('src/local/'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** What a file of the product says, with something planted at its end. */
const planted = (path: string, text: string): SourceText[] => {
  const before = product.find((file) => file.path === path);
  const grown = { path, text: `${before?.text ?? ''}\n${text}` };
  return [...product.filter((file) => file.path !== path), grown];
};

describe('only the gate’s adapter writes to the status page', () => {
  it('today', () => {
    expect(product.length).toBeGreaterThan(200);
    expect(pageWriters(product)).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    [
      'a POST in the adapter of the alerting system',
      'src/adapters/oncall/oncall-client.ts',
      "export const say = (at: string) => sendOnce({ url: at + '/pages/p1/incidents', method: 'POST', headers: {}, timeoutMs: 1 });",
      'sends to a path of the page’s API',
    ],
    [
      'a POST in an adapter that may write elsewhere',
      'src/adapters/slack/response-url.ts',
      "export const say = (url: string) => sendOnce({ url: url + '/incidents', method: 'POST', headers: {}, timeoutMs: 1 });",
      'sends to a path of the page’s API',
    ],
    [
      'a method in a variable',
      'src/adapters/grafana/grafana-reader.ts',
      "const method = ['PO', 'ST'].join('');\nexport const say = (url: string) => sendOnce({ url, method, headers: {}, timeoutMs: 1 });",
      'sends more than GET',
    ],
    [
      'a fetch in a service',
      'src/services/receipts.ts',
      "export const say = (at: string) => fetch(at + '/v1/pages/p1/incidents/x', { method: 'patch' });",
      'sends to a path of the page’s API',
    ],
    [
      'a connection of its own',
      'src/adapters/github/planted.ts',
      "import { request } from 'node:https';\nexport const say = (url: string) => request(url, { method: 'PUT' }).end();",
      'opens connections by itself',
    ],
    [
      'the page’s address in another composition',
      'src/handlers/compose-context.ts',
      'export const url = (config: { STATUSPAGE_API_URL: string }) => config.STATUSPAGE_API_URL;',
      'names the page’s API or its key',
    ],
    [
      'the page’s key in another composition',
      'src/handlers/compose-slack.ts',
      'export const id = (config: { STATUSPAGE_API_KEY_SECRET_ID: string }) => config.STATUSPAGE_API_KEY_SECRET_ID;',
      'names the page’s API or its key',
    ],
  ])('and %s is found', (_what, path, text, breach) => {
    expect(pageWriters(planted(path, text))).toContain(`${path}: ${breach}`);
  });
});
