import type { KnownBlock, ModalView } from '@slack/types';
import type { Form } from '../../../services/forms.ts';
import { OPEN_DRAFT } from '../view-fields.ts';
import type { ViewMetadata } from '../view-metadata.ts';
import { plain } from './block-kit.ts';
import { breakGlassBlocks } from './break-glass-form.ts';
import { draftBlocks, draftMetadata } from './draft-form.ts';
import { choiceInput, textInput, tickInput } from './form-inputs.ts';

type Frame = { title: string; submit: string; blocks: KnownBlock[]; metadata: ViewMetadata };

/** Longest modal title. https://docs.slack.dev/reference/views/modal-views */
const TITLE_MAX = 24;
const SERVICES_SHOWN_MAX = 99;

/**
 * Renders a modal. Block ids are the fields' names, so that a submission and its errors speak of
 * the same fields; `private_metadata` carries ids only.
 */
export function renderForm(form: Form): ModalView {
  const { title, submit, blocks, metadata } = frameOf(form);
  return {
    type: 'modal',
    callback_id: form.kind,
    title: plain(title, TITLE_MAX),
    submit: plain(submit, TITLE_MAX),
    close: plain('Cancel', TITLE_MAX),
    private_metadata: JSON.stringify(metadata),
    blocks,
  };
}

function frameOf(form: Form): Frame {
  if (form.kind === 'declare') {
    const { channelId, responseUrl } = form.from;
    return {
      title: 'Declare an incident',
      submit: 'Declare',
      blocks: declareBlocks(form.title, form.services),
      metadata: { ...(channelId ? { channelId } : {}), ...(responseUrl ? { responseUrl } : {}) },
    };
  }
  const { incidentId, channelId } = form;
  const metadata: ViewMetadata = { incidentId, channelId };
  switch (form.kind) {
    case 'draft':
      return {
        title: form.editing ? 'Edit the draft' : 'Status page draft',
        submit: 'Send for approval',
        blocks: draftBlocks(form),
        metadata: draftMetadata(form),
      };
    case 'update':
      return {
        title: 'Internal update',
        submit: 'Send',
        blocks: [textInput({ field: 'text', label: 'What is new?', multiline: true })],
        metadata,
      };
    case 'note':
      return {
        title: 'Note',
        submit: 'Add',
        blocks: [textInput({ field: 'text', label: 'Note for the record', multiline: true })],
        metadata,
      };
    case 'resolve':
      return { title: 'Resolve', submit: 'Resolve', blocks: resolveBlocks(), metadata };
    case 'leave_page':
      return {
        title: 'Leave the page as it is',
        submit: 'Leave it',
        blocks: [textInput({ field: 'reason', label: 'Why does it stay?', multiline: true })],
        metadata,
      };
    case 'reject':
      return {
        title: form.revokes ? 'Revoke the approval' : 'Reject the draft',
        submit: form.revokes ? 'Revoke' : 'Reject',
        blocks: [textInput({ field: 'reason', label: 'What must change?', multiline: true })],
        metadata: { ...metadata, draft: form.draft },
      };
    case 'break_glass':
      return {
        title: 'Break glass',
        submit: 'Approve alone',
        blocks: breakGlassBlocks(form),
        metadata: { ...metadata, draft: form.draft },
      };
  }
}

function resolveBlocks(): KnownBlock[] {
  return [
    textInput({ field: 'summary', label: 'What happened, and what ended it?', multiline: true }),
    tickInput({
      field: OPEN_DRAFT,
      label: 'Status page',
      words: 'Also propose “resolved” to customers',
      value: 'yes',
      ticked: true,
    }),
  ];
}

function declareBlocks(title: string, services: readonly string[]): KnownBlock[] {
  const known = services.slice(0, SERVICES_SHOWN_MAX).filter((name) => name.length <= 150);
  const service = choiceInput({
    field: 'service',
    label: 'Service: its people are called. Empty: guessed from the title',
    options: known.map((name) => ({ value: name, words: name })),
    optional: true,
  });
  return [
    textInput({ field: 'title', label: 'What is wrong?', initial: title }),
    ...(known.length > 0 ? [service] : []),
    choiceInput({
      field: 'severity',
      label: 'Severity (P1 is the worst, and the default)',
      options: ['P1', 'P2', 'P3', 'P4'].map((value) => ({ value, words: value })),
      optional: true,
    }),
  ];
}
