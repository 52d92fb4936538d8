import { codeOf, SecretError, VerificationError } from '../domain/errors.ts';
import type { AcceptableSecret } from '../domain/verification/signed-request.ts';
import type { Clock, Log } from './ports.ts';
import type { SecretSource, SecretVersion } from './secret-source.ts';

/** How long fetched versions are used without asking again. Unit: ms. */
export const SECRET_TTL_MS = 300_000;
/** At most one forced refresh in this time, whatever arrives. Unit: ms. */
export const FORCED_REFRESH_INTERVAL_MS = 30_000;
/** After a failed refresh, the last good versions serve this long before the next try. Unit: ms. */
export const FAILED_REFRESH_RETRY_MS = 30_000;

/** When the replaced version of a secret is still accepted. */
export type PreviousRule =
  /** For this long after the current one was stored; 0 = never. Unit: ms. */
  | { kind: 'for'; overlapMs: number }
  /** For requests signed before the current one was stored + this. Unit: ms. */
  | { kind: 'signed_before'; graceMs: number };

/** Slack's rule: a signing secret has no overlap at the sender, only requests under way. */
export const SLACK_PREVIOUS_RULE: PreviousRule = { kind: 'signed_before', graceMs: 300_000 };

export type SecretCacheDeps = { source: SecretSource; clock: Clock; log: Log };
type Versions = { current: SecretVersion; previous: SecretVersion | undefined };

/**
 * The versions of one secret, kept in memory through rotations and outages.
 *
 * - Fetched at first use and after 5 min; one refresh at a time, at most two calls each.
 * - The replaced version stays acceptable under the `previous` rule, counted from the moment the
 *   current one was stored, not from when it was seen.
 * - A failed refresh leaves the last good versions in use: counted as `SecretRefreshFailed`, or as
 *   `SecretMalformed` where the stored value itself must be repaired; both name the secret.
 */
export class SecretCache {
  readonly #deps: SecretCacheDeps;
  readonly #secretId: string;
  readonly #previousRule: PreviousRule;
  #versions: Versions | undefined;
  /** What is stored now cannot be a secret. */
  #isMalformed = false;
  /** Both calls of the last refresh succeeded. */
  #isWhole = false;
  #refreshDueAtMs = 0;
  #forcedAllowedAtMs = 0;
  #refreshing: Promise<void> | undefined;

  constructor(deps: SecretCacheDeps, of: { secretId: string; previousRule: PreviousRule }) {
    this.#deps = deps;
    this.#secretId = of.secretId;
    this.#previousRule = of.previousRule;
  }

  /**
   * The value in use now, for secrets that we present rather than check.
   * @throws {SecretError} as `acceptable()`
   */
  async current(): Promise<string> {
    return (await this.#usable()).versions.current.value;
  }

  /**
   * The secrets a sender may have used at this moment, the current one first.
   *
   * @returns `fetchedNow`: they were fetched for this call, so asking again would tell nothing new
   * @throws {SecretError} when none was ever fetched: `SECRET_UNAVAILABLE`, an outage of ours, or
   *   `SECRET_MALFORMED`, a mistake of whoever stored it. Both pass when it is repaired
   */
  async acceptable(): Promise<{ secrets: AcceptableSecret[]; fetchedNow: boolean }> {
    const { versions, fetchedNow } = await this.#usable();
    const { current, previous } = versions;
    const replaced = previous ? this.#acceptPrevious(current, previous) : undefined;
    return { secrets: [{ value: current.value }, ...(replaced ? [replaced] : [])], fetchedNow };
  }

  /**
   * Fetches again because a check failed, unless that was done less than 30 s ago.
   * @returns true when there may be newer secrets to check against
   */
  async refreshAfterFailedCheck(): Promise<boolean> {
    if (this.#refreshing) {
      await this.#refreshing;
      return true;
    }
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs < this.#forcedAllowedAtMs) return false;
    this.#forcedAllowedAtMs = nowMs + FORCED_REFRESH_INTERVAL_MS;
    await this.#refresh();
    return true;
  }

  /** Says that the value in use is no key of its scheme, which only the scheme can tell. */
  countMalformed(): void {
    this.#deps.log.count('SecretMalformed', { secret: this.#name() });
  }

  #acceptPrevious(current: SecretVersion, previous: SecretVersion): AcceptableSecret | undefined {
    const rule = this.#previousRule;
    if (rule.kind === 'for') {
      const isOver = this.#deps.clock.nowMs() >= current.createdAtMs + rule.overlapMs;
      return isOver ? undefined : { value: previous.value };
    }
    // "Before" is strict, and signed times are whole seconds.
    const notSignedAfterS = Math.ceil((current.createdAtMs + rule.graceMs) / 1000) - 1;
    return { value: previous.value, notSignedAfterS };
  }

