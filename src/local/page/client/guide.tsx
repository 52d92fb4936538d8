import { actAs, run } from './actions.ts';
import { actingPerson, shownChannel } from './names.ts';
import { getState, setUi } from './store.ts';
import { focusChain, type GuideAction, isDone, roomIdOf, STEPS, storyOf } from './story.ts';

/** The thin strip that says the next sensible step, and does it at a press. */
export function Guide() {
  const { world } = getState();
  const story = storyOf({ world, channel: shownChannel(), acting: actingPerson() });
  return (
    <nav class="guide" aria-label="Guide">
      <ol class="steps">
        {STEPS.map(({ id, label }, i) => {
          const done = isDone(id, story.current);
          return (
            <li
              key={id}
              class={done ? 'step done' : 'step'}
              aria-current={story.current === id ? 'step' : undefined}
              data-testid={`guide-step-${id}`}
            >
              <span class="step-mark" aria-hidden="true">
                {done ? '✓' : i + 1}
              </span>
              {label}
              {done ? <span class="visually-hidden"> (done)</span> : null}
            </li>
          );
        })}
      </ol>
      <p class="guide-hint" role="status" data-testid="guide-hint">
        {story.hint}
      </p>
      {story.action ? (
        <button
          type="button"
          class="button button-primary guide-action"
          data-testid="guide-action"
          onClick={() => story.action && perform(story.action.does)}
        >
          {story.action.label}
        </button>
      ) : null}
    </nav>
  );
}

function perform(action: GuideAction): void {
  const { world } = getState();
  const chain = focusChain(world, shownChannel());
  const roomId = chain && roomIdOf(chain);
  switch (action.kind) {
    case 'act-as':
      actAs(action.personId);
      if (roomId) setUi({ channelId: roomId, pane: 'slack' });
      return;
    case 'command':
      if (action.asId) actAs(action.asId);
      if (roomId) setUi({ channelId: roomId, pane: 'slack' });
      return void run(action.text);
    case 'find-button':
      if (roomId) setUi({ channelId: roomId, pane: 'slack' });
      focusButton(action.actionId, FIND_TRIES);
  }
}

/** How often, 100 ms apart, a button is looked for: its card may still be on its way. */
const FIND_TRIES = 50;

/** Finds the newest button of that action: older cards were decided or replaced. */
function focusButton(actionId: string, triesLeft: number): void {
  // Not at once: the room must be on screen before its buttons can be found.
  setTimeout(() => {
    const all = document.querySelectorAll<HTMLElement>(`[data-action="${actionId}"]`);
    const button = all[all.length - 1];
    button?.scrollIntoView({ block: 'center' });
    button?.focus();
    if (!button && triesLeft > 0) focusButton(actionId, triesLeft - 1);
  }, 100);
}
