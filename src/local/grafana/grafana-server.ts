/**
 * A small fake of a Grafana Cloud stack: Mimir, Loki and Tempo as their read APIs answer, each at a
 * base of its own and for a user of its own, as there.
 *
 * It evaluates nothing: a query is answered by the entry whose words it contains.
 */
import {
  answerBoardCall,
  ControlError,
  type FakeRequest,
  json,
  parseJsonBody,
  startFakeServer,
} from '../fake-server.ts';
import { FaultBoard, type FaultReply, type Outcome, type Reply } from '../fault-board.ts';
import type { WorldClock } from '../world-clock.ts';
import { answering, exampleTelemetry, isWellFormed, type Telemetry } from './telemetry.ts';

/** How to start the fake. */
export type GrafanaOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** Token to the name of the function that holds it. */
  tokens: Readonly<Record<string, string>>;
};

/** The running fake. */
export type EmbeddedGrafana = { url: string; board: FaultBoard; close(): Promise<void> };

/** The stack's id at each product: three numbers, as in the stack's details page. */
const USERS = { prometheus: '1204401', loki: '1187330', tempo: '1181944' } as const;
type Product = keyof typeof USERS;

/** Where each product's API begins, and who one has to be there. */
export function grafanaVariables(url: string) {
  return {
    PROMETHEUS_URL: `${url}/api/prom`,
    PROMETHEUS_USER: USERS.prometheus,
    LOKI_URL: url,
    LOKI_USER: USERS.loki,
    TEMPO_URL: `${url}/tempo`,
    TEMPO_USER: USERS.tempo,
  };
}

const ROUTES: Record<string, { operation: string; product: Product; param: string }> = {
  '/api/prom/api/v1/query_range': {
    operation: 'prometheus_query',
    product: 'prometheus',
    param: 'query',
  },
  '/loki/api/v1/query_range': { operation: 'loki_query', product: 'loki', param: 'query' },
  '/tempo/api/search': { operation: 'tempo_search', product: 'tempo', param: 'q' },
};

type Parts = { options: GrafanaOptions; board: FaultBoard; telemetry: Telemetry };

/** Starts the fake with what the shipped services show on a bad day. @throws the listen error */
export async function startGrafana(options: GrafanaOptions): Promise<EmbeddedGrafana> {
  const board = new FaultBoard({ clock: options.clock, faultReply, kill: options.kill });
  const parts: Parts = { options, board, telemetry: exampleTelemetry() };
  const running = await startFakeServer((request) => answer(parts, request), options.port ?? 0);
  return { url: running.url, board, close: running.close };
}

async function answer(parts: Parts, request: FakeRequest): Promise<Reply | Outcome> {
  if (request.path.startsWith('/_world/')) return answerControl(parts, request);
  const route = Object.hasOwn(ROUTES, request.path) ? ROUTES[request.path] : undefined;
  const { user, token } = basicOf(request.headers.authorization ?? '');
  const caller = parts.options.tokens[token];
  const query = request.query.get(route?.param ?? '') ?? '';
  const operation = route?.operation ?? 'unknown';
  const args = { method: request.method, path: request.path, query };
  return parts.board.run({ operation, caller: caller ?? 'external', args }, async () => {
    // The gateway answers before any of the databases does.
    if (caller === undefined || (route && user !== USERS[route.product])) {
      return json(401, { status: 'error', error: 'authentication error: invalid scope requested' });
    }
    if (!route) return json(404, { message: 'Not found' });
    if (request.method !== 'GET') return { status: 405, body: '' };
    return ANSWERS[route.product](parts, request.query, query);
  });
}

const ANSWERS: Record<Product, (parts: Parts, params: URLSearchParams, query: string) => Reply> = {
  prometheus: answerPrometheus,
  loki: answerLoki,
  tempo: answerTempo,
};

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
function answerPrometheus({ telemetry }: Parts, params: URLSearchParams, query: string): Reply {
  const [startS, endS, stepS] = ['start', 'end', 'step'].map((name) => Number(params.get(name)));
  if (!isWellFormed(query) || !startS || !endS || !stepS) {
    const error = 'invalid parameter "query": 1:1: parse error: unexpected character';
    return json(400, { status: 'error', errorType: 'bad_data', error });
  }
  const series = answering(telemetry.series, query)?.series ?? [];
  const result = series.map(({ labels, now, before }) => ({
    metric: labels,
    values: [
      ...(before === null ? [] : [[startS, before]]),
      ...(now === null ? [] : [[endS, now]]),
    ],
  }));
  return json(200, { status: 'success', data: { resultType: 'matrix', result } });
}

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/ */
function answerLoki({ telemetry, options }: Parts, params: URLSearchParams, query: string): Reply {
  if (!isWellFormed(query) || !query.startsWith('{')) {
    // Loki's own errors are plain text.
    return { status: 400, body: 'parse error at line 1, col 1: syntax error' };
  }
  const limit = Number(params.get('limit') ?? 100);
  const nowMs = options.clock.nowMs();
  const lines = (answering(telemetry.lines, query)?.lines ?? []).slice(0, limit);
  const values = lines.map(({ ageS, line }) => [`${nowMs - ageS * 1_000}000000`, line]);
  const result = values.length === 0 ? [] : [{ stream: { level: 'error' }, values }];
  return json(200, { status: 'success', data: { resultType: 'streams', result, stats: {} } });
}

/** https://grafana.com/docs/tempo/latest/api_docs/#search */
function answerTempo({ telemetry, options }: Parts, params: URLSearchParams, query: string): Reply {
  if (!isWellFormed(query)) return { status: 400, body: 'invalid TraceQL query: parse error' };
  const nowMs = options.clock.nowMs();
  const found = answering(telemetry.traces, query)?.traces ?? [];
  const traces = found.slice(0, Number(params.get('limit') ?? 20)).map((each) => ({
    // Tempo leaves out leading zeros.
    traceID: each.id.replace(/^0+/, ''),
    rootServiceName: each.service,
    rootTraceName: each.name,
    startTimeUnixNano: `${nowMs - each.ageS * 1_000}000000`,
    durationMs: each.ms,
  }));
  return json(200, { traces, metrics: { inspectedBytes: '88112', totalBlocks: 3 } });
}

const KINDS = ['series', 'lines', 'traces'] as const;

/** `POST /_world/{series,lines,traces} {match, …}` puts an entry in front of the others. */
function answerControl(parts: Parts, request: FakeRequest): Reply {
  const board = answerBoardCall(parts.board, request);
  if (board) return board;
  const { telemetry } = parts;
  const kind = KINDS.find((each) => request.path === `/_world/${each}`);
  if (request.method === 'DELETE' && request.path === '/_world/telemetry') {
    parts.telemetry = exampleTelemetry();
    return json(200, { ok: true });
  }
  if (!kind || request.method !== 'POST') {
    throw new ControlError(404, `cannot ${request.method} ${request.path}: not found`);
  }
  const seed = parseJsonBody(request);
  if (!isTexts(seed.match) || !Array.isArray(seed[kind])) {
    throw new ControlError(400, `cannot add ${kind}: expected match, a list of texts, and ${kind}`);
  }
  (telemetry[kind] as unknown[]).unshift(seed);
  return json(200, seed);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function basicOf(header: string): { user: string; token: string } {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header) ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { user: text.slice(0, Math.max(0, colon)), token: text.slice(colon + 1) };
}

const faultReply: FaultReply = ({ status, error, retryAfterS }) =>
  json(
    status ?? 500,
    { status: 'error', errorType: 'internal', error: error ?? 'planned fault' },
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );
