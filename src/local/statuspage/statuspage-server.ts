/**
 * A faithful fake of Statuspage: the Manage API under `/v1/`, the keyless API under `/api/v2/`, the
 * page itself at `/`, and the control API under `/_world/`.
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
import { StatuspageError } from './incident-input.ts';
import { findManageCall } from './manage-api.ts';
import { editPage } from './other-hand.ts';
import { controlIncidentShape, type ShapeOptions } from './page-shapes.ts';
import { PageState } from './page-state.ts';
import { findPublicCall } from './public-api.ts';
import { renderPublicPage } from './public-page.ts';
import { RequestBudget } from './request-budget.ts';

/** How to start the fake. */
export type StatuspageOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** On: 1 request a second for each key, over 60 s. */
  limits: 'on' | 'off';
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** API key to the name of the function that holds it. */
  tokens: Readonly<Record<string, string>>;
  pageId: string;
  components: readonly { id: string; name: string }[];
  pageName?: string;
  subscribers?: readonly string[];
};

/** The running fake. */
export type EmbeddedStatuspage = {
  url: string;
  board: FaultBoard;
  state: PageState;
  close(): Promise<void>;
};

/** One request at the Manage API; `status` 0 means it got no answer (yet). Never holds a key. */
export type ManageRequest = {
  method: string;
  path: string;
  operation: string;
  caller: string;
  atMs: number;
  status: number;
  body: unknown;
};

const DEFAULT_SUBSCRIBERS = ['ada@customer.example', 'grace@customer.example'];

/** Starts the fake with operational components and no incident. @throws the listen error */
export async function startStatuspage(options: StatuspageOptions): Promise<EmbeddedStatuspage> {
  const { clock } = options;
  const board = new FaultBoard({ clock, faultReply, kill: options.kill });
  const state = new PageState({
    clock,
    pageId: options.pageId,
    pageName: options.pageName ?? 'Example Status',
    components: options.components,
    subscribers: options.subscribers ?? DEFAULT_SUBSCRIBERS,
  });
  const shape: ShapeOptions = { state, pageUrl: '' };
  const parts: Parts = {
    options,
    board,
    shape,
    budget: new RequestBudget({ clock }),
    requests: [],
  };
  const running = await startFakeServer((request) => answer(parts, request), options.port ?? 0);
  shape.pageUrl = running.url;
  return { url: running.url, board, state, close: running.close };
}

type Parts = {
  options: StatuspageOptions;
  board: FaultBoard;
  shape: ShapeOptions;
  budget: RequestBudget;
  requests: ManageRequest[];
};

async function answer(parts: Parts, request: FakeRequest): Promise<Reply | Outcome> {
  if (request.path.startsWith('/_world/')) return answerControl(parts, request);
  if (request.path.startsWith('/v1/')) return answerManage(parts, request);
  const call = findPublicCall(request);
  if (call) {
    const args = { path: request.path };
    return parts.board.run({ operation: call.operation, caller: 'public', args }, async () =>
      call.perform(parts.shape),
    );
  }
  return answerPage(parts.shape, request);
}

async function answerManage(parts: Parts, request: FakeRequest): Promise<Outcome> {
  const token = /^OAuth (?:token=)?"?([^"\s]+)"?$/.exec(request.headers.authorization ?? '')?.[1];
  const owner = token === undefined ? undefined : parts.options.tokens[token];
  const { operation, perform } = findManageCall(request);
  const record: ManageRequest = {
    method: request.method,
    path: request.path,
    operation,
    caller: owner ?? 'external',
    atMs: parts.options.clock.nowMs(),
    status: 0,
    body: readBody(request),
  };
  parts.requests.push(record);
  const args = { method: request.method, path: request.path };
  const call = { operation, caller: record.caller, args };
  const outcome = await parts.board.run(call, async () => {
    if (owner === undefined || token === undefined) {
      return json(401, { message: 'Could not authenticate' });
    }
    if (parts.options.limits === 'on' && !parts.budget.take(token)) {
      return json(429, { message: 'Rate limit exceeded: 1 request per second, over 60 seconds' });
    }
    return refusing(() => perform(parts.shape, request));
  });
  if (outcome.kind === 'reply') record.status = outcome.reply.status;
  return outcome;
}

function answerControl(parts: Parts, request: FakeRequest): Reply {
  const board = answerBoardCall(parts.board, request);
  if (board) return board;
  const { shape } = parts;
  switch (`${request.method} ${request.path}`) {
    case 'GET /_world/incidents':
      return json(
        200,
        shape.state.incidents().map((incident) => controlIncidentShape(incident, shape)),
      );
    case 'GET /_world/requests':
      return json(200, parts.requests);
    case 'POST /_world/edit':
      return refusing(() => editPage(shape, parseJsonBody(request)));
    default:
      throw new ControlError(404, `cannot ${request.method} ${request.path}: not found`);
  }
}

function answerPage(shape: ShapeOptions, { method, path }: FakeRequest): Reply {
  const incidentId = /^\/incidents\/([a-z0-9]+)$/.exec(path)?.[1];
  const isShown =
    path === '/' || shape.state.incidents().some((incident) => incident.id === incidentId);
  if (method !== 'GET' || !isShown) return json(404, { message: 'not found' });
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: renderPublicPage(shape, incidentId),
  };
}

function refusing(perform: () => Reply): Reply {
  try {
    return perform();
  } catch (error) {
    if (error instanceof StatuspageError) return json(error.status, { message: error.message });
    throw error;
  }
}

const faultReply: FaultReply = ({ status, error, retryAfterS }) =>
  json(
    status ?? 500,
    { message: error ?? 'planned fault' },
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );

function readBody(request: FakeRequest): unknown {
  if (request.body.length === 0) return null;
  const text = request.body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
