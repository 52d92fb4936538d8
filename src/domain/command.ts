import { closestVerb, VERBS, type Verb, verbOf } from './command-verbs.ts';
import { isPageStatus } from './page-words.ts';
import { parseSeverity, type Severity } from './severity.ts';
import type { PageStatus } from './statuspage-event-details.ts';

/** What a person typed after the root command. Texts may be empty where a form asks for them. */
export type Command =
  /** Nothing was typed. */
  | { kind: 'menu' }
  | { kind: 'help'; verb: Verb | null }
  | { kind: 'declare'; title: string }
  | { kind: 'status' }
  | { kind: 'list' }
  /** `userId` null: the asker takes the role; else it is handed to that person. */
  | { kind: 'ic'; userId: string | null }
  /** People, and user groups whose members are meant. */
  | { kind: 'invite'; userIds: string[]; groupIds: string[] }
  | { kind: 'note'; text: string }
  | { kind: 'update'; text: string }
  | { kind: 'severity'; severity: Severity; reason: string }
  | { kind: 'page'; userIds: string[] }
  | { kind: 'service'; name: string }
  | { kind: 'title'; title: string }
  /** With a text: the person's own words; a status not named is the likely one. Else a form. */
  | { kind: 'draft'; status: PageStatus | null; text: string }
  | { kind: 'mitigate'; text: string }
  | { kind: 'resolve'; summary: string }
  | { kind: 'reopen'; reason: string }
  | { kind: 'cancel'; reason: string }
  | { kind: 'postmortem' }
  /** Without a reason a form opens. */
  | { kind: 'leave-page'; reason: string }
  /** `item` counts from 1, as shown. */
  | { kind: 'checklist'; item: number | null }
  | { kind: 'silence'; forMs: number }
  /** A known verb without what it needs; `usage` is how it is typed. */
  | { kind: 'incomplete'; verb: Verb; usage: string }
  /** No such verb. `typed` is cut to a length that can be shown; `closest` null: none is near. */
  | { kind: 'unknown'; typed: string; closest: Verb | null };

/** How long `silence` lasts when nothing is said, and its bounds. Unit: ms. */
export const SILENCE_DEFAULT_MS = 1_800_000;
export const SILENCE_MIN_MS = 60_000;
export const SILENCE_MAX_MS = 86_400_000;

const TYPED_SHOWN_MAX = 60;
const INVITED_AT_ONCE_MAX = 100;
/** Whoever wakes more people means a group, and OnCall has chains for that. */
const PAGED_AT_ONCE_MAX = 10;
/** Each costs one of the scarcest calls to the workspace. */
const GROUPS_AT_ONCE_MAX = 5;
/** What people's keyboards and clipboards put around words: white space and zero-width marks. */
const EDGE = /[\s\u200b-\u200d\u2060\ufeff]/;
const MENTION = /<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>/g;
const GROUP_MENTION = /<!subteam\^(S[A-Z0-9]{1,20})(?:\|[^<>]*)?>/g;
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '„': '“',
  '«': '»',
};

/**
 * Reads the text of a slash command. Never throws, whatever was typed.
 *
 * The workspace's escapes are undone: `&amp;` `&lt;` `&gt;`, and links, channels and mentions
 * inside a text become the words that were typed, so that a text is kept as its author saw it.
 */
export function parseCommand(typed: string): Command {
  const text = trimmed(typed);
  if (text === '') return { kind: 'menu' };
  const [word, rest] = splitFirst(text);
  const verb = verbOf(word);
  if (!verb) {
    return { kind: 'unknown', typed: plain(word, TYPED_SHOWN_MAX), closest: closestVerb(word) };
  }
  return READERS[verb](rest);
}

const incomplete = (verb: Verb): Command => ({
  kind: 'incomplete',
  verb,
  usage: VERBS[verb].usage,
});

const ADDRESSED = /^(\S+)[^\S\n]+(inc-\S*)/i;

/**
 * Takes out the id of the incident that a command names behind its verb. What only begins like one is taken
 * for one too: a mistyped id must not become a word of what is said about another incident.
 */
export function addressedTo(typed: string): { text: string; incidentId: string | null } {
  const text = trimmed(typed);
  const [all, verb, named] = ADDRESSED.exec(text) ?? [];
  const isTitle = verbOf(verb ?? '') === 'declare';
  if (all === undefined || named === undefined || isTitle) return { text: typed, incidentId: null };
  const incidentId = plain(named.toLowerCase(), TYPED_SHOWN_MAX);
  return { text: `${verb}${text.slice(all.length)}`, incidentId };
}

