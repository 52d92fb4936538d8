import { SlackError } from './slack-error.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 999;

/**
 * Cuts one page out of a list as Slack's cursor paging does.
 *
 * @param args.limit - items a page; default 100, at most 999
 * @returns the items and the next cursor, empty at the end
 * @throws {SlackError} `invalid_cursor` `invalid_limit`
 */
export function pageOf<T>(list: T[], args: Record<string, unknown>): { items: T[]; next: string } {
  const given = Number(args.limit ?? 0) || DEFAULT_LIMIT;
  if (given < 1) throw new SlackError('invalid_limit');
  const limit = Math.min(given, MAX_LIMIT);
  const start = startOf(String(args.cursor ?? ''));
  const end = start + limit;
  const next = end < list.length ? Buffer.from(`offset:${end}`).toString('base64') : '';
  return { items: list.slice(start, end), next };
}

function startOf(cursor: string): number {
  if (cursor === '') return 0;
  const found = /^offset:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'));
  if (!found) throw new SlackError('invalid_cursor');
  return Number(found[1]);
}
