import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import type { Routing } from '../domain/routing.ts';
import { cutText } from '../domain/well-formed.ts';
import type { IncidentRecord, LoadedIncident } from './incident-record.ts';
import type { AuditTrail, ChatWorkspace, Clock, Log } from './ports.ts';
import { type Responders, WORKER } from './responders.ts';
import type { RoomPosts } from './room-posts.ts';
import { settleAll } from './settle-all.ts';

/** Longest channel name Slack takes. */
const ROOM_NAME_MAX = 80;
/** How many early events may carry a roster when the room is assembled. */
const EARLY_EVENTS = 50;

export type AssembleWarRoomDeps = {
  record: IncidentRecord;
  trail: AuditTrail;
  chat: ChatWorkspace;
  posts: RoomPosts;
  responders: Responders;
  routing: Routing;
  clock: Clock;
  log: Log;
  announcementChannelId: string;
  publicUrl: string;
  updateDueS: number;
};

/**
 * Opens an incident's war room: channel → card → responders → topic, checklist, announcement →
 * bookmarks. Usable after the card and the first invitation.
 *
 * Safe to repeat from any point: the channel is found by its name, cards by their metadata, people
 * are invited once, and each fact is one event.
 * @throws {ChatError} retryable: to be resumed
 */
export class AssembleWarRoom {
  readonly #deps: AssembleWarRoomDeps;

  constructor(deps: AssembleWarRoomDeps) {
    this.#deps = deps;
  }

  async assemble(opened: AuditEvent): Promise<void> {
    const incident = await this.#load(opened.incidentId);
    try {
      const channelId = incident.state.room?.channelId ?? (await this.#createRoom(opened));
      await this.#furnish(opened, channelId);
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      await this.#failed(opened, error);
    }
  }

  async #createRoom(opened: AuditEvent): Promise<string> {
    const { chat, record } = this.#deps;
    const { state } = await this.#load(opened.incidentId);
    const { channelId, name, adopted } = await chat.createRoom(roomName(state));
    await record.run({
      incidentId: opened.incidentId,
      commandId: `${opened.commandId}#room`,
      actor: WORKER,
      decide: () => ({
        append: 'WAR_ROOM_CREATED',
        details: { channelId, channelName: name, adopted },
      }),
    });
    return channelId;
  }

  async #furnish(opened: AuditEvent, channelId: string): Promise<void> {
    const { posts, responders, chat, record, updateDueS, clock } = this.#deps;
    const { incidentId } = opened;
    const cardTs = await posts.incidentCard((await this.#load(incidentId)).state);
    const reached = await responders.inviteFor({
      incidentId,
      channelId,
      commandIds: await this.#earlyCommands(incidentId),
      withService: true,
    });
    const { state } = await this.#load(incidentId);
    const extra = (name: string, step: Promise<unknown>) => this.#extra(opened, name, step);
    await settleAll([
      extra('topic', posts.topic(state)),
      extra('announcement', posts.announcement(state)),
      extra('checklist', this.#pinChecklist(opened, channelId)),
      extra('pin', chat.pin(channelId, cardTs)),
    ]);
    if (reached === 0) await extra('nobody_notice', this.#nobody(opened));
    if (state.severityIsDefault) {
      await extra('default_severity', this.#sayDefaultSeverity(opened, state));
    }
    await extra('bookmarks', chat.addBookmarks(channelId, this.#bookmarks(state)));
    await record.run({
      incidentId,
      commandId: `${opened.commandId}#assembled`,
      actor: WORKER,
      decide: () => ({
        append: 'WAR_ROOM_ASSEMBLED',
        details: {
          channelId,
          invited: reached,
          nextUpdateDueAt: new Date(clock.nowMs() + updateDueS * 1000).toISOString(),
        },
      }),
    });
  }

  /**
   * A step the room can do without: when the workspace refuses it for good, that is on record, and
   * the room is no less open.
   */
  async #extra(opened: AuditEvent, name: string, step: Promise<unknown>): Promise<void> {
    try {
      await step;
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      const effect = `assemble ${name}`;
      this.#deps.log.count('EffectAbandoned', { code: error.code });
      await this.#deps.record.run({
        incidentId: opened.incidentId,
        commandId: `abandoned#${opened.seq}#${effect}`,
        actor: WORKER,
        decide: () => ({
          append: 'EFFECT_ABANDONED',
          details: { effectOfSeq: opened.seq, effect, reason: cutText(error.message, 500) },
        }),
      });
    }
  }

  /** Deliveries that came before the room carry people too. */
  async #earlyCommands(incidentId: string): Promise<string[]> {
    const events = await this.#deps.trail.from(incidentId, 1, EARLY_EVENTS);
    return events.map((event) => event.commandId);
  }

  async #pinChecklist(opened: AuditEvent, channelId: string): Promise<void> {
    const { posts, chat, record, routing } = this.#deps;
    const { state } = await this.#load(opened.incidentId);
    const items = isPinned(state)
      ? state.checklist
      : [...routing.checklist.map((item) => ({ item, done: false, by: null })), ...state.checklist];
    if (items.length === 0) return;
    const ts = await posts.checklist({ ...state, checklist: items });
    await chat.pin(channelId, ts);
    await record.run({
      incidentId: opened.incidentId,
      commandId: `${opened.commandId}#checklist`,
      actor: WORKER,
      decide: (incident) =>
        incident && isPinned(incident)
          ? { decline: 'pinned already' }
          : {
              append: 'CHECKLIST_PINNED',
              details: { messageTs: ts, items: routing.checklist },
            },
    });
  }

  async #nobody(opened: AuditEvent): Promise<void> {
    const { posts, log, announcementChannelId } = this.#deps;
    const { state } = await this.#load(opened.incidentId);
    log.count('NobodyReachable');
    const room = state.room ? ` The war room is <#${state.room.channelId}>.` : '';
    await posts.once(opened, 'nobody_notice', announcementChannelId, {
      kind: 'line',
      text: `Nobody could be reached for “${state.title}” (${state.severity}). Please join.${room}`,
    });
  }

