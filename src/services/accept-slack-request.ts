import { codeOf } from '../domain/errors.ts';
import { type IncidentState, statusInWords } from '../domain/incident-state.ts';
import { type Sentence, say, words } from '../domain/sentence.ts';
import { refusalOf } from '../domain/transitions.ts';
import type { Form, PersonRequest } from './forms.ts';
import { requestGroup } from './late-decisions.ts';
import type { IncidentQueue, IncidentRows, Log, SignedRequestMessage } from './ports.ts';
import { BUTTON_ACTIONS, type RoomMessage } from './room-messages.ts';
import { hintedClaims } from './shared-components.ts';
import { validateForm } from './validate-form.ts';
import { type FormRouting, filledForm, type WantedForm, wantedForm } from './wanted-form.ts';

/** A request as read, with the key that opens one modal for it. */
export type ArrivedRequest = PersonRequest & { triggerId: string | null };

/** What the person is told at once; everything else the worker says later. */
export type SlackAck =
  | { kind: 'taken' }
  /** Nothing was done, or no form could be opened: said to the asker alone. */
  | { kind: 'told'; text: Sentence }
  /** By field: the form stays open. */
  | { kind: 'corrected'; errors: Record<string, string> };

type Refusal = Extract<RoomMessage, { kind: 'refusal' }>;

/** Opens modals for people, and tells one person something where an answer cannot carry words. */
export interface FormOpener {
  /** @throws {ChatError} when the trigger was used or too old, or Slack did not answer */
  open(triggerId: string, form: Form): Promise<string>;
  /** Seen by one person only. @throws {ChatError} */
  tell(channelId: string, userId: string, refusal: Refusal): Promise<void>;
  /** @throws {ChatError} */
  permalink(channelId: string, ts: string): Promise<string>;
}

export type AcceptSlackRequestDeps = {
  queue: IncidentQueue;
  rows: Pick<IncidentRows, 'incidentOfChannel' | 'readState' | 'readStep'>;
  forms: FormOpener;
  routing: FormRouting;
  ai: 'on' | 'off';
  rootCommand: string;
  log: Log;
};

const NOTHING_DONE = 'Nothing was done: the request could not be stored. Please try again.';
/** The worker's journal of the card of one revision; its result holds the message's `ts`. */
const APPROVAL_CARD_STEP = 'approval_card';
const TAKEN: SlackAck = { kind: 'taken' };

/**
 * Takes one verified request of a person: checks a submitted form, opens the modal that is asked
 * for, and enqueues the request exactly as Slack signed it.
 *
 * Taken means durable. When it is not, the person is told that nothing was done. The same bytes are
 * enqueued under the same id, so a repetition is one message.
 */
export async function acceptSlackRequest(
  deps: AcceptSlackRequestDeps,
  request: ArrivedRequest,
  signed: Pick<SignedRequestMessage, 'headers' | 'body'>,
): Promise<SlackAck> {
  if (request.kind === 'click' && !isOurButton(request.actionId)) return TAKEN;
  if (request.kind === 'submit') {
    const errors = validateForm(request, deps.routing.components);
    if (Object.keys(errors).length > 0) return { kind: 'corrected', errors };
  }
  const opened = await openWantedForm(deps, request);
  const { viewId } = opened;
  try {
    await deps.queue.send(
      {
        ...signed,
        ...(viewId === undefined ? {} : { viewId }),
        ...(opened.isRejection ? { formFailed: true as const } : {}),
      },
      {
        group: requestGroup(request),
        deduplicationId: request.requestSha256,
      },
    );
  } catch (error) {
    deps.log.count('SlackRequestNotStored', { code: codeOf(error) });
    // A form that did open is there to be sent in; the request had nothing else to do.
    return opened.isOpen ? TAKEN : notStored(deps, request);
  }
  if (opened.problem === undefined) return TAKEN;
  return telling(deps, request, opened.problem);
}

type Opened = {
  isOpen: boolean;
  /** Passed on only where the model may fill it. */
  viewId?: string;
  problem?: Refusal;
  /** Somebody rejects, and could not be asked why: that must not keep a text going. */
  isRejection?: boolean;
};

async function openWantedForm(
  deps: AcceptSlackRequestDeps,
  request: ArrivedRequest,
): Promise<Opened> {
  const wanted = wantedForm(request);
  if (!wanted || request.triggerId === null) return { isOpen: false };
  try {
    const form = await formFor(deps, request, wanted);
    if (!form) return { isOpen: false };
    if (form.kind === 'refusal') return { isOpen: false, problem: form };
    const viewId = await deps.forms.open(request.triggerId, form);
    const isWaiting = form.kind === 'draft' && form.proposal.kind === 'waiting';
    return { isOpen: true, ...(isWaiting ? { viewId } : {}) };
  } catch (error) {
    deps.log.count('SlackFormNotOpened', { code: codeOf(error) });
    const isRejection = wanted.kind === 'reject';
    const text = isRejection
      ? say`The form for your reason could not be opened. The rejection itself was taken; please say why in the room.`
      : say`The form could not be opened. Please try again, or type the text behind the command; see ${words(deps.rootCommand)} help.`;
    return { isOpen: false, isRejection, problem: { kind: 'refusal', text } };
  }
}

