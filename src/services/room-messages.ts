import type { Verb } from '../domain/command-verbs.ts';
import type { ContextSnapshot } from '../domain/context-snapshot.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { JoinPolicy } from '../domain/routing.ts';
import type { Sentence } from '../domain/sentence.ts';

/** Names that messages need from the configuration. */
export type ComponentName = { id: string; name: string };

/**
 * Everything this system ever says in the chat workspace, in our words. The chat adapter renders it;
 * no service knows blocks or markup. Sentences are made by `say`, in which outsiders' words are words
 * and nothing else: one line, never a mention, a link or formatting.
 */
export type RoomMessage =
  /** The pinned card on top of the war room, edited in place. */
  | { kind: 'incident_card'; incident: IncidentState; nowMs: number }
  /** One visible line naming the actor. People in `text` are notified. */
  | {
      kind: 'line';
      text: Sentence;
      link?: { title: string; url: string };
      /** Where else to look. */
      otherLink?: { title: string; url: string };
      buttons?: Button[];
    }
  /** The pinned checklist; each item can be ticked. */
  | { kind: 'checklist'; incidentId: string; items: IncidentState['checklist'] }
  /** One message per incident in the announcement channel, edited in place. */
  | { kind: 'announcement'; incident: IncidentState; join: JoinPolicy }
  | ApprovalCard
  /** A draft that nobody decided yet. It notifies whom `to` names. */
  | {
      kind: 'approval_waits';
      to: Notified;
      text: Sentence;
      room: { channelId: string; channelName: string };
      link: { title: string; url: string } | null;
    }
  /** Somebody has to join: everybody in the channel is notified. */
  | {
      kind: 'call_for_help';
      text: Sentence;
      room: { channelId: string; channelName: string } | null;
    }
  /** What is known about the service, as its sources told it. */
  | { kind: 'context_snapshot'; snapshot: ContextSnapshot }
  /** A publication's receipt in short; the whole of it follows as a file. */
  | { kind: 'receipt'; receipt: Receipt; fileName: string }
  | {
      kind: 'quarantine_notice';
      path: string;
      reason: string;
      bytes: number;
      /** It was understood, and the record refused it. */
      wasRead: boolean;
    }
  /** Ephemeral: the IC is asked for an update. `last` says how long ago the last one was. */
  | { kind: 'update_due'; incident: IncidentState; last: Sentence }
  /** Every command, or the one asked about. */
  | {
      kind: 'help';
      command: string;
      verb?: Verb;
      unknown?: { typed: string; closest: Verb | null };
    }
  | { kind: 'menu'; command: string; incident: IncidentState | null }
  | { kind: 'status'; incident: IncidentState; nowMs: number }
  | { kind: 'incident_list'; incidents: IncidentState[]; note?: Sentence }
  /** A refusal, with the rule in words and where to go instead. */
  | { kind: 'refusal'; text: Sentence; rule?: Sentence; link?: { title: string; url: string } };

/** Whom a message notifies: everybody in the channel, or user groups; one without an id in words. */
export type Notified = 'channel' | { groups: readonly { handle: string; id: string | null }[] };

/** A draft as people decide on it: the whole request, literally. Also its receipt, when decided. */
export type ApprovalCard = {
  kind: 'approval_card';
  incident: IncidentState;
  draft: DraftState;
  components: readonly ComponentName[];
  /** The rule in words, e.g. "P1: one status-approver who did not write it". */
  rule: string;
  /** Who may approve alone in an emergency, in words; undefined: nobody at this severity. */
  breakGlassRule?: string;
  publicUrl: string;
};

export type Button = {
  actionId: ButtonAction;
  label: string;
  value: string;
  style?: 'primary' | 'danger';
};

/** Action ids of every button there is. Statuspage ones carry a draft reference as JSON. */
export const BUTTON_ACTIONS = [
  'statuspage_approve',
  'statuspage_edit',
  'statuspage_break_glass',
  'statuspage_reject',
  'statuspage_withdraw',
  'statuspage_adopt',
  'statuspage_declare_absent',
  'statuspage_draft_again',
  'statuspage_draft',
  'statuspage_leave',
  'incident_take_ic',
  'incident_join',
  'incident_invite',
  'incident_declare_anyway',
  'incident_update',
  'incident_resolve',
  'checklist_toggle',
  'reminder_silence',
  'menu_command',
] as const;
export type ButtonAction = (typeof BUTTON_ACTIONS)[number];

/** `value` of the statuspage buttons, as JSON. A stale card carries a stale one. */
export type DraftReference = {
  incidentId: string;
  draftId: string;
  revision: number;
  digest: string;
  /** What the card showed beside the text, in short (`seenText`); older cards lack it. */
  seen?: string;
};
