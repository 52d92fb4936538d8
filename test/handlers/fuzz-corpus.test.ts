import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FuzzCase } from '../../scripts/fuzz/cases.ts';
import { checkReader } from '../../scripts/fuzz/readers.ts';
import { startTarget, type Target } from '../../scripts/fuzz/target.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/fuzz');
const stored = <T>(folder: string): (T & { file: string })[] =>
  readdirSync(join(FOLDER, folder))
    .sort()
    .map((file) => ({ file, ...JSON.parse(readFileSync(join(FOLDER, folder, file), 'utf8')) }));

/** One case of each way that a request took through the two functions. */
const REQUESTS = stored<FuzzCase & { mark: string }>('requests');
/** Bodies that a reader once got wrong. */
const BODIES = stored<{ path: string; type?: string; body: string; was: string }>('bodies');

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

describe('a request that fuzzing kept', () => {
  it.each(REQUESTS)('$file goes the way it went, without a finding', async (given) => {
    const { finding, mark } = await target.run(given);
    expect(finding).toBeUndefined();
    // What was counted about secrets depends on what went before.
    const way = (text: string) => text.split('|').slice(0, 5).join('|');
    expect(way(mark)).toBe(way(given.mark));
  });
});

describe('a body that fuzzing found', () => {
  it.each(BODIES)('$file no longer is “$was”', ({ path, type, body }) => {
    const given = { path, type: type ?? 'application/json', body: Buffer.from(body, 'base64') };
    expect(checkReader(given).finding).toBeUndefined();
  });
});
