import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { awsClientOptions } from '../src/adapters/aws/client-options.ts';
import { type Environment, readAwsAccess } from '../src/config.ts';

/** Which version of a secret is current and which the one before; ages by their creation. */
export type SecretVersions = {
  current: { versionId: string; createdAtMs: number } | undefined;
  previousVersionId: string | undefined;
};

/**
 * Writes secrets and looks at their versions. Never reads a value: an operator who rotates a secret
 * does not need the permission to.
 */
export class SecretStore {
  readonly #client: SecretsManagerClient;

  /** @param endpoint - instead of AWS, e.g. the embedded world's */
  constructor(environment: Environment, endpoint?: string) {
    const access = readAwsAccess(environment);
    this.#client = new SecretsManagerClient(
      awsClientOptions({ ...access, endpoint: endpoint ?? access.endpoint }),
    );
  }

  /** @throws when the secret does not exist, i.e. nothing was deployed under this name */
  async versions(secretId: string): Promise<SecretVersions> {
    const { Versions = [] } = await this.#client.send(
      new ListSecretVersionIdsCommand({ SecretId: secretId }),
    );
    const staged = (stage: string) =>
      Versions.find(({ VersionStages = [] }) => VersionStages.includes(stage));
    const current = staged('AWSCURRENT');
    return {
      current: current?.VersionId
        ? { versionId: current.VersionId, createdAtMs: current.CreatedDate?.getTime() ?? 0 }
        : undefined,
      previousVersionId: staged('AWSPREVIOUS')?.VersionId,
    };
  }

  /**
   * Makes a value the current one; the old one becomes `AWSPREVIOUS`.
   * @param token - makes a repetition after a lost answer harmless
   */
  async put(secretId: string, value: string, token: string): Promise<void> {
    await this.#client.send(
      new PutSecretValueCommand({
        SecretId: secretId,
        SecretString: value,
        ClientRequestToken: token,
      }),
    );
  }

  /** Takes `AWSPREVIOUS` away, so that the old value is accepted nowhere. */
  async dropPrevious(secretId: string, previousVersionId: string): Promise<void> {
    await this.#client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: 'AWSPREVIOUS',
        RemoveFromVersionId: previousVersionId,
      }),
    );
  }
}
