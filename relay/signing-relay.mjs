#!/usr/bin/env node
/**
 * Signs what a stock Grafana OnCall cannot: takes its bearer webhook inside your network, and sends
 * the unchanged bytes on as Standard Webhooks v1. One file, Node 20 or newer, no dependencies.
 *
 * OnCall waits 4 s for an answer, ignores its status, and sends again only when there was none. So
 * what was taken over is answered at once, and what was not is held until OnCall has given up.
 *
 * How to install, connect and rotate: docs/signing-relay.md
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** The product refuses more. Unit: bytes. */
const BODY_MAX_BYTES = 1_048_576;
/** From the request's first byte to giving up on the product; OnCall has gone after 4,000 ms. */
const DEADLINE_MS = 3_300;
/** One attempt at the product: two fit into the deadline, and a cold start into one. */
const ATTEMPT_MS = 1_600;
const BETWEEN_ATTEMPTS_MS = 200;
/** When an alert that was not taken over is answered: after OnCall's 4 s, so that it sends again. */
const HOLD_MS = 4_500;
/** OnCall's four attempts at one delivery are over within about a minute. */
const REPEATED_WITHIN_MS = 180_000;
const REMEMBERED_MAX = 10_000;
/** Bodies in memory at once. More wait for OnCall's next attempt. */
const IN_HAND_MAX = 64;
const SECRETS_MAX = 4;

const settings = readSettings(process.env);
let secrets = readSecrets(settings);
/** Deliveries that OnCall may send again: SHA-256 of the body → its id and when that is forgotten. */
const unanswered = new Map();
let inHand = 0;

const server = settings.tls ? createTlsServer(settings.tls, handle) : createServer(handle);
server.requestTimeout = HOLD_MS;
server.headersTimeout = HOLD_MS;
server.on('error', (error) => {
  log('error', 'cannot listen', { code: error.code });
  process.exitCode = 1;
});
server.listen(settings.port, settings.host, () => {
  const { address, port } = server.address();
  log('info', 'listening', { address, port, target: settings.target.host });
});
process.on('SIGHUP', () => {
  try {
    secrets = readSecrets(settings);
    log('info', 'secrets read again', {
      bearers: secrets.bearers.length,
      keys: secrets.keys.length,
    });
  } catch (error) {
    log('error', 'secrets not read again; the old ones stay', { reason: error.message });
  }
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    log('info', 'stopping; requests in hand are finished');
    server.close(() => process.exit());
    server.closeIdleConnections();
  });
}

/** One request. Never rejects. */
async function handle(request, response) {
  const startedAtMs = performance.now();
  const answer = (status, result) => {
    if (response.destroyed || response.headersSent) return;
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ result }));
  };
  // Without an answer in time OnCall sends again; with one it never does, whatever the status says.
  const hold = async (reason) => {
    log('error', 'not taken over; OnCall will send it again', { reason });
    await pause(Math.max(0, settings.holdMs - (performance.now() - startedAtMs)));
    answer(504, 'not forwarded');
  };
  try {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/health' && request.method === 'GET') return answer(200, 'ok');
    if (path !== settings.path) return answer(404, 'not found');
    if (request.method !== 'POST') return answer(405, 'method not allowed');
    // Before a byte of the body is read.
    if (!isBearer(request.headers.authorization)) {
      log('warn', 'refused: not authenticated');
      return answer(401, 'not authenticated');
    }
    if (Number(request.headers['content-length']) > BODY_MAX_BYTES) return answer(413, 'too large');
    if (inHand >= IN_HAND_MAX) return await hold('TOO_MANY_IN_HAND');
    inHand += 1;
    try {
      const body = await readBody(request);
      if (!body) return answer(413, 'too large');
      const outcome = await forward(body, startedAtMs);
      if (outcome === 'TARGET_413') return answer(413, 'too large');
      if (outcome !== 'FORWARDED') return await hold(outcome);
      // A client that has gone will send again, and must find the same id.
      if (!response.destroyed) unanswered.delete(sha256(body));
      answer(200, 'forwarded');
    } finally {
      inHand -= 1;
    }
  } catch {
    // The client went away while it was sending, or sent no whole request.
    response.destroy();
  }
}

/**
 * Signs and sends, again after a quick failure, until the deadline.
 * @returns `FORWARDED`, or why not
 */
async function forward(body, startedAtMs) {
  const id = idOf(body);
  const deadlineAtMs = startedAtMs + settings.deadlineMs;
  let outcome = 'NO_TIME';
  for (let attempt = 1; ; attempt += 1) {
    const leftMs = deadlineAtMs - performance.now();
    if (leftMs < BETWEEN_ATTEMPTS_MS) return outcome;
    outcome = await sendOnce(body, id, Math.min(leftMs, ATTEMPT_MS));
    const tookMs = Math.round(performance.now() - startedAtMs);
    log(outcome === 'FORWARDED' ? 'info' : 'warn', 'sent', { id, attempt, outcome, tookMs });
    if (outcome === 'FORWARDED' || outcome === 'TARGET_413') return outcome;
    await pause(BETWEEN_ATTEMPTS_MS);
  }
}

