import { useEffect, useRef, useState } from 'preact/hooks';
import { VERB_NAMES, VERBS } from '../../../domain/command-verbs.ts';
import { actAs, join, say } from './actions.ts';
import { actingPerson, findPerson, firstName, shownChannel } from './names.ts';
import { getState } from './store.ts';

type Suggestion = { id: string; text: string; label: string; does: string };

/** The box to write in: messages, or slash commands with a list of what there is. */
export function Composer() {
  const { settings, ui } = getState();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [isHidden, setHidden] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const acting = actingPerson();
  const room = shownChannel();
  useEffect(() => {
    if (ui.composer.serial === 0) return;
    setText(ui.composer.text);
    setHidden(false);
    input.current?.focus();
  }, [ui.composer.serial]);
  if (!acting || !room) return null;
  if (!room.members.includes(acting.id)) return <Outside />;
  const found = isHidden ? [] : suggestionsFor(text, settings.command);
  const at = Math.min(active, Math.max(0, found.length - 1));
  const take = (suggestion: Suggestion) => {
    setText(suggestion.text);
    setActive(0);
    input.current?.focus();
  };
  const send = async () => {
    const sent = text;
    setText('');
    if (!(await say(sent))) setText((now) => now || sent);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = found[at];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (chosen && step) {
      event.preventDefault();
      return setActive((at + step + found.length) % found.length);
    }
    if (chosen && event.key === 'Escape') return setHidden(true);
    if (chosen && (event.key === 'Tab' || event.key === 'Enter') && !event.shiftKey) {
      event.preventDefault();
      return take(chosen);
    }
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      void send();
    }
  };
  return (
    <div class="composer">
      <Suggestions {...{ found, at, take }} />
      <div class="composer-box">
        <button
          type="button"
          class="icon-button"
          aria-label="Show the commands"
          data-testid="show-commands"
          onClick={() => {
            setHidden(false);
            setText('/');
            input.current?.focus();
          }}
        >
          /
        </button>
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label={`Message #${room.name} as ${firstName(acting.id)}, or type / for a command`}
          aria-autocomplete="list"
          aria-expanded={found.length > 0}
          aria-controls="suggestions"
          aria-activedescendant={found[at] ? `suggestion-${found[at]?.id}` : undefined}
          autocomplete="off"
          placeholder={`Message #${room.name}, or / for commands`}
          data-testid="composer"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setHidden(false);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          class="button button-primary"
          data-testid="send"
          onClick={() => void send()}
        >
          Send
        </button>
      </div>
    </div>
  );
}

function Suggestions(props: {
  found: readonly Suggestion[];
  at: number;
  take: (suggestion: Suggestion) => void;
}) {
  const { found, at, take } = props;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return (
    <div
      ref={list}
      id="suggestions"
      class={found.length > 0 ? 'suggestions' : 'suggestions empty'}
      role="listbox"
      aria-label="Commands"
    >
      {found.map((each, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the box's, as for any combobox
        <div
          key={each.id}
          id={`suggestion-${each.id}`}
          role="option"
          tabIndex={-1}
          class="suggestion"
          aria-selected={i === at}
          data-testid={`suggestion-${each.id}`}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(each)}
        >
          <code>{each.label}</code>
          <span>{each.does}</span>
        </div>
      ))}
    </div>
  );
}

/** Shown instead of the box to somebody who is not in the room. */
function Outside() {
  const acting = actingPerson();
  const room = shownChannel();
  const members = (room?.members ?? []).map(findPerson).filter((each) => each?.kind === 'full');
  if (!acting || !room) return null;
  return (
    <div class="outside" data-testid="not-a-member">
      <p>
        <strong>{firstName(acting.id)} is not in this room</strong> and would not see it in Slack.
      </p>
      <div class="row">
        {members.slice(0, 3).map((each) => (
          <button type="button" class="button" onClick={() => actAs(each?.id ?? '')}>
            Act as {each?.realName}
          </button>
        ))}
        <button
          type="button"
          class="button"
          data-testid="join"
          onClick={() => void join(acting.id, room.id)}
        >
          Add {firstName(acting.id)}
        </button>
      </div>
    </div>
  );
}

/** Commands while the first word is typed; people after an `@`. */
function suggestionsFor(text: string, command: string): Suggestion[] {
  const at = /(^|\s)@([\w.]*)$/.exec(text);
  if (at) {
    const typed = (at[2] ?? '').toLowerCase();
    const { people } = getState().world;
    return people
      .filter(({ kind, name }) => kind === 'full' && name.includes(typed))
      .map(({ name, realName }) => ({
        id: name,
        text: `${text.slice(0, text.length - typed.length)}${name} `,
        label: `@${name}`,
        does: realName,
      }));
  }
  if (!text.startsWith('/')) return [];
  const isRoot = text.startsWith(`${command} `);
  const word = (isRoot ? text.slice(command.length + 1) : text.slice(1)).toLowerCase();
  if (/\s/.test(word)) return [];
  const isTypingRoot = command.startsWith(text) && text.length > 1;
  const names = VERB_NAMES.filter((verb) => isTypingRoot || matches(verb, word));
  return names.map((verb) => ({
    id: verb,
    text: `${command} ${verb} `,
    label: `/${VERBS[verb].usage}`,
    does: VERBS[verb].does,
  }));
}

function matches(verb: (typeof VERB_NAMES)[number], word: string): boolean {
  const names: readonly string[] = [verb, ...VERBS[verb].aliases];
  return names.some((name) => name.startsWith(word));
}
