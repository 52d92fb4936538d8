import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const CLIENT = join(import.meta.dirname, '../../../src/local/page/client');

it('draws the mark of the chain itself: no font of the machine has to have a sign for it', () => {
  const sources = globSync('**/*.{css,tsx}', { cwd: CLIENT }).map((file) =>
    readFileSync(join(CLIENT, file), 'utf8'),
  );
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((source) => /[\u26d3\u{1f517}]/u.test(source))).toEqual([]);
  expect(sources.filter((source) => source.includes('<svg class="chain-mark"'))).toHaveLength(1);
});
