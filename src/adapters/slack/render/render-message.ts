import type { RoomMessage } from '../../../services/room-messages.ts';
import { announcement } from './announcement.ts';
import { approvalCard } from './approval-card.ts';
import { approvalWaits, callForHelp } from './approval-waits.ts';
import type { RenderedMessage } from './block-kit.ts';
import { checklist } from './checklist.ts';
import { contextCard } from './context-card.ts';
import { help, menu, verbHelp } from './help.ts';
import { incidentCard, statusCard } from './incident-card.ts';
import { incidentList } from './incident-list.ts';
import { plainLine, quarantineNotice, refusal, updateDue } from './notices.ts';
import { receiptNotice } from './receipt-notice.ts';

/**
 * Renders what we say as Slack shows it. People's words come out literally, and the result is
 * within Block Kit's limits for any input.
 */
export function renderMessage(message: RoomMessage): RenderedMessage {
  switch (message.kind) {
    case 'incident_card':
      return incidentCard(message.incident);
    case 'line':
      return plainLine(message);
    case 'checklist':
      return checklist(message.incidentId, message.items);
    case 'announcement':
      return announcement(message.incident, message.join);
    case 'approval_card':
      return approvalCard(message);
    case 'context_snapshot':
      return contextCard(message.snapshot);
    case 'receipt':
      return receiptNotice(message);
    case 'call_for_help':
      return callForHelp(message);
    case 'approval_waits':
      return approvalWaits(message);
    case 'quarantine_notice':
      return quarantineNotice(message);
    case 'update_due':
      return updateDue(message.incident, message.last);
    case 'help':
      return message.verb
        ? verbHelp(message.command, message.verb)
        : help(message.command, message.unknown);
    case 'menu':
      return menu(message.command, message.incident);
    case 'status':
      return statusCard(message.incident, message.nowMs);
    case 'incident_list':
      return incidentList(message.incidents, message.note);
    case 'refusal':
      return refusal(message);
  }
}
