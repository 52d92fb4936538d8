import type { Command } from '../domain/command.ts';
import { codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { channel, joined, type Sentence, say, words } from '../domain/sentence.ts';
import { isDrivenOutside } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { ChatWorkspace, IncidentRows } from './ports.ts';
import { noIncident, refusal } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';

/** Commands whose outcome only a room can hold. */
const NEED_ROOM: readonly Command['kind'][] = ['draft', 'invite', 'postmortem'];
/** Commands for which a form opens in a room if nothing follows the verb. */
const NEED_TEXT: Readonly<Partial<Record<Command['kind'], string>>> = {
  note: 'text',
  update: 'text',
  resolve: 'summary',
  'leave-page': 'reason',
};
/** Open incidents looked through. */
const READ_MAX = 50;
const NAMED_MAX = 10;

export type DrivenDeps = {
  record: Pick<IncidentRecord, 'load'>;
  rows: Pick<IncidentRows, 'listOpen'>;
  chat: Pick<ChatWorkspace, 'roomMembers'>;
  announcementChannelId: string;
  rootCommand: string;
};

/** Which incident a command outside a room is for, or what the asker is told instead. */
export type DrivenHere =
  | { kind: 'incident'; incidentId: string }
  | { kind: 'told'; answer: RoomMessage }
  /** There is nothing to be driven from here. */
  | { kind: 'nothing' };

/**
 * Commands in the announcement channel: an incident whose room people cannot use is driven from there,
 * by its id, or without one if it is the only one.
 */
export class DrivenFromAnnouncements {
  readonly #deps: DrivenDeps;

  constructor(deps: DrivenDeps) {
    this.#deps = deps;
  }

  /** Whether somebody in this channel may drive this incident. */
  allows(channelId: string | null, incident: IncidentState): boolean {
    return channelId === this.#deps.announcementChannelId && isDrivenOutside(incident);
  }

  async find(
    channelId: string | null,
    of: { command: Command; named: string | null },
  ): Promise<DrivenHere> {
    const { record, rows, announcementChannelId, rootCommand } = this.#deps;
    if (channelId !== announcementChannelId) return { kind: 'nothing' };
    const { command, named } = of;
    const incidents =
      named === null
        ? (await rows.listOpen(READ_MAX)).filter((each) => isDrivenOutside(each))
        : [(await record.load(named))?.state];
    const [incident] = incidents;
    if (!incident)
      return named === null ? { kind: 'nothing' } : { kind: 'told', answer: noIncident(named) };
    if (incidents.length > 1) {
      const shown = incidents.slice(0, NAMED_MAX) as IncidentState[];
      const names = shown.map(
        ({ incidentId, title }) => say`${words(incidentId)} “${words(title)}”`,
      );
      return told(
        say`Several incidents have no room that people can use. Say which one behind the verb: ${joined(names, '; ')}.`,
      );
    }
    if (!isDrivenOutside(incident) && !(await this.#isClosed(incident))) {
      const room = channel(incident.room?.channelId ?? '');
      return told(say`That incident has a war room, ${room}: say it there.`);
    }
    if (NEED_ROOM.includes(command.kind)) {
      return told('That needs a war room, and this incident has none that people can use yet.');
    }
    const wanted = NEED_TEXT[command.kind];
    const said = Object.entries(command).some(([name, value]) => name !== 'kind' && value !== '');
    if (wanted !== undefined && !said) {
      const { incidentId } = incident;
      return told(`Type it like this: ${rootCommand} ${command.kind} ${incidentId} <${wanted}>`);
    }
    return { kind: 'incident', incidentId: incident.incidentId };
  }

  /** The app was taken out of the room, or the room is archived, so that nobody can type there. */
  async #isClosed({ room }: IncidentState): Promise<boolean> {
    try {
      await this.#deps.chat.roomMembers(room?.channelId ?? '');
      return false;
    } catch (error) {
      return codeOf(error) === 'CHAT_ROOM_CLOSED';
    }
  }
}

function told(text: Sentence | string): DrivenHere {
  return { kind: 'told', answer: refusal(text) };
}
