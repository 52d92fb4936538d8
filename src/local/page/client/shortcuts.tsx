import { useEffect } from 'preact/hooks';
import { fire } from './actions.ts';
import { Dialog } from './dialog.tsx';
import { getState, type Pane, setUi } from './store.ts';

const KEYS: readonly { key: string; does: string; run: () => void }[] = [
  { key: 'f', does: 'Fire the P1 alert', run: () => void fire(firstSample()) },
  { key: 'n', does: 'Do the next step of the guide', run: doNextStep },
  { key: 'p', does: 'Change the person you act as', run: () => press('person-switcher') },
  { key: '/', does: 'Type a command', run: () => compose('/') },
  { key: 'm', does: 'Write a message', run: () => compose('') },
  { key: '1', does: 'Go to Slack', run: () => goTo('slack') },
  { key: '2', does: 'Go to the status page', run: () => goTo('page') },
  { key: '3', does: 'Go to the audit trail', run: () => goTo('trail') },
  { key: 't', does: 'Switch between light and dark', run: () => press('theme') },
  { key: '?', does: 'Show these keys', run: () => setUi({ help: true }) },
];

/** Single letters, as long as nobody is typing and they are not switched off. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !getState().ui.keys) return;
      const target = event.target as HTMLElement;
      const isTyping = target.closest('input, textarea, select, [role=menu], dialog[open]');
      const isModal = document.querySelector('dialog[open]') !== null;
      const found = KEYS.find(({ key }) => key === event.key);
      if (!found || isTyping || isModal) return;
      event.preventDefault();
      found.run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** The list of keys, and the switch that turns them off. */
export function ShortcutHelp() {
  const { ui } = getState();
  if (!ui.help) return null;
  return (
    <Dialog title="Keyboard" testId="help" onClose={() => setUi({ help: false })}>
      <div class="dialog-body">
        <dl class="keys">
          {KEYS.map(({ key, does }) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
          <div>
            <dt>
              <kbd>Tab</kbd> <kbd>Enter</kbd> <kbd>Esc</kbd>
            </dt>
            <dd>Everything else: move, press, close</dd>
          </div>
        </dl>
        <label class="tick">
          <input
            type="checkbox"
            checked={ui.keys}
            data-testid="keys-switch"
            onChange={({ currentTarget }) => setUi({ keys: currentTarget.checked })}
          />
          <span>Single letters work as shortcuts</span>
        </label>
      </div>
    </Dialog>
  );
}

/** Shows a pane and moves the keyboard there. */
export function goTo(pane: Pane): void {
  setUi({ pane });
  requestAnimationFrame(() => document.getElementById(`pane-${pane}`)?.focus());
}

function firstSample(): string {
  return getState().settings.samples[0]?.id ?? '';
}

function press(testId: string): void {
  document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.click();
}

/** Without a button in the guide, the next step is to fire an alert. */
function doNextStep(): void {
  const isThere = document.querySelector('[data-testid="guide-action"]') !== null;
  press(isThere ? 'guide-action' : 'fire');
}

function compose(text: string): void {
  const { composer } = getState().ui;
  setUi({ pane: 'slack', composer: { text, serial: composer.serial + 1 } });
}
