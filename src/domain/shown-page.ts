import { canonicalSha256Hex } from './ids.ts';

/** One text on the page. Instants are epoch ms by the page's clock; null when it does not tell. */
export type ShownUpdate = {
  id: string;
  status: string;
  body: string;
  createdAtMs: number | null;
  updatedAtMs: number | null;
};

/** One incident as customers see it. */
export type ShownIncident = {
  id: string;
  name: string;
  status: string;
  createdAtMs: number | null;
  updatedAtMs: number | null;
  updates: ShownUpdate[];
  /** Only with a key: the incident of ours that it says it belongs to, and where people see it. */
  claimedBy?: string | null;
  link?: string;
};

/** The page's newest incidents. */
export type ShownPage = {
  /** The page's own id, when it tells. */
  pageId: string | null;
  incidents: ShownIncident[];
  /** False: the list was cut, so that an older incident may be there and not in it. */
  isWhole: boolean;
};

/** A text that may be on its way to the page, or there already, and is not on record as published. */
export type TextInFlight = { name: string; status: string; body: string };

/** True when the page shows this text, in whatever form it keeps it. */
export function isShownText(update: ShownUpdate, text: TextInFlight): boolean {
  return update.status === text.status && plainText(update.body) === plainText(text.body);
}

/** What two texts must share to count as the same on the page. SHA-256 hex. */
export function shownTextDigest(of: { status: string; body: string }): string {
  return canonicalSha256Hex({ status: of.status, body: plainText(of.body) });
}

/** A text as customers read it: no markup of line breaks, no entities, white space as one blank. */
export function plainText(text: string): string {
  return text
    .replace(/<br\s*\/?>/gi, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A status of the page in words; what is not one of its words is not repeated. */
export function statusWord(status: string): string {
  return /^[a-z_]{1,30}$/.test(status) ? status.replaceAll('_', ' ') : 'unknown';
}
