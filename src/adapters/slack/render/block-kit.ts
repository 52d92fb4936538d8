import type { KnownBlock, RichTextQuote, RichTextSection } from '@slack/types';
import { oneLine, type Sentence, shortened, textOf } from '../../../domain/sentence.ts';
import { type Markup, sentenceText } from './markup.ts';

/** A message as the Web API takes it. `text` is what notifications and screen readers say. */
export type RenderedMessage = { text: string; blocks: KnownBlock[] };

/** Block Kit's limits, in items or characters. https://docs.slack.dev/reference/block-kit */
export const BLOCKS_MAX = 50;
export const HEADER_MAX = 150;
export const SECTION_MAX = 3_000;
export const FIELD_MAX = 2_000;
export const CONTEXT_MAX = 2_000;
export const BUTTON_TEXT_MAX = 75;
export const BUTTON_VALUE_MAX = 2_000;
export const CONFIRM_TITLE_MAX = 100;
export const CONFIRM_TEXT_MAX = 300;
/** Texts of all blocks together; Slack refuses above about 13,200. slackapi/bolt-js#2509 */
export const MESSAGE_TEXT_MAX = 12_900;
/** Five stand in one line on a desktop. Slack allows 25. */
const BUTTONS_IN_ROW_MAX = 5;
const ROWS_MAX = 20;
/** Longest `text`; Slack cuts notifications far below it. */
export const FALLBACK_MAX = 3_500;

type PlainText = { type: 'plain_text'; text: string; emoji: false };
type Mrkdwn = { type: 'mrkdwn'; text: string; verbatim: true };
type ButtonElement = {
  type: 'button';
  text: PlainText;
  action_id?: string;
  value?: string;
  style?: 'primary' | 'danger';
  confirm?: { title: PlainText; text: PlainText; confirm: PlainText; deny: PlainText };
};
/** A part of a line; the last two notify many people at once. */
export type LineElement =
  | { type: 'text'; text: string }
  | { type: 'user'; user_id: string }
  | { type: 'channel'; channel_id: string }
  | { type: 'usergroup'; usergroup_id: string }
  | { type: 'broadcast'; range: 'channel' };

/** Cuts a text to `max` UTF-16 units with an ellipsis, never inside a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Literal text on one line: Slack reads no markup, mentions or emoji names in it. */
export function plain(text: string, max: number): PlainText {
  return exact(oneLine(text), max);
}

/** Literal text, character by character, for what customers read. */
export function exact(text: string, max: number): PlainText {
  return { type: 'plain_text', text: cut(text, max) || ' ', emoji: false };
}

export function mrkdwn(text: Markup, max: number): Mrkdwn {
  // `verbatim`: Slack makes no links and mentions out of bare words.
  return { type: 'mrkdwn', text: cut(text, max) || ' ', verbatim: true };
}

/** For `text`: one line, on which only people and channels of ours are markup. */
export function fallback(sentence: Sentence): string {
  return cut(sentenceText(sentence), FALLBACK_MAX) || ' ';
}

export function header(sentence: Sentence): KnownBlock {
  return { type: 'header', text: plain(textOf(sentence), HEADER_MAX) };
}

export function section(text: PlainText | Mrkdwn, accessory?: ButtonElement): KnownBlock {
  return accessory ? { type: 'section', text, accessory } : { type: 'section', text };
}

/** Names of fields are ours. */
type FieldName = Capitalize<string>;

/** Two columns of `*name*` and value; at most ten. */
export function fields(pairs: readonly (readonly [name: FieldName, value: Markup])[]): KnownBlock {
  const shown = pairs.slice(0, 10);
  return {
    type: 'section',
    fields: shown.map(([name, value]) => mrkdwn(`*${name}*\n${value}` as Markup, FIELD_MAX)),
  };
}

export function context(text: Markup): KnownBlock {
  return { type: 'context', elements: [mrkdwn(text, CONTEXT_MAX)] };
}

export const DIVIDER: KnownBlock = { type: 'divider' };

/**
 * A sentence as Slack shows it: people as mentions, channels as links, which notify nobody, quotations
 * set apart, and all else literal.
 * @param before - what stands in front of it
 */
export function line(
  sentence: Sentence,
  max: number = SECTION_MAX,
  before: readonly LineElement[] = [],
): KnownBlock {
  const elements: (RichTextSection | RichTextQuote)[] = [];
  let section: LineElement[] = [...before];
  const end = () => {
    if (section.length > 0) elements.push({ type: 'rich_text_section', elements: section });
    section = [];
  };
  for (const part of shortened(sentence, max)) {
    if ('person' in part) section.push({ type: 'user', user_id: part.person });
    else if ('channel' in part) section.push({ type: 'channel', channel_id: part.channel });
    else if ('words' in part) section.push({ type: 'text', text: part.words });
    else {
      end();
      const text = part.quote.join('\n') || ' ';
      elements.push({ type: 'rich_text_quote', elements: [{ type: 'text', text }] });
    }
  }
  if (elements.length === 0 && section.length === 0) section.push({ type: 'text', text: ' ' });
  end();
  return { type: 'rich_text', elements };
}

/** A text in a box, whole and character by character. */
export function verbatim(text: string): KnownBlock {
  const elements = [{ type: 'text' as const, text: text || ' ' }];
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements }] };
}

/** @throws {RangeError} when the value is longer than a button can carry */
export function button(given: {
  label: string;
  actionId: string;
  value: string;
  style?: 'primary' | 'danger' | undefined;
  confirm?: { title: string; text: string; yes: string } | undefined;
}): ButtonElement {
  const { confirm, style } = given;
  if (given.value.length > BUTTON_VALUE_MAX) {
    throw new RangeError(
      `cannot render button: expected value of ≤ ${BUTTON_VALUE_MAX} characters`,
    );
  }
  return {
    type: 'button',
    text: plain(given.label, BUTTON_TEXT_MAX),
    action_id: given.actionId,
    value: given.value,
    ...(style ? { style } : {}),
    ...(confirm
      ? {
          confirm: {
            title: plain(confirm.title, CONFIRM_TITLE_MAX),
            text: exact(confirm.text, CONFIRM_TEXT_MAX),
            confirm: plain(confirm.yes, 30),
            deny: plain('Cancel', 30),
          },
        }
      : {}),
  };
}

/**
 * Rows of buttons. Slack wants action ids to differ within a block, so a repeated one starts a row.
 */
export function actions(elements: readonly ButtonElement[]): KnownBlock[] {
  const rows: ButtonElement[][] = [];
  for (const element of elements) {
    const fits = (row: ButtonElement[]) =>
      row.length < BUTTONS_IN_ROW_MAX &&
      row.every(({ action_id }) => action_id !== element.action_id);
    const row = rows.find(fits);
    if (row) row.push(element);
    else rows.push([element]);
  }
  return rows.slice(0, ROWS_MAX).map((row) => ({ type: 'actions', elements: row }));
}

/** Characters of all shown texts, as Slack counts them against its hidden limit. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLength(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  let total = 0;
  for (const [key, inner] of Object.entries(value)) {
    total += key === 'text' && typeof inner === 'string' ? inner.length : textLength(inner);
  }
  return total;
}
