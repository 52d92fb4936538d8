import type { AuditEvent } from '../domain/audit-event.ts';
import { BREAK_GLASS_MARK } from '../domain/break-glass.ts';
import { recentLine } from '../domain/recent-line.ts';
import { textOf } from '../domain/sentence.ts';

/** Longest line about one event in a listing. Unit: UTF-16 units. */
const LINE_MAX = 300;
/** Characters of a digest that a person compares. */
const DIGEST_SHOWN = 12;

/** One line about any event for a reviewer: what happened, with the ids that matter. */
export function eventWords(event: AuditEvent): string {
  return oneLine(draftWords(event) ?? otherWords(event) ?? fallbackWords(event));
}

function draftWords(event: AuditEvent): string | undefined {
  switch (event.type) {
    case 'STATUSPAGE_DRAFT_CREATED':
    case 'STATUSPAGE_DRAFT_REVISED': {
      const { action, revision, digest, request } = event.details;
      const { name, status, body } = request.body.incident;
      const of = `${action}, revision ${revision}, digest ${short(digest)}`;
      return `${of}: [${status}] ${name}: ${body}`;
    }
    case 'STATUSPAGE_DRAFT_APPROVED': {
      const { revision, digest, policyDigest, policyIds } = event.details;
      const rule = `${policyIds.join(', ')} (policy ${short(policyDigest)})`;
      const mark = event.details.breakGlass ? `${BREAK_GLASS_MARK}, alone: ` : '';
      return `${mark}Approved revision ${revision}, digest ${short(digest)}, by rule ${rule}`;
    }
    case 'BREAK_GLASS_USED': {
      const { revision, digest, reason } = event.details;
      return `${BREAK_GLASS_MARK} on revision ${revision}, digest ${short(digest)}: ${reason}`;
    }
    case 'STATUSPAGE_APPROVAL_DENIED':
      return `Denied ${event.details.decision}, ${event.details.reason}: ${event.details.rule}`;
    case 'STATUSPAGE_APPROVAL_ESCALATED':
      return `Revision ${event.details.revision} still waits: ${event.details.stage}`;
    case 'STATUSPAGE_OBLIGATION_OPENED':
      return `Open on the page, over here (${event.details.because}): ${event.details.link}`;
    case 'STATUSPAGE_OBLIGATION_ESCALATED':
      return `Asked to end it on the page: ${event.details.stage}`;
    case 'STATUSPAGE_OBLIGATION_SETTLED':
      return `Page obligation settled, ${event.details.how}: ${event.details.reason}`;
    case 'STATUSPAGE_PUBLISH_STARTED':
      return `Attempt ${event.details.attempt}, digest ${short(event.details.digest)}`;
    case 'STATUSPAGE_PUBLISHED': {
      const { digest, link, adopted } = event.details;
      return `Published digest ${short(digest)}${adopted ? ' (found on the page)' : ''}: ${link}`;
    }
    default:
      return undefined;
  }
}

function otherWords(event: AuditEvent): string | undefined {
  switch (event.type) {
    case 'ALERT_QUARANTINED': {
      const { path, reason, bytes, rawSha256 } = event.details;
      return `${path}: ${reason} (${bytes} bytes, SHA-256 ${short(rawSha256)})`;
    }
    case 'MESSAGES_SET_ASIDE': {
      const { alerts, requests, others, publicationOf, stay } = event.details;
      if (publicationOf !== null) return `A publication of ${publicationOf}, asked for again`;
      const what = `alerts: ${alerts}, requests: ${requests}, others: ${others}`;
      return `${what}; ${stay ? 'nobody tries them again' : 'sent back'}`;
    }
    case 'ALERT_REPLAYED': {
      const { quarantinedSeq, placedOn, refused } = event.details;
      return `Event ${quarantinedSeq} replayed: ${refused ?? `now on ${placedOn.join(', ')}`}`;
    }
    case 'COMMAND_DENIED':
      return `Denied ${event.details.command}: ${event.details.rule}`;
    case 'COMMAND_RECEIVED':
      return event.details.command;
    case 'WAR_ROOM_CREATED':
      return `#${event.details.channelName}`;
    case 'WAR_ROOM_ASSEMBLED':
      return `${event.details.invited} invited, next update due ${event.details.nextUpdateDueAt}`;
    case 'CONTEXT_SNAPSHOT_ATTACHED':
      return `${event.details.service}: ${event.details.summary}`;
    case 'CHECKLIST_PINNED':
      return event.details.items.join(', ');
    case 'RESPONDER_PAGED':
      return `@${event.details.slackUserId} (${event.details.through})`;
    case 'TITLE_CHANGED':
      return `“${event.details.from}” → “${event.details.to}”`;
    case 'RESPONDER_INVITED':
      return `@${event.details.slackUserId} (${event.details.source})`;
    case 'RESPONDER_INVITE_FAILED':
      return `${event.details.who}: ${event.details.reason}`;
    case 'CHECKLIST_ITEM_UPDATED':
      return `${event.details.done ? 'done' : 'open'}: ${event.details.item}`;
    default:
      return undefined;
  }
}

function fallbackWords(event: AuditEvent): string {
  const details = event.details as Record<string, unknown>;
  const said = ['text', 'summary', 'reason', 'title', 'difference'].find(
    (name) => typeof details[name] === 'string',
  );
  const words = said === undefined ? '' : String(details[said]);
  return [textOf(recentLine(event) ?? []), words].filter(Boolean).join(': ');
}

/** Control characters would let stored text draw on a reviewer's terminal. */
function oneLine(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return flat.length > LINE_MAX ? `${flat.slice(0, LINE_MAX - 1)}…` : flat;
}

function short(digest: string): string {
  return digest.slice(0, DIGEST_SHOWN);
}
