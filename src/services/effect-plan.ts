import type { AuditEvent } from '../domain/audit-event.ts';
import { isNoted } from '../domain/chain-notes.ts';
import { isIntakeShard } from '../domain/ids.ts';
import { goesOnAfterEnd, hasReceivedLine } from './alert-lines.ts';
import { hasOpeningNotes } from './opening-notes.ts';

/** Effects that are done once per event, in this order, with a journal row each. */
export type OnceEffect =
  | 'assemble'
  | 'call_missing'
  | 'ask_context'
  | 'context_card'
  | 'storm_notice'
  | 'storm_aloud'
  | 'opening_notes'
  | 'invite_roster'
  | 'nobody_reached'
  | 'call_service'
  | 'invite_commander'
  | 'invite_fallback'
  | 'line'
  | 'approval_card'
  | 'invite_approvers'
  | 'break_glass_notice'
  | 'unknown_outcome'
  | 'drift_notice'
  | 'escalation'
  | 'obligation_notice'
  | 'whisper_update_due'
  | 'withdraw_outlived'
  | 'resolution_draft'
  | 'name_neighbours'
  | 'name_twins'
  | 'postmortem'
  | 'post_postmortem'
  | 'receipt'
  | 'quarantine_notice'
  | 'replay_notice'
  | 'set_aside_notice'
  | 'unmatched_notice'
  | 'still_firing'
  | 'abandon_notice'
  | 'request_publication'
  | 'note';

/**
 * Effects that bring something in line with the newest state. Safe to repeat; done once per run,
 * after the others, however many events ask for them.
 */
export type RefreshEffect =
  | 'incident_card'
  | 'announcement'
  | 'topic'
  | 'furnishing'
  | 'checklist'
  | 'draft_cards'
  | 'update_reminder'
  | 'draft_timers'
  | 'escalation_timers';

/** Effects that nothing waits for: done while the rest is brought in line. */
export const BESIDE: ReadonlySet<OnceEffect> = new Set([
  'ask_context',
  'context_card',
  'name_neighbours',
  'name_twins',
  'note',
]);

/** Effects that keep no journal row of their own name; who runs them writes it. */
export const WITHOUT_ROW: ReadonlySet<OnceEffect> = new Set([
  'assemble',
  'call_missing',
  'ask_context',
  'invite_roster',
  'invite_fallback',
  'invite_approvers',
  'note',
]);

/** Effects that happen in the war room: until there is one they wait, and follow in their order. */
export const IN_ROOM: ReadonlySet<string> = new Set<OnceEffect>([
  'call_missing',
  'context_card',
  'storm_notice',
  'opening_notes',
  'invite_roster',
  'invite_fallback',
  'call_service',
  'invite_commander',
  'line',
  'approval_card',
  'invite_approvers',
  'unknown_outcome',
  'post_postmortem',
  'receipt',
]);

/**
 * Effects that go to the war room or to everybody, by what they say: that one of them fails says nothing
 * of the next, which may be the call that is heard.
 */
export const PLACE_VARIES: ReadonlySet<string> = new Set<OnceEffect>([
  'whisper_update_due',
  'escalation',
  'obligation_notice',
  'drift_notice',
]);

/** Effects that bring people in: who was not invited is on record soon, and they are never given up. */
export const CALLS_PEOPLE: ReadonlySet<string> = new Set<OnceEffect>([
  'assemble',
  'call_missing',
  'invite_roster',
  'invite_fallback',
  'call_service',
  'invite_commander',
]);

/** What an event makes visible. */
export type EffectPlan = { once: readonly OnceEffect[]; refresh: readonly RefreshEffect[] };

const NOTHING: EffectPlan = { once: [], refresh: [] };
const LIFE: EffectPlan = {
  once: ['line'],
  refresh: ['incident_card', 'topic', 'announcement', 'update_reminder', 'draft_cards'],
};
const LEADER: EffectPlan = {
  once: ['invite_commander', 'line'],
  refresh: ['incident_card', 'topic', 'announcement'],
};
const ALERT_NEWS: EffectPlan = { once: ['invite_roster', 'line'], refresh: ['incident_card'] };
/** Nobody looks into the room of an incident that is over. */
const STILL_FIRING: EffectPlan = { once: ['still_firing', 'line'], refresh: ['incident_card'] };
/** All that says when the next update is due. */
const REMINDER: readonly RefreshEffect[] = ['incident_card', 'topic', 'update_reminder'];
/** All that says how many texts wait, and what customers read. */
const GATE: readonly RefreshEffect[] = ['draft_cards', 'incident_card', 'announcement'];
const DRAFT: EffectPlan = {
  once: ['approval_card', 'invite_approvers', 'name_neighbours'],
  refresh: [...GATE, 'draft_timers', 'escalation_timers'],
};
const DECIDED: EffectPlan = { once: ['line'], refresh: [...GATE, 'escalation_timers'] };
/** After the incident was over, this may be the end of its story. */
const ENDED: EffectPlan = { once: ['line', 'postmortem'], refresh: DECIDED.refresh };
const UNKNOWN: EffectPlan = { once: ['unknown_outcome'], refresh: [...GATE, 'draft_timers'] };

