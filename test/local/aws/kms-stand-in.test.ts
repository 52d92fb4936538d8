import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

const MESSAGE = Buffer.from('header.payload');
const DIGEST = createHash('sha256').update(MESSAGE).digest();

describe('KMS', () => {
  const world = useAws();
  let client: KMSClient;
  let KeyId: string;

  beforeEach(() => {
    client = new KMSClient(world.config('incident-worker'));
    KeyId = world.aws.kms.createKey({ alias: 'approval', signers: ['incident-worker'] }).keyId;
  });

  const sign = (more = {}, by = client) =>
    by.send(
      new SignCommand({
        KeyId,
        Message: DIGEST,
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
        ...more,
      }),
    );

  it('Sign of a digest returns DER that the public key verifies, 50 times over', async () => {
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({
      key: Buffer.from(PublicKey as Uint8Array),
      format: 'der',
      type: 'spki',
    });
    for (let time = 0; time < 50; time += 1) {
      const { Signature } = await sign();
      expect(verify('sha256', MESSAGE, key, Signature as Uint8Array)).toBe(true);
    }
  });

  it('Sign of a raw message verifies as the same signature type', async () => {
    const { Signature } = await sign({ Message: MESSAGE, MessageType: 'RAW' });
    const input = { KeyId, Signature, SigningAlgorithm: 'ECDSA_SHA_256' as const };
    const check = (more: { Message: Buffer; MessageType: 'RAW' | 'DIGEST' }) =>
      client.send(new VerifyCommand({ ...input, ...more }));
    expect((await check({ Message: DIGEST, MessageType: 'DIGEST' })).SignatureValid).toBe(true);
    expect((await check({ Message: MESSAGE, MessageType: 'RAW' })).SignatureValid).toBe(true);
  });

  it.each(['message', 'signature', 'shape'])(
    'Verify answers KMSInvalidSignatureException for another %s',
    async (changed) => {
      const signature = Buffer.from((await sign()).Signature as Uint8Array);
      if (changed === 'signature') signature[signature.length - 1]! ^= 1;
      const Signature = changed === 'shape' ? signature.subarray(0, 20) : signature;
      const Message = changed === 'message' ? createHash('sha256').digest() : DIGEST;
      await expect(
        client.send(
          new VerifyCommand({
            KeyId,
            Message,
            MessageType: 'DIGEST',
            Signature,
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        ),
      ).rejects.toMatchObject({ name: 'KMSInvalidSignatureException' });
    },
  );

  it('Sign is refused to everyone but the signers of the key, its public half is not', async () => {
    for (const caller of ['publisher', undefined]) {
      const other = new KMSClient(world.config(caller));
      await expect(sign({}, other)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      const { KeySpec } = await other.send(new GetPublicKeyCommand({ KeyId }));
      expect(KeySpec).toBe('ECC_NIST_P256');
    }
  });

  it('a key is found by id, ARN and alias', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    for (const id of [KeyMetadata?.Arn, 'alias/approval']) {
      const found = await client.send(new DescribeKeyCommand({ KeyId: id }));
      expect(found.KeyMetadata?.KeyId).toBe(KeyId);
    }
  });

  it('an unknown key is NotFoundException', async () => {
    await expect(sign({ KeyId: 'alias/none' })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });

  it.each([31, 33])('a digest of %i bytes is a ValidationException', async (bytes) => {
    await expect(sign({ Message: Buffer.alloc(bytes) })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('a raw message may have 4096 bytes and not 4097', async () => {
    const raw = (bytes: number) => sign({ Message: Buffer.alloc(bytes), MessageType: 'RAW' });
    await raw(4096);
    await expect(raw(4097)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('CreateKey makes a key anyone can sign with', async () => {
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    );
    const external = new KMSClient(world.config());
    await sign({ KeyId: KeyMetadata?.KeyId }, external);
  });

  it('the log holds the key and no message', async () => {
    await sign();
    expect(world.aws.board.calls().calls[0]).toMatchObject({
      operation: 'kms:Sign',
      args: { keyId: KeyId, messageType: 'DIGEST', signingAlgorithm: 'ECDSA_SHA_256' },
    });
  });
});
