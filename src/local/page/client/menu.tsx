import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export type MenuItem = {
  id: string;
  label: ComponentChildren;
  /** Set where one of the items is in force. */
  checked?: boolean;
  run: () => void;
};

/** A button that opens a list: arrows move, Enter takes, Escape closes. */
export function Menu(props: {
  testId: string;
  label: ComponentChildren;
  /** What the button is called, where its content does not say. */
  name?: string;
  items: readonly MenuItem[];
  class?: string;
  align?: 'left' | 'right';
}) {
  const { items, testId } = props;
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isOpen) return;
    const all = itemsIn(root.current);
    (all.find((item) => item.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
  }, [isOpen]);
  const close = (giveBack: boolean) => {
    setOpen(false);
    if (giveBack) button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = itemsIn(root.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      return close(true);
    }
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <div
      class={`menu ${props.class ?? ''}`}
      ref={root}
      onFocusOut={({ relatedTarget }) => {
        if (!root.current?.contains(relatedTarget as Node | null)) setOpen(false);
      }}
    >
      <button
        type="button"
        ref={button}
        class="menu-button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={props.name}
        data-testid={testId}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {props.label}
      </button>
      {isOpen ? (
        <div class={`menu-list ${props.align ?? 'left'}`} role="menu" onKeyDown={move}>
          {items.map((item) => (
            <button
              type="button"
              key={item.id}
              class="menu-item"
              tabIndex={-1}
              data-testid={`${testId}-${item.id}`}
              onClick={() => {
                close(true);
                item.run();
              }}
              {...(item.checked === undefined
                ? { role: 'menuitem' as const }
                : { role: 'menuitemradio' as const, 'aria-checked': item.checked })}
            >
              {item.label}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

function itemsIn(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
}
