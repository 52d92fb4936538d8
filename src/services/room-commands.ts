import type { Actor } from '../domain/audit-event.ts';
import type { Command } from '../domain/command.ts';
import { ChatError } from '../domain/errors.ts';
import {
  capitalised,
  joined,
  type Part,
  person,
  type Sentence,
  say,
  words,
} from '../domain/sentence.ts';
import { type NamedServices, serviceGuess, serviceNamed } from '../domain/service-names.ts';
import { cutText } from '../domain/well-formed.ts';
import { type ReviewRule, reviewRule } from './break-glass.ts';
import type { DraftRequests } from './draft-requests.ts';
import type { PersonRequest } from './forms.ts';
import type { Asked, CommandRefusal, IncidentCommands } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import { nameOf } from './not-called-line.ts';
import type { Obligations } from './obligations.ts';
import type { PagePeople } from './page-people.ts';
import { type People, readAfter, strangerRule } from './people.ts';
import type { InvitedByName, Responders } from './responders.ts';
import type { RoomMessage } from './room-messages.ts';

export type RoomCommandsDeps = {
  record: IncidentRecord;
  people: People;
  commands: IncidentCommands;
  drafts: DraftRequests;
  responders: Responders;
  pages: PagePeople;
  obligations: Pick<Obligations, 'tend'>;
  routing: NamedServices;
};

/** The commands of a war room, given by somebody who may give them there. */
export class RoomCommands {
  readonly #deps: RoomCommandsDeps;

  constructor(deps: RoomCommandsDeps) {
    this.#deps = deps;
  }

  /** @returns what only the asker is told; null when the room shows it, or a form is open */
  async run(
    request: PersonRequest,
    of: { command: Command; incidentId: string; viewId: string | undefined },
  ): Promise<RoomMessage | null> {
    const { commands, responders, pages, drafts, people } = this.#deps;
    const { command, incidentId } = of;
    const asked = { incidentId, commandId: request.requestSha256, actor: actorOf(request) };
    switch (command.kind) {
      case 'ic':
        return this.#lead(request, asked, command.userId ?? request.userId);
      case 'invite':
        return invitedWords(await responders.invite(asked, { ...command, source: 'command' }));
      case 'page':
        return pages.page(asked, command.userIds);
      case 'note':
        return command.text === '' ? null : said(await commands.note(asked, command.text));
      case 'update':
        return command.text === '' ? null : said(await commands.update(asked, command.text));
      case 'service':
        return this.#service(asked, command.name);
      case 'title':
        return said(await commands.title(asked, command.title));
      case 'severity':
        return said(await commands.severity(asked, command.severity, command.reason));
      case 'mitigate':
        return said(await commands.mitigate(asked, command.text));
      case 'resolve':
        return command.summary === '' ? null : said(await commands.resolve(asked, command.summary));
      case 'reopen':
        return said(await commands.reopen(asked, command.reason));
      case 'cancel':
        return said(await commands.cancel(asked, command.reason));
      case 'postmortem':
        return (
          said(await commands.postmortem(asked)) ??
          confirmation('The postmortem is written from the record and comes as a file here.')
        );
      case 'leave-page':
        return command.reason === '' ? null : this.leavePage(request, asked, command.reason);
      case 'silence':
        return (
          said(await commands.silence(asked, command.forMs)) ??
          confirmation('The update reminder is silenced.')
        );
      case 'checklist':
        return this.#checklist(asked, command.item, reviewRule(people, request));
      case 'draft':
        return drafts.byCommand(request, { ...of, command });
      default:
        return null;
    }
  }

