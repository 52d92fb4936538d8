import { sha256Hex } from '../../domain/ids.ts';
import { isComponentState, isPageImpact, isPageStatus } from '../../domain/page-words.ts';
import type { ComponentState } from '../../domain/statuspage-event-details.ts';
import type { DraftFields, SubmittedForm } from '../../services/forms.ts';
import {
  COMPONENT_UNCHANGED,
  OPEN_DRAFT,
  OVERRIDE_REASON,
  objectOf,
  PROPOSAL_TEXT,
  PROPOSAL_TITLE,
  submittedValues,
  USE_PROPOSAL,
} from './view-fields.ts';
import { readViewMetadata, type ViewMetadata } from './view-metadata.ts';

type Values = ReturnType<typeof submittedValues>;
const COMPONENT_PREFIX = 'component:';

/** A submitted form and the room it belongs to, or undefined when it is none of our forms. */
export function parseSubmission(
  view: Record<string, unknown>,
): { submitted: SubmittedForm; channelId: string | null; responseUrl: string | null } | undefined {
  const metadata = readViewMetadata(wordsOf(view.private_metadata));
  if (!metadata) return undefined;
  const values = submittedValues(view.state);
  const submitted = readForm(wordsOf(view.callback_id), { values, metadata, view });
  const { channelId = null, responseUrl = null } = metadata;
  return submitted && { submitted, channelId, responseUrl };
}

function readForm(
  name: string,
  given: { values: Values; metadata: ViewMetadata; view: Record<string, unknown> },
): SubmittedForm | undefined {
  const { values, metadata } = given;
  const { incidentId } = metadata;
  const text = (field: string) => textOf(values, field);
  if (name === 'declare') {
    const choice = (field: string) => text(field) || null;
    const chosen = { service: choice('service'), severity: choice('severity') };
    return { kind: 'submit', form: 'declare', title: text('title'), ...chosen };
  }
  if (incidentId === undefined) return undefined;
  switch (name) {
    case 'update':
    case 'note':
      return { kind: 'submit', form: name, incidentId, text: text('text') };
    case 'resolve': {
      const openDraft = listOf(values, OPEN_DRAFT).length > 0;
      return { kind: 'submit', form: 'resolve', incidentId, summary: text('summary'), openDraft };
    }
    case 'leave_page':
      return { kind: 'submit', form: name, incidentId, reason: text('reason') };
    case 'reject':
    case 'break_glass': {
      const { draft } = metadata;
      if (!draft) return undefined;
      return { kind: 'submit', form: name, incidentId, draft, reason: text('reason') };
    }
    case 'draft':
      return readDraft(incidentId, given);
    default:
      return undefined;
  }
}

function readDraft(
  incidentId: string,
  given: { values: Values; metadata: ViewMetadata; view: Record<string, unknown> },
): SubmittedForm | undefined {
  const { values, metadata, view } = given;
  const status = textOf(values, 'status');
  const impact = textOf(values, 'impact');
  const notify = textOf(values, 'notify');
  const components = readComponents(values);
  if (!isPageStatus(status) || !isPageImpact(impact) || !components) return undefined;
  if (notify !== 'yes' && notify !== 'no') return undefined;
  const reason = textOf(values, OVERRIDE_REASON).trim();
  const takes = listOf(values, USE_PROPOSAL).length > 0;
  const proposal = takes ? readProposal(view, metadata) : undefined;
  if (takes && !proposal) return undefined;
  const fields: DraftFields = {
    title: proposal?.title ?? textOf(values, 'title'),
    text: proposal?.text ?? textOf(values, 'text'),
    status,
    impact,
    notify: notify === 'yes',
    components,
  };
  return {
    kind: 'submit',
    form: 'draft',
    incidentId,
    fields,
    editing: metadata.draft ?? null,
    usedProposal: proposal ? { modelId: proposal.modelId } : null,
    ...(reason === '' ? {} : { overrideReason: reason }),
  };
}

function readComponents(values: Values): Record<string, ComponentState> | undefined {
  const components: [string, ComponentState][] = [];
  for (const [field, state] of values) {
    if (!field.startsWith(COMPONENT_PREFIX)) continue;
    if (state === null || state === COMPONENT_UNCHANGED) continue;
    if (typeof state !== 'string' || !isComponentState(state)) return undefined;
    components.push([field.slice(COMPONENT_PREFIX.length), state]);
  }
  return Object.fromEntries(components);
}

/**
 * The model's words as the modal showed them. Slack may return texts escaped; the digest in the
 * metadata tells which form is the one that was shown.
 */
function readProposal(
  view: Record<string, unknown>,
  metadata: ViewMetadata,
): { title: string; text: string; modelId: string } | undefined {
  const { proposal } = metadata;
  const blocks = Array.isArray(view.blocks) ? view.blocks.map(objectOf) : [];
  const shown = (id: string) => {
    const block = blocks.find(({ block_id }) => block_id === id);
    return wordsOf(objectOf(block?.text).text);
  };
  const title = shown(PROPOSAL_TITLE);
  const text = shown(PROPOSAL_TEXT);
  for (const read of [(words: string) => words, unescaped]) {
    const found = { title: read(title), text: read(text) };
    if (proposal && proposalDigest(found) === proposal.sha256) {
      return { ...found, modelId: proposal.modelId };
    }
  }
  return undefined;
}

/** SHA-256 hex that ties a shown proposal to the form that shows it. */
export function proposalDigest(proposal: { title: string; text: string }): string {
  return sha256Hex(JSON.stringify([proposal.title, proposal.text]));
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOf(values: Values, field: string): string {
  return wordsOf(values.get(field));
}

function listOf(values: Values, field: string): string[] {
  const value = values.get(field);
  return Array.isArray(value) ? value : [];
}
