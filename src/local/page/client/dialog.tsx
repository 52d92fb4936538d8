import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const FIRST_CHOICE =
  '.dialog-body :is(input, select, textarea, button, [tabindex]), .dialog-foot button:last-child';

/**
 * A modal dialog. The browser keeps focus inside, makes the rest inert, hands Escape to `onClose`
 * and gives focus back when it goes.
 */
export function Dialog(props: {
  title: string;
  testId: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = `${props.testId}-title`;
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Not the button that closes it, which the browser would choose.
    const first = dialog?.querySelector<HTMLElement>(FIRST_CHOICE);
    first?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class={props.wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={titleId}
      data-testid={props.testId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={titleId}>{props.title}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label="Close"
          data-testid={`${props.testId}-close`}
          onClick={props.onClose}
        >
          ✕
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
