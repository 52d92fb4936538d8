import { afterAll, describe, expect, it } from 'vitest';
import { LIVES_MISTAKES, noticed } from '../lives/lives-mistakes.ts';
import type { Step } from '../lives/lives-steps.ts';
import { playLife } from '../lives/play-life.ts';
import { runLives } from '../lives/run-lives.ts';
import { mendGates } from './broken-gate.ts';

/** As many as fit a few seconds; `npm run prove:lives` plays 10,000 of its own. */
const HISTORIES = 160;

/*
 * Several incidents share one page, and people do whatever they may: whole lives, from the first alert
 * until nobody is left with anything to do.
 */
describe('lives of incidents', () => {
  it('end with no page that is wrong and unasked, no text that outlived its situation, no component better than another open incident says', async () => {
    const { found, counts } = await runLives({ from: 1, count: HISTORIES });
    expect(found).toBeUndefined();
    // Of histories in which nothing happens, all of this would be true as well.
    expect(counts.publications).toBeGreaterThan(HISTORIES);
    expect(counts.asked).toBeGreaterThan(0);
  }, 60_000);
});

/** Histories that once broke a promise, as short as they got. */
const ONCE_BROKEN: [claim: string, steps: Step[]][] = [
  [
    'a card becomes a receipt though its text was replaced twice before anybody looked',
    [
      { do: 'declare', service: 0, severity: 2, by: 'U0DEE' },
      {
        ...{ do: 'draft', of: 0, by: 'U0ADA', status: 'investigating', notify: true },
        components: {},
      },
      { do: 'edit', draft: 0, by: 'U0DEE', status: 'identified', isHeld: true },
      { do: 'edit', draft: 0, by: 'U0ADA', status: 'monitoring' },
    ],
  ],
];

it.each(ONCE_BROKEN)('%s', async (_claim, steps) => {
  expect((await playLife(steps)).broken).toBeUndefined();
});

describe('lives notice a mistake', () => {
  afterAll(mendGates);

  it.each(LIVES_MISTAKES)(
    '$name',
    async (mistake) => {
      expect(await noticed(mistake, 1)).toBeGreaterThan(0);
    },
    120_000,
  );
});
