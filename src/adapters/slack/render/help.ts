import { VERB_NAMES, VERBS, type Verb } from '../../../domain/command-verbs.ts';
import type { IncidentState } from '../../../domain/incident-state.ts';
import { say, words } from '../../../domain/sentence.ts';
import { isOver } from '../../../domain/transitions.ts';
import {
  button,
  context,
  cut,
  fallback,
  header,
  mrkdwn,
  plain,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';
import { literal, type Markup, markup, together } from './markup.ts';

const TYPED_SHOWN_MAX = 60;
const ANYWHERE: readonly Verb[] = ['declare', 'list', 'help'];
const IN_ROOM: readonly Verb[] = VERB_NAMES.filter((verb) => !ANYWHERE.includes(verb));
/** Every command, with the nearest one first when what was typed is none. */
export function help(
  command: string,
  unknown?: { typed: string; closest: Verb | null },
): RenderedMessage {
  const lines = VERB_NAMES.map((verb) => verbLine(command, verb));
  const half = Math.ceil(lines.length / 2);
  const closest = unknown?.closest;
  const guess = closest ? markup` Did you mean \`${literal(command)} ${literal(closest)}\`?` : '';
  const none = unknown
    ? markup`There is no command “${literal(cut(unknown.typed, TYPED_SHOWN_MAX))}”.${guess}`
    : undefined;
  return {
    text: unknown
      ? fallback(
          say`There is no command “${words(unknown.typed)}”. ${closest ? say`Did you mean ${words(command)} ${words(closest)}? ` : ''}See ${words(command)} help.`,
        )
      : fallback(
          say`Commands: ${words(VERB_NAMES.map((verb) => `${command} ${verb}`).join(', '))}`,
        ),
    blocks: [
      ...(none ? [section(mrkdwn(none, SECTION_MAX))] : []),
      header(say`Commands`),
      section(mrkdwn(together(lines.slice(0, half), '\n'), SECTION_MAX)),
      section(mrkdwn(together(lines.slice(half), '\n'), SECTION_MAX)),
      context(markup`Approve, edit, reject and withdraw are buttons on the card of a draft.`),
    ],
  };
}

/** One command, when `help` names it. */
export function verbHelp(command: string, verb: Verb): RenderedMessage {
  const { usage, does } = VERBS[verb];
  return {
    text: fallback(say`${words(command)} ${words(usage)}: ${words(does)}`),
    blocks: [section(mrkdwn(verbLine(command, verb), SECTION_MAX))],
  };
}

/** Every verb: what can be done from here, one button a line, and what a war room offers besides. */
export function menu(command: string, incident: IncidentState | null): RenderedMessage {
  const room = incident !== null && !isOver(incident);
  const verbs =
    incident === null ? ANYWHERE : [...(room ? IN_ROOM : overVerbs(incident)), ...ANYWHERE];
  const heading = incident
    ? say`${incident.severity} · ${words(incident.title)}`
    : say`Incident response`;
  return {
    text: fallback(say`What to do? ${words(verbs.map((verb) => `${command} ${verb}`).join(', '))}`),
    blocks: [
      header(heading),
      ...verbs.map((verb) =>
        section(
          plain(VERBS[verb].does, SECTION_MAX),
          button({ label: verb, actionId: 'menu_command', value: verb }),
        ),
      ),
      ...(room
        ? []
        : [context(markup`In the room of an incident that goes on: ${literal(others(verbs))}.`)]),
    ],
  };
}

/** What is left to do about an incident that is over: it can still be read about. */
function overVerbs({ obligation }: IncidentState): Verb[] {
  const ofPage: Verb[] = obligation?.isOpen ? ['draft', 'leave-page'] : [];
  return ['status', ...ofPage, 'reopen', 'postmortem'];
}

function others(shown: readonly Verb[]): string {
  return VERB_NAMES.filter((verb) => !shown.includes(verb)).join(', ');
}

function verbLine(command: string, verb: Verb): Markup {
  const { aliases, usage, does } = VERBS[verb];
  const also = aliases.length > 0 ? markup` _(also ${literal(aliases.join(', '))})_` : '';
  return markup`\`${literal(command)} ${literal(usage)}\`\n${literal(does)}${also}`;
}
