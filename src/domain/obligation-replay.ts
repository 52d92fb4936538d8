import type { AuditEvent } from './audit-event.ts';

/**
 * Why an event about the page's obligation cannot follow what came before it: one is opened while none
 * is, and people are asked about, and it is settled, while one is. Shares no code with the rule that
 * writes these events.
 */
export function obligationProblem(
  event: AuditEvent,
  before: readonly AuditEvent[],
): string | undefined {
  const isOpening = event.type === 'STATUSPAGE_OBLIGATION_OPENED';
  const isAboutOpen =
    event.type === 'STATUSPAGE_OBLIGATION_ESCALATED' ||
    event.type === 'STATUSPAGE_OBLIGATION_SETTLED';
  if (!isOpening && !isAboutOpen) return undefined;
  const last = before.findLast(
    ({ type }) =>
      type === 'STATUSPAGE_OBLIGATION_OPENED' || type === 'STATUSPAGE_OBLIGATION_SETTLED',
  );
  const isOpen = last?.type === 'STATUSPAGE_OBLIGATION_OPENED';
  if (isAboutOpen) return isOpen ? undefined : 'no obligation is open before it';
  if (isOpen) return 'an obligation is open before it';
  const page = before.findLast(({ type }) => type === 'STATUSPAGE_PUBLISHED');
  const isItsPage =
    page?.type === 'STATUSPAGE_PUBLISHED' &&
    page.details.statuspageIncidentId === event.details.statuspageIncidentId;
  return isItsPage ? undefined : 'it names another incident on the page than was published';
}
