import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FuzzCase } from '../../scripts/fuzz/cases.ts';
import { checkReader } from '../../scripts/fuzz/readers.ts';
import { Recorder } from '../../scripts/fuzz/recorder.ts';
import { startTarget, type Target } from '../../scripts/fuzz/target.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/fuzz');
/** One case of each way that a request took through the two functions. */
const REQUESTS: (FuzzCase & { mark: string })[] = readFileSync(
  join(FOLDER, 'requests.jsonl'),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
/** Bodies that a reader once got wrong. */
const BODIES: { file: string; path: string; body: string; was: string }[] = readdirSync(
  join(FOLDER, 'bodies'),
)
  .sort()
  .map((file) => ({ file, ...JSON.parse(readFileSync(join(FOLDER, 'bodies', file), 'utf8')) }));

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

describe('a request that fuzzing kept', () => {
  it.each(REQUESTS)('$mark goes the way it went, without a finding', async (given) => {
    const { finding, mark } = await target.run(given);
    expect(finding).toBeUndefined();
    // What was counted about secrets depends on what went before.
    const way = (text: string) => text.split('|').slice(0, 5).join('|');
    expect(way(mark)).toBe(way(given.mark));
  });
});

describe('a body that fuzzing found', () => {
  it.each(BODIES)('$file no longer is “$was”', ({ path, body }) => {
    const given = { path, type: 'application/json', body: Buffer.from(body, 'base64') };
    expect(checkReader(given).finding).toBeUndefined();
  });

  it.each(BODIES.filter(({ path }) => path.startsWith('/webhooks/')))(
    '$file goes onto the record, once',
    async ({ path, body }) => {
      const { finding } = await new Recorder().check({ path, body: Buffer.from(body, 'base64') });
      expect(finding).toBeUndefined();
    },
  );
});
