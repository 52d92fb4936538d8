import type { AuditEvent } from '../domain/audit-event.ts';
import { BREAK_GLASS_MARK, reviewReminder, reviewWords } from '../domain/break-glass.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { actorWords } from '../domain/recent-line.ts';
import { quote, type Sentence, say, words } from '../domain/sentence.ts';
import type { PersonRequest } from './forms.ts';
import { type People, readAfter } from './people.ts';
import type { RoomMessage } from './room-messages.ts';

type Line = Extract<RoomMessage, { kind: 'line' }>;
/** Why somebody may not review what this person approved alone; undefined when they may. */
export type ReviewRule = (brokenBy: string) => Promise<string | undefined>;

/** Who may review an approval that somebody else gave alone. */
const REVIEWER_ROLES: readonly string[] = ['status-approver', 'incident-commander'];
/** What marks these lines where no markup is read. */
const MARK = `🚨 ${BREAK_GLASS_MARK}` as const;

/** The rule of a review for whoever asks; their roles are read when it is applied. */
export function reviewRule(people: People, request: PersonRequest): ReviewRule {
  return async (brokenBy) => {
    const person = await people.identify(request);
    const { self, unknown } = await people.tellApart(person, [brokenBy]);
    if (self.length > 0) return 'whoever broke the glass cannot review it: somebody else has to';
    if (unknown.length > 0) {
      return 'without a verified e-mail address nobody can tell you from whoever broke the glass';
    }
    const roles = await people.rolesOf(request.userId, readAfter(request));
    if (roles.some((role) => REVIEWER_ROLES.includes(role))) return undefined;
    return `a broken glass is reviewed by somebody in role ${REVIEWER_ROLES.join(' or ')}`;
  };
}

/** What the announcement channel reads: who approved alone, in which incident, and why. */
export function breakGlassNotice(event: AuditEvent, incident: IncidentState): Line | undefined {
  if (event.type !== 'BREAK_GLASS_USED') return undefined;
  const { revision, reason } = event.details;
  const room = incident.room ? say` (#${words(incident.room.channelName)})` : '';
  return {
    kind: 'line',
    text: say`${MARK}: ${actorWords(event)} approves a status page text alone in ${incident.severity} “${words(incident.title)}”${room}, revision ${revision}. Reason: ${quote(reason)}`,
  };
}

/** The lines of a broken glass in the room, and the reminder when an incident ends unreviewed. */
export function brokenGlassLine(event: AuditEvent, incident: IncidentState): Line | undefined {
  const by = actorWords(event);
  switch (event.type) {
    case 'BREAK_GLASS_USED':
      return line(
        say`${MARK}: ${by} approves revision ${event.details.revision} of the status page text alone: ${words(event.details.reason)} Somebody else is asked to review this; see the checklist.`,
      );
    case 'STATUSPAGE_DRAFT_APPROVED':
      if (!event.details.breakGlass) return undefined;
      return line(say`${MARK}: ${by} approved revision ${event.details.revision} alone.`);
    case 'CHECKLIST_ITEM_UPDATED': {
      const { index, done } = event.details;
      const entry = incident.checklist[index];
      if (!entry?.review) return undefined;
      const review = reviewWords(entry.review);
      return line(say`${MARK}: ${by} ${done ? 'did' : 'took back'}: ${review}.`);
    }
    case 'INCIDENT_RESOLVED': {
      const reminder = reviewReminder(incident);
      if (reminder === undefined) return undefined;
      return line(say`${by} resolved the incident: ${quote(event.details.summary)} 🚨 ${reminder}`);
    }
    default:
      return undefined;
  }
}

function line(text: Sentence): Line {
  return { kind: 'line', text };
}