  async #sayDefaultSeverity(opened: AuditEvent, state: IncidentState): Promise<void> {
    await this.#deps.posts.once(opened, 'default_severity', state.room!.channelId, {
      kind: 'line',
      text:
        `The alert names no severity we know, so the default ${state.severity} was assumed. ` +
        'Change it with the severity command.',
    });
  }

  #bookmarks(state: IncidentState): { title: string; url: string }[] {
    const { publicUrl } = this.#deps;
    const alert = state.alertGroup?.link;
    return [
      ...(alert && /^https?:\/\//.test(alert) ? [{ title: 'Alert', url: alert }] : []),
      { title: 'Public status page', url: publicUrl },
    ];
  }

  async #failed(opened: AuditEvent, error: ChatError): Promise<void> {
    const { record, posts, announcementChannelId } = this.#deps;
    await record.run({
      incidentId: opened.incidentId,
      commandId: `${opened.commandId}#assembly_failed`,
      actor: WORKER,
      decide: () => ({
        append: 'ASSEMBLY_FAILED',
        details: { reason: cutText(error.message, 500) },
      }),
    });
    const { state } = await this.#load(opened.incidentId);
    await posts.once(opened, 'assembly_failed_notice', announcementChannelId, {
      kind: 'line',
      text: `The war room for “${state.title}” (${state.severity}) could not be opened.`,
    });
  }

  async #load(incidentId: string): Promise<LoadedIncident> {
    const loaded = await this.#deps.record.load(incidentId);
    if (!loaded) throw new RangeError(`cannot assemble ${incidentId}: it has no trail`);
    return loaded;
  }
}

/** `inc-<yyyymmdd>-<slug>-<short id>`: the same for the same incident, so a repeat finds it. */
export function roomName(state: Pick<IncidentState, 'incidentId' | 'openedAt' | 'title'>): string {
  const day = state.openedAt.slice(0, 10).replaceAll('-', '');
  const short = state.incidentId.slice(-6);
  const slug = state.title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const room = ROOM_NAME_MAX - `inc-${day}--${short}`.length;
  const cut = slug.slice(0, Math.min(room, 40)).replace(/-+$/, '');
  return ['inc', day, ...(cut ? [cut] : []), short].join('-');
}

/** A review that a broken glass asks for may be there before the checklist itself. */
function isPinned({ checklist }: IncidentState): boolean {
  return checklist.some((entry) => !entry.review);
}
