import { oneLine, type Sentence, textOf } from '../../../domain/sentence.ts';

declare const MARKUP: unique symbol;
/** Slack's mrkdwn. Made by the functions of this file only, so that nobody else's words are in it. */
export type Markup = string & { readonly [MARKUP]: true };

/** Text whose wording is not known to the compiler may be an outsider's: it has to pass `literal`. */
type Known<T> = T extends Markup ? T : T extends string ? (string extends T ? Markup : T) : T;

/** A longer address would push the rest of its field over the limit. */
const LINK_MAX = 1_000;

/** Puts together markup of ours: markup`*State* ${literal(state)}`. Takes no raw `string`. */
export function markup<const T extends readonly (string | number)[]>(
  ours: TemplateStringsArray,
  ...inserts: { [K in keyof T]: Known<T[K]> }
): Markup {
  return String.raw({ raw: ours }, ...(inserts as readonly (string | number)[])) as Markup;
}

/** Several pieces with the same words of ours between them. */
export function together(pieces: readonly Markup[], between: ' · ' | ', ' | '\n' | ' '): Markup {
  return pieces.join(between) as Markup;
}

/** A sentence where Slack takes text only: on it, people and channels of ours are the only markup. */
export function sentenceText(sentence: Sentence): Markup {
  const shown = sentence.map((part) => {
    if ('person' in part) return `<@${part.person}>`;
    if ('channel' in part) return `<#${part.channel}>`;
    return escaped(textOf([part]));
  });
  return shown.join('') as Markup;
}

/** Anybody's words inside markup: on one line, never as formatting, link or mention. */
export function literal(text: string): Markup {
  // A zero-width space before a control character keeps Slack from pairing it with another.
  return escaped(oneLine(text)).replace(
    /[*_~`]|:(?=[\w+'-])|^&gt;/gm,
    (mark) => `\u200b${mark}`,
  ) as Markup;
}

/** An id or name of ours as code; what is no word of an id is left out. */
export function code(id: string, max = 100): Markup {
  return `\`${id.replace(/[^\w.:#/-]/g, '').slice(0, max)}\`` as Markup;
}

/** Somebody of the workspace. An edited message notifies nobody. */
export function mention(userId: string): Markup {
  return (/^[UWB][A-Z0-9]{2,20}$/.test(userId) ? `<@${userId}>` : literal(`@${userId}`)) as Markup;
}

/** A channel of the workspace. */
export function room(channelId: string): Markup {
  return (
    /^[CG][A-Z0-9]{2,20}$/.test(channelId) ? `<#${channelId}>` : literal(channelId)
  ) as Markup;
}

/** Escapes the three characters that are markup wherever Slack reads any. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An instant in the reader's time zone, with UTC for who cannot see that. */
export function instant(at: string): Markup {
  const utc = `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
  return dateOf(at, '{date_short_pretty} {time}', utc);
}

/** A time of day to the second, in the reader's time zone. */
export function timeOfDay(at: string): Markup {
  return dateOf(at, '{time_secs}', `${at.slice(11, 19)} UTC`);
}

function dateOf(at: string, format: string, otherwise: string): Markup {
  const epochS = Math.floor(Date.parse(at) / 1_000);
  if (!Number.isFinite(epochS)) return literal(otherwise);
  return `<!date^${epochS}^${format}|${escaped(otherwise)}>` as Markup;
}

/** A link of ours. Addresses that are not http(s) are shown, not linked. */
export function link(url: string, title: string): Markup {
  if (url.length > LINK_MAX) return literal(title);
  if (!/^https?:\/\/[^\s<>|\p{Cc}\p{Cf}]+$/u.test(url)) return literal(url);
  return `<${url.replaceAll('&', '&amp;')}|${literal(title).replaceAll('|', '¦')}>` as Markup;
}