  async #service(asked: Asked, typed: string): Promise<RoomMessage | null> {
    const { routing, commands } = this.#deps;
    const name = serviceNamed(routing.services, typed)?.name ?? serviceGuess(routing, typed);
    if (name !== undefined) return said(await commands.service(asked, name));
    const known = listed(
      routing.services.map((service) => words(service.name)),
      ', ',
    );
    return refusal(
      say`No one service is called “${words(cutText(typed, NAME_SHOWN_MAX))}”. There are: ${known}.`,
    );
  }

  /** Nobody leads from outside: who is made incident commander is invited first, or refused. */
  async #lead(request: PersonRequest, asked: Asked, to: string): Promise<RoomMessage | null> {
    const { commands, people } = this.#deps;
    const stranger = strangerRule(await people.identify({ ...request, userId: to }));
    if (stranger) return refusal(`That person cannot lead: ${stranger}.`);
    const change = { to, roles: () => people.rolesOf(request.userId, readAfter(request)) };
    const isOther = to !== request.userId;
    if (isOther && (await commands.mayMoveIc(asked, change))) {
      const reason = await this.#bringIn(asked, to);
      if (reason) {
        return refusal(
          say`${person(to)} cannot lead, as they cannot be invited here: ${words(reason)}.`,
        );
      }
    }
    return said(await commands.takeIc(asked, change));
  }

  /** A workspace that does not answer keeps nobody from the role: the effect of that invites again. */
  async #bringIn(asked: Asked, userId: string): Promise<string | undefined> {
    try {
      return await this.#deps.responders.bringIn(asked, { userId, source: 'command' });
    } catch (error) {
      if (!(error instanceof ChatError) || !error.retryable) throw error;
      return undefined;
    }
  }

  /** A form of the room that somebody sent in; decisions on drafts are none. @returns as `run` */
  async submitted(
    request: PersonRequest & { kind: 'submit' },
    asked: Asked,
  ): Promise<RoomMessage | null> {
    const { commands, drafts } = this.#deps;
    switch (request.form) {
      case 'draft':
        return drafts.bySubmit(request);
      case 'update':
        return said(await commands.update(asked, request.text));
      case 'note':
        return said(await commands.note(asked, request.text));
      case 'leave_page':
        return this.leavePage(request, asked, request.reason);
      case 'resolve':
        return said(await commands.resolve(asked, request.summary, request.openDraft));
      default:
        return null;
    }
  }

  /** What is due is put on record first, in case the page came to contradict us just now. */
  async leavePage(
    request: PersonRequest,
    asked: Asked,
    reason: string,
  ): Promise<RoomMessage | null> {
    const { commands, obligations, people } = this.#deps;
    await obligations.tend(asked.incidentId);
    const roles = () => people.rolesOf(request.userId, readAfter(request));
    return said(await commands.leavePage(asked, { reason, roles }));
  }

  async #checklist(
    asked: { incidentId: string; commandId: string; actor: Actor },
    item: number | null,
    rule: ReviewRule,
  ): Promise<RoomMessage | null> {
    const { commands } = this.#deps;
    if (item !== null) return said(await commands.tick(asked, item - 1, { reviewRule: rule }));
    const incident = (await this.#deps.record.load(asked.incidentId))?.state;
    if (!incident) return null;
    return { kind: 'checklist', incidentId: asked.incidentId, items: incident.checklist };
  }
}

const NAME_SHOWN_MAX = 80;
/** People or services named in an answer. */
const NAMED_MAX = 15;

/** Who was invited, and who was not and why, for whoever asked for it. */
export function invitedWords(outcome: InvitedByName | undefined): RoomMessage {
  if (!outcome) return refusal('The war room is still being opened; try again in a few seconds.');
  const { invited, notInvited } = outcome;
  const came = invited.length > 0 ? say`Invited: ${listed(invited.map(person), ', ')}.` : [];
  if (notInvited.length === 0) return confirmation(came);
  const others = notInvited.map(({ who, reason }) => say`${nameOf(who)}: ${words(reason)}`);
  const not = say`Could not invite ${listed(others, '; ')}.`;
  return refusal(came.length > 0 ? say`${came} ${not}` : not);
}

function listed(each: readonly (Part | Sentence)[], between: ', ' | '; '): Sentence {
  const more = each.length - NAMED_MAX;
  const named = joined(each.slice(0, NAMED_MAX), between);
  return more > 0 ? say`${named}${between}and ${more} more` : named;
}

/** The person as the trail names them. */
export function actorOf(request: PersonRequest): Actor {
  return { kind: 'slack_user', id: request.userId };
}

/** A request as the trail names it that is refused; null: it is of no incident. */
export function refusedTo(request: PersonRequest, incidentId: string | null) {
  const askedAtMs = request.signedAtS * 1000;
  return { incidentId, commandId: request.requestSha256, actor: actorOf(request), askedAtMs };
}

/** A refusal of a command for the person, or null when nothing has to be said. */
export function said(refused: CommandRefusal | undefined): RoomMessage | null {
  return refused ? refusal(capitalised([words(refused.rule)])) : null;
}

/** Says no, to the asker only. */
export function refusal(text: Sentence | string): RoomMessage {
  return { kind: 'refusal', text: typeof text === 'string' ? [words(text)] : text };
}

/** Of a button that cannot be read. */
export function outOfDate(): RoomMessage {
  return refusal('This button is out of date. Please type the command instead.');
}

/** Says what was done, where the room does not show it. */
export function confirmation(text: Sentence | string): RoomMessage {
  return { kind: 'line', text: typeof text === 'string' ? [words(text)] : text };
}

/** How a verb is typed that lacks something. A name that was typed out names nobody. */
export function howToType(rootCommand: string, usage: string): RoomMessage {
  const people = usage.includes('@')
    ? ' Choose people and groups from the list that Slack shows as you type “@”.'
    : '';
  return refusal(`Type it like this: ${rootCommand} ${usage}.${people}`);
}

/** To who led an incident without a room from the announcement channel. */
export const DONE_ELSEWHERE = confirmation(
  'Done, and on record. The message about the incident in this channel shows its state, title, severity and ' +
    'incident commander; whatever else was said is shown in its room once it has one.',
);

/** To who named an incident that there is not. */
export function noIncident(named: string): RoomMessage {
  return refusal(say`There is no incident ${words(named)}.`);
}
