import type { AlertPath } from '../domain/alerts/alert-paths.ts';
import type { AcceptableSecret } from '../domain/verification/signed-request.ts';
import { verifyBearer } from '../domain/verification/verify-bearer.ts';
import {
  type GrafanaAlertingHeaders,
  verifyGrafanaAlerting,
} from '../domain/verification/verify-grafana-alerting.ts';
import { verifyOnCallHmac } from '../domain/verification/verify-on-call-hmac.ts';
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
  alertingHeaders: GrafanaAlertingHeaders;
};

/**
 * Checks who sent a request, by the one scheme that its path is pinned to.
 *
 * The scheme never depends on the headers that happen to be there, and nothing weaker is tried.
 * @throws {VerificationError} the sender is not who the path is for
 * @throws {SecretError} `SECRET_UNAVAILABLE`: nobody can tell
 */
export async function authenticateAlert(
  deps: AuthenticateAlertDeps,
  path: AlertPath,
  request: ArrivedRequest,
): Promise<void> {
  await verifyWithRotation(deps.secrets[path], (secrets) =>
    verifyAs(deps, path, { ...request, secrets }),
  );
}

function verifyAs(
  deps: AuthenticateAlertDeps,
  path: AlertPath,
  request: ArrivedRequest & { secrets: readonly AcceptableSecret[] },
): void {
  switch (path) {
    case '/webhooks/grafana-oncall':
      verifyOnCallHmac(request);
      break;
    case '/webhooks/grafana-oncall/bearer':
      verifyBearer(request);
      break;
    case '/webhooks/grafana-alerting': {
      const { clock, alertingHeaders: names } = deps;
      verifyGrafanaAlerting({ ...request, nowMs: clock.nowMs(), names });
      break;
    }
    default:
      // Unreachable by type; falling through would let a request pass unchecked.
      assertNever(path);
  }
}

function assertNever(path: never): never {
  throw new TypeError(`cannot authenticate path: expected a known one, got ${path}`);
}
