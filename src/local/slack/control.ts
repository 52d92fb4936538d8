import type { FakeRequest } from '../fake-server.ts';
import { ControlError, json, parseJsonBody } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import type { Ack, Delivery } from './delivery.ts';
import {
  type ClickInput,
  type CommandInput,
  type Interactions,
  LEGACY_TOKEN,
  type SubmitInput,
} from './interactions.ts';
import { APP_ID, BOT_USER_ID, type Person, TEAM_ID } from './people.ts';
import type { Channel, OpenView, Workspace } from './workspace.ts';

/** What the control API works on. */
export type ControlDeps = {
  workspace: Workspace;
  interactions: Interactions;
  delivery: Delivery;
};

/** Answers one call under `/_world/` that only the fake of Slack has. @throws {ControlError} */
export async function answerControl(deps: ControlDeps, request: FakeRequest): Promise<Reply> {
  if (request.method === 'GET') return json(200, read(deps, request));
  if (request.method === 'POST') return json(200, await act(deps, request));
  throw new ControlError(405, `cannot ${request.method} ${request.path}: expected GET or POST`);
}

function read({ workspace, interactions }: ControlDeps, request: FakeRequest): unknown {
  const [, , resource, id] = request.path.split('/');
  const user = request.query.get('user');
  const userId = user ? interactions.person(user).id : undefined;
  switch (resource) {
    case 'users':
      return workspace.people.map((person) => shownPerson(workspace, person));
    case 'channels':
      if (id) return shownChannel(interactions.channel(id));
      return [...workspace.channels.values()].map(shownChannel);
    case 'ephemerals':
      return workspace.ephemerals.filter((each) => !userId || each.user === userId);
    case 'views':
      return userId ? viewsOf(workspace, userId) : viewsByUser(workspace);
    case 'files':
      return shownFile(workspace, id);
    default:
      throw new ControlError(404, `cannot read ${request.path}: no such control call`);
  }
}

async function act(deps: ControlDeps, request: FakeRequest): Promise<unknown> {
  const { interactions } = deps;
  const body = parseJsonBody(request);
  switch (request.path) {
    case '/_world/command':
      return interactions.command(checked<CommandInput>(body, ['user'], ['channel', 'text']));
    case '/_world/click':
      return interactions.click(
        checked<ClickInput>(
          body,
          ['user', 'action_id'],
          ['channel', 'ts', 'view_id', 'value', 'values'],
        ),
      );
    case '/_world/submit':
      return interactions.submit(checked<SubmitInput>(body, ['user', 'view_id'], ['values']));
    case '/_world/close':
      return interactions.closeView(checked(body, ['user', 'view_id'], []));
    case '/_world/message':
      return postAsPerson(deps, checked(body, ['user', 'channel', 'text'], ['thread_ts']));
    case '/_world/join':
      return join(deps, checked(body, ['user', 'channel'], []));
    case '/_world/leave':
      return leave(deps, checked(body, ['user', 'channel'], []));
    case '/_world/archive':
      return archive(deps, checked(body, ['channel'], []));
    case '/_world/unarchive':
      return unarchive(deps, checked(body, ['channel'], []));
    case '/_world/rename':
      return rename(deps, checked(body, ['channel', 'name'], []));
    case '/_world/grid':
      return setGrid(deps, checked(body, ['user', 'home', 'teams'], []));
    case '/_world/scopes':
      return setMissingScopes(deps, checked(body, ['missing'], []));
    case '/_world/delete':
      return deleteMessage(deps, checked(body, ['channel', 'ts'], []));
    case '/_world/groups':
      return setGroup(deps, checked(body, ['handle', 'users'], []));
    case '/_world/retry':
      return retry(deps, checked(body, [], ['nth']));
    default:
      throw new ControlError(404, `cannot do ${request.path}: no such control call`);
  }
}

