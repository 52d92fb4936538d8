import type { KnownBlock } from '@slack/types';
import { COMPONENTS_MAX } from '../../../domain/limits.ts';
import {
  COMPONENT_STATE_WORDS,
  PAGE_IMPACT_WORDS,
  PAGE_STATUS_WORDS,
} from '../../../domain/page-words.ts';
import { say, words } from '../../../domain/sentence.ts';
import type { Form } from '../../../services/forms.ts';
import { componentField } from '../../../services/validate-form.ts';
import { proposalDigest } from '../parse-submission.ts';
import {
  COMPONENT_UNCHANGED,
  OVERRIDE_REASON,
  PROPOSAL_TEXT,
  PROPOSAL_TITLE,
  USE_PROPOSAL,
} from '../view-fields.ts';
import type { ViewMetadata } from '../view-metadata.ts';
import { context, cut, exact, header, line, SECTION_MAX } from './block-kit.ts';
import { choiceInput, textInput, tickInput } from './form-inputs.ts';
import { markup } from './markup.ts';

type DraftForm = Extract<Form, { kind: 'draft' }>;
const TITLE_SHOWN_MAX = 255;

const OVERRIDE = textInput({
  field: OVERRIDE_REASON,
  label: 'Only if a component is set better than another open incident says: why?',
  optional: true,
});

/** The draft's fields, and below them what the model proposes. */
export function draftBlocks(form: DraftForm): KnownBlock[] {
  const { fields } = form;
  return [
    ...origin(form),
    choiceInput({
      field: 'status',
      label: 'Public status',
      options: optionsOf(PAGE_STATUS_WORDS),
      initial: fields.status,
    }),
    textInput({ field: 'title', label: 'Title', initial: fields.title }),
    textInput({
      field: 'text',
      label: 'Text, exactly as customers will read it',
      multiline: true,
      initial: fields.text,
    }),
    ...proposal(form),
    choiceInput({
      field: 'impact',
      label: 'Impact',
      options: optionsOf(PAGE_IMPACT_WORDS),
      initial: fields.impact,
    }),
    choiceInput({
      field: 'notify',
      label: 'Notify subscribers',
      options: [
        { value: 'yes', words: 'Yes, mail them' },
        { value: 'no', words: 'No' },
      ],
      initial: fields.notify ? 'yes' : 'no',
    }),
    ...form.components.slice(0, COMPONENTS_MAX).map(({ id, name }) =>
      choiceInput({
        field: componentField(id),
        label: `Component: ${name}`,
        options: [
          { value: COMPONENT_UNCHANGED, words: 'Leave as it is' },
          ...optionsOf(COMPONENT_STATE_WORDS),
        ],
        initial: fields.components[id] ?? COMPONENT_UNCHANGED,
      }),
    ),
    ...(form.components.length > 0 ? [OVERRIDE] : []),
  ];
}

/** Ids only, and the digest that ties a shown proposal to this modal. */
export function draftMetadata(form: DraftForm): ViewMetadata {
  const { incidentId, channelId, editing } = form;
  const shown = shownProposal(form);
  return {
    incidentId,
    channelId,
    ...(editing ? { draft: editing } : {}),
    ...(shown ? { proposal: { modelId: shown.modelId, sha256: proposalDigest(shown) } } : {}),
  };
}

function origin({ proposal: from, editing }: DraftForm): KnownBlock[] {
  switch (from.kind) {
    case 'waiting':
      return [
        context(markup`This is the template. AI is writing a proposal; it will appear below.`),
      ];
    case 'template':
      return [line(say`${words(from.reason)}`, 500)];
    case 'ready':
      return [context(markup`AI has a proposal below. Nothing you typed was changed.`)];
    case 'none':
      return editing
        ? [context(markup`Sending this makes a new revision, which needs approval.`)]
        : [];
  }
}

function proposal(form: DraftForm): KnownBlock[] {
  const shown = shownProposal(form);
  if (!shown) return [];
  return [
    header(say`Proposed by AI`),
    { type: 'section', block_id: PROPOSAL_TITLE, text: exact(shown.title, TITLE_SHOWN_MAX) },
    { type: 'section', block_id: PROPOSAL_TEXT, text: exact(shown.text, SECTION_MAX) },
    tickInput({
      field: USE_PROPOSAL,
      label: 'Proposal',
      words: 'Use this text instead of the title and text above',
      value: 'use',
      ticked: false,
    }),
  ];
}

function shownProposal(form: DraftForm) {
  if (form.proposal.kind !== 'ready') return undefined;
  const { title, text, modelId } = form.proposal;
  return { title: cut(title, TITLE_SHOWN_MAX), text: cut(text, SECTION_MAX), modelId };
}

function optionsOf(words: Readonly<Record<string, string>>): { value: string; words: string }[] {
  return Object.entries(words).map(([value, shown]) => ({ value, words: shown }));
}
