import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';

export type Path = readonly (string | number)[];
/** One change that somebody with the table could make to a stored row. */
export type Change = { path: Path; to: unknown };
/**
 * How well it is covered up: the field alone; with the row's own hash made right; with the hash of
 * every row after it made right as well.
 */
export const COVERS = ['field alone', 'own hash', 'whole chain'] as const;
export type Cover = (typeof COVERS)[number];

/** Values of the same kind that stand for something else, where a change of a letter would not. */
const COUNTERPARTS: Record<string, string> = {
  investigating: 'resolved',
  resolved: 'investigating',
  critical: 'none',
  P1: 'P4',
  U0ADA: 'U0EVE',
  U0BEN: 'U0CAL',
  U0CAL: 'U0BEN',
  slack_user: 'ai',
  update: 'create',
  words: 'template',
  POST: 'PATCH',
  PATCH: 'POST',
};

/** Every change of one field of a value, however deep, in each way its kind allows. */
export function changesOf(value: unknown, path: Path = []): Change[] {
  const own = othersThan(value)
    // A row is never nothing: it would not be there.
    .filter((to) => path.length > 0 || to !== null)
    .map((to) => ({ path, to }));
  if (typeof value !== 'object' || value === null) return own;
  const parts = Object.entries(value).flatMap(([key, part]) => {
    const below = [...path, Array.isArray(value) ? Number(key) : key];
    return [...changesOf(part, below), { path: below, to: undefined }];
  });
  return [...own, ...parts];
}

function othersThan(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [null, ['x']] : [null, [], [...value, ...value]];
  }
  switch (typeof value) {
    case 'string':
      return otherTexts(value);
    case 'number':
      return [value + 1, value - 1];
    case 'boolean':
      return [!value];
    default:
      return value === null ? ['x', 0] : [null, { ...value, extra: 'x' }];
  }
}

function otherTexts(value: string): string[] {
  const others = [`${value}x`, turned(value, value.length - 1)];
  if (COUNTERPARTS[value] !== undefined) others.push(COUNTERPARTS[value]);
  const atMs = Date.parse(value);
  if (value.endsWith('Z') && !Number.isNaN(atMs)) {
    others.push(new Date(atMs + 1).toISOString(), new Date(atMs + 86_400_000).toISOString());
  }
  // A signature has three parts, and none of them may be turned.
  const [header, payload] = value.split('.');
  if (payload !== undefined && header!.startsWith('eyJ')) {
    others.push(turned(value, 8), turned(value, header!.length + payload.length / 2));
  }
  return others.filter((other) => other !== value);
}

/** The text with one letter changed into another of its kind. */
function turned(text: string, at: number): string {
  const index = Math.floor(at);
  const letter = text[index] === 'a' ? 'b' : 'a';
  return text.slice(0, index) + letter + text.slice(index + 1);
}

/** A copy of the value with one field changed, or left out. */
export function changed<T>(value: T, { path, to }: Change): T {
  if (path.length === 0) return to as T;
  const copy = structuredClone(value);
  let parent = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as typeof parent;
  const last = path.at(-1)!;
  if (to === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (to === undefined) delete parent[last];
  else parent[last] = to;
  return copy;
}

/**
 * The trail after a change to one of its events, covered up as said.
 * @returns undefined when nothing is changed in the end: a hash made right again, or the same bytes of
 *   a signature written another way
 */
export function tampered(
  events: readonly AuditEvent[],
  of: { index: number; change: Change; cover: Cover },
): AuditEvent[] | undefined {
  const rows = [...events];
  rows[of.index] = changed(events[of.index]!, of.change);
  if (meansTheSame(events[of.index]!, rows[of.index]!)) return undefined;
  if (of.cover === 'field alone') return rows;
  try {
    for (let at = of.index; at < rows.length; at += 1) {
      const { hash: _hash, v: _v, ...open } = rows[at]!;
      const prevHash = at === of.index ? open.prevHash : rows[at - 1]!.hash;
      rows[at] = sealEvent({ ...open, prevHash } as never);
      if (at === of.index && rows[at]!.hash === events[at]!.hash) return undefined;
      if (of.cover === 'own hash') break;
    }
  } catch {
    // No event of ours: the row stands as it was changed, and is found so.
  }
  return rows;
}

/** The last letter of a signature holds four bits that stand for nothing. */
function meansTheSame(event: AuditEvent, row: AuditEvent): boolean {
  const [before, after] = [signatureIn(event), signatureIn(row)];
  if (before === undefined || after === undefined || before === after) return false;
  const bytes = (jws: string) =>
    jws.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return before.length === after.length && bytes(before).join() === bytes(after).join();
}

function signatureIn({ details }: AuditEvent): string | undefined {
  const { approvalJws } = (details ?? {}) as { approvalJws?: unknown };
  return typeof approvalJws === 'string' ? approvalJws : undefined;
}