/** Refuses missing and unknown fields, so that a typing error in a test is seen. */
function checked<T>(body: Record<string, unknown>, required: string[], optional: string[]): T {
  for (const field of required) {
    if (body[field] !== undefined) continue;
    throw new ControlError(400, `cannot read the call: expected field ${field}, got nothing`);
  }
  const known = [...required, ...optional];
  for (const field of Object.keys(body)) {
    if (known.includes(field)) continue;
    throw new ControlError(
      400,
      `cannot read the call: expected fields ${known.join(' ')}, got ${field}`,
    );
  }
  return body as T;
}

function shownPerson(workspace: Workspace, person: Person): Record<string, unknown> {
  const groups = workspace.userGroups.filter(({ users }) => users.includes(person.id));
  return {
    id: person.id,
    name: person.name,
    realName: person.realName,
    email: person.email,
    groups: groups.map(({ handle }) => handle),
    roles: groups.map(({ role }) => role),
    kind: person.kind,
  };
}

function shownChannel(channel: Channel): Record<string, unknown> {
  return {
    id: channel.id,
    name: channel.name,
    private: channel.isPrivate,
    direct: channel.isDirect,
    archived: channel.isArchived,
    topic: channel.topic.value,
    purpose: channel.purpose.value,
    members: [...channel.members],
    pins: channel.pins,
    bookmarks: channel.bookmarks,
    messages: channel.messages.map((message) => ({
      ...message,
      thread: message.thread_ts ?? null,
    })),
  };
}

function viewsOf(workspace: Workspace, user: string): Record<string, unknown>[] {
  const stack = workspace.modals.get(user) ?? [];
  const home = workspace.homes.get(user);
  return [...stack, ...(home ? [home] : [])].map(shownView);
}

function shownView(open: OpenView): Record<string, unknown> {
  const { user, view, typed, errors } = open;
  return { ...view, view_id: view.id, user, typed, errors: errors ?? {} };
}

function viewsByUser(workspace: Workspace): Record<string, unknown> {
  const users = new Set([...workspace.modals.keys(), ...workspace.homes.keys()]);
  const byUser: Record<string, unknown> = {};
  for (const user of users) {
    const views = viewsOf(workspace, user);
    if (views.length > 0) byUser[user] = views;
  }
  return byUser;
}

function shownFile(workspace: Workspace, id: string | undefined): Record<string, unknown> {
  const file = workspace.files.get(id ?? '');
  if (!file) throw new ControlError(404, `cannot read file ${id}: no such file`);
  return { ...file, content: file.content.toString('utf8') };
}

type PersonMessage = { user: string; channel: string; text: string; thread_ts?: string };

/** A person writes in a channel they are in; the app hears of it through the Events API. */
async function postAsPerson(deps: ControlDeps, input: PersonMessage): Promise<unknown> {
  const { workspace, interactions } = deps;
  const person = interactions.person(input.user);
  const channel = interactions.channel(input.channel);
  if (!channel.members.has(person.id)) {
    throw new ControlError(409, `cannot write in ${channel.name}: expected a member`);
  }
  if (channel.isArchived) throw new ControlError(409, `cannot write in ${channel.name}: archived`);
  const thread = input.thread_ts ? { thread_ts: input.thread_ts } : {};
  const ts = workspace.nextTs();
  const { text } = input;
  const user = person.id;
  channel.messages.push({ type: 'message', ts, user, text, team: TEAM_ID, ...thread });
  if (!channel.members.has(BOT_USER_ID)) return { ts, ack: null };
  const kind = channel.isDirect ? 'im' : channel.isPrivate ? 'group' : 'channel';
  const event = { type: 'message', channel: channel.id, channel_type: kind, user, text, ts };
  return { ts, ack: await sendEvent(deps, { ...event, ...thread, event_ts: ts }) };
}

/**
 * A person is added by another person, not by the app; guests and strangers too. An app that is added
 * is told so, as our manifest subscribes to it.
 */
async function join(deps: ControlDeps, input: { user: string; channel: string }): Promise<unknown> {
  const { interactions } = deps;
  const channel = interactions.channel(input.channel);
  const { id } = interactions.person(input.user);
  const isNews = !channel.members.has(id);
  channel.members.add(id);
  if (isNews && id === BOT_USER_ID) {
    const event = { type: 'member_joined_channel', user: id, channel: channel.id, team: TEAM_ID };
    await sendEvent(deps, event);
  }
  return { members: [...channel.members] };
}

