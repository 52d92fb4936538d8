import { refuse } from './match-secret.ts';

/**
 * Reads a signed time header.
 *
 * @returns Unix seconds
 * @throws {VerificationError} `TIMESTAMP_MISSING`, `TIMESTAMP_MALFORMED`
 */
export function readSignedTimeS(scheme: string, header: string | undefined): number {
  if (header === undefined) refuse('TIMESTAMP_MISSING', scheme, 'a timestamp header');
  // At most 12 digits: a safe integer whatever arrives. A repeated header holds a comma.
  if (!/^\d{1,12}$/.test(header)) refuse('TIMESTAMP_MALFORMED', scheme, 'Unix seconds');
  return Number(header);
}

/**
 * Refuses a signed time too far from now, on either side.
 * @throws {VerificationError} `TIMESTAMP_STALE`, `TIMESTAMP_IN_FUTURE`
 */
export function checkSignedTime(
  scheme: string,
  of: { signedAtS: number; nowMs: number; maxSkewS: number },
): void {
  const ageS = Math.floor(of.nowMs / 1000) - of.signedAtS;
  const expected = `a timestamp within ${of.maxSkewS} s`;
  if (ageS > of.maxSkewS) refuse('TIMESTAMP_STALE', scheme, expected);
  if (ageS < -of.maxSkewS) refuse('TIMESTAMP_IN_FUTURE', scheme, expected);
}
