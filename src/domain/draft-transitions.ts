import type { EventType } from './audit-event.ts';
import type { DraftStatus } from './incident-state.ts';

/** States in which people may still decide. */
const OPEN: readonly DraftStatus[] = ['pending_approval', 'approved'];
/** States in which an attempt may have an effect that nobody has seen yet. */
const SENT: readonly DraftStatus[] = ['publishing', 'unconfirmed'];

/** From which states each event moves a revision. An event not listed moves none. */
const ACCEPTED_FROM: Partial<Record<EventType, readonly DraftStatus[]>> = {
  STATUSPAGE_DRAFT_APPROVED: ['pending_approval'],
  BREAK_GLASS_USED: ['pending_approval'],
  STATUSPAGE_APPROVAL_REJECTED: OPEN,
  STATUSPAGE_DRAFT_WITHDRAWN: OPEN,
  STATUSPAGE_APPROVAL_EXPIRED: ['pending_approval'],
  STATUSPAGE_PUBLISH_REFUSED: OPEN,
  STATUSPAGE_PUBLISH_STARTED: OPEN,
  // An answer that comes late may still say more than "unknown".
  STATUSPAGE_PUBLISH_NOT_EXECUTED: SENT,
  STATUSPAGE_PUBLISH_UNCONFIRMED: SENT,
  STATUSPAGE_PUBLISH_FAILED: [...SENT, 'approved'],
  // What is on the page is on the page, whatever was found or decided while it was not seen there.
  STATUSPAGE_PUBLISHED: [
    ...SENT,
    ...OPEN,
    'publication_failed',
    'rejected',
    'superseded',
    'withdrawn',
    'expired',
  ],
};

/**
 * Whether an event moves a revision that is in this state. Both readings of the trail, the
 * projection and the gate's own, ask here, so that they can never disagree.
 */
export function draftAccepts(status: DraftStatus, type: EventType): boolean {
  return ACCEPTED_FROM[type]?.includes(status) ?? false;
}
