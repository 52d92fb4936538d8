import { oneLine } from '../../../domain/sentence.ts';
import type { Chain, Channel, Person, TrailEvent, World } from './model.ts';

export const STEPS = [
  { id: 'fire', label: 'Fire an alert' },
  { id: 'draft', label: 'Draft an update' },
  { id: 'approve', label: 'Approve as someone else' },
  { id: 'live', label: 'See it live' },
  { id: 'resolve', label: 'Resolve' },
] as const;
export type StepId = (typeof STEPS)[number]['id'];

/** What the guide's button does. */
export type GuideAction =
  | { kind: 'command'; text: string; asId?: string }
  | { kind: 'act-as'; personId: string }
  | { kind: 'find-button'; actionId: string };

/** Where the story stands. `current` undefined: it is over. */
export type Story = {
  current: StepId | undefined;
  hint: string;
  action?: { label: string; does: GuideAction };
};

/** A status page draft as the trail tells it. */
export type DraftOnRecord = {
  draftId: string;
  status: 'pending' | 'approved' | 'publishing' | 'published' | 'ended' | 'unconfirmed';
  authors: string[];
  action: string;
};

/** The chain of the incident whose room is shown, else of the newest incident. */
export function focusChain(world: World, channel: Channel | undefined): Chain | undefined {
  const chains = Object.values(world.chains).filter(({ id }) => id.startsWith('inc-'));
  const ofRoom = chains.find((chain) => channel && roomIdOf(chain) === channel.id);
  if (ofRoom) return ofRoom;
  return chains.sort((a, b) => openedAt(b).localeCompare(openedAt(a)))[0];
}

export function roomIdOf(chain: Chain): string | undefined {
  const created = chain.events.find(({ type }) => type === 'WAR_ROOM_CREATED');
  return created && String(created.details.channelId);
}

/** A war room in which nobody has done anything yet: its card, on top, is what matters. */
export function isUntouched(world: World, channel: Channel): boolean {
  const chain = Object.values(world.chains).find((each) => roomIdOf(each) === channel.id);
  return chain ? chain.events.every(({ actor }) => actor.kind !== 'slack_user') : channel.private;
}

/** The title an incident was opened with. */
export function titleOf(chain: Chain): string {
  const opened = chain.events.find(({ details }) => typeof details?.title === 'string');
  return opened ? oneLine(String(opened.details.title)) : chain.id;
}

function openedAt(chain: Chain): string {
  return chain.events[0]?.at ?? '';
}

const DRAFT_STATUS: Record<string, DraftOnRecord['status']> = {
  STATUSPAGE_DRAFT_CREATED: 'pending',
  STATUSPAGE_DRAFT_REVISED: 'pending',
  STATUSPAGE_DRAFT_APPROVED: 'approved',
  STATUSPAGE_PUBLISH_STARTED: 'publishing',
  STATUSPAGE_PUBLISH_NOT_EXECUTED: 'approved',
  STATUSPAGE_PUBLISH_UNCONFIRMED: 'unconfirmed',
  STATUSPAGE_PUBLISHED: 'published',
  STATUSPAGE_PUBLISH_FAILED: 'ended',
  STATUSPAGE_APPROVAL_REJECTED: 'ended',
  STATUSPAGE_DRAFT_WITHDRAWN: 'ended',
  STATUSPAGE_APPROVAL_EXPIRED: 'ended',
};

/** Every draft of a chain, oldest first. */
export function draftsOf(events: readonly TrailEvent[]): DraftOnRecord[] {
  const drafts = new Map<string, DraftOnRecord>();
  for (const { type, details } of events) {
    const draftId = String(details.draftId ?? '');
    const refused = type === 'STATUSPAGE_PUBLISH_REFUSED';
    const status = refused
      ? details.kind === 'integrity'
        ? 'ended'
        : 'pending'
      : DRAFT_STATUS[type];
    if (!status) continue;
    const known = drafts.get(draftId) ?? { draftId, status, authors: [], action: 'create' };
    const authors = Array.isArray(details.authors) ? details.authors.map(String) : known.authors;
    const action = typeof details.action === 'string' ? details.action : known.action;
    drafts.set(draftId, { draftId, status, authors, action });
  }
  return [...drafts.values()];
}

