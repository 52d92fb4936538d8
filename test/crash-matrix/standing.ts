import type { AuditEvent } from '../../src/domain/audit-event.ts';

/** One revision of a draft, as buttons and messages name it. */
export type Revision = { draftId: string; revision: number };

/** How a revision stands, read from the trail alone by rules of this test's own. */
export type Standing =
  | { kind: 'pending'; approvals: number; isVoided: boolean }
  | { kind: 'under_way' }
  | { kind: 'unconfirmed'; nextLookAt: string | null; sinceAt: string }
  | { kind: 'published' }
  | { kind: 'failed' }
  | { kind: 'over' };

type Revised = Extract<
  AuditEvent,
  { type: 'STATUSPAGE_DRAFT_CREATED' | 'STATUSPAGE_DRAFT_REVISED' }
>;

/** Every revision of every draft, oldest first. */
export function revisionsIn(events: readonly AuditEvent[]): Revised[] {
  return events.filter(
    (event): event is Revised =>
      event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED',
  );
}

/** The newest revision of the newest draft, if there is any. */
export function newestRevision(events: readonly AuditEvent[]): Revision | undefined {
  return revisionsIn(events).at(-1)?.details;
}

/** Events about one revision, in order. */
export function eventsAbout(events: readonly AuditEvent[], of: Revision): AuditEvent[] {
  return events.filter(({ details }) => {
    const about = details as Partial<Revision>;
    return about.draftId === of.draftId && about.revision === of.revision;
  });
}

/** How a revision stands after all events. */
export function standingOf(events: readonly AuditEvent[], of: Revision): Standing {
  let standing: Standing = { kind: 'pending', approvals: 0, isVoided: false };
  for (const event of eventsAbout(events, of)) standing = after(standing, event);
  return standing;
}

function after(before: Standing, event: AuditEvent): Standing {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_APPROVED': {
      if (before.kind !== 'pending') return before;
      const approvals = before.approvals + 1;
      return approvals >= event.details.requiredApprovals
        ? { kind: 'under_way' }
        : { ...before, approvals };
    }
    case 'STATUSPAGE_PUBLISH_REFUSED':
      return event.details.kind === 'recoverable'
        ? { kind: 'pending', approvals: 0, isVoided: true }
        : { kind: 'failed' };
    case 'STATUSPAGE_PUBLISH_STARTED':
    case 'STATUSPAGE_PUBLISH_NOT_EXECUTED':
      return { kind: 'under_way' };
    case 'STATUSPAGE_PUBLISH_UNCONFIRMED':
      return {
        kind: 'unconfirmed',
        nextLookAt: event.details.nextLookAt ?? null,
        sinceAt: event.at,
      };
    case 'STATUSPAGE_PUBLISHED':
      return { kind: 'published' };
    case 'STATUSPAGE_PUBLISH_FAILED':
      return { kind: 'failed' };
    case 'STATUSPAGE_APPROVAL_REJECTED':
    case 'STATUSPAGE_DRAFT_WITHDRAWN':
      return { kind: 'over' };
    case 'STATUSPAGE_APPROVAL_EXPIRED':
      return event.details.of === 'draft' ? { kind: 'over' } : before;
    default:
      return before;
  }
}
