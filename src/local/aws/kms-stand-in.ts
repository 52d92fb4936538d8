import { createHash } from 'node:crypto';
import type { WorldClock } from '../world-clock.ts';
import { ACCOUNT_ID, type AwsCall, type AwsService, REGION, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';
import { P256Signer, sha256 } from './p256-signer.ts';

type Input = Record<string, unknown>;

type Key = {
  id: string;
  arn: string;
  alias: string | undefined;
  createdAtMs: number;
  signer: P256Signer;
  /** Callers that may sign; undefined means every caller. */
  signers: readonly string[] | undefined;
};

/**
 * Longest message KMS signs without a digest.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
const MAX_RAW_BYTES = 4096;

/**
 * KMS in memory: asymmetric `ECC_NIST_P256` keys for `SIGN_VERIFY`, `ECDSA_SHA_256` only.
 *
 * A key with `signers` is a world's stand-in for its key policy: others, `external` among them,
 * get `AccessDeniedException` for `Sign`. Its public key and `Verify` are open to all.
 */
export class KmsStandIn implements AwsService {
  readonly operationPrefix = 'kms';
  readonly #clock: WorldClock;
  readonly #keys: Key[] = [];

  constructor(deps: { clock: WorldClock }) {
    this.#clock = deps.clock;
  }

  /** @param options.alias without the prefix `alias/`. @returns the key's id and ARN */
  createKey(options: { alias?: string; signers?: readonly string[] } = {}): {
    keyId: string;
    arn: string;
  } {
    const id = uuidFrom(`${options.alias ?? ''}#${this.#keys.length}`);
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${id}`;
    this.#keys.push({
      id,
      arn,
      alias: options.alias,
      createdAtMs: this.#clock.nowMs(),
      signer: new P256Signer(),
      signers: options.signers,
    });
    return { keyId: id, arn };
  }

  /** The public key in DER (SPKI), in process. @throws {AwsError} `NotFoundException` */
  publicKeyDer(keyId: string): Buffer {
    return this.#find(keyId).signer.publicKey.export({ type: 'spki', format: 'der' });
  }

  recordedArgs(_action: string, input: Input): unknown {
    const { KeyId, MessageType, SigningAlgorithm } = input;
    return { keyId: KeyId, messageType: MessageType, signingAlgorithm: SigningAlgorithm };
  }

  async perform({ action, caller, input }: AwsCall): Promise<Input> {
    switch (action) {
      case 'Sign':
        return this.#sign(caller, input);
      case 'Verify':
        return this.#verify(input);
      case 'GetPublicKey':
        return this.#getPublicKey(input);
      case 'DescribeKey':
        return { KeyMetadata: metadata(this.#find(input.KeyId)) };
      case 'CreateKey':
        return this.#create(input);
      case 'ListKeys':
        return { Keys: this.#keys.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })) };
      case 'ListAliases':
        return { Aliases: this.#keys.flatMap(aliasOf), Truncated: false };
      default:
        throw unknownOperation(`kms:${action}`);
    }
  }

  #sign(caller: string, input: Input): Input {
    const key = this.#find(input.KeyId);
    if (key.signers && !key.signers.includes(caller)) {
      throw new AwsError(
        'AccessDeniedException',
        `${caller} is not authorized to perform: kms:Sign on resource: ${key.arn}`,
      );
    }
    const signature = key.signer.sign(digestOf(input)).toString('base64');
    return { KeyId: key.arn, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' };
  }

  #verify(input: Input): Input {
    const key = this.#find(input.KeyId);
    const signature = Buffer.from(String(input.Signature), 'base64');
    if (!key.signer.verify(digestOf(input), signature)) {
      throw new AwsError('KMSInvalidSignatureException', 'the signature does not verify');
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: 'ECDSA_SHA_256' };
  }

  #getPublicKey(input: Input): Input {
    const key = this.#find(input.KeyId);
    return {
      KeyId: key.arn,
      PublicKey: this.publicKeyDer(key.id).toString('base64'),
      KeySpec: 'ECC_NIST_P256',
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    };
  }

  #create(input: Input): Input {
    if (input.KeySpec !== 'ECC_NIST_P256' || input.KeyUsage !== 'SIGN_VERIFY') {
      throw new AwsError(
        'UnsupportedOperationException',
        'the local endpoint makes ECC_NIST_P256 keys for SIGN_VERIFY only',
      );
    }
    return { KeyMetadata: metadata(this.#find(this.createKey().keyId)) };
  }

  #find(id: unknown): Key {
    const key = this.#keys.find((each) => {
      const alias = each.alias === undefined ? undefined : `alias/${each.alias}`;
      return [each.id, each.arn, alias].includes(String(id).replace(/^arn:.*:alias\//, 'alias/'));
    });
    if (key) return key;
    throw new AwsError('NotFoundException', `Key '${String(id).slice(0, 200)}' does not exist`);
  }
}

function aliasOf({ id, alias }: Key): Input[] {
  if (alias === undefined) return [];
  const AliasName = `alias/${alias}`;
  const AliasArn = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:${AliasName}`;
  return [{ AliasName, AliasArn, TargetKeyId: id }];
}

function digestOf(input: Input): Buffer {
  if (input.SigningAlgorithm !== 'ECDSA_SHA_256') {
    throw new AwsError('InvalidKeyUsageException', 'this key signs with ECDSA_SHA_256 only');
  }
  const message = Buffer.from(String(input.Message ?? ''), 'base64');
  if (input.MessageType === 'DIGEST') {
    if (message.length === 32) return message;
    throw new AwsError('ValidationException', 'Digest is invalid length for algorithm');
  }
  if (message.length >= 1 && message.length <= MAX_RAW_BYTES) return sha256(message);
  throw new AwsError('ValidationException', `Message must be 1 to ${MAX_RAW_BYTES} bytes`);
}

function metadata(key: Key): Input {
  return {
    AWSAccountId: ACCOUNT_ID,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAtMs / 1000,
    Enabled: true,
    KeyState: 'Enabled',
    KeyUsage: 'SIGN_VERIFY',
    KeySpec: 'ECC_NIST_P256',
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    SigningAlgorithms: ['ECDSA_SHA_256'],
  };
}

function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
