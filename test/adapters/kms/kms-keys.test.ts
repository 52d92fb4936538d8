import { createHash, generateKeyPairSync } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { KmsPublicKeys, KmsSigner } from '../../../src/adapters/kms/kms-keys.ts';
import { SecretError } from '../../../src/domain/errors.ts';

const kms = mockClient(KMSClient);
const client = new KMSClient({ region: 'us-east-1' });
const signer = new KmsSigner({ client, keyId: 'key-1' });
const INPUT = Buffer.from('header.payload', 'ascii');

beforeEach(() => kms.reset());

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

describe('KmsSigner', () => {
  it('asks KMS to sign the SHA-256 digest, by exactly this command', async () => {
    const der = Buffer.from(`3044${'0220'}${'11'.repeat(32)}${'0220'}${'22'.repeat(32)}`, 'hex');
    kms.on(SignCommand).resolves({ Signature: der });
    const raw = await signer.sign(INPUT);
    expect(Buffer.from(raw).toString('hex')).toBe('11'.repeat(32) + '22'.repeat(32));
    expect(kms.commandCalls(SignCommand).map((call) => call.args[0].input)).toEqual([
      {
        KeyId: 'key-1',
        Message: createHash('sha256').update(INPUT).digest(),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      },
    ]);
  });

  it('an answer without a signature is SECRET_UNAVAILABLE', async () => {
    kms.on(SignCommand).resolves({});
    await expect(signer.sign(INPUT)).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
  });

  it.each([
    ['ThrottlingException', true],
    ['KMSInternalException', true],
    ['AccessDeniedException', false],
    ['NotFoundException', false],
  ])('%s is SECRET_UNAVAILABLE, retryable: %s', async (name, retryable) => {
    kms.on(SignCommand).rejects(named(name));
    await expect(signer.sign(INPUT)).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      retryable,
      message: `cannot sign: expected an answer from KMS, got ${name}`,
    });
  });
});

describe('KmsPublicKeys', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const fresh = () => new KmsPublicKeys({ client, allowed: ['key-1'] });

  it('gives a pinned key as PEM and asks KMS once, also for two at once', async () => {
    kms.on(GetPublicKeyCommand).resolves({ PublicKey: der });
    const keys = fresh();
    expect(await Promise.all([keys.pem('key-1'), keys.pem('key-1')])).toEqual([pem, pem]);
    expect(await keys.pem('key-1')).toBe(pem);
    expect(kms.commandCalls(GetPublicKeyCommand).map((call) => call.args[0].input)).toEqual([
      { KeyId: 'key-1' },
    ]);
  });

  it('refuses a key that is not pinned without asking', async () => {
    await expect(fresh().pem('key-2')).rejects.toThrow(
      'cannot read public key: expected an answer from KMS, got Error',
    );
    expect(kms.calls()).toHaveLength(0);
  });

  it('asks again after a failure', async () => {
    kms
      .on(GetPublicKeyCommand)
      .rejectsOnce(named('ThrottlingException'))
      .resolves({ PublicKey: der });
    const keys = fresh();
    await expect(keys.pem('key-1')).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
    expect(await keys.pem('key-1')).toBe(pem);
  });

  it('an answer without a key is SECRET_UNAVAILABLE', async () => {
    kms.on(GetPublicKeyCommand).resolves({});
    await expect(fresh().pem('key-1')).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
  });
});
