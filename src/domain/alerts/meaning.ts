import { sha256Hex } from '../ids.ts';

/** The meaning of a delivery: 64 hex characters, equal for every repetition of the same fact. */
export function meaningOf(parts: readonly (string | null | readonly string[])[]): string {
  return sha256Hex(JSON.stringify(parts));
}
