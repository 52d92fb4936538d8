import { ControlError } from '../fake-server.ts';
import { isObject, type Json } from './block-kit-elements.ts';
import type { Ack, Delivery } from './delivery.ts';
import { actionOf, elementsOf, type Placed, stateValues, type Values } from './element-state.ts';
import { messageObject } from './methods-conversations.ts';
import {
  ANNOUNCEMENT_CHANNEL_ID,
  APP_ID,
  ENTERPRISE,
  type Person,
  TEAM_DOMAIN,
  TEAM_ID,
  teamOf,
} from './people.ts';
import { recordCommandAck, recordFailure, settleSubmission } from './settle.ts';
import type { Block, Channel, Ephemeral, Message, OpenView, Workspace } from './workspace.ts';

/** The legacy verification token: sent by Slack, worth nothing, must not be relied upon. */
export const LEGACY_TOKEN = 'legacy-verification-token';
const FORM = 'application/x-www-form-urlencoded';

export type CommandInput = { user: string; channel?: string; text?: string };
export type ClickInput = {
  user: string;
  channel?: string;
  ts?: string;
  view_id?: string;
  action_id: string;
  value?: unknown;
  values?: Values;
};
export type SubmitInput = { user: string; view_id: string; values?: Values };

/** What people do in Slack, turned into the signed requests that the app receives. */
export class Interactions {
  readonly #workspace: Workspace;
  readonly #delivery: Delivery;
  readonly #command: string;
  readonly #baseUrl: string;

  constructor(deps: {
    workspace: Workspace;
    delivery: Delivery;
    /** The root command, with its slash. */
    command: string;
    baseUrl: string;
  }) {
    this.#workspace = deps.workspace;
    this.#delivery = deps.delivery;
    this.#command = deps.command;
    this.#baseUrl = deps.baseUrl;
  }

  /** Somebody types the root command. @throws {ControlError} 404 unknown user or channel */
  async command(input: CommandInput): Promise<{ ack: Ack }> {
    const person = this.person(input.user);
    const channel = this.channel(input.channel ?? ANNOUNCEMENT_CHANNEL_ID);
    const form = new URLSearchParams({
      token: LEGACY_TOKEN,
      team_id: typedIn(person),
      team_domain: typedIn(person) === TEAM_ID ? TEAM_DOMAIN : 'partner',
      ...(person.grid ? { enterprise_id: ENTERPRISE.id, enterprise_name: ENTERPRISE.name } : {}),
      channel_id: channel.id,
      channel_name: channel.isPrivate && !channel.isDirect ? 'privategroup' : channel.name,
      user_id: person.id,
      user_name: person.name,
      command: this.#command,
      text: input.text ?? '',
      api_app_id: APP_ID,
      is_enterprise_install: 'false',
      response_url: this.#responseUrl(person, channel.id),
      trigger_id: this.#workspace.issueTrigger(person.id),
    });
    const ack = await this.#delivery.send('commands', form.toString(), FORM);
    const place = { user: person.id, channel: channel.id };
    recordCommandAck(this.#workspace, { ...place, ack, command: this.#command });
    return { ack };
  }

  /**
   * Somebody clicks or chooses, in a message, an ephemeral message or a modal.
   *
   * @throws {ControlError} 404 nothing there to click, 409 the person is not in the channel
   */
  async click(input: ClickInput): Promise<{ ack: Ack }> {
    const person = this.person(input.user);
    const place = input.view_id ? this.#inView(person, input) : this.#inMessage(person, input);
    const placed = pick(place.blocks, input);
    const payload = {
      type: 'block_actions',
      user: userStub(person),
      api_app_id: APP_ID,
      token: LEGACY_TOKEN,
      trigger_id: this.#workspace.issueTrigger(person.id, input.view_id),
      team: teamStub(person),
      enterprise: person.grid ? { ...ENTERPRISE } : null,
      is_enterprise_install: false,
      ...place.payload,
      actions: [actionOf(placed, input.value, this.#workspace.nextTs())],
    };
    const ack = await this.#deliver(payload);
    if (place.channelId) recordFailure(this.#workspace, person.id, place.channelId, ack);
    return { ack };
  }

  /** Somebody submits a modal. @throws {ControlError} 404 no such open view, 400 bad values */
  async submit(input: SubmitInput): Promise<Json & { ack: Ack }> {
    const person = this.person(input.user);
    const open = this.#openView(person, input.view_id);
    rememberTyped(open, input.values ?? {});
    const values = stateValues(open.view.blocks, open.typed);
    const payload = {
      type: 'view_submission',
      team: teamStub(person),
      user: userStub(person),
      api_app_id: APP_ID,
      token: LEGACY_TOKEN,
      trigger_id: this.#workspace.issueTrigger(person.id, open.view.id),
      view: { ...structuredClone(open.view), state: { values } },
      response_urls: [],
      is_enterprise_install: false,
      enterprise: person.grid ? { ...ENTERPRISE } : null,
    };
    const ack = await this.#deliver(payload);
    return { ack, ...settleSubmission(this.#workspace, open, ack) };
  }

  /** Somebody closes the modal on top; the app hears of it only if it asked to. */
  async closeView(input: { user: string; view_id: string }): Promise<{ ack: Ack | null }> {
    const person = this.person(input.user);
    const open = this.#openView(person, input.view_id);
    const stack = this.#workspace.modals.get(person.id) ?? [];
    this.#workspace.modals.set(
      person.id,
      stack.filter((each) => each !== open),
    );
    if (open.view.notify_on_close !== true) return { ack: null };
    const view = { ...open.view, state: { values: stateValues(open.view.blocks, open.typed) } };
    const ack = await this.#deliver({
      type: 'view_closed',
      team: teamStub(person),
      user: userStub(person),
      api_app_id: APP_ID,
      token: LEGACY_TOKEN,
      view,
      is_cleared: false,
    });
    return { ack };
  }

  /** @throws {ControlError} 404 */
  person(idOrName: unknown): Person {
    const person = this.#workspace.findPerson(idOrName ?? '');
    if (person) return person;
    throw new ControlError(404, `cannot act as ${String(idOrName)}: expected a user id or name`);
  }

  /** @throws {ControlError} 404 */
  channel(idOrName: unknown): Channel {
    const channel = this.#workspace.findChannel(idOrName ?? '');
    if (channel) return channel;
    throw new ControlError(404, `cannot find channel ${String(idOrName)}: expected an id or name`);
  }

  #deliver(payload: Json): Promise<Ack> {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return this.#delivery.send('interactions', body, FORM);
  }

  #responseUrl(person: Person, channelId: string, originalTs?: string): string {
    const id = this.#workspace.issueResponseUrl(person.id, channelId, originalTs);
    return `${this.#baseUrl}/response/${id}`;
  }

  #inMessage(person: Person, input: ClickInput) {
    const channel = this.channel(input.channel);
    if (!channel.members.has(person.id)) {
      throw new ControlError(
        409,
        `cannot click in ${channel.name}: expected a member, got ${person.name}`,
      );
    }
    const shown = this.#shown(person, channel, input.ts);
    const blocks = shown.message.blocks ?? [];
    const { ts } = shown.message;
    const thread = shown.message.thread_ts ? { thread_ts: shown.message.thread_ts } : {};
    const payload: Json = {
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel.id,
        is_ephemeral: shown.ephemeral,
        ...thread,
      },
      channel: { id: channel.id, name: channel.isDirect ? 'directmessage' : nameFor(channel) },
      // Slack does not send the message of an ephemeral along.
      ...(shown.ephemeral ? {} : { message: messageObject(shown.message, channel, true) }),
      state: { values: stateValues(blocks, input.values ?? {}) },
      response_url: this.#responseUrl(person, channel.id, ts),
    };
    return { blocks, payload, channelId: channel.id };
  }

  #shown(person: Person, channel: Channel, ts: unknown) {
    const message = channel.messages.find((each) => each.ts === ts);
    if (message) return { message, ephemeral: false };
    const mine = (each: Ephemeral) => each.ts === ts && each.user === person.id;
    const ephemeral = this.#workspace.ephemerals.find(mine);
    if (ephemeral && ephemeral.channel === channel.id) {
      return { message: ephemeral as Ephemeral & Partial<Message> as Message, ephemeral: true };
    }
    throw new ControlError(404, `cannot click in ${channel.name}: no message ${String(ts)}`);
  }

  #inView(person: Person, input: ClickInput) {
    const open = this.#openView(person, input.view_id);
    rememberTyped(open, input.values ?? {});
    const values = stateValues(open.view.blocks, open.typed);
    const payload: Json = {
      container: { type: 'view', view_id: open.view.id },
      view: { ...structuredClone(open.view), state: { values } },
    };
    return { blocks: open.view.blocks, payload, channelId: undefined };
  }

  #openView(person: Person, viewId: unknown): OpenView {
    const stack = this.#workspace.modals.get(person.id) ?? [];
    const home = this.#workspace.homes.get(person.id);
    const all = home ? [...stack, home] : stack;
    const open = all.find(({ view }) => view.id === viewId);
    if (open) return open;
    const ids = all.map(({ view }) => view.id).join(' ') || 'none open';
    throw new ControlError(
      404,
      `cannot find view ${String(viewId)} of ${person.name}: expected one of ${ids}`,
    );
  }
}

