import type { System } from '../adapters/system/system.ts';
import type { Environment } from '../config.ts';
import { codeOf, VerificationError } from '../domain/errors.ts';
import { REQUEST_BODY_MAX_BYTES } from '../domain/limits.ts';
import type { SlackAck } from '../services/accept-slack-request.ts';
import { composeSlackIngress, type SlackIngressParts } from './compose-slack-ingress.ts';
import { answer, type HttpAnswer, type HttpEvent, lowerCaseHeaders, rawBody } from './http.ts';

/** Where Slack sends commands, clicks and forms, and its own questions. */
export const SLACK_PATHS = ['/slack/commands', '/slack/interactions', '/slack/events'] as const;

/** What of a request travels on: the signature's parts, and how the body is to be read. */
const SIGNED_HEADERS = ['x-slack-signature', 'x-slack-request-timestamp', 'content-type'] as const;

/**
 * The function that Slack talks to: verify the raw bytes, open the modal that is asked for, enqueue
 * the signed request, answer within 3 s.
 *
 * @throws {ConfigError} when the environment or the configuration folder is not complete
 */
export function createSlackIngress(
  environment: Environment,
  system: System,
): (event: HttpEvent) => Promise<HttpAnswer> {
  const { verify, parse, accept, joined, shown } = composeSlackIngress(environment, system);

  return async (event) => {
    const path = event.rawPath ?? '';
    if (!SLACK_PATHS.some((known) => known === path)) return answer(404, { error: 'not found' });
    if (event.requestContext?.http?.method !== 'POST') {
      return answer(405, { error: 'method not allowed' }, { allow: 'POST' });
    }
    const body = rawBody(event);
    if (body.byteLength > REQUEST_BODY_MAX_BYTES) return answer(413, { error: 'body over 1 MiB' });
    const headers = lowerCaseHeaders(event);
    try {
      await verify({ body, headers });
    } catch (error) {
      if (!(error instanceof VerificationError)) return unavailable(error);
      system.log.count('SlackRequestRefused', { code: error.code });
      return answer(401, { error: 'not authenticated' });
    }
    system.log.count('SlackRequestAuthentic');
    // The first delivery was only slow to be answered; what it asked for was enqueued.
    const isRepeat = headers['x-slack-retry-num'] !== undefined;
    if (isRepeat && headers['x-slack-retry-reason'] === 'http_timeout') {
      return empty({ 'x-slack-no-retry': '1' });
    }
    return take(headers, Buffer.from(body));
  };

  async function take(
    headers: Record<string, string | undefined>,
    raw: Buffer,
  ): Promise<HttpAnswer> {
    const body = raw.toString('utf8');
    // The worker verifies the text again, so it must hold the very bytes.
    const isText = Buffer.from(body, 'utf8').equals(raw);
    const read = isText ? parse(headers, body) : ({ kind: 'unreadable' } as const);
    if (read.kind === 'unreadable') {
      system.log.count('SlackRequestRefused', { code: 'UNREADABLE' });
      return answer(400, { error: 'cannot be read' });
    }
    if (read.kind === 'ping') {
      return read.challenge === null ? empty() : answer(200, { challenge: read.challenge });
    }
    if (read.kind === 'app_joined') {
      // Slack says it again, if it could not be enqueued.
      return (await joined(read)) ? empty() : answer(503, { error: 'try again' });
    }
    const signed = Object.fromEntries(SIGNED_HEADERS.map((name) => [name, headers[name] ?? '']));
    return acknowledge(await accept(read, { headers: signed, body }), shown);
  }

  function unavailable(error: unknown): HttpAnswer {
    system.log.count('SlackIngressUnavailable', { code: codeOf(error) });
    return answer(503, { error: 'try again' });
  }
}

function acknowledge(ack: SlackAck, shown: SlackIngressParts['shown']): HttpAnswer {
  switch (ack.kind) {
    case 'taken':
      return empty();
    case 'told':
      return answer(200, { response_type: 'ephemeral', text: shown(ack.text) });
    case 'corrected':
      return answer(200, { response_action: 'errors', errors: ack.errors });
  }
}

/** Slack takes an empty 200 as "done": a form closes, a command says nothing. */
function empty(headers: Record<string, string> = {}): HttpAnswer {
  return { statusCode: 200, headers: { 'cache-control': 'no-store', ...headers }, body: '' };
}
