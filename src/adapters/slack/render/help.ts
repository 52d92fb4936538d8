import { VERB_NAMES, VERBS, type Verb } from '../../../domain/command-verbs.ts';
import type { IncidentState } from '../../../domain/incident-state.ts';
import {
  button,
  context,
  cut,
  fallback,
  header,
  literal,
  mrkdwn,
  plain,
  type RenderedMessage,
  SECTION_MAX,
  section,
} from './block-kit.ts';
import { isOver } from './incident-card.ts';

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
  const none = unknown
    ? `There is no command “${literal(cut(unknown.typed, TYPED_SHOWN_MAX))}”.` +
      (closest ? ` Did you mean \`${command} ${literal(closest)}\`?` : '')
    : undefined;
  return {
    text: unknown
      ? fallback(
          `There is no command “${unknown.typed}”. ` +
            `${closest ? `Did you mean ${command} ${closest}? ` : ''}See ${command} help.`,
        )
      : fallback(`Commands: ${VERB_NAMES.map((verb) => `${command} ${verb}`).join(', ')}`),
    blocks: [
      ...(none ? [section(mrkdwn(none, SECTION_MAX))] : []),
      header('Commands'),
      section(mrkdwn(lines.slice(0, half).join('\n'), SECTION_MAX)),
      section(mrkdwn(lines.slice(half).join('\n'), SECTION_MAX)),
      context('Approve, edit, reject and withdraw are buttons on the card of a draft.'),
    ],
  };
}

/** One command, when `help` names it. */
export function verbHelp(command: string, verb: Verb): RenderedMessage {
  const { usage, does } = VERBS[verb];
  return {
    text: fallback(`${command} ${usage}: ${does}`),
    blocks: [section(mrkdwn(verbLine(command, verb), SECTION_MAX))],
  };
}

/** Every verb: what can be done from here, one button a line, and what a war room offers besides. */
export function menu(command: string, incident: IncidentState | null): RenderedMessage {
  const room = incident !== null && !isOver(incident);
  const verbs =
    incident === null ? ANYWHERE : [...(room ? IN_ROOM : overVerbs(incident)), ...ANYWHERE];
  const heading = incident ? `${incident.severity} · ${incident.title}` : 'Incident response';
  return {
    text: fallback(`What to do? ${verbs.map((verb) => `${command} ${verb}`).join(', ')}`),
    blocks: [
      header(heading),
      ...verbs.map((verb) =>
        section(
          plain(VERBS[verb].does, SECTION_MAX),
          button({ label: verb, actionId: 'menu_command', value: verb }),
        ),
      ),
      ...(room ? [] : [context(`In the room of an incident that goes on: ${others(verbs)}.`)]),
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

function verbLine(command: string, verb: Verb): string {
  const { aliases, usage, does } = VERBS[verb];
  const also = aliases.length > 0 ? ` _(also ${aliases.join(', ')})_` : '';
  return `\`${command} ${literal(usage)}\`\n${literal(does)}${also}`;
}
