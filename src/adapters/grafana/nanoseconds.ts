/** Last instant of year 9999, as far as RFC 3339 goes. */
const LAST_MS = 253_402_300_799_999;

/** RFC 3339 of Unix nanoseconds in decimal; null for what is none. */
export function instantOfNanoseconds(text: unknown): string | null {
  if (typeof text !== 'string' || !/^\d{7,21}$/.test(text)) return null;
  const ms = Number(text.slice(0, -6));
  return ms <= LAST_MS ? new Date(ms).toISOString() : null;
}
