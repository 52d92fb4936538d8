import { isBlank } from './hidden-characters.ts';
import { INCIDENT_TITLE_MAX } from './limits.ts';
import { cutText } from './well-formed.ts';

/** The title of an incident as it is kept: words also where nobody gave any that can be seen. */
export function incidentTitle(
  given: string,
  of: { kind: 'alert' | 'incident'; service: string | null },
): string {
  const about = of.service === null ? '' : ` of ${of.service}`;
  return cutText(isBlank(given) ? `Untitled ${of.kind}${about}` : given, INCIDENT_TITLE_MAX);
}
