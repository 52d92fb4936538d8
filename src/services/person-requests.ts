import { addressedTo, type Command, parseCommand } from '../domain/command.ts';
import { isIncidentId } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { type Sentence, say, words } from '../domain/sentence.ts';
import type { NamedServices } from '../domain/service-names.ts';
import { parseSeverity } from '../domain/severity.ts';
import { isOver } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import { reviewRule } from './break-glass.ts';
import { draftReference, parseButtonValue } from './button-value.ts';
import { saidOf } from './decision-refusals.ts';
import type { Declarations } from './declarations.ts';
import type { DecisionVerb, DraftDecisions } from './draft-decisions.ts';
import type { DraftRequests } from './draft-requests.ts';
import { DrivenFromAnnouncements } from './driven-from-announcements.ts';
import type { PersonRequest } from './forms.ts';
import type { Asked, IncidentCommands } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { JoinRequests } from './join-requests.ts';
import { KnownForMinutes } from './known-for-minutes.ts';
import type { Obligations } from './obligations.ts';
import type { PagePeople } from './page-people.ts';
import { type People, readAfter, strangerRule } from './people.ts';
import type { ChatWorkspace, Clock, IncidentRows, Log, Person } from './ports.ts';
import type { Responders } from './responders.ts';
import { roomAccess, unseenWords } from './room-access.ts';
import {
  actorOf,
  confirmation,
  DONE_ELSEWHERE,
  howToType,
  noIncident,
  outOfDate,
  RoomCommands,
  refusedTo,
  said,
} from './room-commands.ts';
import { BUTTON_ACTIONS, type DraftReference, type RoomMessage } from './room-messages.ts';
import { wantedForm } from './wanted-form.ts';

/** What the asker is told, and which incident's effects are to be done now. */
export type RequestOutcome = { answer: RoomMessage | null; incidentId: string | null };

export type PersonRequestsDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  chat: ChatWorkspace;
  people: People;
  commands: IncidentCommands;
  declarations: Declarations;
  joining: JoinRequests;
  drafts: DraftRequests;
  decisions: DraftDecisions;
  responders: Responders;
  pages: PagePeople;
  obligations: Pick<Obligations, 'tend'>;
  routing: NamedServices;
  clock: Clock;
  log: Log;
  rootCommand: string;
  announcementChannelId: string;
};

/** Commands any full member of the workspace may give, anywhere. */
const ANYWHERE: readonly Command['kind'][] = [
  'menu',
  'help',
  'declare',
  'status',
  'list',
  'unknown',
  'incomplete',
];
/** What is said on trust while Slack does not tell who anybody is; it can all be taken back. */
const SAID_ON_TRUST: readonly string[] = [
  'note',
  'update',
  'mitigate',
  'resolve',
  'reopen',
  'cancel',
  'status',
  'list',
  'help',
  'menu',
];
const DECISIONS: Readonly<Record<string, DecisionVerb>> = {
  statuspage_approve: 'approve',
  statuspage_withdraw: 'withdraw',
  statuspage_adopt: 'adopt',
  statuspage_declare_absent: 'declare_absent',
};
const LISTED_MAX = 20;
/** Read for that, as some are over and listed for the page's sake. */
const LISTED_READ_MAX = 50;

/** The reason of a rejection whose form could not be opened. */
const NO_FORM = 'no reason given: the form for it could not be opened';

/**
 * What a person asked for by command, click or form. Every request ends in an answer to the asker or
 * a visible change in the room; a refusal names its rule and is on the trail.
 */
export class PersonRequests {
  readonly #deps: PersonRequestsDeps;
  readonly #inRoom: RoomCommands;
  readonly #driven: DrivenFromAnnouncements;
  readonly #inside: KnownForMinutes<ReadonlySet<string>>;

