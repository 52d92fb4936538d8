import type { IncidentState } from './incident-state.ts';

import type { PageStatus } from './statuspage-event-details.ts';
import { phaseOf } from './transitions.ts';

/** More names than this do not fit a sentence that is read at a glance. */
const NAMES_MAX = 4;

/**
 * A public text that stands where nobody has written one yet: complete sentences, nothing to fill
 * in, nothing internal, no cause and no promise of a time.
 */
export function draftTemplate(status: PageStatus, componentNames: readonly string[]): string {
  const names = [...new Set(componentNames.map((name) => name.trim()))].filter(Boolean);
  const shown = names.slice(0, NAMES_MAX);
  return templateText(status, affectedParts(shown, shown.length < names.length));
}

/** Names as one phrase; `more`: there are parts that are not named. */
export function affectedParts(names: readonly string[], more: boolean): string {
  if (names.length === 0) return 'some of our services';
  const all = more ? [...names, 'other parts of our service'] : names;
  const last = all.at(-1) as string;
  return all.length === 1 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
}

/** The template's sentences about the affected parts. */
export function templateText(status: PageStatus, affected: string): string {
  return TEXTS[status](affected);
}

/** What the next public update most likely says, when nobody named a status. */
export function likelyPageStatus(incident: IncidentState): PageStatus {
  if (phaseOf(incident.status) !== 'open') return 'resolved';
  return incident.page.lastPublication?.request.body.incident.status ?? 'investigating';
}

const TEXTS: Readonly<Record<PageStatus, (affected: string) => string>> = {
  investigating: (affected) =>
    `We are investigating problems with ${affected}. Some customers may see errors or slow ` +
    'responses. We are working to find the cause and will post another update as soon as we ' +
    'know more.',
  identified: (affected) =>
    `We have found the cause of the problems with ${affected} and are working on a fix. Some ` +
    'customers may still see errors or slow responses. We will post another update when the ' +
    'fix is in place.',
  monitoring: (affected) =>
    `A fix for the problems with ${affected} is in place, and we are watching the results. ` +
    'Service should be returning to normal. We will post another update once we are sure that ' +
    'the problems are over.',
  resolved: (affected) =>
    `The problems with ${affected} are resolved, and service is back to normal. We are sorry ` +
    'for the disruption. If you still see problems, please contact our support team.',
};
