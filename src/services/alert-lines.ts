import { ALERT_SOURCE_NAMES } from '../domain/alert-signal.ts';
import { FLAPPING_WINDOW_MS, STILL_FIRING_MAX_MS } from '../domain/alerts/group-news.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, joined, type Sentence, say, words } from '../domain/sentence.ts';
import type { Severity } from '../domain/severity.ts';
import type { RoomMessage } from './room-messages.ts';

type Line = Extract<RoomMessage, { kind: 'line' }>;
type Received = Extract<AuditEvent, { type: 'ALERT_RECEIVED' }>;

const MINUTE_MS = 60_000;

/** True when a delivery says more than that its alert goes on. */
export function hasReceivedLine({ details }: Received): boolean {
  const { news, severityKept, notShown } = details;
  return news !== undefined || severityKept !== undefined || notShown !== undefined;
}

/** What the room hears of a delivery beside that it came; undefined: nothing. */
export function receivedLine(event: Received): Line | undefined {
  const said = [newsWords(event), severityWords(event), notShownWords(event)];
  const text = said.filter((sentence) => sentence !== undefined);
  return text.length === 0 ? undefined : { kind: 'line', text: joined(text, ' ') };
}

function newsWords({ details }: Received): Sentence | undefined {
  const source = words(ALERT_SOURCE_NAMES[details.source]);
  switch (details.news) {
    case 'firing_again': {
      const { unsaid } = details;
      const counted = unsaid ? say` It changed ${unsaid} more times since this was said last.` : '';
      return say`The alert is firing again at ${source}.${counted}`;
    }
    case 'still_firing':
      return say`${source} goes on reporting “${words(details.title)}”${asBadAs(details)} though the incident is over here. ${NEXT}`;
    case 'open_at_source':
      return say`${source} reports “${words(details.rawType)}” of this alert, which is not resolved there. Resolve it there too, or reopen this incident.`;
    default:
      return undefined;
  }
}

const NEXT = say`Reopen it, or resolve or silence the alert at its source: what goes on for more than ${STILL_FIRING_MAX_MS / MINUTE_MS} min opens a new war room.`;

/** What the source says of it, where it says so. */
function asBadAs({ severity }: { severity?: Severity | undefined }): Sentence {
  return severity === undefined ? [] : say` as ${severity}`;
}

function severityWords({ details }: Received): Sentence | undefined {
  const { severity, severityKept, source } = details;
  if (!severity || !severityKept) return undefined;
  return say`${words(ALERT_SOURCE_NAMES[source])} says ${severity} now. The severity stays ${severityKept} until somebody here says “severity ${severity}”.`;
}

function notShownWords({ details: { alerts, notShown } }: Received): Sentence | undefined {
  if (!notShown) return undefined;
  const all = alerts.length + notShown;
  return say`The alert group has ${all} alerts. Its sender shows ${alerts.length} of them; ${notShown} are not shown.`;
}

/** True for an alert event of whatever type that says that the source goes on after the end. */
export function goesOnAfterEnd(event: AuditEvent): boolean {
  return 'news' in event.details && event.details.news === 'still_firing';
}

/** What the announcement channel hears of an alert that goes on after its incident. */
export function stillFiringNotice(event: AuditEvent, state: IncidentState): Line | undefined {
  if (!('news' in event.details) || event.details.news !== 'still_firing') return undefined;
  const room = state.room ? say` (${channel(state.room.channelId)})` : '';
  const source = words(ALERT_SOURCE_NAMES[event.details.source]);
  const text = say`${source} goes on reporting “${words(event.details.title)}”${asBadAs(event.details)}, whose incident is over here${room}. ${NEXT}`;
  return { kind: 'line', text };
}

/** The line of an alert that changed too often for a line each time. */
export function flappedLine({
  incidentId,
  details: { changes, groupState },
}: Extract<AuditEvent, { type: 'ALERT_FLAPPED' }>): Line {
  const times = changes === 1 ? 'once more' : say`${changes} times more`;
  const text = say`The alert is flapping: it changed ${times} within ${FLAPPING_WINDOW_MS / MINUTE_MS} min. Now it is ${groupState}.`;
  return {
    kind: 'line',
    text,
    ...(groupState === 'resolved' ? { buttons: [resolveButton(incidentId)] } : {}),
  };
}

export function resolveButton(incidentId: string): NonNullable<Line['buttons']>[number] {
  return {
    actionId: 'incident_resolve',
    label: 'Resolve incident',
    value: JSON.stringify({ incidentId }),
    style: 'primary',
  };
}
