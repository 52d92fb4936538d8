import { choicesOf, type ElementContext, elementTestId, Tick } from './elements.tsx';
import type { Block, BlockElement } from './model.ts';
import { plainText, Text } from './mrkdwn.tsx';

type Props = { block: Block; context: ElementContext };
type ControlProps = {
  element: BlockElement;
  id: string;
  value: unknown;
  required: boolean;
  describedBy: string;
  invalid: boolean;
  onValue: (value: unknown) => void;
};

type TextType = 'text' | 'number' | 'email' | 'url' | 'date' | 'time';
const TEXT_TYPES: Record<string, TextType> = {
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
};

/** An input block of a modal: label, control, hint and what is wrong with it. */
export function Field({ block, context }: Props) {
  const { element, form } = { element: block.element, form: context.form };
  if (!element || !form) return null;
  const blockId = block.block_id ?? '';
  const id = `field-${blockId}`;
  const error = form.errors[blockId];
  const label = plainText(block.label);
  const typed = form.typed[blockId]?.[element.action_id ?? ''];
  const value = typed === undefined ? initialOf(element) : typed;
  const isGroup = isGrouped(element);
  const control = (
    <Control
      {...{ element, id, value }}
      required={block.optional !== true}
      describedBy={`${id}-hint ${id}-error`}
      invalid={error !== undefined}
      onValue={(next) => form.type(block, element, next)}
    />
  );
  const hint = (
    <>
      {block.hint ? (
        <p class="field-hint" id={`${id}-hint`}>
          <Text of={block.hint} />
        </p>
      ) : null}
      {error ? (
        <p class="field-error" id={`${id}-error`} role="alert" data-testid={`error-${blockId}`}>
          {error}
        </p>
      ) : null}
    </>
  );
  const optional = block.optional ? <span class="quiet"> (optional)</span> : null;
  return isGroup ? (
    <fieldset class="field">
      <legend>
        {label}
        {optional}
      </legend>
      {control}
      {hint}
    </fieldset>
  ) : (
    <div class="field">
      <label for={id}>
        {label}
        {optional}
      </label>
      {control}
      {hint}
    </div>
  );
}

/** Whether the control is a group of boxes, which needs a legend rather than a label. */
function isGrouped({ type }: BlockElement): boolean {
  return type === 'checkboxes' || type === 'radio_buttons' || type.startsWith('multi_');
}

/** What an untouched control holds. */
function initialOf(element: BlockElement): unknown {
  if (element.type === 'checkboxes' || element.type.startsWith('multi_')) {
    return (element.initial_options ?? []).map(({ value }) => value);
  }
  return element.initial_value ?? element.initial_option?.value ?? element.initial_user ?? '';
}

function Control(props: ControlProps) {
  const { element, value, onValue } = props;
  const common = {
    id: props.id,
    required: props.required,
    'aria-invalid': props.invalid,
    'aria-describedby': props.describedBy,
    'data-testid': elementTestId(element),
  };
  if (isGrouped(element)) return <Group {...props} />;
  if (element.type.endsWith('_select')) {
    return (
      <select
        {...common}
        class="select"
        value={String(value ?? '')}
        onChange={({ currentTarget }) => onValue(currentTarget.value || null)}
      >
        {element.initial_option || value ? null : <option value="">Choose…</option>}
        {choicesOf(element).map((option) => (
          <option value={option.value}>{option.text}</option>
        ))}
      </select>
    );
  }
  const text = {
    ...common,
    class: 'input',
    value: String(value ?? ''),
    placeholder: plainText(element.placeholder),
  };
  if (element.multiline) {
    return (
      <>
        <textarea
          {...text}
          rows={6}
          onInput={({ currentTarget }) => onValue(currentTarget.value)}
        />
        <Counter length={String(value ?? '').length} max={element.max_length} />
      </>
    );
  }
  return (
    <input
      {...text}
      // preact's types want one kind at a time; every one here is a text of some kind.
      type={(TEXT_TYPES[element.type] ?? 'text') as 'text'}
      onInput={({ currentTarget }) => onValue(currentTarget.value)}
    />
  );
}

/** A group of boxes or radio buttons. */
function Group({ element, id, value, onValue }: ControlProps) {
  const many = element.type !== 'radio_buttons';
  const chosen = Array.isArray(value) ? value.map(String) : [String(value ?? '')];
  return (
    <div class="ticks" data-testid={elementTestId(element)}>
      {(element.options ?? []).map((option) => (
        <Tick
          key={option.value}
          option={option}
          many={many}
          name={id}
          checked={chosen.includes(option.value)}
          onToggle={() => {
            const rest = chosen.filter((each) => each !== option.value && each !== '');
            const next = chosen.includes(option.value) ? rest : [...rest, option.value];
            onValue(many ? next : option.value);
          }}
        />
      ))}
    </div>
  );
}

function Counter({ length, max }: { length: number; max: number | undefined }) {
  if (max === undefined) return null;
  return (
    <p class={length > max ? 'field-count over' : 'field-count'}>
      {length.toLocaleString('en')} of {max.toLocaleString('en')} characters
    </p>
  );
}
