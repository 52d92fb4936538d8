import type { IncidentState } from './incident-state.ts';
import type { PageStatus } from './statuspage-event-details.ts';

/** Component names that still read well in a sentence. */
const NAMES_MAX = 4;

/**
 * A public text that stands in the form before anybody has written one: complete sentences, nothing
 * to fill in, nothing internal, no cause and no promise of a time.
 */
export function draftTemplate(status: PageStatus, componentNames: readonly string[]): string {
  return TEXTS[status](affected(componentNames));
}

/** What the next public update most likely says, when the person named no status. */
export function likelyPageStatus(incident: IncidentState): PageStatus {
  if (['resolved', 'closed'].includes(incident.status)) return 'resolved';
  if (incident.status === 'mitigated') return 'monitoring';
  const shown = incident.page.lastPublication?.request.body.incident.status;
  return shown === undefined || shown === 'resolved' ? 'investigating' : shown;
}

const TEXTS: Readonly<Record<PageStatus, (names: string) => string>> = {
  investigating: (names) =>
    `We are investigating problems with ${names}. Some customers may see errors or slow ` +
    'responses. We will post another update as soon as we know more.',
  identified: (names) =>
    `We have found the cause of the problems with ${names} and are working on a fix. We will ` +
    'post another update when the fix is in place.',
  monitoring: (names) =>
    `A fix for the problems with ${names} is in place, and we are watching the results. We will ` +
    'post another update once we are sure that the problems are over.',
  resolved: (names) =>
    `The problems with ${names} are resolved, and service is back to normal. We are sorry for ` +
    'the disruption.',
};

function affected(componentNames: readonly string[]): string {
  const names = componentNames.filter((name) => name !== '').slice(0, NAMES_MAX);
  const last = names.pop();
  if (last === undefined) return 'some of our services';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}