/** Parts of the room waited for their turn in the chat's rate limits. */
const DEFERRED: EffectPlan = { once: [], refresh: [...LIFE.refresh, 'furnishing'] };

/** Nobody hears of it; that its chain is there is noted on the day's. */
const NOTED: EffectPlan = { once: ['note'], refresh: [] };

/** Denials after which people need a card that shows what there is now. */
const STALE: ReadonlySet<string> = new Set([
  'SITUATION_CHANGED',
  'COMPONENTS_CHANGED',
  'COMPONENT_CLAIMED',
]);
const SHOW: EffectPlan = { once: [], refresh: ['draft_cards'] };

/** The effects of each event type. An event type without an entry is a fact and nothing more. */
const PLANS: Partial<Record<AuditEvent['type'], EffectPlan>> = {
  INCIDENT_DECLARED: {
    once: ['assemble', 'ask_context', 'opening_notes', 'name_twins', 'note'],
    refresh: [],
  },
  ALERT_RECEIVED: { once: ['invite_roster'], refresh: ['incident_card'] },
  ALERT_ACKNOWLEDGED: ALERT_NEWS,
  ALERT_UNACKNOWLEDGED: ALERT_NEWS,
  ALERT_SILENCED: ALERT_NEWS,
  ALERT_UNSILENCED: ALERT_NEWS,
  ALERT_RESOLVED: ALERT_NEWS,
  ALERT_UNRESOLVED: ALERT_NEWS,
  ALERT_LINKED: { once: ['storm_aloud', 'invite_roster', 'line'], refresh: ['incident_card'] },
  ALERT_FLAPPED: { once: ['line'], refresh: ['incident_card'] },
  ALERT_UNMATCHED: { once: ['unmatched_notice'], refresh: [] },
  ALERT_QUARANTINED: { once: ['quarantine_notice'], refresh: [] },
  MESSAGES_SET_ASIDE: { once: ['set_aside_notice'], refresh: [] },
  ALERT_REPLAYED: { once: ['replay_notice'], refresh: [] },
  SEVERITY_CHANGED: {
    once: ['line'],
    refresh: ['draft_cards', 'incident_card', 'topic', 'announcement'],
  },
  // First of all the people of the service.
  SERVICE_CHANGED: {
    once: ['ask_context', 'call_service', 'line', 'name_neighbours'],
    refresh: ['incident_card', 'announcement'],
  },
  TITLE_CHANGED: { once: ['line'], refresh: ['incident_card', 'topic', 'announcement'] },
  ROLE_ASSIGNED: LEADER,
  ROLE_HANDED_OVER: LEADER,
  WAR_ROOM_ASSEMBLED: {
    once: [],
    refresh: ['incident_card', 'topic', 'announcement', 'update_reminder'],
  },
  ASSEMBLY_FAILED: { once: [], refresh: ['incident_card', 'topic', 'announcement'] },
  CONTEXT_SNAPSHOT_ATTACHED: { once: ['context_card'], refresh: [] },
  // The card names who was called in.
  RESPONDER_INVITED: { once: [], refresh: ['incident_card'] },
  RESPONDER_PAGED: { once: ['line'], refresh: [] },
  JOIN_REQUESTED: { once: ['line'], refresh: [] },
  NOBODY_REACHED: { once: ['nobody_reached', 'invite_fallback'], refresh: [] },
  CHECKLIST_ITEM_UPDATED: {
    once: ['line'],
    refresh: ['checklist', 'incident_card', 'announcement'],
  },
  NOTE_ADDED: { once: ['line'], refresh: [] },
  STATUS_UPDATE_SENT: {
    once: ['line'],
    refresh: ['incident_card', 'topic', 'announcement', 'update_reminder'],
  },
  STATUS_REMINDER_SENT: { once: ['whisper_update_due'], refresh: REMINDER },
  STATUS_REMINDER_ESCALATED: { once: ['whisper_update_due'], refresh: REMINDER },
  STATUS_REMINDER_SUPPRESSED: { once: [], refresh: REMINDER },
  STATUS_REMINDER_SILENCED: { once: ['line'], refresh: ['incident_card'] },
  INCIDENT_MITIGATED: LIFE,
  // First of all what must not be published any more, whatever becomes of the room.
  INCIDENT_RESOLVED: {
    once: ['withdraw_outlived', 'line', 'resolution_draft', 'postmortem'],
    refresh: LIFE.refresh,
  },
  INCIDENT_REOPENED: { once: ['withdraw_outlived', 'line'], refresh: LIFE.refresh },
  INCIDENT_CANCELLED: {
    once: ['withdraw_outlived', 'line', 'resolution_draft', 'postmortem'],
    refresh: LIFE.refresh,
  },
  INCIDENT_CLOSED: { once: [], refresh: LIFE.refresh },
  POSTMORTEM_FAILED: { once: ['line'], refresh: [] },
  POSTMORTEM_CREATED: { once: ['post_postmortem'], refresh: [] },
  STATUSPAGE_DRAFT_CREATED: DRAFT,
  STATUSPAGE_DRAFT_REVISED: DRAFT,
  BREAK_GLASS_USED: {
    once: ['break_glass_notice', 'line'],
    refresh: ['checklist', 'incident_card', 'announcement'],
  },
  // Sends to the publisher never wait behind the room.
  STATUSPAGE_DRAFT_APPROVED: {
    once: ['request_publication', 'line', 'note'],
    refresh: [...GATE, 'escalation_timers'],
  },
  STATUSPAGE_APPROVAL_REJECTED: ENDED,
  STATUSPAGE_DRAFT_WITHDRAWN: ENDED,
  STATUSPAGE_APPROVAL_EXPIRED: ENDED,
  STATUSPAGE_APPROVAL_ESCALATED: { once: ['escalation'], refresh: ['escalation_timers'] },
  // What was on its way when the situation ended came back now.
  STATUSPAGE_PUBLISH_REFUSED: {
    once: ['withdraw_outlived', ...DECIDED.once],
    refresh: DECIDED.refresh,
  },
  STATUSPAGE_PUBLISH_STARTED: { once: [], refresh: [...GATE, 'draft_timers'] },
  STATUSPAGE_PUBLISH_NOT_EXECUTED: {
    once: ['withdraw_outlived', ...UNKNOWN.once],
    refresh: UNKNOWN.refresh,
  },
  STATUSPAGE_PUBLISH_UNCONFIRMED: UNKNOWN,
  STATUSPAGE_PUBLISHED: {
    once: ['line', 'receipt', 'name_neighbours', 'postmortem', 'note'],
    refresh: GATE,
  },
  STATUSPAGE_PUBLISH_FAILED: ENDED,
  STATUSPAGE_OBLIGATION_OPENED: {
    once: ['obligation_notice'],
    refresh: ['incident_card', 'announcement'],
  },
  STATUSPAGE_OBLIGATION_ESCALATED: { once: ['obligation_notice'], refresh: [] },
  STATUSPAGE_OBLIGATION_SETTLED: {
    once: ['line', 'postmortem'],
    refresh: ['incident_card', 'announcement'],
  },
  COMMAND_RECEIVED: { once: ['request_publication', 'postmortem'], refresh: [] },
  STATUSPAGE_DRIFT_FOUND: { once: ['drift_notice'], refresh: GATE },
  EFFECT_ABANDONED: { once: ['abandon_notice'], refresh: [] },
};

