import { useState } from 'preact/hooks';
import { clickView, closeView, submitView } from './actions.ts';
import { Blocks } from './blocks.tsx';
import { Dialog } from './dialog.tsx';
import type { ElementContext } from './elements.tsx';
import type { Block, BlockElement, Typed, View } from './model.ts';
import { plainText } from './mrkdwn.tsx';
import { actingPerson, firstName } from './names.ts';
import { getState } from './store.ts';

/** The modal on top of the acting person's stack, if one is open. */
export function OpenModal() {
  const person = actingPerson();
  const stack = person ? (getState().world.views[person.id] ?? []) : [];
  const view = stack.filter(({ type }) => type === 'modal').at(-1);
  return view ? <Modal key={view.view_id} view={view} /> : null;
}

function Modal({ view }: { view: View }) {
  const [typed, setTyped] = useState<Typed>(view.typed);
  const [errors, setErrors] = useState<Record<string, string>>(view.errors);
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const person = actingPerson();
  const values = knownValues(view, typed);
  const type = (block: Block, element: BlockElement, value: unknown) => {
    const blockId = block.block_id ?? '';
    const actionId = element.action_id ?? '';
    const next = { ...typed, [blockId]: { ...typed[blockId], [actionId]: value } };
    setTyped(next);
    setErrors(without(errors, blockId));
    if (block.dispatch_action) {
      void clickView(view, element, { value, values: knownValues(view, next) });
    }
  };
  const context: ElementContext = {
    place: view.view_id,
    act: (element, value) => clickView(view, element, { value, values }),
    form: { typed, errors, type },
  };
  const submit = async () => {
    setBusy(true);
    setFailure('');
    try {
      setErrors(await submitView(view, values));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={plainText(view.title)} testId="modal" onClose={() => void closeView(view)}>
      <form
        class="modal-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit();
        }}
      >
        <div class="dialog-body">
          <Blocks blocks={view.blocks} context={context} />
        </div>
        <Problems count={Object.keys(errors).length} failure={failure} />
        <footer class="dialog-foot">
          <span class="quiet">As {person ? firstName(person.id) : 'nobody'}</span>
          <button
            type="button"
            class="button"
            data-testid="modal-cancel"
            onClick={() => void closeView(view)}
          >
            {plainText(view.close) || 'Cancel'}
          </button>
          {view.submit ? (
            <button
              type="submit"
              class="button button-primary"
              data-testid="modal-submit"
              aria-busy={busy}
            >
              {busy ? 'Sending…' : plainText(view.submit)}
            </button>
          ) : null}
        </footer>
      </form>
    </Dialog>
  );
}

function Problems({ count, failure }: { count: number; failure: string }) {
  if (count === 0 && !failure) return null;
  return (
    <p class="modal-problem" role="alert" data-testid="modal-problem">
      {failure ||
        (count === 1 ? 'One field needs another look.' : 'Some fields need another look.')}
    </p>
  );
}

/** Only what the view still asks for: the app may have replaced blocks since they were filled. */
function knownValues(view: View, typed: Typed): Typed {
  const known: Typed = {};
  for (const block of view.blocks) {
    const id = block.block_id ?? '';
    const inside = block.type === 'actions' ? (block.elements ?? []) : [];
    const elements = [block.element, block.accessory, ...inside] as (BlockElement | undefined)[];
    for (const element of elements) {
      const actionId = element?.action_id ?? '';
      const value = typed[id]?.[actionId];
      if (element && value !== undefined) known[id] = { ...known[id], [actionId]: value };
    }
  }
  return known;
}

function without(errors: Record<string, string>, blockId: string): Record<string, string> {
  const { [blockId]: _gone, ...rest } = errors;
  return rest;
}
