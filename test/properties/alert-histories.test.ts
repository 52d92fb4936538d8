import { afterAll, describe, expect, it } from 'vitest';
import { ALERT_PATHS } from '../../src/domain/alerts/alert-paths.ts';
import { INTACT } from '../alert-histories/alert-modules.ts';
import type { Step } from '../alert-histories/histories.ts';
import { HISTORY_MISTAKES, noticed } from '../alert-histories/history-mistakes.ts';
import { playHistory } from '../alert-histories/play-history.ts';
import { runHistories } from '../alert-histories/run-histories.ts';
import { mendGates } from './broken-gate.ts';

/** As many as fit a second; `npm run prove:alerts` plays 10,000 of each sender. */
const HISTORIES = 40;

describe('histories of alerts', () => {
  it.each(ALERT_PATHS)(
    'of %s end with nothing that fires and nobody was told of',
    async (path) => {
      const { found, counts } = await runHistories({ path, from: 1, count: HISTORIES });
      expect(found).toBeUndefined();
      // Of histories in which nothing happens, all of this would be true as well.
      expect(counts.episodes).toBeGreaterThan(HISTORIES);
    },
    60_000,
  );
});

/** Histories that once broke a promise, as short as they got. */
const ONCE_BROKEN: [claim: string, path: (typeof ALERT_PATHS)[number], steps: Step[]][] = [
  [
    'a reopening that came before its resolution is one fact after the end, too',
    '/webhooks/pagerduty',
    [
      { do: 'say', group: 0, what: 'fire' },
      { do: 'say', group: 0, what: 'resolve', held: true },
      { do: 'say', group: 0, what: 'fire' },
      { do: 'end', group: 0, how: 'INCIDENT_RESOLVED' },
      { do: 'redeliver', nth: 15 },
    ],
  ],
  [
    'an escalation that a reassignment overtook is heard after the end',
    '/webhooks/pagerduty',
    [
      { do: 'say', group: 0, what: 'fire' },
      { do: 'end', group: 0, how: 'INCIDENT_CANCELLED' },
      { do: 'say', group: 0, what: 'repeat', held: true },
      { do: 'say', group: 0, what: 'reassign' },
      { do: 'read' },
    ],
  ],
  [
    'a firing that was accepted before the end and read after it is heard',
    '/webhooks/alertmanager',
    [
      { do: 'say', group: 0, what: 'fire' },
      { do: 'say', group: 0, what: 'resolve' },
      { do: 'say', group: 0, what: 'fire_as_before', held: true },
      { do: 'end', group: 0, how: 'INCIDENT_RESOLVED' },
      { do: 'read' },
      { do: 'reopen', group: 0 },
    ],
  ],
  [
    'an acknowledgement that is taken back after the end is heard',
    '/webhooks/grafana-oncall',
    [
      { do: 'say', group: 0, what: 'fire' },
      { do: 'say', group: 0, what: 'acknowledge' },
      { do: 'end', group: 0, how: 'INCIDENT_RESOLVED' },
      { do: 'say', group: 0, what: 'unacknowledge' },
    ],
  ],
];

it.each(ONCE_BROKEN)('%s', async (_claim, path, steps) => {
  expect((await playHistory(path, steps, INTACT)).broken).toBeUndefined();
});

describe('histories notice a mistake', () => {
  afterAll(mendGates);

  it.each(HISTORY_MISTAKES)(
    '$name',
    async (mistake) => {
      expect(await noticed(mistake, 1)).toBeGreaterThan(0);
    },
    60_000,
  );
});
