import type { AuditEvent } from '../domain/audit-event.ts';
import { CONTEXT_LINKS_MAX, type ContextLink } from '../domain/context-snapshot.ts';
import { CONTEXT_URL_MAX } from '../domain/limits.ts';
import type { ServiceContext } from '../domain/routing.ts';

/**
 * Runbook and dashboard links: ours first, then those of the alert, which anybody who can raise an
 * alert chooses. Those are shown as the alert's, and only if they are https.
 */
export function contextLinks(opened: AuditEvent, context: ServiceContext): ContextLink[] {
  const { runbook, dashboard } = context;
  const ours: ContextLink[] = [
    ...(runbook ? [{ title: 'Runbook', url: runbook, from: 'routing' as const }] : []),
    ...(dashboard ? [{ title: 'Dashboard', url: dashboard, from: 'routing' as const }] : []),
  ];
  const given = opened.type === 'INCIDENT_OPENED' ? (opened.details.links ?? []) : [];
  const theirs = given
    .filter(({ url }) => isSafe(url) && !ours.some((link) => link.url === url))
    .map(({ title, url }) => ({ title, url, from: 'alert' as const }));
  return [...ours, ...theirs].slice(0, CONTEXT_LINKS_MAX);
}

function isSafe(url: string): boolean {
  if (url.length > CONTEXT_URL_MAX || !/^https:\/\/[^\s<>|\\]+$/.test(url)) return false;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // `https://known.example@other.example` leads to the other.
  return parsed !== undefined && parsed.username === '' && parsed.password === '';
}
