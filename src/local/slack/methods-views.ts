import { checkView } from './block-kit.ts';
import { elementsOf, type Placed } from './element-state.ts';
import type { Args, Method } from './method.ts';
import { withIds } from './methods-chat.ts';
import { APP_ID, BOT_ID, TEAM_ID } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { OpenView, Trigger, View, Workspace } from './workspace.ts';

/** A trigger opens one modal within this time, in milliseconds of the world. */
const TRIGGER_LIFE_MS = 3_000;
/** Modals one person can have on top of each other. */
const MAX_STACK = 3;

/** Builds the stored view from what the app sent. @throws {SlackError} `invalid_arguments` … */
export function buildView(
  workspace: Workspace,
  given: unknown,
  place: { type: 'modal' | 'home'; replaces?: View; on?: View },
): View {
  const sent = checkView(given, place.type);
  const id = place.replaces?.id ?? workspace.nextId('V');
  const externalId = String(sent.external_id ?? '');
  const holder = externalId ? findOpenView(workspace, { external_id: externalId }) : undefined;
  if (holder && holder.view.id !== id) throw new SlackError('duplicate_external_id');
  const modal = {
    title: sent.title,
    submit: sent.submit ?? null,
    close: sent.close ?? null,
  };
  return {
    id,
    team_id: TEAM_ID,
    type: place.type,
    ...(place.type === 'modal' ? modal : {}),
    blocks: withIds(workspace, sent.blocks),
    private_metadata: String(sent.private_metadata ?? ''),
    callback_id: String(sent.callback_id ?? ''),
    external_id: externalId,
    state: { values: {} },
    hash: `${workspace.nowS()}.${workspace.nextOpaque().slice(0, 8)}`,
    clear_on_close: sent.clear_on_close === true,
    notify_on_close: sent.notify_on_close === true,
    root_view_id: place.replaces?.root_view_id ?? place.on?.root_view_id ?? id,
    previous_view_id: place.replaces ? place.replaces.previous_view_id : (place.on?.id ?? null),
    app_id: APP_ID,
    app_installed_team_id: TEAM_ID,
    bot_id: BOT_ID,
  };
}

/** An open modal by id or external id. */
export function findOpenView(workspace: Workspace, args: Args): OpenView | undefined {
  const { view_id: id, external_id: externalId } = args;
  for (const stack of workspace.modals.values()) {
    for (const open of stack) {
      if (id ? open.view.id === id : externalId && open.view.external_id === externalId)
        return open;
    }
  }
  return undefined;
}

/** @throws `invalid_trigger_id` `expired_trigger_id` `exchanged_trigger_id` */
function spendTrigger(workspace: Workspace, args: Args): Trigger {
  const trigger = workspace.triggers.get(String(args.trigger_id ?? ''));
  if (!trigger) throw new SlackError('invalid_trigger_id');
  if (trigger.used) throw new SlackError('exchanged_trigger_id');
  if (workspace.clock.nowMs() - trigger.issuedAtMs > TRIGGER_LIFE_MS) {
    throw new SlackError('expired_trigger_id');
  }
  trigger.used = true;
  return trigger;
}

const open: Method = ({ workspace }, args) => {
  // A view that is not valid does not cost the trigger.
  checkView(args.view, 'modal');
  const { user } = spendTrigger(workspace, args);
  const view = buildView(workspace, args.view, { type: 'modal' });
  workspace.modals.set(user, [{ user, view, typed: {} }]);
  return { view: structuredClone(view) };
};

const push: Method = ({ workspace }, args) => {
  checkView(args.view, 'modal');
  const { user } = spendTrigger(workspace, args);
  return { view: structuredClone(pushView(workspace, user, args.view)) };
};

/** Puts a view on top of a person's modals. @throws `push_limit_reached` `not_found` */
export function pushView(workspace: Workspace, user: string, given: unknown): View {
  const stack = workspace.modals.get(user) ?? [];
  const top = stack.at(-1);
  if (!top) throw new SlackError('not_found');
  if (stack.length >= MAX_STACK) throw new SlackError('push_limit_reached');
  const view = buildView(workspace, given, { type: 'modal', on: top.view });
  stack.push({ user, view, typed: {} });
  return view;
}

const update: Method = ({ workspace }, args) => {
  const target = findOpenView(workspace, args);
  if (!target) throw new SlackError('not_found');
  const hash = args.hash;
  if (hash && hash !== target.view.hash) throw new SlackError('hash_conflict');
  replaceView(workspace, target, args.view);
  return { view: structuredClone(target.view) };
};

/** Replaces an open view's content; typed values stay where block and action ids stay. */
export function replaceView(workspace: Workspace, target: OpenView, given: unknown): void {
  target.view = buildView(workspace, given, { type: 'modal', replaces: target.view });
  const kept = new Set(elementsOf(target.view.blocks).map(placeKey));
  for (const [blockId, actions] of Object.entries(target.typed)) {
    for (const actionId of Object.keys(actions)) {
      if (!kept.has(`${blockId} ${actionId}`)) delete actions[actionId];
    }
  }
  delete target.errors;
}

function placeKey({ block, element }: Placed): string {
  return `${block.block_id} ${element.action_id}`;
}

const publish: Method = ({ workspace }, args) => {
  const user = String(args.user_id ?? '');
  if (!workspace.people.some(({ id }) => id === user)) throw new SlackError('invalid_arguments');
  const before = workspace.homes.get(user)?.view;
  const hash = args.hash;
  if (hash && before && hash !== before.hash) throw new SlackError('hash_conflict');
  const replaces = before ? { replaces: before } : {};
  const view = buildView(workspace, args.view, { type: 'home', ...replaces });
  workspace.homes.set(user, { user, view, typed: {} });
  return { view: structuredClone(view) };
};

/** Modals and the Home tab. */
export const VIEW_METHODS: Record<string, Method> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