/** @returns undefined where this is no war room: the worker explains and offers the open ones */
async function formFor(
  deps: AcceptSlackRequestDeps,
  request: ArrivedRequest,
  wanted: WantedForm,
): Promise<Form | Refusal | undefined> {
  const { routing, ai, rootCommand } = deps;
  if (wanted.kind === 'declare') {
    const { channelId, responseUrl } = request;
    const services = routing.services.map(({ name }) => name);
    return { kind: 'declare', title: '', services, from: { channelId, responseUrl } };
  }
  const incident = await incidentHere(deps, request.channelId);
  if (!incident || request.channelId === null) return undefined;
  const refused = wanted.kind === 'resolve' ? refusalOf('resolve', incident) : undefined;
  if (refused) {
    const text = say`Nothing was done: ${words(refused)}. See ${words(rootCommand)} status.`;
    return { kind: 'refusal', text };
  }
  const { channelId } = request;
  const claims = wanted.kind === 'draft' ? await hintedClaims(deps.rows, incident.incidentId) : [];
  const form = filledForm(wanted, { incident, channelId, routing, ai, claims });
  if (form || !('draft' in wanted)) return form;
  return staleCard(deps, { incident, channelId, draftId: wanted.draft.draftId });
}

/** A card that shows another draft than there is now, with the way to the newest one. */
async function staleCard(
  { rows, forms }: AcceptSlackRequestDeps,
  of: { incident: IncidentState; channelId: string; draftId: string },
): Promise<Refusal> {
  const { incident, channelId } = of;
  const text = say`Nothing was done: this card is out of date.`;
  const refused: Refusal = { kind: 'refusal', text };
  const current = incident.drafts.find(({ draftId }) => draftId === of.draftId);
  if (!current) return refused;
  const { revision, revisionSeq, status } = current;
  const now = words(statusInWords(status));
  const rule = say`The draft is at revision ${revision} now: ${now}.`;
  const step = await rows.readStep(incident.incidentId, revisionSeq, APPROVAL_CARD_STEP);
  if (!step?.result.ts) return { ...refused, rule };
  const url = await forms.permalink(channelId, step.result.ts);
  return { ...refused, rule, link: { title: `Newest card (revision ${revision})`, url } };
}

async function incidentHere(
  { rows }: AcceptSlackRequestDeps,
  channelId: string | null,
): Promise<IncidentState | undefined> {
  const incidentId = channelId === null ? undefined : await rows.incidentOfChannel(channelId);
  if (incidentId === undefined) return undefined;
  const state = (await rows.readState(incidentId))?.state;
  // A row that was only marked as unfinished holds no incident yet.
  return state && state.version > 0 ? state : undefined;
}

async function notStored(deps: AcceptSlackRequestDeps, request: ArrivedRequest): Promise<SlackAck> {
  if (request.kind !== 'submit') {
    return telling(deps, request, { kind: 'refusal', text: [words(NOTHING_DONE)] });
  }
  return { kind: 'corrected', errors: { [firstFieldOf(request)]: NOTHING_DONE } };
}

/** The answer to a click carries no words in Slack, so the person is told beside it. */
async function telling(
  { forms, log }: AcceptSlackRequestDeps,
  request: ArrivedRequest,
  refusal: Refusal,
): Promise<SlackAck> {
  if (request.kind === 'click' && request.channelId !== null) {
    await forms
      .tell(request.channelId, request.userId, refusal)
      .catch((error: unknown) => log.count('SlackPersonNotTold', { code: codeOf(error) }));
  }
  const { text, rule } = refusal;
  return { kind: 'told', text: rule === undefined ? text : say`${text} ${rule}` };
}

function firstFieldOf(request: Extract<ArrivedRequest, { kind: 'submit' }>): string {
  switch (request.form) {
    case 'draft':
    case 'declare':
      return 'title';
    case 'update':
    case 'note':
      return 'text';
    case 'resolve':
      return 'summary';
    case 'reject':
    case 'break_glass':
    case 'leave_page':
      return 'reason';
  }
}

function isOurButton(actionId: string): boolean {
  return BUTTON_ACTIONS.some((known) => known === actionId);
}
