/** One secret a sender may have used. During a rotation there are two. */
export type AcceptableSecret = {
  value: string;
  /**
   * Set on a secret that was replaced: a request signed after this is refused even if the signature
   * fits. Only schemes with a signed time can check it. Unit: Unix seconds.
   */
  notSignedAfterS?: number;
};

/** What a verifier looks at: the bytes as they arrived, before anything is parsed. */
export type SignedRequest = {
  /** The raw body. MUST be the received bytes, never a re-serialised form. */
  body: Uint8Array;
  /** Header names in lower case. A repeated header arrives as one value joined with a comma. */
  headers: Readonly<Record<string, string | undefined>>;
  secrets: readonly AcceptableSecret[];
};
