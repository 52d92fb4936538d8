import type { KnownBlock } from '@slack/types';
import {
  CONTEXT_SOURCES,
  type ContextAnswer,
  type ContextLink,
  type ContextSnapshot,
  type ContextSource,
  type ContextValue,
  unknownReasonInWords,
} from '../../../domain/context-snapshot.ts';
import { oneLine, say, words } from '../../../domain/sentence.ts';
import { context, cut, fallback, header, type RenderedMessage } from './block-kit.ts';
import { literal, markup } from './markup.ts';

const TITLES: Record<ContextSource, string> = {
  metrics: 'Metrics',
  logs: 'Log lines',
  traces: 'Slowest traces',
  deploys: 'Deployed in the last 24 h',
  owners: 'Code owners',
};
/** What a source that answered with nothing says. Never a zero. */
const NOTHING: Record<ContextSource, string> = {
  metrics: 'no series',
  logs: 'no line matches',
  traces: 'no trace matches',
  deploys: 'nothing was deployed',
  owners: 'nobody is named',
};

/** Texts of one kind of source; five of them stay below what Slack takes in a message. */
const SOURCE_TEXT_MAX = 2_000;
/** With less room than this, a value is only counted. */
const VALUE_TEXT_MIN = 80;
const NAME_MAX = 100;
/** Of a commit or a trace, as far as people compare it. */
const COMMIT_SHOWN = 7;
/** Longest address that is linked; five of them must not fill the message. */
const LINKS_SHOWN_MAX = 5;

type Leaf =
  | { type: 'text'; text: string; style?: { bold: true } }
  | { type: 'link'; url: string; text: string };
type RichSection = { type: 'rich_text_section'; elements: Leaf[] };

/**
 * What the sources said when they were asked. Everything of theirs stands in literal text, so
 * nothing in a log line or a label can mention, link or format anything.
 */
export function contextCard(snapshot: ContextSnapshot): RenderedMessage {
  const { service, sources, takenAt, links } = snapshot;
  const kinds = CONTEXT_SOURCES.filter((kind) => sources.some(({ source }) => source === kind));
  return {
    text: fallback([words(headline(snapshot))]),
    blocks: [
      header(say`Context: ${words(service)}`),
      ...kinds.map((kind) => sourceBlock(kind, snapshot)),
      ...linkBlock(links),
      context(
        markup`As of ${literal(clockTime(takenAt))}, when the sources were asked. Kept on the audit trail.`,
      ),
    ],
  };
}

/** What a telephone shows of the card: the first figure, the last deployment, who is silent. */
function headline({ service, sources, takenAt, summary }: ContextSnapshot): string {
  const firstOf = (kind: ContextSource): ContextValue | undefined => {
    const found = sources.find((answer) => answer.source === kind);
    return found?.status === 'ok' ? found.values[0] : undefined;
  };
  const figure = firstOf('metrics');
  const name = sources.find(({ source }) => source === 'metrics')?.name ?? '';
  const deployed = firstOf('deploys')?.at;
  const said = [
    ...(figure ? [cut(`${name}: ${valueWords('metrics', figure, takenAt)}`, NAME_MAX * 2)] : []),
    ...(deployed ? [`deployed ${age(deployed, takenAt)}`] : []),
    summary,
  ];
  return `Context for ${service}: ${said.join('; ')}`;
}

function sourceBlock(
  kind: ContextSource,
  { sources, takenAt }: Pick<ContextSnapshot, 'sources' | 'takenAt'>,
): KnownBlock {
  const answers = sources.filter(({ source }) => source === kind);
  const repository = kind === 'deploys' ? answers[0] : undefined;
  const same = sameWords(kind, answers);
  const title: RichSection = {
    type: 'rich_text_section',
    elements: [
      { type: 'text', text: TITLES[kind], style: { bold: true } },
      ...(repository ? [text(` from ${cut(oneLine(repository.name), NAME_MAX)}`)] : []),
      ...(same === undefined ? [] : [text(`: ${same}`)]),
    ],
  };
  if (same !== undefined) return { type: 'rich_text', elements: [title] };
  const max = Math.floor(SOURCE_TEXT_MAX / answers.length);
  const items = answers.flatMap((answer) => itemsOf(answer, { max, takenAt }));
  const list = { type: 'rich_text_list' as const, style: 'bullet' as const, elements: items };
  return { type: 'rich_text', elements: [title, list] };
}