async function sendOnce(body, id, timeoutMs) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signatures = secrets.keys.map((key) => {
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
    return `v1,${hmac.digest('base64')}`;
  });
  try {
    const response = await fetch(settings.target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      },
      body,
      // A redirect would turn the POST into a GET, or take the alert elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
    });
    await response.body?.cancel();
    return response.ok ? 'FORWARDED' : `TARGET_${response.status}`;
  } catch (error) {
    return error.name === 'TimeoutError' ? 'TARGET_TIMED_OUT' : 'TARGET_UNREACHABLE';
  }
}

/**
 * The id of one delivery: the same for each of OnCall's attempts at it, another for the same words
 * sent later as a new fact. OnCall repeats only what it got no answer to, so only that is remembered.
 */
function idOf(body) {
  const key = sha256(body);
  const nowMs = Date.now();
  for (const [old, { untilMs }] of unanswered) {
    if (untilMs > nowMs && unanswered.size < REMEMBERED_MAX) break;
    unanswered.delete(old);
  }
  const known = unanswered.get(key);
  if (known && known.untilMs > nowMs) return known.id;
  const id = `msg_${sha256(`${nowMs}.${key}`).slice(0, 32)}`;
  unanswered.set(key, { id, untilMs: nowMs + REPEATED_WITHIN_MS });
  return id;
}

async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Both sides are hashed to one length, and each token is compared, matching or not. */
function isBearer(header) {
  const token = /^Bearer ([\x21-\x2b\x2d-\x7e]{1,4096})$/i.exec(header ?? '')?.[1];
  if (token === undefined) return false;
  const given = createHash('sha256').update(token).digest();
  let matches = 0;
  for (const bearer of secrets.bearers) matches |= Number(timingSafeEqual(given, bearer));
  return matches === 1;
}

function sha256(value) {
  return createHash('sha256').update(value).digest('hex');
}

/** The secrets, one a line, the newest first. During a rotation there are two. */
function readSecrets({ bearerFile, signingFile }) {
  const bearers = linesOf(bearerFile, 'RELAY_BEARER_FILE').map((token) => {
    if (token.length < 32) fail('RELAY_BEARER_FILE', 'tokens of 32 characters or more');
    return createHash('sha256').update(token).digest();
  });
  const keys = linesOf(signingFile, 'RELAY_SIGNING_SECRET_FILE').map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const isWhole = `whsec_${key.toString('base64')}` === secret;
    if (!isWhole || key.length < 24 || key.length > 64) {
      fail('RELAY_SIGNING_SECRET_FILE', 'whsec_ and 24 to 64 bytes in base64');
    }
    return key;
  });
  return { bearers, keys };
}

function linesOf(file, name) {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    fail(name, `a file that can be read (${error.code})`);
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0 || lines.length > SECRETS_MAX) fail(name, `1 to ${SECRETS_MAX} lines`);
  return lines;
}

function readSettings(environment) {
  const listen = /^(.+):(\d{1,5})$/.exec(environment.RELAY_LISTEN ?? '127.0.0.1:8090');
  if (!listen || Number(listen[2]) > 65_535) fail('RELAY_LISTEN', 'host:port');
  const given = environment.RELAY_TARGET ?? '';
  const target = URL.canParse(given) ? new URL(given) : fail('RELAY_TARGET', 'a URL');
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(target.hostname);
  if (target.protocol !== 'https:' && !isLocal) fail('RELAY_TARGET', 'an https URL');
  const number = (name, fallback, min, max) => {
    const value = Number(environment[name] ?? fallback);
    if (!(value >= min && value <= max)) fail(name, `${min} to ${max} milliseconds`);
    return value;
  };
  const { RELAY_TLS_CERT_FILE: certFile, RELAY_TLS_KEY_FILE: keyFile } = environment;
  if (Boolean(certFile) !== Boolean(keyFile)) fail('RELAY_TLS_CERT_FILE', 'both files, or neither');
  return {
    host: listen[1].replace(/^\[|\]$/g, ''),
    port: Number(listen[2]),
    path: environment.RELAY_PATH ?? '/oncall',
    target,
    bearerFile: environment.RELAY_BEARER_FILE ?? fail('RELAY_BEARER_FILE', 'a path'),
    signingFile:
      environment.RELAY_SIGNING_SECRET_FILE ?? fail('RELAY_SIGNING_SECRET_FILE', 'a path'),
    tls: certFile ? { cert: readFileSync(certFile), key: readFileSync(keyFile) } : undefined,
    // A target on this machine is a test. Otherwise the one ends before OnCall's 4 s, the other after
    // them: an answer in between would be one that OnCall takes, and the alert lost.
    deadlineMs: number('RELAY_DEADLINE_MS', DEADLINE_MS, 500, isLocal ? 60_000 : 3_500),
    holdMs: number('RELAY_HOLD_MS', HOLD_MS, isLocal ? 1 : 4_200, 30_000),
  };
}

function fail(name, expected) {
  throw new Error(`cannot start: ${name}: expected ${expected}`);
}

/** One line of JSON. It holds no body, no header and no secret. */
function log(level, message, more = {}) {
  const line = { at: new Date().toISOString(), level, message, ...more };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
