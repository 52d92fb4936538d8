import type { PageRequest } from './statuspage-event-details.ts';

/** Statuspage's own pages for people who manage a page. https://manage.statuspage.io */
const MANAGE_ORIGIN = 'https://manage.statuspage.io';

/**
 * Where people manage what a request is about: the incident it adds to, or all of the page's when it
 * opens one. The Manage API and the site name both by the same path.
 */
export function manageLink(request: Pick<PageRequest, 'path'>): string {
  return `${MANAGE_ORIGIN}${request.path}`;
}
