import type { IncidentState } from './incident-state.ts';

/** Longest channel name Slack takes. */
const ROOM_NAME_MAX = 80;
/** Longest part of a name that comes from words. */
const SLUG_MAX = 40;

/** Letters that are no other letter with a mark on it. */
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
};
const SPELT_LETTER = new RegExp(`[${Object.keys(SPELT).join('')}]`, 'g');

/**
 * `inc-<yyyymmdd>-<slug>-<short id>`: the same for the same incident, so a repeat finds it. The slug
 * is of the title, or of the service if the title has no Latin letters or digits; without either the
 * name goes without.
 */
export function roomName(
  state: Pick<IncidentState, 'incidentId' | 'openedAt' | 'title' | 'service'>,
): string {
  const day = state.openedAt.slice(0, 10).replaceAll('-', '');
  const short = state.incidentId.slice(-6);
  const slug = slugOf(state.title) || slugOf(state.service ?? '');
  const room = ROOM_NAME_MAX - `inc-${day}--${short}`.length;
  const cut = slug.slice(0, Math.min(room, SLUG_MAX)).replace(/-+$/, '');
  return ['inc', day, ...(cut ? [cut] : []), short].join('-');
}

function slugOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(SPELT_LETTER, (letter) => SPELT[letter]!)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
