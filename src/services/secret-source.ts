/** One version of a secret. */
export type SecretVersion = {
  versionId: string;
  value: string;
  /** When this version was stored; the start of an overlap. Epoch milliseconds. */
  createdAtMs: number;
};

/**
 * Where secrets are kept. Each method is one call, with its own short time-out.
 * @throws {SecretError} `SECRET_UNAVAILABLE` (retryable), `SECRET_MALFORMED`: what is stored is empty or
 *   can be read in more than one way, see `storedSecret()`; that of a previous version is none
 */
export interface SecretSource {
  /** The version in use (AWSCURRENT). */
  current(secretId: string): Promise<SecretVersion>;
  /** The version before it (AWSPREVIOUS); undefined when there is none, or it was revoked. */
  previous(secretId: string): Promise<SecretVersion | undefined>;
}