function nameFor(channel: Channel): string {
  return channel.isPrivate ? 'privategroup' : channel.name;
}

/** The workspace the request comes from: ours, for whoever is in it. */
function teamStub(person: Person): Json {
  const { id, name } = ENTERPRISE;
  const grid = person.grid ? { enterprise_id: id, enterprise_name: name } : {};
  return { id: TEAM_ID, domain: TEAM_DOMAIN, ...grid };
}

/** A command names the workspace it is typed in; somebody of a connected one types it in theirs. */
function typedIn(person: Person): string {
  return person.grid?.teams.includes(TEAM_ID) ? TEAM_ID : teamOf(person);
}

/** In an organisation this names the person's home workspace, wherever they click. */
function userStub(person: Person): Json {
  return { id: person.id, username: person.name, name: person.name, team_id: teamOf(person) };
}

function rememberTyped(open: OpenView, values: Values): void {
  for (const [blockId, actions] of Object.entries(values)) {
    if (!isObject(actions)) {
      throw new ControlError(400, `cannot fill ${blockId}: expected {action_id: value}`);
    }
    stateValues(open.view.blocks, { [blockId]: actions });
    open.typed[blockId] = { ...open.typed[blockId], ...actions };
  }
}

/** Of several elements with one action id, the one with the given value, else the first. */
function pick(blocks: Block[], input: ClickInput): Placed {
  const all = elementsOf(blocks);
  const named = all.filter(({ element }) => element.action_id === input.action_id);
  const exact = named.find(({ element }) => element.value === input.value);
  const chosen = (input.value === undefined ? undefined : exact) ?? named[0];
  if (chosen) return chosen;
  const ids = all.map(({ element }) => element.action_id).join(' ') || 'no elements';
  throw new ControlError(404, `cannot click ${input.action_id}: expected one of ${ids}`);
}
