import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsClientOptions } from './client-options.ts';

/** A POST to a service's root, before and after it is signed. Header names are lower case. */
export type PostToSign = { url: URL; headers: Record<string, string>; body: Uint8Array };

/**
 * Signs requests with AWS Signature Version 4, by the very code that the SDK signs with.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export class RequestSigner {
  readonly #signer: SignatureV4;

  /** @param of.service - its signing name, e.g. `sqs` */
  constructor(of: { service: string; region: string } & Pick<AwsClientOptions, 'credentials'>) {
    this.#signer = new SignatureV4({
      service: of.service,
      region: of.region,
      credentials: of.credentials ?? noCredentials,
      sha256: NodeSha256,
      // The body's hash is signed either way; only S3 asks for it as a header too.
      applyChecksum: false,
    });
  }

  /**
   * @param atMs - epoch ms. @default the real time of this machine: AWS compares it with its own
   * @returns all headers to send, `authorization` included
   * @throws {Error} `CredentialsMissing`
   */
  async sign({ url, headers, body }: PostToSign, atMs?: number): Promise<Record<string, string>> {
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, ...headers },
      body,
    };
    const options = atMs === undefined ? {} : { signingDate: new Date(atMs) };
    return (await this.#signer.sign(request, options)).headers;
  }
}

async function noCredentials(): Promise<never> {
  const error = new Error('cannot sign: expected AWS credentials, got none');
  error.name = 'CredentialsMissing';
  throw error;
}

/** SHA-256 and its HMAC in the shape that the signer asks for. */
class NodeSha256 {
  readonly #secret: string | Uint8Array | undefined;
  #digest: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#digest = this.#begin();
  }

  update(chunk: Uint8Array): void {
    this.#digest.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#digest.digest();
  }

  reset(): void {
    this.#digest = this.#begin();
  }

  #begin(): Hash | Hmac {
    const secret = this.#secret;
    return secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
}

function bytesOf(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret;
  if (secret instanceof ArrayBuffer) return new Uint8Array(secret);
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
}