  constructor(deps: PersonRequestsDeps) {
    this.#deps = deps;
    this.#inRoom = new RoomCommands(deps);
    this.#driven = new DrivenFromAnnouncements(deps);
    this.#inside = new KnownForMinutes(deps.clock);
  }

  /** @param formFailed - the form for the reason of a rejection could not be opened */
  async act(
    request: PersonRequest,
    viewId: string | undefined,
    formFailed = false,
  ): Promise<RequestOutcome> {
    switch (request.kind) {
      case 'command':
        return this.#command(request, request.text, viewId);
      case 'click':
        return this.#click(request, formFailed);
      case 'submit':
        return this.#submit(request);
    }
  }

  async #command(
    request: PersonRequest,
    typed: string,
    viewId: string | undefined,
  ): Promise<RequestOutcome> {
    const { rows } = this.#deps;
    const here = request.channelId ? await rows.incidentOfChannel(request.channelId) : undefined;
    const named = here ? { text: typed, incidentId: null } : addressedTo(typed);
    const command = parseCommand(named.text);
    const stranger = strangerRule(await this.#identified(request, command.kind));
    if (stranger) {
      const of = { incidentId: here ?? null, command: command.kind, rule: stranger };
      return this.#deny(request, of);
    }
    if (named.incidentId !== null && !isIncidentId(named.incidentId)) {
      return { answer: noIncident(named.incidentId), incidentId: null };
    }
    if (ANYWHERE.includes(command.kind)) {
      return this.#anywhere(request, command, here ?? named.incidentId);
    }
    if (here) {
      const { kind } = command;
      const run = async () => ({
        answer: await this.#inRoom.run(request, { command, incidentId: here, viewId }),
        incidentId: here,
      });
      return this.#inRoomOnly(request, { incidentId: here, command: kind, what: kind }, run);
    }
    const driven = await this.#driven.find(request.channelId, {
      command,
      named: named.incidentId,
    });
    if (driven.kind === 'nothing') return this.#wrongChannel();
    if (driven.kind === 'told') return { answer: driven.answer, incidentId: null };
    const { incidentId } = driven;
    const refused = await this.#inRoom.run(request, { command, incidentId, viewId });
    return { answer: refused ?? DONE_ELSEWHERE, incidentId };
  }

  /** What only changes our own record may be said while Slack does not tell who anybody is. */
  #identified(request: PersonRequest, what: string): Promise<Person> {
    const { people } = this.#deps;
    return SAID_ON_TRUST.includes(what)
      ? people.identifyOrTrust(request)
      : people.identify(request);
  }

  async #anywhere(
    request: PersonRequest,
    command: Command,
    incidentId: string | null,
  ): Promise<RequestOutcome> {
    const { record, clock, rootCommand, declarations } = this.#deps;
    const incident = incidentId ? ((await record.load(incidentId))?.state ?? null) : null;
    const told = (answer: RoomMessage): RequestOutcome => ({ answer, incidentId: null });
    switch (command.kind) {
      case 'help':
        return told({
          kind: 'help',
          command: rootCommand,
          ...(command.verb && { verb: command.verb }),
        });
      case 'unknown':
        return told({
          kind: 'help',
          command: rootCommand,
          unknown: { typed: command.typed, closest: command.closest },
        });
      case 'incomplete':
        return told(howToType(rootCommand, command.usage));
      case 'list':
        return told({ kind: 'incident_list', incidents: await this.#listed() });
      case 'status':
        if (!incident) {
          const note = say`This channel is no war room, so there is no incident to show here.`;
          return told({ kind: 'incident_list', incidents: await this.#listed(), note });
        }
        return told({ kind: 'status', incident, nowMs: clock.nowMs() });
      case 'declare': {
        // Without a title the form asks for one; its submit is the request that declares.
        if (command.title === '') return { answer: null, incidentId: null };
        return declarations.declare(request, {
          title: command.title,
          service: null,
          severity: null,
        });
      }
      default:
        return told({ kind: 'menu', command: rootCommand, incident });
    }
  }

  async #click(
    request: PersonRequest & { kind: 'click' },
    formFailed: boolean,
  ): Promise<RequestOutcome> {
    const { decisions, declarations, joining } = this.#deps;
    const value = parseButtonValue(request.value);
    const incidentId = typeof value.incidentId === 'string' ? value.incidentId : null;
    if (request.actionId === 'menu_command') {
      return this.#command(request, request.value, undefined);
    }
    if (request.actionId === 'incident_declare_anyway') {
      const of = { incidentId: null, command: 'declare' };
      return this.#asMember(request, of, () => declarations.anyway(request, value));
    }
    if (!incidentId || !isIncidentId(incidentId)) return this.#nameless(request);
    const isRejection = formFailed && request.actionId === 'statuspage_reject';
    const verb = isRejection ? 'reject' : DECISIONS[request.actionId];
    if (verb) {
      const draft = draftReference(value, incidentId);
      const reason = isRejection ? NO_FORM : '';
      const refused = await decisions.decide(verb, { request, draft, reason });
      return { answer: refused ? await this.#refused(draft, saidOf(refused)) : null, incidentId };
    }
    const asked = { incidentId, commandId: request.requestSha256, actor: actorOf(request) };
    if (request.actionId === 'incident_join') {
      const join = async () => ({ answer: await joining.join(asked), incidentId });
      return this.#asMember(request, { incidentId, command: 'join' }, join);
    }
    return this.#asInsider(request, incidentId, () => this.#press(request, asked, value));
  }

  async #press(
    request: PersonRequest & { kind: 'click' },
    asked: Asked,
    value: ReturnType<typeof parseButtonValue>,
  ): Promise<RequestOutcome> {
    const { commands, joining } = this.#deps;
    const { incidentId } = asked;
    switch (request.actionId) {
      case 'incident_take_ic': {
        const roles = () => this.#deps.people.rolesOf(request.userId, readAfter(request));
        const refused = await commands.takeIc(asked, { to: request.userId, roles });
        return { answer: said(refused), incidentId };
      }
      case 'incident_invite': {
        if (typeof value.userId !== 'string') return { answer: outOfDate(), incidentId };
        return { answer: await joining.admit(asked, value.userId), incidentId };
      }
      case 'checklist_toggle': {
        const done = typeof value.done === 'boolean' ? value.done : undefined;
        const rule = reviewRule(this.#deps.people, request);
        const index = Number(value.index);
        const refused = await commands.tick(asked, index, { done, reviewRule: rule });
        return { answer: said(refused), incidentId };
      }
      case 'reminder_silence': {
        const refused = await commands.silence(asked, SILENCE_CLICK_MS);
        const answer = said(refused) ?? confirmation('The update reminder is silenced for 30 min.');
        return { answer, incidentId };
      }
      default:
        // The other buttons open forms, which slack-ingress has done by now.
        return { answer: null, incidentId: null };
    }
  }

  /** Anybody of the workspace may declare, and ask to join. */
  async #asMember(
    request: PersonRequest,
    of: { incidentId: string | null; command: string },
    act: () => Promise<RequestOutcome>,
  ): Promise<RequestOutcome> {
    const rule = strangerRule(await this.#deps.people.identify(request));
    return rule ? this.#deny(request, { ...of, rule }) : act();
  }

  /** A button of ours that names no incident was made up; anything else is a field of a form. */
  async #nameless(request: PersonRequest & { kind: 'click' }): Promise<RequestOutcome> {
    const { actionId } = request;
    const isOurs = BUTTON_ACTIONS.some((action) => action === actionId);
    if (!isOurs) return { answer: null, incidentId: null };
    const rule = 'a button must name its incident';
    return this.#deny(request, { incidentId: null, command: actionId, rule });
  }

  async #submit(request: PersonRequest & { kind: 'submit' }): Promise<RequestOutcome> {
    const { decisions, declarations } = this.#deps;
    if (request.form === 'declare') {
      const severity = parseSeverity(request.severity ?? '') ?? null;
      const declare = () => declarations.declare(request, { ...request, severity });
      return this.#asMember(request, { incidentId: null, command: 'declare' }, declare);
    }
    const { incidentId } = request;
    if (!isIncidentId(incidentId)) return { answer: null, incidentId: null };
    if (request.form === 'reject' || request.form === 'break_glass') {
      const { form, reason } = request;
      const draft = { incidentId, ...request.draft };
      const refused = await decisions.decide(form, { request, draft, reason });
      return { answer: refused ? await this.#refused(draft, saidOf(refused)) : null, incidentId };
    }
    const asked = { incidentId, commandId: request.requestSha256, actor: actorOf(request) };
    return this.#asInsider(request, incidentId, async () => ({
      answer: await this.#inRoom.submitted(request, asked),
      incidentId,
    }));
  }

  async #asInsider(
    request: PersonRequest,
    incidentId: string,
    act: () => Promise<RequestOutcome>,
  ): Promise<RequestOutcome> {
    const what = request.kind === 'submit' ? request.form : '';
    const stranger = strangerRule(await this.#identified(request, what));
    const command = request.kind === 'click' ? request.actionId : request.kind;
    if (stranger) return this.#deny(request, { incidentId, command, rule: stranger });
    return this.#inRoomOnly(request, { incidentId, command, what }, act);
  }

  /** @param of.what - what only changes our own record may rest on who was there minutes ago */
  async #inRoomOnly(
    request: PersonRequest,
    of: { incidentId: string; command: string; what: string },
    act: () => Promise<RequestOutcome>,
  ): Promise<RequestOutcome> {
    const { incidentId, command, what } = of;
    const known = SAID_ON_TRUST.includes(what) ? this.#inside : undefined;
    const deps = { ...this.#deps, driven: this.#driven, known };
    const { rule, unseen } = await roomAccess(deps, incidentId, request);
    if (rule) return this.#deny(request, { incidentId, command, rule });
    const outcome = await act();
    // What the room would show it does not show now; a form that is open says enough.
    const isSilent = outcome.answer === null && unseen !== undefined && !wantedForm(request);
    return isSilent ? { ...outcome, answer: unseenWords(unseen) } : outcome;
  }

  async #deny(
    request: PersonRequest,
    of: { incidentId: string | null; command: string; rule: string },
  ): Promise<RequestOutcome> {
    await this.#deps.commands.denied(refusedTo(request, of.incidentId), {
      command: cutText(of.command, 300),
      rule: of.rule,
      reason: 'NOT_PERMITTED',
    });
    return {
      answer: { kind: 'refusal', text: say`You cannot do that here.`, rule: [words(of.rule)] },
      incidentId: of.incidentId,
    };
  }

  /** Those that go on come first. */
  async #listed(): Promise<IncidentState[]> {
    const listed = await this.#deps.rows.listOpen(LISTED_READ_MAX);
    const goesOn = listed.filter((incident) => !isOver(incident));
    return [...goesOn, ...listed.filter(isOver)].slice(0, LISTED_MAX);
  }

  async #wrongChannel(): Promise<RequestOutcome> {
    const incidents = await this.#listed();
    const note = say`That command works inside a war room.`;
    return { answer: { kind: 'incident_list', incidents, note }, incidentId: null };
  }

  /** A refusal that leads to the card on which the decision can be taken. */
  async #refused(draft: DraftReference, rule: Sentence): Promise<RoomMessage> {
    const text = say`That was not done.`;
    const link = await this.#deps.drafts.currentCard(draft).catch(() => undefined);
    return { kind: 'refusal', text, rule, ...(link ? { link } : {}) };
  }
}

/** What the "Silence" button of a reminder means. */
const SILENCE_CLICK_MS = 1_800_000;
