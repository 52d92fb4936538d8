import type { BlockElement, Channel, Message, Typed, View } from './model.ts';
import { actingPerson, findPerson, firstName, shownChannel } from './names.ts';
import { getState, type NoticeAction, setUi } from './store.ts';

type Answer = Record<string, unknown> & { ack?: { status: number; error?: string } | null };

/** The world refused; `message` is for the person. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let noticeSerial = 0;

/** Shows a line that goes away by itself unless it is bad news. */
export function notify(tone: 'good' | 'bad', text: string, actions: NoticeAction[] = []): void {
  noticeSerial += 1;
  const id = noticeSerial;
  setUi({ notice: { id, tone, text, actions } });
  if (tone === 'good') setTimeout(() => dismissNotice(id), 5_000);
}

export function dismissNotice(id?: number): void {
  const { notice } = getState().ui;
  if (notice && (id === undefined || notice.id === id)) setUi({ notice: undefined });
}

export function actAs(id: string): void {
  setUi({ actingId: id, notice: undefined });
}

/** Sends a sample alert; the new room comes to the front when it exists. */
export async function fire(sample: string): Promise<void> {
  const opensRoom = sample !== 'resolve-last';
  const isStorm = sample === 'storm';
  // Of the rooms of a storm, the one for all further alerts is worth a look.
  const roomNamed = isStorm ? 'alert-storm' : 'inc-';
  setUi({ followNewRoom: opensRoom ? roomNamed : undefined, notice: undefined });
  await kindly(async () => {
    const { status } = (await post('/api/fire', { sample })) as { status?: number };
    if (status !== 200 && status !== 202) {
      throw new Refused(Number(status), `The webhook answered ${status}: nothing was opened.`);
    }
    // Of a new room the guide tells, and it comes to the front by itself.
    if (!opensRoom) notify('good', 'The source said that the last alert is over.');
    if (isStorm)
      notify('good', '30 alerts were sent. The room of the storm opens after ten others.');
  });
}

/** Moves the world's clock; what falls due happens. */
export async function advance(minutes: number): Promise<void> {
  await kindly(async () => {
    await post('/world/_world/clock', { advanceMs: minutes * 60_000 });
    notify('good', `It is ${minutes} minutes later now.`);
  });
}

/** Sends what was typed: a slash command, or a message to the room. @returns whether it went */
export async function say(typed: string): Promise<boolean> {
  const person = actingPerson();
  const channel = shownChannel();
  const { command } = getState().settings;
  const text = withMentions(typed.trim());
  if (!person || !channel || text === '') return false;
  return kindly(async () => {
    if (!text.startsWith('/')) {
      return post('/slack/_world/message', { user: person.id, channel: channel.id, text });
    }
    const bare = text === command || text.startsWith(`${command} `);
    const words = bare ? text.slice(command.length).trim() : text.slice(1);
    return post('/slack/_world/command', { user: person.id, channel: channel.id, text: words });
  });
}

/** Types a command for the acting person in the shown room. */
export function run(text: string): Promise<boolean> {
  return say(`${getState().settings.command} ${text}`);
}

/** Slack turns `@handle` into a mention before it sends a command. */
function withMentions(text: string): string {
  return text.replace(/@([a-z][a-z.]+[a-z])/gi, (all, handle: string) => {
    const { people } = getState().world;
    const found = people.find(({ name }) => name === handle.toLowerCase());
    return found ? `<@${found.id}|${found.name}>` : all;
  });
}

/** Clicks, ticks or chooses in a message. */
export async function clickMessage(
  message: Pick<Message, 'ts'>,
  element: BlockElement,
  value: unknown,
): Promise<void> {
  const person = actingPerson();
  const channel = shownChannel();
  if (!person || !channel || !isInRoom()) return;
  const { action_id } = element;
  const place = { user: person.id, channel: channel.id, ts: message.ts, action_id };
  await kindly(() =>
    post('/slack/_world/click', { ...place, ...(value === undefined ? {} : { value }) }),
  );
}

/** Clicks in a modal; what was typed goes along. */
export async function clickView(
  view: View,
  element: BlockElement,
  of: { value: unknown; values: Typed },
): Promise<void> {
  const person = actingPerson();
  if (!person) return;
  const { value, values } = of;
  const { action_id } = element;
  const place = { user: person.id, view_id: view.view_id, action_id, values };
  await kindly(() =>
    post('/slack/_world/click', { ...place, ...(value === undefined ? {} : { value }) }),
  );
}

/** Submits a modal. @returns what is wrong with it, by block id; empty when it was taken */
export async function submitView(view: View, values: Typed): Promise<Record<string, string>> {
  const person = actingPerson();
  if (!person) return {};
  const call = { user: person.id, view_id: view.view_id, values };
  const answer = await post('/slack/_world/submit', call);
  if (answer.ack && answer.ack.status !== 200) {
    const why = answer.ack.error ?? `status ${answer.ack.status}`;
    throw new Refused(answer.ack.status, `The app did not answer (${why}). Nothing was sent.`);
  }
  return (answer.errors as Record<string, string> | undefined) ?? {};
}

/** Somebody in the room adds a person to it, as anybody can in Slack. */
export async function join(user: string, channel: string): Promise<void> {
  await kindly(() => post('/slack/_world/join', { user, channel }));
}

export async function closeView(view: View): Promise<void> {
  const person = actingPerson();
  if (!person) return;
  await kindly(() => post('/slack/_world/close', { user: person.id, view_id: view.view_id }));
}

/** Opens an uploaded file, such as the postmortem. */
export async function openFile(id: string, title: string): Promise<void> {
  await kindly(async () => {
    const response = await fetch(`/slack/_world/files/${id}`);
    if (!response.ok) throw new Refused(response.status, `${title} cannot be opened.`);
    const { content } = (await response.json()) as { content: string };
    setUi({ file: { title, text: content } });
  });
}

/** Whether the acting person is in the shown room; if not, they are told and offered who is. */
export function isInRoom(): boolean {
  const person = actingPerson();
  const channel = shownChannel();
  if (!person || !channel) return false;
  if (channel.members.includes(person.id)) return true;
  sayNotMember(channel);
  return false;
}

/** A room belongs to its members: says so and offers one of them. */
function sayNotMember(channel: Channel): void {
  const person = actingPerson();
  const members = channel.members.map(findPerson).filter((each) => each?.kind === 'full');
  const offers = members.slice(0, 3).map((each) => ({
    label: `Act as ${each?.realName}`,
    run: () => actAs(each?.id ?? ''),
  }));
  const who = person ? firstName(person.id) : 'This person';
  notify('bad', `${who} is not in this room, so ${who} cannot act in it.`, offers);
}

/** Runs an action and tells the person kindly when it was refused. */
async function kindly(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const channel = shownChannel();
    const person = actingPerson();
    const isOutside = channel && person && !channel.members.includes(person.id);
    if (error instanceof Refused && error.status === 409 && isOutside) sayNotMember(channel);
    else notify('bad', error instanceof Error ? sentence(error.message) : 'That did not work.');
    return false;
  }
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

async function post(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (response.ok) return answer;
  throw new Refused(
    response.status,
    String(answer.error ?? `the world answered ${response.status}`),
  );
}
