/** Block Kit's limits, in characters or items. https://docs.slack.dev/reference/block-kit */
const MAX_ID = 255;
const MAX_BUTTON_TEXT = 75;
const MAX_BUTTON_VALUE = 2000;
const MAX_URL = 3000;
const MAX_OPTIONS = 100;
const MAX_OPTION_TEXT = 75;
const MAX_OPTION_VALUE = 150;
const MAX_CHOICES = 10;
const MAX_PLACEHOLDER = 150;
const MAX_INPUT = 3000;

/** A JSON object whose fields are not known yet. */
export type Json = Record<string, unknown>;

/** Collects what is wrong, each with the place in the document as Slack shows it. */
export type Problems = { say(problem: string, at: string): void };

const SELECTS = new Set(
  ['static', 'external', 'users', 'conversations', 'channels'].flatMap((kind) => [
    `${kind}_select`,
    `multi_${kind}_select`,
  ]),
);
const PICKERS = new Set(['datepicker', 'timepicker', 'datetimepicker']);
const TEXT_INPUTS = new Set(['number_input', 'email_text_input', 'url_text_input']);
const CHOICES = new Set(['checkboxes', 'radio_buttons']);

/** Whether an element of `type` may stand in an actions block. */
export function isActionElement(type: string): boolean {
  const chosen = SELECTS.has(type) || PICKERS.has(type) || CHOICES.has(type);
  return chosen || type === 'button' || type === 'overflow' || type === 'workflow_button';
}

