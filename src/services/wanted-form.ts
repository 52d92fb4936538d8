import type { Claim } from '../domain/claims.ts';
import { type Command, parseCommand } from '../domain/command.ts';
import { contentOf } from '../domain/draft.ts';
import { componentNames, defaultDraftContent } from '../domain/draft-defaults.ts';
import { draftTemplate, likelyPageStatus } from '../domain/draft-template.ts';
import type { DraftStatus, IncidentState } from '../domain/incident-state.ts';
import type { Routing } from '../domain/routing.ts';
import type { PageStatus } from '../domain/statuspage-event-details.ts';
import type { Form, PersonRequest } from './forms.ts';
import type { DraftReference } from './room-messages.ts';

const AI_OFF = 'This is the template. AI is off.';

/** The modal that a command or click asks for. */
export type WantedForm =
  | { kind: 'declare' }
  | { kind: 'update' }
  | { kind: 'note' }
  | { kind: 'resolve' }
  | { kind: 'leave_page' }
  /** `byCommand`: the model may still propose, because the worker reads the same command. */
  | { kind: 'draft'; status: PageStatus | null; byCommand: boolean }
  | { kind: 'edit'; draft: DraftReference }
  | { kind: 'draft_again'; draft: DraftReference }
  | { kind: 'reject'; draft: DraftReference }
  | { kind: 'break_glass'; draft: DraftReference };

/** The parts of the configuration that forms show. */
export type FormRouting = Pick<Routing, 'services' | 'components'>;

/** Whether a request is answered with a modal, and which. Undefined: it is not. */
export function wantedForm(request: PersonRequest): WantedForm | undefined {
  if (request.kind === 'command') return formOfCommand(parseCommand(request.text), true);
  if (request.kind !== 'click') return undefined;
  switch (request.actionId) {
    case 'menu_command':
      return formOfCommand(parseCommand(request.value), false);
    case 'incident_update':
      return { kind: 'update' };
    case 'incident_resolve':
      return { kind: 'resolve' };
    case 'statuspage_leave':
      return { kind: 'leave_page' };
    case 'statuspage_draft':
      return { kind: 'draft', status: null, byCommand: false };
    case 'statuspage_edit':
      return formOfDraft('edit', request.value);
    case 'statuspage_draft_again':
      return formOfDraft('draft_again', request.value);
    case 'statuspage_reject':
      return formOfDraft('reject', request.value);
    case 'statuspage_break_glass':
      return formOfDraft('break_glass', request.value);
    default:
      return undefined;
  }
}

function formOfCommand(command: Command, byCommand: boolean): WantedForm | undefined {
  switch (command.kind) {
    case 'declare':
      return command.title === '' ? { kind: 'declare' } : undefined;
    case 'update':
    case 'note':
      return command.text === '' ? { kind: command.kind } : undefined;
    case 'resolve':
      return command.summary === '' ? { kind: 'resolve' } : undefined;
    case 'leave-page':
      return command.reason === '' ? { kind: 'leave_page' } : undefined;
    case 'draft': {
      // With a text it is the person's own draft, and the worker makes it.
      return command.text === '' ? { kind: 'draft', status: command.status, byCommand } : undefined;
    }
    default:
      return undefined;
  }
}

function formOfDraft(
  kind: 'edit' | 'draft_again' | 'reject' | 'break_glass',
  value: string,
): WantedForm | undefined {
  const draft = readDraftReference(value);
  return draft && { kind, draft };
}

/** Longest `seen` kept: a letter for each component, and a few more. */
const SEEN_MAX = 100;

