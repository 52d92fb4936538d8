import { CONTEXT_URL_MAX } from '../limits.ts';
import { asLink, asObject } from './read-json.ts';

/** An address that an alert names. Whoever can raise an alert chooses it. */
export type AlertLink = { title: string; url: string };

/** Annotations, and Grafana's own fields of an alert, by what they lead to. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  Runbook: ['runbook_url', 'runbook'],
  Dashboard: ['dashboard_url', 'dashboardURL'],
  Panel: ['panel_url', 'panelURL'],
};

/** The addresses in annotations or alerts, the first of each kind. */
export function readLinks(...given: readonly unknown[]): AlertLink[] {
  return Object.entries(NAMES).flatMap(([title, names]) => {
    for (const from of given.map(asObject)) {
      for (const name of names) {
        const url = asLink(from?.[name]);
        if (url !== null && url.length <= CONTEXT_URL_MAX) return [{ title, url }];
      }
    }
    return [];
  });
}

/** Annotations that read as these links again. */
export function annotationsOf(links: readonly AlertLink[] = []): Record<string, string> {
  return Object.fromEntries(links.map(({ title, url }) => [NAMES[title]?.[0] ?? title, url]));
}