/** Whether an element of `type` may stand in an input block. */
export function isInputElement(type: string): boolean {
  const typed = type === 'plain_text_input' || type === 'rich_text_input' || type === 'file_input';
  return (
    typed || SELECTS.has(type) || PICKERS.has(type) || TEXT_INPUTS.has(type) || CHOICES.has(type)
  );
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks a text object: its type and length. `kinds` are the allowed types. */
export function checkText(
  value: unknown,
  at: string,
  rule: { max: number; kinds?: ('plain_text' | 'mrkdwn')[] },
  problems: Problems,
): void {
  const kinds = rule.kinds ?? ['plain_text'];
  if (!isObject(value)) {
    problems.say('missing required field: text object', at);
    return;
  }
  if (!kinds.includes(value.type as 'plain_text')) {
    problems.say(`unsupported type: ${String(value.type)}`, `${at}/type`);
  }
  checkString(value.text, `${at}/text`, { max: rule.max, min: 1 }, problems);
  if (value.type === 'mrkdwn' && 'emoji' in value) {
    problems.say('additional property: emoji', at);
  }
}

/** Checks a string's presence and length. `min` 0 also allows it to be absent. */
export function checkString(
  value: unknown,
  at: string,
  rule: { max: number; min: number },
  problems: Problems,
): void {
  if (value === undefined && rule.min === 0) return;
  if (typeof value !== 'string') {
    problems.say('missing required field', at);
    return;
  }
  if (value.length < rule.min) problems.say(`must be more than ${rule.min - 1} characters`, at);
  if (value.length > rule.max) problems.say(`must be less than ${rule.max + 1} characters`, at);
}

/** Checks one interactive element, whatever block it stands in. */
export function checkElement(element: Json, at: string, problems: Problems): void {
  const type = String(element.type);
  checkString(element.action_id, `${at}/action_id`, { max: MAX_ID, min: 0 }, problems);
  if ('confirm' in element) checkConfirm(element.confirm, `${at}/confirm`, problems);
  if ('placeholder' in element) {
    checkText(element.placeholder, `${at}/placeholder`, { max: MAX_PLACEHOLDER }, problems);
  }
  if (type === 'button') {
    checkButton(element, at, problems);
    return;
  }
  if (type === 'overflow') {
    checkOptions(element, at, { max: 5, initial: [] }, problems);
    return;
  }
  if (type === 'checkboxes') {
    checkOptions(element, at, { max: MAX_CHOICES, initial: ['initial_options'] }, problems);
    return;
  }
  if (type === 'radio_buttons') {
    checkOptions(element, at, { max: MAX_CHOICES, initial: ['initial_option'] }, problems);
    return;
  }
  if (type === 'static_select' || type === 'multi_static_select') {
    const initial = type === 'static_select' ? ['initial_option'] : ['initial_options'];
    if (!Array.isArray(element.option_groups)) {
      checkOptions(element, at, { max: MAX_OPTIONS, initial }, problems);
    }
    return;
  }
  if (type === 'plain_text_input') checkTextInput(element, at, problems);
}

function checkButton(element: Json, at: string, problems: Problems): void {
  checkText(element.text, `${at}/text`, { max: MAX_BUTTON_TEXT }, problems);
  checkString(element.value, `${at}/value`, { max: MAX_BUTTON_VALUE, min: 0 }, problems);
  checkString(element.url, `${at}/url`, { max: MAX_URL, min: 0 }, problems);
  const style = element.style;
  if (style !== undefined && style !== 'primary' && style !== 'danger') {
    problems.say('must be a valid enum value', `${at}/style`);
  }
}

function checkTextInput(element: Json, at: string, problems: Problems): void {
  const initial = element.initial_value;
  checkString(initial, `${at}/initial_value`, { max: MAX_INPUT, min: 0 }, problems);
  for (const [field, least] of [
    ['max_length', 1],
    ['min_length', 0],
  ] as const) {
    const length = element[field];
    if (length === undefined) continue;
    const fits = Number.isSafeInteger(length) && (length as number) >= least;
    if (!fits || (length as number) > MAX_INPUT) {
      problems.say(`must be between ${least} and ${MAX_INPUT}`, `${at}/${field}`);
    }
  }
  const most = element.max_length;
  if (typeof initial === 'string' && typeof most === 'number' && initial.length > most) {
    problems.say(`must be less than ${most + 1} characters`, `${at}/initial_value`);
  }
}

function checkOptions(
  element: Json,
  at: string,
  rule: { max: number; initial: string[] },
  problems: Problems,
): void {
  const options = element.options;
  if (!Array.isArray(options) || options.length === 0) {
    problems.say('no less than 1 items allowed', `${at}/options`);
    return;
  }
  if (options.length > rule.max) {
    problems.say(`no more than ${rule.max} items allowed`, `${at}/options`);
  }
  // Slack allows mrkdwn and long texts only in checkboxes and radio buttons.
  const rich = CHOICES.has(String(element.type));
  const values = new Set<unknown>();
  for (const [index, option] of options.entries()) {
    checkOption(option, `${at}/options/${index}`, rich, problems);
    if (isObject(option)) values.add(option.value);
  }
  if (values.size !== options.length) problems.say('values must be unique', `${at}/options`);
  for (const field of rule.initial)
    checkInitial(element[field], `${at}/${field}`, values, problems);
}

function checkOption(option: unknown, at: string, rich: boolean, problems: Problems): void {
  if (!isObject(option)) {
    problems.say('must be an object', at);
    return;
  }
  const kinds: ('plain_text' | 'mrkdwn')[] = rich ? ['plain_text', 'mrkdwn'] : ['plain_text'];
  checkText(option.text, `${at}/text`, { max: MAX_OPTION_TEXT, kinds }, problems);
  checkString(option.value, `${at}/value`, { max: MAX_OPTION_VALUE, min: 1 }, problems);
  if ('description' in option) {
    checkText(option.description, `${at}/description`, { max: MAX_OPTION_TEXT, kinds }, problems);
  }
}

function checkInitial(
  initial: unknown,
  at: string,
  values: Set<unknown>,
  problems: Problems,
): void {
  if (initial === undefined) return;
  const chosen = Array.isArray(initial) ? initial : [initial];
  if (chosen.length === 0) {
    problems.say('no less than 1 items allowed', at);
    return;
  }
  for (const option of chosen) {
    if (!isObject(option) || !values.has(option.value)) {
      problems.say('must be one of the options', at);
    }
  }
}

function checkConfirm(confirm: unknown, at: string, problems: Problems): void {
  if (!isObject(confirm)) {
    problems.say('must be an object', at);
    return;
  }
  checkText(confirm.title, `${at}/title`, { max: 100 }, problems);
  const kinds: ('plain_text' | 'mrkdwn')[] = ['plain_text', 'mrkdwn'];
  checkText(confirm.text, `${at}/text`, { max: 300, kinds }, problems);
  for (const button of ['confirm', 'deny']) {
    if (button in confirm) checkText(confirm[button], `${at}/${button}`, { max: 30 }, problems);
  }
}