/** Reads a statuspage button's value; undefined when it is not one of ours. */
export function readDraftReference(value: string): DraftReference | undefined {
  let read: unknown;
  try {
    read = JSON.parse(value);
  } catch {
    return undefined;
  }
  const { incidentId, draftId, revision, digest, seen } = (read ?? {}) as Record<string, unknown>;
  const texts = [incidentId, draftId, digest].every((part) => typeof part === 'string');
  if (!texts || !Number.isSafeInteger(revision)) return undefined;
  const shown = typeof seen === 'string' && seen.length <= SEEN_MAX ? { seen } : {};
  return { incidentId, draftId, revision, digest, ...shown } as DraftReference;
}

/** Drafts that may still be edited or rejected. */
const UNDECIDED: readonly DraftStatus[] = ['pending_approval', 'approved'];

/**
 * Fills the modal from what is known now.
 * @returns undefined when the draft it is about is another one by now: the worker says why
 */
export function filledForm(
  wanted: Exclude<WantedForm, { kind: 'declare' }>,
  of: {
    incident: IncidentState;
    channelId: string;
    routing: FormRouting;
    ai: 'on' | 'off';
    /** What other open incidents say of components. @default none is known */
    claims?: readonly Claim[];
  },
): Form | undefined {
  const { incident, channelId, routing } = of;
  const room = { incidentId: incident.incidentId, channelId };
  const { components } = routing;
  switch (wanted.kind) {
    case 'update':
    case 'note':
    case 'resolve':
    case 'leave_page':
      return { kind: wanted.kind, ...room };
    case 'draft':
      return { kind: 'draft', ...room, components, editing: null, ...newDraft(wanted, of) };
    case 'reject': {
      const found = currentDraft(incident, wanted.draft);
      if (!found || !UNDECIDED.includes(found.status)) return undefined;
      const revokes = found.status === 'approved' ? { revokes: true as const } : {};
      return { kind: 'reject', ...room, draft: markOf(wanted.draft), ...revokes };
    }
    case 'break_glass': {
      const found = currentDraft(incident, wanted.draft);
      if (found?.status !== 'pending_approval') return undefined;
      const { name: title, deliver_notifications: notify } = found.request.body.incident;
      const { seen } = wanted.draft;
      const draft = { ...markOf(wanted.draft), ...(seen === undefined ? {} : { seen }) };
      return { kind: 'break_glass', ...room, draft, title, notify };
    }
    case 'edit':
    case 'draft_again': {
      const found = currentDraft(incident, wanted.draft);
      const again = wanted.kind === 'draft_again';
      const may = again ? ['publication_failed'] : UNDECIDED;
      if (!found || !may.includes(found.status)) return undefined;
      const fields = contentOf(found.request);
      const editing = again ? null : markOf(wanted.draft);
      return { kind: 'draft', ...room, components, fields, editing, proposal: { kind: 'none' } };
    }
  }
}

function newDraft(
  wanted: Extract<WantedForm, { kind: 'draft' }>,
  of: Parameters<typeof filledForm>[1],
): Pick<Extract<Form, { kind: 'draft' }>, 'fields' | 'proposal'> {
  const { incident, routing, ai, claims = [] } = of;
  const status = wanted.status ?? likelyPageStatus(incident);
  const content = defaultDraftContent({ incident, routing, status, text: '', claims });
  const names = componentNames({ incident, routing, status });
  const fields = { ...content, text: draftTemplate(status, names) };
  if (ai === 'off') return { fields, proposal: { kind: 'template', reason: AI_OFF } };
  if (wanted.byCommand) return { fields, proposal: { kind: 'waiting' } };
  const reason =
    'This is the template. Change it as you like; the command “draft” also asks AI for a proposal.';
  return { fields, proposal: { kind: 'template', reason } };
}

function currentDraft(incident: IncidentState, seen: DraftReference) {
  if (seen.incidentId !== incident.incidentId) return undefined;
  return incident.drafts.find(
    ({ draftId, revision, digest }) =>
      draftId === seen.draftId && revision === seen.revision && digest === seen.digest,
  );
}

function markOf({ draftId, revision, digest }: DraftReference) {
  return { draftId, revision, digest };
}
