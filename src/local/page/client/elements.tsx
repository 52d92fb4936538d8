import { useState } from 'preact/hooks';
import type { Block, BlockElement, Option, Typed } from './model.ts';
import { plainText, Text } from './mrkdwn.tsx';
import { getState, setUi } from './store.ts';

/** Where an element stands: what it tells, and what was typed around it. */
export type ElementContext = {
  /** Distinguishes equal elements of different messages. */
  place: string;
  /** A click, a tick or a choice that the app hears of at once. */
  act: (element: BlockElement, value: unknown) => Promise<void>;
  /** Asked before a button asks for confirmation; says why not. */
  mayAct?: () => boolean;
  /** In a modal: what was typed, what is wrong, and how to type. */
  form?: {
    typed: Typed;
    errors: Record<string, string>;
    type: (block: Block, element: BlockElement, value: unknown) => void;
  };
};

type Props = { block: Block; element: BlockElement; context: ElementContext };

/** An interactive element outside an input block. */
export function Element(props: Props) {
  const { element } = props;
  switch (element.type) {
    case 'button':
      return <Button {...props} />;
    case 'image':
      return <span class="quiet">{element.alt_text}</span>;
    case 'overflow':
    case 'static_select':
    case 'users_select':
      return <Choice {...props} />;
    case 'checkboxes':
    case 'radio_buttons':
      return <Ticks {...props} />;
    default:
      return <span class="quiet">({element.type})</span>;
  }
}

/** Test id of an element: its action, and its value where several share the action. */
export function elementTestId(element: BlockElement): string {
  return `action-${element.action_id ?? element.type}`;
}

function Button({ element, context }: Props) {
  const [busy, setBusy] = useState(false);
  const label = plainText(element.text);
  const style = element.style ? ` button-${element.style}` : '';
  const act = async () => {
    setBusy(true);
    await context.act(element, element.value);
    setBusy(false);
  };
  if (element.url) {
    return (
      <a
        class={`button${style}`}
        href={/^https?:/.test(element.url) ? element.url : '#pane-slack'}
        target="_blank"
        rel="noreferrer"
        data-testid={elementTestId(element)}
      >
        {label}
      </a>
    );
  }
  const { confirm } = element;
  return (
    <button
      type="button"
      class={`button${style}`}
      aria-label={element.accessibility_label}
      aria-busy={busy}
      data-testid={elementTestId(element)}
      data-action={element.action_id}
      data-value={element.value}
      onClick={() => {
        if (busy || context.mayAct?.() === false) return;
        if (confirm) setUi({ confirm: { confirm, run: () => void act() } });
        else void act();
      }}
    >
      {label}
    </button>
  );
}

/** A select that acts at once. */
function Choice({ element, context }: Props) {
  const label = plainText(element.placeholder) || 'Choose…';
  const options = choicesOf(element);
  return (
    <select
      class="select"
      aria-label={label}
      data-testid={elementTestId(element)}
      value={element.initial_option?.value ?? element.initial_user ?? ''}
      onChange={({ currentTarget }) => void context.act(element, currentTarget.value)}
    >
      <option value="">{label}</option>
      {options.map(({ value, text }) => (
        <option value={value}>{text}</option>
      ))}
    </select>
  );
}

/** Options of a select, for people and for the fixed lists alike. */
export function choicesOf(element: BlockElement): { value: string; text: string }[] {
  if (element.type.includes('users_select')) {
    const { people } = getState().world;
    return people.map(({ id, realName }) => ({ value: id, text: realName }));
  }
  const grouped = (element.option_groups ?? []).flatMap(({ options }) => options);
  return [...(element.options ?? []), ...grouped].map((option) => ({
    value: option.value,
    text: plainText(option.text),
  }));
}

/** Boxes or radio buttons that act at once; the app's next message shows what it made of it. */
function Ticks({ element, context }: Props) {
  const many = element.type === 'checkboxes';
  const initial = many ? (element.initial_options ?? []) : one(element.initial_option);
  const chosen = initial.map(({ value }) => value);
  const name = `${context.place}-${element.action_id}`;
  const toggle = (value: string) => {
    const rest = chosen.filter((each) => each !== value);
    const next = chosen.includes(value) ? rest : [...chosen, value];
    return context.act(element, many ? next : value);
  };
  return (
    <fieldset class="ticks">
      <legend class="visually-hidden">{many ? 'Tick what is done' : 'Choose one'}</legend>
      {(element.options ?? []).map((option) => (
        <Tick
          key={option.value}
          {...{ option, many, name }}
          checked={chosen.includes(option.value)}
          onToggle={() => void toggle(option.value)}
        />
      ))}
    </fieldset>
  );
}

/** One box or radio button with its words. */
export function Tick(props: {
  option: Option;
  many: boolean;
  name: string;
  checked: boolean;
  onToggle: () => void;
}) {
  const { option, many, name, checked, onToggle } = props;
  return (
    <label class="tick">
      <input
        type={many ? 'checkbox' : 'radio'}
        name={name}
        checked={checked}
        data-testid={`option-${option.value}`}
        onChange={onToggle}
      />
      <span>
        <Text of={option.text} />
        {option.description ? (
          <small>
            <Text of={option.description} />
          </small>
        ) : null}
      </span>
    </label>
  );
}

function one<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
