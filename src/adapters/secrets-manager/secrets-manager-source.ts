import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError } from '../../domain/errors.ts';
import type { SecretSource, SecretVersion } from '../../services/secret-source.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/** A sender waits while a secret is fetched: one call, retry included, gets this long. Unit: ms. */
export const SECRET_CALL_BUDGET_MS = 1_200;
const CONNECTION_TIMEOUT_MS = 400;
const REQUEST_TIMEOUT_MS = 700;

/** Reads secrets from AWS Secrets Manager; each method is one `GetSecretValue`. */
export class SecretsManagerSource implements SecretSource {
  readonly #client: SecretsManagerClient;

  constructor(options: AwsClientOptions) {
    this.#client = new SecretsManagerClient({
      ...options,
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  current(secretId: string): Promise<SecretVersion> {
    return this.#get(secretId, 'AWSCURRENT');
  }

  async previous(secretId: string): Promise<SecretVersion | undefined> {
    try {
      return await this.#get(secretId, 'AWSPREVIOUS');
    } catch (error) {
      // No version holds the label: never rotated, or the old one was revoked.
      if (error instanceof SecretError && nameOf(error.cause) === 'ResourceNotFoundException') {
        return undefined;
      }
      throw error;
    }
  }

  async #get(secretId: string, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<SecretVersion> {
    const output = await this.#client
      .send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }), {
        abortSignal: AbortSignal.timeout(SECRET_CALL_BUDGET_MS),
      })
      .catch((cause: unknown) => {
        throw new SecretError({
          code: 'SECRET_UNAVAILABLE',
          message: `cannot fetch secret ${secretId}: expected ${stage}, got ${nameOf(cause)}`,
          retryable: true,
          cause,
        });
      });
    const { SecretString: value, VersionId: versionId, CreatedDate: createdAt } = output;
    if (!value || !versionId || !createdAt) {
      throw new SecretError({
        code: 'SECRET_MALFORMED',
        message: `cannot use secret ${secretId}: expected non-empty text in ${stage}`,
        retryable: false,
      });
    }
    return { versionId, value, createdAtMs: createdAt.getTime() };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'no answer';
}
