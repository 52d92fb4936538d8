import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { ALERT_ROUTES, type AlertPath, isAlertPath } from '../domain/alerts/alert-paths.ts';
import { codeOf, VerificationError } from '../domain/errors.ts';
import { REQUEST_BODY_MAX_BYTES } from '../domain/limits.ts';
import { composeAlertWebhook } from './compose-alert-webhook.ts';
import { answer, type HttpAnswer, type HttpEvent, lowerCaseHeaders, rawBody } from './http.ts';

/**
 * OnCall ignores status codes and repeats a delivery only when 4 s pass without an answer, so an
 * alert that could not be stored is held longer than that. Unit: ms.
 */
export const ONCALL_STALL_MS = 4_500;

/**
 * The function that alerts arrive at: verify the raw bytes, store, answer.
 *
 * The handler never throws and answers 5xx only while our own stores or secrets are out.
 * @throws {ConfigError} when the environment is not complete
 */
export function createAlertWebhook(
  environment: Environment,
  system: System,
): (event: HttpEvent) => Promise<HttpAnswer> {
  const { authenticate, accept } = composeAlertWebhook(environment, system);

  return async (event) => {
    const method = event.requestContext?.http?.method;
    const path = event.rawPath ?? '';
    if (path === '/health') return method === 'GET' ? answer(200, { ok: true }) : notAllowed('GET');
    if (!isAlertPath(path)) return answer(404, { error: 'not found' });
    if (method !== 'POST') return notAllowed('POST');
    const body = rawBody(event);
    if (body.byteLength > REQUEST_BODY_MAX_BYTES) {
      system.log.count('WebhookRefused', { code: 'BODY_TOO_LARGE' });
      return answer(413, { error: 'body over 1 MiB' });
    }
    let deliveryId: string | undefined;
    try {
      ({ deliveryId } = await authenticate(path, { body, headers: lowerCaseHeaders(event) }));
    } catch (error) {
      if (!(error instanceof VerificationError)) return unavailable(path, error);
      system.log.count('WebhookRefused', { code: error.code, path });
      return answer(401, { error: 'not authenticated' });
    }
    // A signed id is the same for each attempt at one delivery; the gateway's is not.
    const requestId = deliveryId ?? (event.requestContext?.requestId || system.ids.unique());
    const outcome = await accept({ path, body, requestId });
    if (outcome === 'not_stored') return unavailable(path);
    return answer(202, { result: outcome });
  };

  async function unavailable(path: AlertPath, error?: unknown): Promise<HttpAnswer> {
    system.log.count('WebhookUnavailable', { code: error ? codeOf(error) : 'NOT_STORED' });
    if (ALERT_ROUTES[path].repeatsOn === 'time-out') await system.pause.forMs(ONCALL_STALL_MS);
    return answer(503, { error: 'send it again' });
  }
}

function notAllowed(allow: 'GET' | 'POST'): HttpAnswer {
  return answer(405, { error: 'method not allowed' }, { allow });
}
