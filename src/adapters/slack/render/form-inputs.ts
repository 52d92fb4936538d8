import type { KnownBlock, PlainTextOption } from '@slack/types';
import { plain } from './block-kit.ts';

/** Slack's limits of inputs, in characters. */
const LABEL_MAX = 2_000;
const OPTION_TEXT_MAX = 75;
const INITIAL_MAX = 3_000;

/**
 * A field to type in. No `max_length`: too long a text is answered by our own words at the field,
 * not swallowed by the keyboard.
 */
export function textInput(given: {
  field: string;
  label: string;
  multiline?: boolean;
  initial?: string;
  optional?: boolean;
}): KnownBlock {
  const initial = given.initial ?? '';
  return {
    type: 'input',
    block_id: given.field,
    ...(given.optional ? { optional: true } : {}),
    label: plain(given.label, LABEL_MAX),
    element: {
      type: 'plain_text_input',
      action_id: given.field,
      multiline: given.multiline ?? false,
      ...(initial === '' ? {} : { initial_value: initial.slice(0, INITIAL_MAX) }),
    },
  };
}

/** A field with one choice of several. */
export function choiceInput(given: {
  field: string;
  label: string;
  options: readonly { value: string; words: string }[];
  initial?: string;
  optional?: boolean;
}): KnownBlock {
  const options: PlainTextOption[] = given.options.map(({ value, words }) => ({
    value,
    text: plain(words, OPTION_TEXT_MAX),
  }));
  const initial = options.find(({ value }) => value === given.initial);
  return {
    type: 'input',
    block_id: given.field,
    optional: given.optional ?? false,
    label: plain(given.label, LABEL_MAX),
    element: {
      type: 'static_select',
      action_id: given.field,
      options,
      ...(initial ? { initial_option: initial } : {}),
    },
  };
}

/** One box to tick. */
export function tickInput(given: {
  field: string;
  label: string;
  words: string;
  value: string;
  ticked: boolean;
}): KnownBlock {
  const option = { value: given.value, text: plain(given.words, OPTION_TEXT_MAX) };
  return {
    type: 'input',
    block_id: given.field,
    optional: true,
    label: plain(given.label, LABEL_MAX),
    element: {
      type: 'checkboxes',
      action_id: given.field,
      options: [option],
      ...(given.ticked ? { initial_options: [option] } : {}),
    },
  };
}
