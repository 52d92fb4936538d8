import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { capacityTable } from '../../scripts/simulate-capacity.ts';

it('docs/capacity.md holds what `npm run capacity` prints', async () => {
  const doc = readFileSync(new URL('../../docs/capacity.md', import.meta.url), 'utf8');
  const held = /<!-- npm run capacity -->\n([\s\S]*?)\n<!-- end -->/.exec(doc)?.[1];
  expect(held).toBe(await capacityTable());
}, 60_000);
