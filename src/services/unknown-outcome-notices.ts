import type { AuditEvent } from '../domain/audit-event.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import { manageLink } from '../domain/page-links.ts';
import { person, type Sentence, say, words } from '../domain/sentence.ts';
import type { RoomMessage } from './room-messages.ts';

type Line = Extract<RoomMessage, { kind: 'line' }>;
type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>['details'];

/**
 * What the room is told about a publication of which nobody knows whether it is public: when that
 * begins, when it is left to a person, and when it is sent again. Looks in between change the card
 * and nothing else.
 *
 * @param publicUrl - the public status page
 */
export function unknownOutcomeNotice(
  event: AuditEvent,
  state: IncidentState,
  publicUrl: string,
): Line | undefined {
  if (
    event.type !== 'STATUSPAGE_PUBLISH_UNCONFIRMED' &&
    event.type !== 'STATUSPAGE_PUBLISH_NOT_EXECUTED'
  ) {
    return undefined;
  }
  const draft = state.drafts.find(({ draftId }) => draftId === event.details.draftId);
  const text =
    event.type === 'STATUSPAGE_PUBLISH_UNCONFIRMED'
      ? unknownWords(event.details, state, draft)
      : sentAgainWords(event.details, draft);
  if (text === undefined) return undefined;
  return {
    kind: 'line',
    text,
    link: {
      title: 'The public page',
      url: (draft?.basedOn && state.page.lastPublication?.link) || publicUrl,
    },
    ...(draft
      ? { otherLink: { title: 'Manage it at Statuspage', url: manageLink(draft.request) } }
      : {}),
  };
}

function unknownWords(
  details: Of<'STATUSPAGE_PUBLISH_UNCONFIRMED'>,
  state: IncidentState,
  draft: DraftState | undefined,
): Sentence | undefined {
  const { looks, unasked = 0, nextLookAt, lookUntil } = details;
  const the = state.ic ? say`${person(state.ic)}: the` : 'The';
  if (looks + unasked === 0) {
    const start = say`${the} status page did not confirm the publication, and it may or may not be live.`;
    if (!lookUntil) {
      return say`${start} Look at the page, then use “Adopt” or “Declare absent” on the card. Nothing is sent again until you decide.`;
    }
    const prospect = words(prospectWords(details, draft));
    return say`${start} We look ourselves until ${words(clockTime(lookUntil))}. ${prospect} If you know more, use “Adopt” or “Declare absent” on the card at any time.`;
  }
  if (nextLookAt) return undefined;
  const found =
    unasked > 0
      ? say`could not be asked, ${words(times(unasked))} in a row, whether it shows the publication.`
      : say`was asked, ${words(times(looks))}, and does not show the publication.`;
  return say`${the} status page ${found} Look at both pages yourself: “Adopt” asks once more, “Declare absent” ends this draft so that you can draft again. Nothing is sent again until you decide.`;
}

function prospectWords(
  { ifAbsent }: Of<'STATUSPAGE_PUBLISH_UNCONFIRMED'>,
  draft: DraftState | undefined,
): string {
  if (ifAbsent !== 'send_again') {
    return 'Nothing is sent again unless you decide: if it is not there by then, you are asked.';
  }
  return `Nothing is sent again unless it is not there by then; then once more, ${because(draft)}.`;
}

function sentAgainWords(
  { absentLooks }: Of<'STATUSPAGE_PUBLISH_NOT_EXECUTED'>,
  draft: DraftState | undefined,
): Sentence | undefined {
  if (absentLooks === undefined) return undefined;
  return say`The publication is not on the status page after ${absentLooks} looks. It is sent once more now, ${words(because(draft))}. Every check is made again first.`;
}

/** The rule that allows another attempt, in words. */
function because(draft: DraftState | undefined): string {
  const notifies = draft?.request.body.incident.deliver_notifications ?? true;
  return notifies ? 'because this deployment’s rule says so' : 'because it notifies nobody';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function clockTime(instant: string): string {
  return `${instant.slice(11, 19)} UTC`;
}
