import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SecretsManagerSource } from '../../../src/adapters/secrets-manager/secrets-manager-source.ts';
import { SecretError } from '../../../src/domain/errors.ts';

const aws = mockClient(SecretsManagerClient);
const source = new SecretsManagerSource({ region: 'us-east-1' });
const STORED = {
  SecretString: 'one',
  VersionId: 'v1',
  CreatedDate: new Date('2026-03-14T09:00:00Z'),
};
const named = (name: string) => Object.assign(new Error('vendor text'), { name });

beforeEach(() => aws.reset());

describe('SecretsManagerSource', () => {
  it('current() is one GetSecretValue of AWSCURRENT', async () => {
    aws.on(GetSecretValueCommand).resolves(STORED);
    expect(await source.current('webhook')).toEqual({
      versionId: 'v1',
      value: 'one',
      createdAtMs: 1_773_478_800_000,
    });
    expect(aws.calls().map(({ args }) => args[0].input)).toEqual([
      { SecretId: 'webhook', VersionStage: 'AWSCURRENT' },
    ]);
  });

  it('previous() is one GetSecretValue of AWSPREVIOUS', async () => {
    aws.on(GetSecretValueCommand).resolves(STORED);
    expect(await source.previous('webhook')).toMatchObject({ versionId: 'v1' });
    expect(aws.calls().map(({ args }) => args[0].input)).toEqual([
      { SecretId: 'webhook', VersionStage: 'AWSPREVIOUS' },
    ]);
  });

  it('previous() is undefined when no version holds the label', async () => {
    aws.on(GetSecretValueCommand).rejects(named('ResourceNotFoundException'));
    expect(await source.previous('webhook')).toBeUndefined();
  });

  it('throws SECRET_UNAVAILABLE for anything the service refuses', async () => {
    aws.on(GetSecretValueCommand).rejects(named('ThrottlingException'));
    const unavailable = [SecretError, 'SECRET_UNAVAILABLE'] as const;
    await expect(source.current('webhook')).rejects.toThrowWithCode(...unavailable);
    await expect(source.previous('webhook')).rejects.toThrowWithCode(...unavailable);
    aws.on(GetSecretValueCommand).rejects(named('ResourceNotFoundException'));
    await expect(source.current('webhook')).rejects.toThrowWithCode(...unavailable);
    await expect(source.current('webhook')).rejects.toThrow(
      'cannot fetch secret webhook: expected AWSCURRENT, got ResourceNotFoundException',
    );
  });

  it('throws SECRET_MALFORMED for an empty or binary value, which must never verify', async () => {
    for (const answer of [
      { ...STORED, SecretString: '' },
      { VersionId: 'v1', CreatedDate: STORED.CreatedDate },
    ]) {
      aws.on(GetSecretValueCommand).resolves(answer);
      await expect(source.current('webhook')).rejects.toThrowWithCode(
        SecretError,
        'SECRET_MALFORMED',
      );
    }
  });
});
