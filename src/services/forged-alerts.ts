import type { AuditEvent } from '../domain/audit-event.ts';
import { type Sentence, say, words } from '../domain/sentence.ts';
import { GROUP_UNKNOWN_TO_SOURCE } from './alert-intake.ts';

/** OnCall's public ids. Anything else in its place is not repeated to people. */
const PUBLIC_ID = /^[A-Z0-9]{1,20}$/;

const TO_DO =
  'It opened nothing and invited nobody. If nobody is testing, the token is in wrong hands: ' +
  'replace it (runbook, forged-alert). Others within ten minutes are on record, and not ' +
  'repeated here.';

/**
 * The line about an authenticated alert whose group OnCall does not know; undefined for any other
 * event. `name` is the same for ten minutes: a flood is said once, and on record one by one.
 */
export function forgedAlertNotice(event: AuditEvent): { name: string; text: Sentence } | undefined {
  if (event.type !== 'ALERT_UNMATCHED') return undefined;
  if (event.details.reason !== GROUP_UNKNOWN_TO_SOURCE) return undefined;
  const { group } = event.details;
  const named = PUBLIC_ID.test(group) ? say` \`${words(group)}\`` : '';
  return {
    name: `forged_notice#${event.at.slice(0, 15)}`,
    text: say`An alert came with a valid token, for an alert group${named} that OnCall does not know. ${words(TO_DO)}`,
  };
}