/** The envelope of every event; https://docs.slack.dev/apis/events-api */
function sendEvent({ workspace, delivery }: ControlDeps, event: object): Promise<Ack> {
  const body = JSON.stringify({
    token: LEGACY_TOKEN,
    team_id: TEAM_ID,
    api_app_id: APP_ID,
    event,
    type: 'event_callback',
    authorizations: [{ team_id: TEAM_ID, user_id: BOT_USER_ID, is_bot: true }],
    event_id: workspace.nextId('Ev'),
    event_time: workspace.nowS(),
  });
  return delivery.send('events', body, 'application/json');
}

function leave({ interactions }: ControlDeps, input: { user: string; channel: string }): unknown {
  const channel = interactions.channel(input.channel);
  channel.members.delete(interactions.person(input.user).id);
  return { members: [...channel.members] };
}

/** Somebody archives a channel, which puts the app out of it. */
function archive({ workspace, interactions }: ControlDeps, input: { channel: string }): unknown {
  const channel = interactions.channel(input.channel);
  workspace.archive(channel);
  return shownChannel(channel);
}

/** Somebody brings a channel back; the app is not in it until somebody invites it (`join`). */
function unarchive({ interactions }: ControlDeps, input: { channel: string }): unknown {
  const channel = interactions.channel(input.channel);
  channel.isArchived = false;
  return shownChannel(channel);
}

function rename({ interactions }: ControlDeps, input: { channel: string; name: string }): unknown {
  const channel = interactions.channel(input.channel);
  channel.name = input.name;
  return shownChannel(channel);
}

/** Makes somebody an account of several workspaces of one Enterprise organisation. */
function setGrid(
  { interactions }: ControlDeps,
  input: { user: string; home: string; teams: string[] },
): unknown {
  const { home, teams } = input;
  if (!Array.isArray(teams)) throw new ControlError(400, 'cannot set grid: expected teams[]');
  const person = interactions.person(input.user);
  person.grid = { home, teams: teams.map(String) };
  return { id: person.id, home, teams };
}

/** Takes permissions from the app: by method, the permission Slack names as needed. */
function setMissingScopes(
  { workspace }: ControlDeps,
  input: { missing: Record<string, string> },
): unknown {
  workspace.missingScopes = new Map(Object.entries(input.missing));
  return input.missing;
}

/** An administrator, or the workspace's retention rule, removes a message; the app is not told. */
function deleteMessage(
  { interactions }: ControlDeps,
  input: { channel: string; ts: string },
): unknown {
  const channel = interactions.channel(input.channel);
  const kept = channel.messages.filter(({ ts }) => ts !== input.ts);
  if (kept.length === channel.messages.length) {
    throw new ControlError(404, `cannot delete ${input.ts}: no such message in ${channel.name}`);
  }
  channel.messages = kept;
  channel.pins = channel.pins.filter(({ ts }) => ts !== input.ts);
  return { ts: input.ts };
}

/** Replaces a user group's members, as an administrator does. */
function setGroup(
  { workspace, interactions }: ControlDeps,
  input: { handle: string; users: string[] },
): unknown {
  const group = workspace.userGroups.find(({ handle }) => handle === input.handle);
  if (!group) throw new ControlError(404, `cannot set group ${input.handle}: no such group`);
  if (!Array.isArray(input.users))
    throw new ControlError(400, 'cannot set group: expected users[]');
  group.users = input.users.map((user) => interactions.person(user).id);
  return group;
}

async function retry({ delivery }: ControlDeps, input: { nth?: number }): Promise<unknown> {
  const nth = input.nth ?? 1;
  if (!Number.isSafeInteger(nth) || nth < 1) {
    throw new ControlError(400, `cannot retry: expected nth >= 1, got ${String(nth)}`);
  }
  const ack = await delivery.retry(nth);
  if (ack) return { ack };
  throw new ControlError(404, `cannot retry request ${nth}: ${delivery.sentCount} were sent`);
}
