import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import type { Breakage } from '../properties/broken-gate.ts';
import { breakAlerts } from './alert-modules.ts';
import { runHistories } from './run-histories.ts';

/** A mistake somebody could make, the sender it shows at, and the promise that must be seen to break. */
export type HistoryMistake = {
  name: string;
  path: AlertPath;
  promise: RegExp;
  breakages: Breakage[];
};

/** Every mistake must show within this many histories, wherever they begin. */
export const FOUND_WITHIN = 400;

const ALERTMANAGER = '/webhooks/alertmanager';
const PAGERDUTY = '/webhooks/pagerduty';

export const HISTORY_MISTAKES: readonly HistoryMistake[] = [
  {
    name: 'the-words-decide-and-not-the-sequence',
    path: ALERTMANAGER,
    promise: /^(next|state|unheard):/,
    breakages: [
      { file: 'receive-alert.ts', from: '...(mayComeAgain', to: '...(mayComeAgain && false' },
    ],
  },
  {
    name: 'the-queue-drops-what-fires-again',
    path: ALERTMANAGER,
    promise: /^(next|state):/,
    breakages: [
      {
        file: 'accept-alert.ts',
        from: 'hasStoredTime && !isSnapshot && !comesAgain',
        to: 'hasStoredTime',
      },
    ],
  },
  {
    name: 'what-is-read-last-counts-as-newest',
    path: ALERTMANAGER,
    promise: /^(phantom|state|twice|last word):/,
    breakages: [
      { file: 'receive-alert.ts', from: "if (heard.atMs > atMs) return 'late';", to: '' },
    ],
  },
  {
    name: 'nobody-is-told-after-the-end',
    path: PAGERDUTY,
    promise: /^unheard:/,
    breakages: [
      {
        file: 'effect-plan.ts',
        from: 'if (goesOnAfterEnd(event)) return STILL_FIRING;',
        to: '',
      },
    ],
  },
  {
    name: 'no-episode-follows',
    path: ALERTMANAGER,
    promise: /^(next|hour):/,
    breakages: [
      {
        file: 'receive-alert.ts',
        from: "case 'episode':\n        return undefined;",
        to: "case 'episode':\n        return incidentId;",
      },
    ],
  },
  {
    name: 'an-event-that-was-late-is-said',
    path: PAGERDUTY,
    promise: /^last word:/,
    breakages: [
      {
        file: 'alert-news.ts',
        from: 'if (isOvertaken(group, of)) return',
        to: 'if (false) return',
      },
    ],
  },
  {
    name: 'the-room-does-not-hear-that-it-fires-again',
    path: ALERTMANAGER,
    promise: /^last word:/,
    breakages: [
      { file: 'alert-news.ts', from: '...(change ? { news: change.news } : {}),', to: '' },
    ],
  },
  {
    name: 'flapping-ends-unsaid',
    path: ALERTMANAGER,
    promise: /^last word:/,
    breakages: [
      {
        file: 'flapping-alerts.ts',
        from: 'if (!awaitsFlappedLine(incident) ||',
        to: 'if (true ||',
      },
    ],
  },
  {
    name: 'the-severity-is-that-of-the-opening',
    path: PAGERDUTY,
    promise: /^severity:/,
    breakages: [
      { file: 'alert-news.ts', from: 'isOver(incident) || overtaken) return', to: 'true) return' },
    ],
  },
];

/** @returns how many histories it took from this seed on; undefined: it goes unnoticed */
export async function noticed(mistake: HistoryMistake, from: number): Promise<number | undefined> {
  const { name, path, promise, breakages } = mistake;
  const modules = await breakAlerts(name, breakages);
  const report = await runHistories({ path, from, count: FOUND_WITHIN, modules, shortens: false });
  return report.found && promise.test(report.found.broken) ? report.histories : undefined;
}
