/**
 * Cuts text to at most `max` UTF-16 units and keeps it well-formed: a cut through an emoji would
 * leave half a character, which neither the hash nor the table can carry.
 */
export function cutText(text: string, max: number): string {
  return text.slice(0, max).toWellFormed();
}

/**
 * A copy of a JSON value that RFC 8785 and DynamoDB can carry: text is made well-formed and absent
 * fields are left out, so that no fact is lost over one odd character in it.
 */
export function wellFormedJson<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name.toWellFormed(), copyOf(field)]));
}