const READERS: Readonly<Record<Verb, (rest: string) => Command>> = {
  help: (rest) => ({ kind: 'help', verb: verbOf(splitFirst(rest)[0]) ?? null }),
  declare: (rest) => ({ kind: 'declare', title: line(rest) }),
  status: () => ({ kind: 'status' }),
  list: () => ({ kind: 'list' }),
  ic: readIc,
  invite: readInvite,
  note: (rest) => ({ kind: 'note', text: words(rest) }),
  update: (rest) => ({ kind: 'update', text: words(rest) }),
  severity: readSeverity,
  page: (rest) => {
    const userIds = mentions(rest, MENTION).slice(0, PAGED_AT_ONCE_MAX);
    return userIds.length === 0 ? incomplete('page') : { kind: 'page', userIds };
  },
  service: (rest) => {
    const name = line(rest);
    return name === '' ? incomplete('service') : { kind: 'service', name };
  },
  title: (rest) => {
    const title = line(rest);
    return title === '' ? incomplete('title') : { kind: 'title', title };
  },
  draft: readDraft,
  mitigate: (rest) => ({ kind: 'mitigate', text: words(rest) }),
  resolve: (rest) => ({ kind: 'resolve', summary: words(rest) }),
  reopen: (rest) => {
    const reason = words(rest);
    return reason === '' ? incomplete('reopen') : { kind: 'reopen', reason };
  },
  cancel: (rest) => {
    const reason = words(rest);
    return reason === '' ? incomplete('cancel') : { kind: 'cancel', reason };
  },
  postmortem: () => ({ kind: 'postmortem' }),
  'leave-page': (rest) => ({ kind: 'leave-page', reason: words(rest) }),
  checklist: readChecklist,
  silence: readSilence,
};

function readIc(rest: string): Command {
  if (rest === '') return { kind: 'ic', userId: null };
  const [userId, ...others] = mentions(rest, MENTION);
  if (!userId || others.length > 0) return incomplete('ic');
  return { kind: 'ic', userId };
}

function readInvite(rest: string): Command {
  const userIds = mentions(rest, MENTION).slice(0, INVITED_AT_ONCE_MAX);
  const groupIds = mentions(rest, GROUP_MENTION).slice(0, GROUPS_AT_ONCE_MAX);
  return userIds.length + groupIds.length === 0
    ? incomplete('invite')
    : { kind: 'invite', userIds, groupIds };
}

function readSeverity(rest: string): Command {
  const [word, reason] = splitFirst(rest);
  const severity = parseSeverity(word);
  return severity ? { kind: 'severity', severity, reason: words(reason) } : incomplete('severity');
}

function readDraft(rest: string): Command {
  const [word, after] = splitFirst(rest);
  const status = word.toLowerCase().replace(/:$/, '');
  if (isPageStatus(status)) return { kind: 'draft', status, text: words(after) };
  return { kind: 'draft', status: null, text: words(rest) };
}

function readChecklist(rest: string): Command {
  if (rest === '') return { kind: 'checklist', item: null };
  const item = /^#?([1-9]\d?)$/.exec(rest)?.[1];
  return item ? { kind: 'checklist', item: Number(item) } : incomplete('checklist');
}

function readSilence(rest: string): Command {
  if (rest === '') return { kind: 'silence', forMs: SILENCE_DEFAULT_MS };
  const said = rest
    .toLowerCase()
    .replace(/^for\s+/, '')
    .replace(/\s+/g, '');
  const parts = /^(?:(\d{1,4})h(?:ours?)?)?(?:(\d{1,4})(?:m(?:in(?:utes?)?)?)?)?$/.exec(said);
  if (!parts) return incomplete('silence');
  const forMs = Number(parts[1] ?? 0) * 3_600_000 + Number(parts[2] ?? 0) * 60_000;
  const fits = forMs >= SILENCE_MIN_MS && forMs <= SILENCE_MAX_MS;
  return fits ? { kind: 'silence', forMs } : incomplete('silence');
}

function mentions(text: string, of: RegExp): string[] {
  return [...new Set([...text.matchAll(of)].map((found) => found[1]!))];
}

/** By index: a pattern that ends in `+$` tries each run of spaces inside the text from each place. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text[start]!)) start += 1;
  while (end > start && EDGE.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** The first word and what follows it; both trimmed. */
function splitFirst(text: string): [string, string] {
  const at = text.search(/\s/);
  return at === -1 ? [text, ''] : [text.slice(0, at), trimmed(text.slice(at))];
}

/** A text as its author saw it, without quotes that hold all of it. */
function words(text: string): string {
  const read = trimmed(unescaped(text));
  const close = QUOTES[read[0] ?? ''];
  const inner = read.slice(1, -1);
  const quoted = close !== undefined && read.length >= 2 && read.endsWith(close);
  // `"a" and "b"` is not one quoted text.
  return quoted && !inner.includes(read[0]!) && !inner.includes(close) ? trimmed(inner) : read;
}

/** Words on one line. */
function line(text: string): string {
  return words(text).replace(/\s+/g, ' ');
}

function plain(text: string, max: number): string {
  return [...unescaped(text)].slice(0, max).join('');
}

/** What the workspace makes of mentions, channels, groups and links; `<b>` is none of it. */
const TOKEN = new RegExp(
  '<(@[UW][A-Z0-9]{2,20}|#C[A-Z0-9]{2,20}|![a-z][^<>|]*|(?:https?|mailto|tel):[^<>|\\s]+)' +
    '(?:\\|([^<>]*))?>',
  'g',
);

/** Undoes what the workspace does to a typed text. `&amp;` last, so nothing is undone twice. */
function unescaped(text: string): string {
  return text
    .replace(TOKEN, (_all, token: string, name = '') => {
      if (token.startsWith('!')) return name || `@${token.slice(1).split('^', 1)[0]}`;
      if (/^[@#]/.test(token)) return name ? `${token[0]}${name}` : token;
      return token.startsWith('http') ? token : name || token;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
