/** Value of a component's select that leaves it as it is. */
export const COMPONENT_UNCHANGED = 'unchanged';
/** The field of a draft that takes the model's words, and the blocks that show them. */
export const USE_PROPOSAL = 'use_proposal';
export const PROPOSAL_TITLE = 'proposal_title';
export const PROPOSAL_TEXT = 'proposal_text';
/** The field of a draft that says why components may be shown better than other incidents say. */
export const OVERRIDE_REASON = 'override_reason';
/** The field of the resolve form that also proposes the public "resolved". */
export const OPEN_DRAFT = 'open_draft';

type Json = Record<string, unknown>;

/** A JSON object, or an empty one for anything else. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

/**
 * The values of a submitted view by block id. Each of our blocks holds one element, so the action
 * id does not matter: a typed text, the value of the choice made, or the values of the ticked boxes.
 */
export function submittedValues(state: unknown): Map<string, string | string[] | null> {
  const values = new Map<string, string | string[] | null>();
  for (const [blockId, elements] of Object.entries(objectOf(objectOf(state).values))) {
    const element = objectOf(Object.values(objectOf(elements))[0]);
    values.set(blockId, elementValue(element));
  }
  return values;
}

/** The value of one interactive element, in a view's state or in a click. */
export function elementValue(element: Json): string | string[] | null {
  if (typeof element.value === 'string') return element.value.toWellFormed();
  const one = objectOf(element.selected_option).value;
  if (typeof one === 'string') return one;
  if (Array.isArray(element.selected_options)) {
    const many = element.selected_options.map((option) => objectOf(option).value);
    return many.filter((value) => typeof value === 'string');
  }
  return typeof element.selected_user === 'string' ? element.selected_user : null;
}
