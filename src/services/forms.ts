import type {
  ComponentState,
  DraftAction,
  PageImpact,
  PageStatus,
} from '../domain/statuspage-event-details.ts';
import type { ComponentName } from './room-messages.ts';

/** What the person fills in for a status page draft. */
export type DraftFields = {
  title: string;
  text: string;
  status: PageStatus;
  impact: PageImpact;
  notify: boolean;
  /** Component id → state after the update. Absent: untouched. */
  components: Record<string, ComponentState>;
};

/** Every modal there is, in our words; the chat adapter renders them and reads them back. */
export type Form =
  | {
      kind: 'draft';
      incidentId: string;
      channelId: string;
      fields: DraftFields;
      components: readonly ComponentName[];
      /** Set when an existing draft is edited. */
      editing: { draftId: string; revision: number; digest: string } | null;
      /** AI: waiting, its proposal, or why there is none. The typed text is never overwritten. */
      proposal:
        | { kind: 'none' }
        | { kind: 'waiting' }
        | { kind: 'ready'; title: string; text: string; modelId: string }
        | { kind: 'template'; reason: string };
    }
  | { kind: 'update'; incidentId: string; channelId: string }
  | { kind: 'note'; incidentId: string; channelId: string }
  | { kind: 'resolve'; incidentId: string; channelId: string }
  /** Why the status page stays open though the incident is over. */
  | { kind: 'leave_page'; incidentId: string; channelId: string }
  | {
      kind: 'declare';
      title: string;
      services: readonly string[];
      /** Where the request for the form came from, so that the declarer can be answered there. */
      from: Pick<PersonRequest, 'channelId' | 'responseUrl'>;
    }
  | {
      kind: 'reject';
      incidentId: string;
      channelId: string;
      draft: { draftId: string; revision: number; digest: string };
      /** It was approved when the form was opened, so that rejecting takes the approval back. */
      revokes?: true;
    }
  | {
      kind: 'break_glass';
      incidentId: string;
      channelId: string;
      draft: { draftId: string; revision: number; digest: string; seen?: string };
      title: string;
      notify: boolean;
    };

/** What a person asked for, read from a verified Slack request. */
export type PersonRequest = {
  /** SHA-256 hex of the raw signed body; base of every commandId. */
  requestSha256: string;
  /** Slack's signed timestamp, epoch seconds. */
  signedAtS: number;
  userId: string;
  channelId: string | null;
  responseUrl: string | null;
  /** How it came here: somebody may have asked for the opposite since. Absent: at once. */
  delivery?: 'again' | 'after_a_wait';
  /** How often it has let everything pass that was signed before it could be taken up. */
  waited?: number;
} & (
  | { kind: 'command'; text: string }
  | { kind: 'click'; actionId: string; value: string; messageTs: string | null }
  | SubmittedForm
);

/** A submitted modal. `values` are as typed; both ingress and worker check them. */
export type SubmittedForm = { kind: 'submit' } & (
  | {
      form: 'draft';
      incidentId: string;
      fields: DraftFields;
      editing: { draftId: string; revision: number; digest: string } | null;
      /** Set when the person took the model's words. */
      usedProposal: { modelId: string } | null;
      /** Why components may be shown better than other open incidents say. */
      overrideReason?: string;
      action?: DraftAction;
    }
  | { form: 'update'; incidentId: string; text: string }
  | { form: 'note'; incidentId: string; text: string }
  | { form: 'resolve'; incidentId: string; summary: string; openDraft: boolean }
  | { form: 'leave_page'; incidentId: string; reason: string }
  | { form: 'declare'; title: string; service: string | null; severity: string | null }
  | {
      form: 'reject' | 'break_glass';
      incidentId: string;
      draft: { draftId: string; revision: number; digest: string; seen?: string };
      reason: string;
    }
);