  async #usable(): Promise<{ versions: Versions; fetchedNow: boolean }> {
    const isDue = this.#deps.clock.nowMs() >= this.#refreshDueAtMs || !this.#versions;
    const isOurs = isDue && !this.#refreshing;
    if (isDue) await (this.#refreshing ?? this.#refresh());
    if (this.#versions) {
      return { versions: this.#versions, fetchedNow: isOurs && this.#isWhole };
    }
    throw new SecretError({
      code: this.#isMalformed ? 'SECRET_MALFORMED' : 'SECRET_UNAVAILABLE',
      message:
        `cannot use secret: expected a fetched version, got ` +
        `${this.#isMalformed ? 'one that must be stored anew' : 'none'}`,
      retryable: true,
    });
  }

  /** Never rejects: what failed is counted, and the last good versions stay. */
  #refresh(): Promise<void> {
    this.#refreshing = this.#fetch().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetch(): Promise<void> {
    const { source, clock } = this.#deps;
    const rule = this.#previousRule;
    const wantsPrevious = rule.kind === 'signed_before' || rule.overlapMs > 0;
    const [current, previous] = await Promise.allSettled([
      source.current(this.#secretId),
      wantsPrevious ? source.previous(this.#secretId) : Promise.resolve(undefined),
    ]);
    this.#isWhole = current.status === 'fulfilled' && previous.status === 'fulfilled';
    this.#refreshDueAtMs =
      clock.nowMs() + (this.#isWhole ? SECRET_TTL_MS : FAILED_REFRESH_RETRY_MS);
    if (previous.status === 'rejected') this.#countFailure(previous.reason);
    this.#isMalformed = current.status === 'rejected' && isMalformed(current.reason);
    if (current.status === 'rejected') {
      if (this.#isMalformed) this.countMalformed();
      else this.#countFailure(current.reason);
      return;
    }
    const known =
      previous.status === 'fulfilled' ? previous.value : this.#lastKnownBefore(current.value);
    this.#versions = {
      current: current.value,
      // A rotation between the two calls shows the same version twice.
      previous: known?.versionId === current.value.versionId ? undefined : known,
    };
  }

  /** What AWSPREVIOUS must be, as far as this process has seen. */
  #lastKnownBefore(current: SecretVersion): SecretVersion | undefined {
    const seen = this.#versions;
    return seen?.current.versionId === current.versionId ? seen.previous : seen?.current;
  }

  #countFailure(error: unknown): void {
    this.#deps.log.count('SecretRefreshFailed', { code: codeOf(error), secret: this.#name() });
  }

  /** As commands and documents call it: behind the last slash, without the end of an ARN. */
  #name(): string {
    const name = this.#secretId.slice(this.#secretId.lastIndexOf('/') + 1);
    return this.#secretId.startsWith('arn:') ? name.replace(/-[A-Za-z0-9]{6}$/, '') : name;
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof SecretError && error.code === 'SECRET_MALFORMED';
}

/**
 * Checks a request against the secrets of a rotation: a signature that fits none of them gets one
 * forced refresh and one more try.
 *
 * Only `SIGNATURE_MISMATCH` can mean a secret we have not seen, and `SECRET_MALFORMED` one that was
 * repaired; a stale or malformed request is refused at once and costs no call.
 * @throws {VerificationError} what `verify` threw at last
 * @throws {SecretError} nobody can say whether the signature is right
 */
export async function verifyWithRotation<T>(
  cache: SecretCache,
  verify: (secrets: readonly AcceptableSecret[]) => T,
): Promise<T> {
  const { secrets, fetchedNow } = await cache.acceptable();
  try {
    return verify(secrets);
  } catch (error) {
    const isMismatch = error instanceof VerificationError && error.code === 'SIGNATURE_MISMATCH';
    if (isMalformed(error)) cache.countMalformed();
    else if (!isMismatch) throw error;
    if (fetchedNow || !(await cache.refreshAfterFailedCheck())) throw error;
  }
  return verify((await cache.acceptable()).secrets);
}
