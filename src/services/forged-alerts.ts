import type { AuditEvent } from '../domain/audit-event.ts';
import { GROUP_UNKNOWN_TO_SOURCE } from './alert-intake.ts';

/** OnCall's public ids. Anything else in its place is not repeated to people. */
const PUBLIC_ID = /^[A-Z0-9]{1,20}$/;

/**
 * The line about an authenticated alert whose group OnCall does not know; undefined for any other
 * event. `name` is the same for ten minutes: a flood is said once, and on record one by one.
 */
export function forgedAlertNotice(event: AuditEvent): { name: string; text: string } | undefined {
  if (event.type !== 'ALERT_UNMATCHED') return undefined;
  if (event.details.reason !== GROUP_UNKNOWN_TO_SOURCE) return undefined;
  const { group } = event.details;
  const named = PUBLIC_ID.test(group) ? ` \`${group}\`` : '';
  return {
    name: `forged_notice#${event.at.slice(0, 15)}`,
    text:
      `An alert came with a valid token, for an alert group${named} that OnCall does not know. ` +
      'It opened nothing and invited nobody. If nobody is testing, the token is in wrong hands: ' +
      'replace it (runbook, forged-alert). Others within ten minutes are on record, and not ' +
      'repeated here.',
  };
}