/** Reads the next sensible step from what really happened. */
export function storyOf(of: {
  world: World;
  channel: Channel | undefined;
  acting: Person | undefined;
}): Story {
  const { world, channel, acting } = of;
  const chain = focusChain(world, channel);
  if (!chain || chain.events.length === 0) {
    return {
      current: 'fire',
      hint: 'All is quiet in production. Press the red button and watch what happens.',
    };
  }
  const room = world.channels[roomIdOf(chain) ?? ''];
  const has = (type: string) => chain.events.some((event) => event.type === type);
  if (!room || !has('RESPONDER_INVITED')) {
    return { current: 'fire', hint: 'The alert is in. The war room is being set up…' };
  }
  const drafts = draftsOf(chain.events);
  const isCancelled = isOverBy(chain.events) === 'INCIDENT_CANCELLED';
  const open = drafts.findLast(({ status }) => status !== 'ended' && status !== 'published');
  const published = drafts.filter(({ status }) => status === 'published');
  const isResolved = isOverBy(chain.events) !== undefined;
  const step: StepId = isResolved ? 'resolve' : 'approve';
  const isP1 = wasEverP1(chain.events);
  if (open) return storyOfDraft({ open, step, world, room, acting, isP1 });
  if (published.length === 0 && !isResolved) return draftStep(world, room, acting);
  if (!isResolved) return resolveStep(room, acting);
  if (published.at(-1) && published.at(-1)?.action !== 'resolve') {
    return over(chain, 'The incident is over here, and the page still shows it as open.');
  }
  return over(
    chain,
    isCancelled ? 'The incident was cancelled.' : 'The incident is over, inside and outside.',
  );
}

function draftStep(world: World, room: Channel, acting: Person | undefined): Story {
  const does = inRoom('draft', room, acting);
  const other = world.people.find(({ id }) => id === does.asId);
  return {
    current: 'draft',
    hint: 'Customers know nothing yet. Put what they should read into words.',
    action: { label: other ? `Draft as ${other.realName}` : 'Draft an update', does },
  };
}

function resolveStep(room: Channel, acting: Person | undefined): Story {
  return {
    current: 'resolve',
    hint: 'It is live: customers can read it on the status page. Once it is fixed, resolve.',
    action: { label: 'Resolve the incident', does: inRoom('resolve', room, acting) },
  };
}

/** A command needs a member of the room; the first one steps in if need be. */
function inRoom(text: string, room: Channel, acting: Person | undefined) {
  const kind = 'command' as const;
  if (acting && room.members.includes(acting.id)) return { kind, text };
  const asId = room.members.find((id) => !id.endsWith('BOT'));
  return { kind, text, ...(asId ? { asId } : {}) };
}

function storyOfDraft(of: {
  open: DraftOnRecord;
  step: StepId;
  world: World;
  room: Channel;
  acting: Person | undefined;
  /** Then nobody approves their own words. */
  isP1: boolean;
}): Story {
  const { open, step, world, room, acting, isP1 } = of;
  if (open.status === 'unconfirmed') {
    return {
      current: 'live',
      hint: 'Nobody knows whether the page took it. Look at the page, then say so in the room.',
      action: { label: 'Show the question', does: find('statuspage_adopt') },
    };
  }
  if (open.status !== 'pending') {
    return { current: step === 'resolve' ? step : 'live', hint: 'Approved. Publishing…' };
  }
  const what = open.action === 'resolve' ? 'the public “resolved”' : 'the words';
  const mayApprove = (each: Person) =>
    each.kind === 'full' &&
    each.roles.includes('status-approver') &&
    !(isP1 && open.authors.includes(each.id));
  if (acting && mayApprove(acting) && room.members.includes(acting.id)) {
    return {
      current: step,
      hint: `You are ${acting.realName} now. Read ${what} as a customer would, then approve.`,
      action: { label: 'Go to the card', does: find('statuspage_approve') },
    };
  }
  const candidates = world.people.filter(mayApprove);
  const other = candidates.find(({ id }) => room.members.includes(id)) ?? candidates[0];
  const author = world.people.find(({ id }) => id === open.authors[0])?.realName ?? 'The author';
  return {
    current: step,
    hint: isP1
      ? `${author} wrote ${what}. Nothing goes out until somebody else approves.`
      : `${author} wrote ${what}. Nothing goes out until an approver agrees.`,
    ...(other
      ? {
          action: {
            label: `Act as ${other.realName}`,
            does: { kind: 'act-as' as const, personId: other.id },
          },
        }
      : {}),
  };
}

/** What counts is the worst severity the incident ever had. */
function wasEverP1(events: readonly TrailEvent[]): boolean {
  return events.some(({ details }) => details.severity === 'P1' || details.to === 'P1');
}

function find(actionId: string): GuideAction {
  return { kind: 'find-button', actionId };
}

/** What ended it, unless it was reopened since. */
function isOverBy(events: readonly TrailEvent[]): string | undefined {
  const ends = ['INCIDENT_RESOLVED', 'INCIDENT_CANCELLED', 'INCIDENT_REOPENED'];
  const last = events.findLast(({ type }) => ends.includes(type))?.type;
  return last === 'INCIDENT_REOPENED' ? undefined : last;
}

function over(chain: Chain, hint: string): Story {
  const proof = chain.verdict.ok
    ? `${chain.verdict.eventCount} events on record, every one verified.`
    : 'But its record was tampered with: see the audit trail.';
  return { current: undefined, hint: `${hint} ${proof}` };
}

/** Steps that are behind us. */
export function isDone(step: StepId, current: StepId | undefined): boolean {
  if (current === undefined) return true;
  const order = STEPS.map(({ id }) => id);
  return order.indexOf(step) < order.indexOf(current);
}
