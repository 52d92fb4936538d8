/** Header of every signature this system makes. */
export type JwsHeader = { alg: 'ES256'; kid: string; typ: string };

/** `base64url(header).base64url(payload)`: the bytes that ES256 signs. RFC 7515 §5.1. */
export function jwsSigningInput(header: JwsHeader, payload: Record<string, unknown>): string {
  return `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`;
}

/** Puts a compact JWS together. `signature` is r‖s, 64 bytes (RFC 7518 §3.4). */
export function compactJws(signingInput: string, signature: Uint8Array): string {
  if (signature.length !== 64) {
    throw new RangeError(`cannot build JWS: expected 64 signature bytes, got ${signature.length}`);
  }
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`;
}

/**
 * Turns the DER signature that KMS returns into the r‖s form that JWS wants.
 * @throws {RangeError} when the bytes are not a DER ECDSA signature of P-256 size
 */
export function derToRawSignature(der: Uint8Array): Uint8Array {
  const bad = () => new RangeError('cannot read signature: expected DER ECDSA over P-256');
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw bad();
  const raw = new Uint8Array(64);
  let offset = 2;
  for (const place of [32, 64]) {
    const length = der[offset + 1];
    if (der[offset] !== 0x02 || !length) throw bad();
    let integer = der.subarray(offset + 2, offset + 2 + length);
    while (integer.length > 1 && integer[0] === 0) integer = integer.subarray(1);
    if (integer.length > 32) throw bad();
    raw.set(integer, place - integer.length);
    offset += 2 + length;
  }
  if (offset !== der.length) throw bad();
  return raw;
}

/** A compact JWS in lines of at most 76 characters. */
export function foldedJws(jws: string): string[] {
  return jws.match(/.{1,76}/g) ?? [];
}

/** The JSON object that a compact JWS says it signs, without proof; undefined when there is none. */
export function jwsPayload(jws: string): object | undefined {
  try {
    const said: unknown = JSON.parse(
      Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'),
    );
    return typeof said === 'object' && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
