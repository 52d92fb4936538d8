import { incidentIdOfDeclaration } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import {
  DECLARED_BY_ONE_MAX,
  DECLARED_BY_ONE_WITHIN_MS,
  OPEN_INCIDENTS_READ_MAX,
} from '../domain/limits.ts';
import { channel, joined, person, type Sentence, say, words } from '../domain/sentence.ts';
import { type NamedServices, serviceGuess } from '../domain/service-names.ts';
import { parseSeverity, type Severity } from '../domain/severity.ts';
import { type Described, twinsOf } from '../domain/twins.ts';
import type { PersonRequest } from './forms.ts';
import type { IncidentCommands } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { RequestOutcome } from './person-requests.ts';
import type { Clock, IncidentRows } from './ports.ts';
import { actorOf, confirmation, outOfDate, refusedTo } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';

/** What somebody says is wrong; null: they did not say. */
export type Declaration = { title: string; service: string | null; severity: Severity | null };

export type DeclarationsDeps = {
  record: IncidentRecord;
  rows: Pick<IncidentRows, 'listOpen'>;
  commands: IncidentCommands;
  routing: NamedServices;
  clock: Clock;
  rootCommand: string;
};

/** Incidents that people open. */
export class Declarations {
  readonly #deps: DeclarationsDeps;

  constructor(deps: DeclarationsDeps) {
    this.#deps = deps;
  }

  /**
   * Opens an incident. A service that nobody chose is guessed from the title, and said to be a guess.
   *
   * Whoever declares what may be open since minutes is shown that first, with a button that declares
   * anyway, and their words are noted there: nobody's declaration is lost. Where no answer can be given
   * the incident is opened, and its room and the other's are told of each other. Safe to repeat.
   *
   * One person's declarations take so many rooms and no more: the rooms of alerts wait in the same line.
   */
  async declare(
    request: PersonRequest,
    wanted: Declaration,
    of: { anyway: boolean } = { anyway: false },
  ): Promise<RequestOutcome> {
    const { commands, routing, rootCommand } = this.#deps;
    const { title, severity } = wanted;
    const service = wanted.service ?? serviceGuess(routing, title) ?? null;
    const isGuess = wanted.service === null && service !== null;
    const described = { title, service, ...(isGuess ? { serviceGuessed: true as const } : {}) };
    const instead = await this.#instead(request, { wanted, described, ...of });
    if (instead) return instead;
    const incidentId = await commands.declare({
      requestSha256: request.requestSha256,
      actor: actorOf(request),
      ...{ title, service, serviceGuessed: isGuess, severity },
      declaredIn: request.channelId,
    });
    const isKnown = wanted.service !== null || routing.services.length === 0;
    const called = isKnown ? '' : say` ${calledWords(service, `${rootCommand} service <name>`)}`;
    const text = say`Opening a war room for “${words(title)}”. It appears in your channel list.${called}`;
    return { answer: confirmation(text), incidentId };
  }

  /** Somebody was shown an incident that may be theirs, and says by its button that it is not. */
  async anyway(
    request: PersonRequest,
    { title, service, severity }: Record<string, unknown>,
  ): Promise<RequestOutcome> {
    if (typeof title !== 'string') return { answer: outOfDate(), incidentId: null };
    const wanted = {
      title,
      service: typeof service === 'string' ? service : null,
      severity: parseSeverity(typeof severity === 'string' ? severity : '') ?? null,
    };
    return this.declare(request, wanted, { anyway: true });
  }

  /**
   * What the declarer is told if nothing is opened. Read from an index that may be a second behind: one
   * or two incidents more do no harm.
   */
  async #instead(
    request: PersonRequest,
    of: { wanted: Declaration; described: Described; anyway: boolean },
  ): Promise<RequestOutcome | undefined> {
    const { record, rows, clock } = this.#deps;
    const open = await rows.listOpen(OPEN_INCIDENTS_READ_MAX);
    const isShown = !of.anyway && request.responseUrl !== null;
    const [twin] = isShown ? twinsOf(of.described, { open, atMs: clock.nowMs() }) : [];
    const since = clock.nowMs() - DECLARED_BY_ONE_WITHIN_MS;
    const own = open.filter(
      ({ declaredBy, openedAt }) => declaredBy === request.userId && Date.parse(openedAt) > since,
    );
    if (!twin && own.length < DECLARED_BY_ONE_MAX) return undefined;
    // Declared by an earlier delivery of the same request.
    if (await record.load(incidentIdOfDeclaration(request.requestSha256))) return undefined;
    return twin
      ? this.#shown(request, { wanted: of.wanted, twin })
      : this.#tooMany(request, own.length);
  }

  async #tooMany(request: PersonRequest, count: number): Promise<RequestOutcome> {
    const rule =
      `you declared ${count} incidents within ten minutes: say it in the room of one of them, ` +
      'or cancel those that are none';
    const details = { command: 'declare', rule, reason: 'DECLARED_TOO_MANY' };
    await this.#deps.commands.denied(refusedTo(request, null), details);
    return {
      answer: { kind: 'refusal', text: [words('No incident was opened.')], rule: [words(rule)] },
      incidentId: null,
    };
  }

  async #shown(
    request: PersonRequest,
    { wanted, twin }: { wanted: Declaration; twin: IncidentState },
  ): Promise<RequestOutcome> {
    const { incidentId } = twin;
    const asked = { incidentId, commandId: request.requestSha256, actor: actorOf(request) };
    const { commands } = this.#deps;
    await commands.note(asked, `declared it too, and was shown this incident: “${wanted.title}”`);
    return { answer: this.#showing(wanted, twin), incidentId };
  }

  #showing(wanted: Declaration, twin: IncidentState): RoomMessage {
    const { incidentId, title, severity, declaredBy, openedAt, room } = twin;
    const openedMs = this.#deps.clock.nowMs() - Date.parse(openedAt);
    const minutes = Math.max(0, Math.floor(openedMs / 60_000));
    const by = declaredBy ? say`${person(declaredBy)} declared` : say`An alert opened`;
    const when = minutes === 0 ? say`just now` : say`${minutes} min ago`;
    const where = room ? say`: ${channel(room.channelId)}` : '';
    return {
      kind: 'line',
      text: joined(
        [
          say`${by} “${words(title)}” (${severity}) ${when}${where}.`,
          say`If that is it, join. If yours is another one, declare it anyway. Your words are noted there.`,
        ],
        ' ',
      ),
      buttons: [
        {
          actionId: 'incident_join',
          label: 'Join',
          value: JSON.stringify({ incidentId }),
          style: 'primary',
        },
        {
          actionId: 'incident_declare_anyway',
          label: 'Declare anyway',
          value: JSON.stringify(wanted),
        },
      ],
    };
  }
}

/** Who is called to what somebody declared without naming the service. */
function calledWords(guess: string | null, command: string): Sentence {
  const typed = words(command);
  return guess === null
    ? say`The title names no one service, so nobody is called yet: say which it is with “${typed}” there.`
    : say`The title speaks of ${words(guess)}, whose people are called. If it is another service, say so with “${typed}” there.`;
}
