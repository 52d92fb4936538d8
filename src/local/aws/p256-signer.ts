import { createECDH, createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** Order of the P-256 group. FIPS 186-5, SP 800-186 §3.2.1.3 */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * A P-256 key that signs digests, as KMS does with `MessageType: DIGEST`.
 *
 * Node's `sign` hashes what it is given, so ECDSA is written out here over Node's own point
 * multiplication. Not constant time: it holds keys of a world that starts empty, never real ones.
 */
export class P256Signer {
  readonly publicKey: KeyObject;
  readonly #privateKey: bigint;

  constructor() {
    const pair = createECDH('prime256v1');
    const point = pair.generateKeys();
    this.#privateKey = toBigInt(pair.getPrivateKey());
    this.publicKey = createPublicKey({
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33, 65).toString('base64url'),
      },
      format: 'jwk',
    });
  }

  /** @returns the signature in DER: a sequence of the integers r and s */
  sign(digest: Buffer): Buffer {
    const z = toBigInt(digest);
    for (;;) {
      const nonce = createECDH('prime256v1');
      const r = toBigInt(nonce.generateKeys().subarray(1, 33)) % ORDER;
      const k = toBigInt(nonce.getPrivateKey());
      const s = (inverse(k) * ((z + r * this.#privateKey) % ORDER)) % ORDER;
      if (r !== 0n && s !== 0n) return toDer(r, s);
    }
  }

  /** Verifies with the private key at hand: u1·G + u2·Q is (u1 + u2·d)·G. */
  verify(digest: Buffer, der: Buffer): boolean {
    const pair = fromDer(der);
    if (!pair) return false;
    const { r, s } = pair;
    if (r <= 0n || r >= ORDER || s <= 0n || s >= ORDER) return false;
    const w = inverse(s);
    const scalar = (w * ((toBigInt(digest) + r * this.#privateKey) % ORDER)) % ORDER;
    if (scalar === 0n) return false;
    const point = createECDH('prime256v1');
    point.setPrivateKey(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'));
    return toBigInt(point.getPublicKey().subarray(1, 33)) % ORDER === r;
  }
}

/** SHA-256 of a message, the digest that `ECDSA_SHA_256` signs. */
export function sha256(message: Buffer): Buffer {
  return createHash('sha256').update(message).digest();
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** By the extended Euclidean algorithm. */
function inverse(value: bigint): bigint {
  let [a, b] = [((value % ORDER) + ORDER) % ORDER, ORDER];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
    if (b === 0n) break;
  }
  return ((x % ORDER) + ORDER) % ORDER;
}

function toDer(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  // A leading 1 bit would make the integer negative.
  const positive = (bytes[0] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive]);
}

function fromDer(der: Buffer): { r: bigint; s: bigint } | undefined {
  const rLength = der[3] ?? 0;
  const sLength = der[5 + rLength] ?? 0;
  const wellFormed =
    der[0] === 0x30 &&
    der[1] === der.length - 2 &&
    der[2] === 0x02 &&
    der[4 + rLength] === 0x02 &&
    rLength > 0 &&
    sLength > 0 &&
    der.length === 6 + rLength + sLength;
  if (!wellFormed) return undefined;
  return {
    r: toBigInt(der.subarray(4, 4 + rLength)),
    s: toBigInt(der.subarray(6 + rLength)),
  };
}
