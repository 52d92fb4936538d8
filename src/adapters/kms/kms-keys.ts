import { createHash, createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { derToRawSignature } from '../../domain/compact-jws.ts';
import { SecretError } from '../../domain/errors.ts';
import type { PublicKeys, Signer } from '../../services/ports.ts';

/** Signs with an asymmetric KMS key (ECC_NIST_P256). The private key never leaves KMS. */
export class KmsSigner implements Signer {
  readonly keyId: string;
  readonly #client: KMSClient;

  constructor(of: { client: KMSClient; keyId: string }) {
    this.#client = of.client;
    this.keyId = of.keyId;
  }

  async sign(signingInput: Uint8Array): Promise<Uint8Array> {
    const { Signature } = await this.#client
      .send(
        new SignCommand({
          KeyId: this.keyId,
          Message: createHash('sha256').update(signingInput).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      )
      .catch((error: unknown) => {
        throw keyError('sign', error);
      });
    if (!Signature) throw keyError('sign', new Error('no signature'));
    return derToRawSignature(Signature);
  }
}

/** Public keys from KMS, kept for the life of the function: a key pair never changes. */
export class KmsPublicKeys implements PublicKeys {
  readonly #client: KMSClient;
  readonly #allowed: readonly string[];
  readonly #pems = new Map<string, Promise<string>>();

  constructor(of: { client: KMSClient; allowed: readonly string[] }) {
    this.#client = of.client;
    this.#allowed = of.allowed;
  }

  pem(keyId: string): Promise<string> {
    if (!this.#allowed.includes(keyId)) {
      return Promise.reject(keyError('read public key', new Error('not a pinned key')));
    }
    const known = this.#pems.get(keyId);
    if (known) return known;
    const fetched = this.#fetch(keyId);
    this.#pems.set(keyId, fetched);
    fetched.catch(() => this.#pems.delete(keyId));
    return fetched;
  }

  async #fetch(keyId: string): Promise<string> {
    const { PublicKey } = await this.#client
      .send(new GetPublicKeyCommand({ KeyId: keyId }))
      .catch((error: unknown) => {
        throw keyError('read public key', error);
      });
    if (!PublicKey) throw keyError('read public key', new Error('no key'));
    const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    return key.export({ format: 'pem', type: 'spki' }).toString();
  }
}

function keyError(act: string, cause: unknown): SecretError {
  const name = (cause as Error).name;
  return new SecretError({
    code: 'SECRET_UNAVAILABLE',
    message: `cannot ${act}: expected an answer from KMS, got ${name}`,
    retryable: name !== 'AccessDeniedException' && name !== 'NotFoundException',
    cause,
  });
}