export function effectsOf(event: AuditEvent): EffectPlan {
  // The card showed what is not so any more.
  if (event.type === 'STATUSPAGE_APPROVAL_DENIED' && STALE.has(event.details.reason)) return SHOW;
  if (goesOnAfterEnd(event)) return STILL_FIRING;
  if (event.type === 'ALERT_RECEIVED' && hasReceivedLine(event)) return ALERT_NEWS;
  if (event.type === 'INCIDENT_OPENED') return planOfOpening(event);
  if (event.type === 'ALERT_UNMATCHED' && isIntakeShard(event.incidentId)) {
    return isNoted(event) ? NOTED : NOTHING;
  }
  if (event.type === 'WAR_ROOM_ASSEMBLED' && event.details.deferred) return DEFERRED;
  return PLANS[event.type] ?? NOTHING;
}

/** A storm, an episode after another, and an alert nobody vouches for say so in their room. */
function planOfOpening(event: Extract<AuditEvent, { type: 'INCIDENT_OPENED' }>): EffectPlan {
  const once: OnceEffect[] = ['assemble', 'call_missing', 'ask_context'];
  if (event.details.storm) once.push('storm_notice');
  if (hasOpeningNotes(event)) once.push('opening_notes');
  once.push('note');
  return { once, refresh: [] };
}
