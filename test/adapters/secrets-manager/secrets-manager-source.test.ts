import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SecretsManagerSource } from '../../../src/adapters/secrets-manager/secrets-manager-source.ts';
import { SecretError } from '../../../src/domain/errors.ts';
import { AwsEndpoint, refusal } from '../aws/aws-endpoint.ts';

const STORED = { SecretString: 'one', VersionId: 'v1', CreatedDate: 1_773_478_800 };

let aws: AwsEndpoint;
let source: SecretsManagerSource;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
  source = new SecretsManagerSource(aws.options);
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

describe('SecretsManagerSource', () => {
  it('current() is one GetSecretValue of AWSCURRENT', async () => {
    aws.on('GetSecretValue', { body: STORED });
    expect(await source.current('webhook')).toEqual({
      versionId: 'v1',
      value: 'one',
      createdAtMs: 1_773_478_800_000,
    });
    expect(aws.inputs('GetSecretValue')).toEqual([
      { SecretId: 'webhook', VersionStage: 'AWSCURRENT' },
    ]);
  });

  it('previous() is one GetSecretValue of AWSPREVIOUS', async () => {
    aws.on('GetSecretValue', { body: STORED });
    expect(await source.previous('webhook')).toMatchObject({ versionId: 'v1' });
    expect(aws.inputs('GetSecretValue')).toEqual([
      { SecretId: 'webhook', VersionStage: 'AWSPREVIOUS' },
    ]);
  });

  it('previous() is undefined when no version holds the label', async () => {
    aws.on('GetSecretValue', refusal('ResourceNotFoundException'));
    expect(await source.previous('webhook')).toBeUndefined();
  });

  it('throws SECRET_UNAVAILABLE for anything the service refuses', async () => {
    aws.on('GetSecretValue', refusal('ThrottlingException'));
    const unavailable = [SecretError, 'SECRET_UNAVAILABLE'] as const;
    await expect(source.current('webhook')).rejects.toThrowWithCode(...unavailable);
    await expect(source.previous('webhook')).rejects.toThrowWithCode(...unavailable);
    aws.on('GetSecretValue', refusal('ResourceNotFoundException'));
    await expect(source.current('webhook')).rejects.toThrowWithCode(...unavailable);
    await expect(source.current('webhook')).rejects.toThrow(
      'cannot fetch secret webhook: expected AWSCURRENT, got ResourceNotFoundException',
    );
  });

  it('reads what is stored as the one secret in it', async () => {
    aws.on('GetSecretValue', { body: { ...STORED, SecretString: '{"webhook":"one"}\n' } });
    expect(await source.current('webhook')).toMatchObject({ value: 'one' });
  });

  it('previous() is undefined for a version that was no secret', async () => {
    aws.on('GetSecretValue', { body: { ...STORED, SecretString: 'one\ntwo' } });
    expect(await source.previous('webhook')).toBeUndefined();
    await expect(source.current('webhook')).rejects.toThrow(
      'cannot use secret webhook: expected one value in AWSCURRENT, as text',
    );
  });

  it('throws SECRET_MALFORMED for an empty or binary value, which must never verify', async () => {
    for (const answer of [
      { ...STORED, SecretString: '' },
      { VersionId: 'v1', CreatedDate: STORED.CreatedDate, SecretBinary: 'b25l' },
      { SecretString: 'one', CreatedDate: STORED.CreatedDate },
      { SecretString: 'one', VersionId: 'v1' },
    ]) {
      aws.on('GetSecretValue', { body: answer });
      await expect(source.current('webhook')).rejects.toThrowWithCode(
        SecretError,
        'SECRET_MALFORMED',
      );
    }
  });
});
