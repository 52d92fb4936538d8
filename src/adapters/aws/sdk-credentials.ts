import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsClientOptions, AwsCredentials } from './client-options.ts';

/**
 * Credentials as the SDK finds them on a person's machine: profiles, single sign-on and all that.
 * For tools; a function has its own in its environment, and must not load the SDK to find them.
 */
export function sdkCredentials(options: AwsClientOptions): () => Promise<AwsCredentials> {
  const client = new SecretsManagerClient(options);
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  };
}
