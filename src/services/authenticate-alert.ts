import { ALERT_ROUTES, type AlertPath } from '../domain/alerts/alert-paths.ts';
import type { SenderSettings, VerifiedDelivery } from '../domain/alerts/senders/sender.ts';
import type { Clock } from './ports.ts';
import { type SecretCache, verifyWithRotation } from './secret-cache.ts';

/** A request as it arrived, nothing of it trusted. */
export type ArrivedRequest = {
  body: Uint8Array;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
};

export type AuthenticateAlertDeps = {
  clock: Clock;
  secrets: Readonly<Record<AlertPath, SecretCache>>;
  settings: SenderSettings;
};

/**
 * Checks who sent a request, by the one scheme that its path is pinned to.
 *
 * The scheme never depends on the headers that happen to be there, and nothing weaker is tried.
 * @throws {VerificationError} the sender is not who the path is for
 * @throws {SecretError} nobody can tell: `SECRET_UNAVAILABLE`, or `SECRET_MALFORMED` for a stored
 *   value that cannot be the path's key
 */
export async function authenticateAlert(
  deps: AuthenticateAlertDeps,
  path: AlertPath,
  request: ArrivedRequest,
): Promise<VerifiedDelivery> {
  const { clock, settings } = deps;
  return verifyWithRotation(deps.secrets[path], (secrets) =>
    ALERT_ROUTES[path].verify({ ...request, secrets }, { nowMs: clock.nowMs(), settings }),
  );
}
