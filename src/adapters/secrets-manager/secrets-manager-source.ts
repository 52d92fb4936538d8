import { SecretError } from '../../domain/errors.ts';
import { storedSecret } from '../../domain/stored-secret.ts';
import type { SecretSource, SecretVersion } from '../../services/secret-source.ts';
import { nameOfFailure } from '../aws/aws-call-error.ts';
import { AwsJsonClient } from '../aws/aws-json-client.ts';
import type { AwsClientOptions } from '../aws/client-options.ts';

/** A sender waits while a secret is fetched: one call, retry included, gets this long. Unit: ms. */
export const SECRET_CALL_BUDGET_MS = 1_200;
const LIMITS = { connectMs: 400, answerMs: 700, budgetMs: SECRET_CALL_BUDGET_MS };
const SECRETS_MANAGER = {
  name: 'secretsmanager',
  target: 'secretsmanager',
  jsonVersion: '1.1',
} as const;

/** Reads secrets from AWS Secrets Manager; each method is one `GetSecretValue`. */
export class SecretsManagerSource implements SecretSource {
  readonly #client: AwsJsonClient;

  constructor(options: AwsClientOptions) {
    this.#client = new AwsJsonClient(SECRETS_MANAGER, options, LIMITS);
  }

  current(secretId: string): Promise<SecretVersion> {
    return this.#get(secretId, 'AWSCURRENT');
  }

  async previous(secretId: string): Promise<SecretVersion | undefined> {
    try {
      return await this.#get(secretId, 'AWSPREVIOUS');
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      // No version holds the label: never rotated, or the old one was revoked.
      if (nameOfFailure(error.cause) === 'ResourceNotFoundException') return undefined;
      // It was repaired by a new version, and nobody can be asked to repair it again.
      if (error.code === 'SECRET_MALFORMED') return undefined;
      throw error;
    }
  }

  async #get(secretId: string, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<SecretVersion> {
    const output = await this.#client
      .call('GetSecretValue', { SecretId: secretId, VersionStage: stage })
      .catch((cause: unknown) => {
        throw new SecretError({
          code: 'SECRET_UNAVAILABLE',
          message: `cannot fetch secret ${secretId}: expected ${stage}, got ${nameOfFailure(cause)}`,
          retryable: true,
          cause,
        });
      });
    const { SecretString: stored, VersionId: versionId, CreatedDate: createdS } = output;
    const value = isText(stored) ? storedSecret(stored) : undefined;
    if (value === undefined || !isText(versionId) || typeof createdS !== 'number') {
      throw new SecretError({
        code: 'SECRET_MALFORMED',
        message: `cannot use secret ${secretId}: expected one value in ${stage}, as text`,
        retryable: false,
      });
    }
    return { versionId, value, createdAtMs: Math.round(createdS * 1000) };
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
