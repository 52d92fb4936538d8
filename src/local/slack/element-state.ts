import { ControlError } from '../fake-server.ts';
import { isObject, type Json } from './block-kit-elements.ts';
import type { Block } from './workspace.ts';

/** What a person typed or chose, by block id and action id. */
export type Values = Record<string, Record<string, unknown>>;

/** An interactive element and the block it stands in. */
export type Placed = { block: Block; element: Json };

/** Every interactive element of a message or view, in reading order. */
export function elementsOf(blocks: Block[]): Placed[] {
  const placed: Placed[] = [];
  for (const block of blocks) {
    const inside = block.type === 'actions' ? block.elements : [];
    const elements = [block.accessory, block.element, ...(inside as unknown[])];
    for (const element of elements) {
      if (isObject(element) && element.type !== 'image') placed.push({ block, element });
    }
  }
  return placed;
}

/** Elements that hold a value and so occur in `state.values`. */
function isStateful({ element }: Placed): boolean {
  return element.type !== 'button' && element.type !== 'overflow';
}

/**
 * `state.values` as Slack sends it: what was given, else what the element started with.
 *
 * @throws {ControlError} 400 for a block or action that is not there, or an option not offered
 */
export function stateValues(blocks: Block[], given: Values): Record<string, Record<string, Json>> {
  const stateful = elementsOf(blocks).filter(isStateful);
  refuseUnknown(stateful, given);
  const values: Record<string, Record<string, Json>> = {};
  for (const { block, element } of stateful) {
    const blockId = String(block.block_id);
    const actionId = String(element.action_id);
    values[blockId] ??= {};
    values[blockId][actionId] = elementState(element, given[blockId]?.[actionId]);
  }
  return values;
}

function refuseUnknown(stateful: Placed[], given: Values): void {
  const known = stateful.map((each) => `${each.block.block_id}.${each.element.action_id}`);
  for (const [blockId, actions] of Object.entries(given)) {
    for (const actionId of Object.keys(isObject(actions) ? actions : {})) {
      if (known.includes(`${blockId}.${actionId}`)) continue;
      throw new ControlError(
        400,
        `cannot fill ${blockId}.${actionId}: expected one of ${known.join(' ')}`,
      );
    }
  }
}

/** One element's value in the form Slack gives it, by type. */
export function elementState(element: Json, given: unknown): Json {
  const type = String(element.type);
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
    case 'external_select':
      return { type, selected_option: chosenOption(element, given) };
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { type, selected_options: chosenOptions(element, given) };
    case 'users_select':
      return { type, selected_user: given ?? element.initial_user ?? null };
    case 'conversations_select':
      return { type, selected_conversation: given ?? element.initial_conversation ?? null };
    case 'channels_select':
      return { type, selected_channel: given ?? element.initial_channel ?? null };
    case 'multi_users_select':
      return { type, selected_users: given ?? element.initial_users ?? [] };
    case 'multi_conversations_select':
      return { type, selected_conversations: given ?? element.initial_conversations ?? [] };
    case 'multi_channels_select':
      return { type, selected_channels: given ?? element.initial_channels ?? [] };
    case 'datepicker':
      return { type, selected_date: given ?? element.initial_date ?? null };
    case 'timepicker':
      return { type, selected_time: given ?? element.initial_time ?? null };
    case 'datetimepicker':
      return { type, selected_date_time: given ?? element.initial_date_time ?? null };
    default: {
      const value = given ?? element.initial_value ?? null;
      // An emptied field reaches the app as null, not as an empty string.
      return { type, value: value === '' ? null : value };
    }
  }
}

function chosenOption(element: Json, given: unknown): Json | null {
  if (given === undefined) return (element.initial_option as Json | undefined) ?? null;
  if (given === null || given === '') return null;
  return optionOf(element, given);
}

function chosenOptions(element: Json, given: unknown): Json[] {
  if (given === undefined) return (element.initial_options as Json[] | undefined) ?? [];
  const values = Array.isArray(given) ? given : given === null || given === '' ? [] : [given];
  return values.map((value) => optionOf(element, value));
}

/** The offered option with this value. @throws {ControlError} 400 naming those offered */
export function optionOf(element: Json, value: unknown): Json {
  const groups = (element.option_groups as Json[] | undefined) ?? [];
  const lists = [element.options, ...groups.map((group) => group.options)];
  const offered = lists.flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []));
  const found = offered.find((option) => option.value === value);
  if (found) return found;
  const names = offered.map((option) => option.value).join(' ');
  throw new ControlError(
    400,
    `cannot choose ${JSON.stringify(value)}: expected one of ${names || 'no options'}`,
  );
}

/**
 * One entry of a `block_actions` payload's `actions`.
 *
 * `value` left out means a button's own value, or the first option not chosen yet.
 */
export function actionOf(placed: Placed, value: unknown, actionTs: string): Json {
  const { block, element } = placed;
  const type = String(element.type);
  const frame = { type, action_id: element.action_id, block_id: block.block_id };
  if (type === 'button') {
    const shown = value ?? element.value;
    return {
      ...frame,
      text: element.text,
      ...(shown === undefined ? {} : { value: String(shown) }),
      ...(element.style ? { style: element.style } : {}),
      ...(element.url ? { url: element.url } : {}),
      action_ts: actionTs,
    };
  }
  if (type === 'overflow') {
    const option = value === undefined ? firstFree(element)[0] : value;
    return { ...frame, selected_option: optionOf(element, option), action_ts: actionTs };
  }
  const given = value === undefined && Array.isArray(element.options) ? next(element) : value;
  return { ...frame, ...elementState(element, given), action_ts: actionTs };
}

/** What a person gets by ticking the next free option, or choosing another one. */
function next(element: Json): unknown {
  const [first] = firstFree(element);
  const initial = (element.initial_options as Json[] | undefined) ?? [];
  const many = element.type === 'checkboxes' || String(element.type).startsWith('multi_');
  if (!many) return first;
  const chosen = initial.map((option) => option.value);
  return first === undefined ? chosen.slice(1) : [...chosen, first];
}

function firstFree(element: Json): unknown[] {
  const options = (element.options as Json[] | undefined) ?? [];
  const initial = [element.initial_option, ...((element.initial_options as Json[]) ?? [])];
  const chosen = new Set(initial.map((option) => (isObject(option) ? option.value : undefined)));
  return options.map((option) => option.value).filter((value) => !chosen.has(value));
}
