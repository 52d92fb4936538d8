/** One version of a secret. */
export type SecretVersion = {
  versionId: string;
  value: string;
  /** When this version was stored; the start of an overlap. Epoch milliseconds. */
  createdAtMs: number;
};

/**
 * Where secrets are kept. Each method is one call, with its own short time-out.
 * @throws {SecretError} `SECRET_UNAVAILABLE` (retryable), `SECRET_MALFORMED` for an empty value
 */
export interface SecretSource {
  /** The version in use (AWSCURRENT). */
  current(secretId: string): Promise<SecretVersion>;
  /** The version before it (AWSPREVIOUS); undefined when there is none, or it was revoked. */
  previous(secretId: string): Promise<SecretVersion | undefined>;
}