/** What every source of a kind says alike, so that it is said once; undefined when they differ. */
function sameWords(kind: ContextSource, answers: readonly ContextAnswer[]): string | undefined {
  const words = new Set(answers.map(noValueWords));
  const [same] = words;
  // With several queries, “no series” of one of them is worth its name.
  const isPlain = answers.length === 1 && (kind === 'deploys' || kind === 'owners');
  const isAlike = words.size === 1 && answers.every(({ status }) => status !== 'ok');
  return isPlain || isAlike ? same : undefined;
}

/** What an answer without values says; undefined for one with values. */
function noValueWords(answer: ContextAnswer): string | undefined {
  if (answer.status === 'not_configured') return 'not set up';
  if (answer.status === 'unknown') return `unknown (${unknownReasonInWords(answer.reason)})`;
  return answer.values.length === 0 ? NOTHING[answer.source] : undefined;
}

/** @param max - characters of this answer's texts; every source of a kind gets its share */
function itemsOf(answer: ContextAnswer, of: { max: number; takenAt: string }): RichSection[] {
  const { source } = answer;
  // There is one repository, and the title names it.
  const lead =
    source === 'owners' || source === 'deploys' ? '' : `${cut(oneLine(answer.name), NAME_MAX)}: `;
  const nothing = noValueWords(answer);
  if (nothing !== undefined || answer.status !== 'ok') return [item([text(lead + nothing)])];
  const after = answer.isPartial ? ' (the source could not look everywhere)' : '';
  const shown: RichSection[] = [];
  let left = of.max;
  for (const value of answer.values) {
    if (shown.length > 0 && left < VALUE_TEXT_MIN) break;
    // What is made visible takes room: it is cut after that.
    const said = oneLine(`${lead}${valueWords(source, value, of.takenAt)}${after}`);
    const words = cut(said, left);
    const id = idElements(value.id, value.link);
    shown.push(item([text(words), ...id]));
    left -= words.length + id.reduce((sum, each) => sum + each.text.length, 0);
  }
  const more = answer.more + answer.values.length - shown.length;
  return more > 0 ? [...shown, item([text(`${lead}at least ${more} more`)])] : shown;
}

function valueWords(source: ContextSource, value: ContextValue, takenAt: string): string {
  const { label, before, at } = value;
  const when =
    at === null ? '' : source === 'deploys' ? `${age(at, takenAt)}, ` : `${at.slice(11, 19)} `;
  const of = label === '' ? '' : `${label}: `;
  const was = source === 'metrics' ? `, ${before ?? 'unknown'} half an hour before` : '';
  return `${when}${of}${value.value}${was}`;
}

/** How long before the incident something was. */
function age(at: string, takenAt: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(takenAt) - Date.parse(at)) / 60_000));
  return minutes < 120 ? `${minutes} min before` : `${Math.round(minutes / 60)} h before`;
}

function idElements(id: string | null, url: string | null): Leaf[] {
  if (url !== null) {
    const title = id === null ? 'file' : id.slice(0, COMMIT_SHOWN);
    return [text(' '), { type: 'link', url, text: oneLine(title) || ' ' }];
  }
  return id === null ? [] : [text(` ${cut(oneLine(id), NAME_MAX)}`)];
}

function linkBlock(links: readonly ContextLink[]): KnownBlock[] {
  if (links.length === 0) return [];
  const elements: Leaf[] = [];
  for (const { title, url, from } of links.slice(0, LINKS_SHOWN_MAX)) {
    if (elements.length > 0) elements.push(text('   '));
    elements.push({ type: 'link', url, text: cut(oneLine(title), NAME_MAX) || ' ' });
    // Whoever raised the alert chose it; where it leads must be seen before it is followed.
    if (from === 'alert') elements.push(text(` (from the alert, at ${hostOf(url)})`));
  }
  return [{ type: 'rich_text', elements: [item(elements)] }];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? cut(new URL(url).host, 100) : 'an unreadable address';
}

function clockTime(at: string): string {
  return `${at.slice(11, 16)} UTC`;
}

function item(elements: Leaf[]): RichSection {
  return { type: 'rich_text_section', elements };
}

function text(said: string): Leaf {
  return { type: 'text', text: oneLine(said) || ' ' };
}
