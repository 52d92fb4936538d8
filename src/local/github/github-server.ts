/**
 * A small fake of GitHub's REST API: deployments, their statuses, and files of a repository.
 *
 * Errors are `{message}`; what a token may not see does not exist (404).
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
import { deployment, exampleRepositories, type RepositorySeed } from './repositories.ts';

/** How to start the fake. */
export type GitHubFakeOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** Token to the name of the function that holds it. */
  tokens: Readonly<Record<string, string>>;
};

/** The running fake. */
export type EmbeddedGitHub = { url: string; board: FaultBoard; close(): Promise<void> };

type Parts = {
  options: GitHubFakeOptions;
  board: FaultBoard;
  repositories: Record<string, RepositorySeed>;
  left: number;
};

/** Requests an hour of one token. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const REQUESTS_PER_HOUR = 5_000;

/** Starts the fake with the repositories of the shipped services. @throws the listen error */
export async function startGitHub(options: GitHubFakeOptions): Promise<EmbeddedGitHub> {
  const board = new FaultBoard({ clock: options.clock, faultReply, kill: options.kill });
  const repositories = exampleRepositories();
  const parts: Parts = { options, board, repositories, left: REQUESTS_PER_HOUR };
  const running = await startFakeServer((request) => answer(parts, request), options.port ?? 0);
  return { url: running.url, board, close: running.close };
}

const ROUTES = [
  { operation: 'list_deployments', path: /^\/repos\/([^/]+\/[^/]+)\/deployments$/ },
  {
    operation: 'list_deployment_statuses',
    path: /^\/repos\/([^/]+\/[^/]+)\/deployments\/(\d+)\/statuses$/,
  },
  { operation: 'get_contents', path: /^\/repos\/([^/]+\/[^/]+)\/contents\/(.+)$/ },
] as const;

async function answer(parts: Parts, request: FakeRequest): Promise<Reply | Outcome> {
  if (request.path.startsWith('/_world/')) return answerControl(parts, request);
  const route = ROUTES.find(({ path }) => path.test(request.path));
  const [, repository = '', rest = ''] = route?.path.exec(request.path) ?? [];
  const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const caller = parts.options.tokens[token];
  const operation = route && request.method === 'GET' ? route.operation : 'unknown';
  const args = { method: request.method, path: request.path };
  return parts.board.run({ operation, caller: caller ?? 'external', args }, async () => {
    if (!request.headers['user-agent']) return refusal(403, 'Request forbidden by rules.');
    if (caller === undefined) return refusal(401, 'Bad credentials');
    parts.left -= 1;
    const headers = { 'x-ratelimit-remaining': String(Math.max(0, parts.left)) };
    if (parts.left < 0) return refusal(403, 'API rate limit exceeded', headers);
    const known = Object.hasOwn(parts.repositories, repository);
    const seed = known ? parts.repositories[repository] : undefined;
    if (!route || !seed || request.method !== 'GET') return refusal(404, 'Not Found', headers);
    const value = VALUES[route.operation](parts, seed, { rest, query: request.query });
    if (value === undefined) return refusal(404, 'Not Found', headers);
    return typeof value === 'string'
      ? { status: 200, headers, body: value }
      : json(200, value, headers);
  });
}

type Asked = { rest: string; query: URLSearchParams };
type Value = string | unknown[] | undefined;

const VALUES: Record<
  (typeof ROUTES)[number]['operation'],
  (parts: Parts, seed: RepositorySeed, asked: Asked) => Value
> = {
  list_deployments: ({ options }, { deployments }, { query }) =>
    deployments
      .map((each, index) => {
        const at = new Date(options.clock.nowMs() - each.ageS * 1_000).toISOString();
        const { sha, ref, environment, description, by } = each;
        return {
          ...{ id: deployments.length - index, node_id: 'DE_local', sha, ref, task: 'deploy' },
          ...{ environment, description, payload: {}, production_environment: true },
          ...{ creator: { login: by, type: 'User' }, created_at: at, updated_at: at },
        };
      })
      .filter(({ environment }) => environment === (query.get('environment') ?? environment))
      .slice(0, Number(query.get('per_page') ?? 30)),
  list_deployment_statuses: ({ options }, { deployments }, { rest }) => {
    const found = deployments[deployments.length - Number(rest)];
    if (!found) return undefined;
    const { state, ageS, environment } = found;
    const created_at = new Date(options.clock.nowMs() - ageS * 1_000).toISOString();
    return state === null ? [] : [{ id: 1, state, environment, description: '', created_at }];
  },
  // Asked for as `raw`, a file is its text.
  get_contents: (_parts, { files }, { rest }) =>
    Object.hasOwn(files, rest) ? files[rest] : undefined,
};

/** `POST /_world/deployments {repository, deployments}` and `POST /_world/files {repository, files}`. */
function answerControl(parts: Parts, request: FakeRequest): Reply {
  const board = answerBoardCall(parts.board, request);
  if (board) return board;
  const { repositories } = parts;
  const route = `${request.method} ${request.path}`;
  const given = parseJsonBody(request) as Partial<RepositorySeed> & { repository?: unknown };
  const name = String(given.repository ?? '');
  const known = repositories[name] ?? { deployments: [], files: {} };
  switch (route) {
    case 'DELETE /_world/repositories':
      parts.repositories = exampleRepositories();
      parts.left = REQUESTS_PER_HOUR;
      return json(200, { ok: true });
    case 'POST /_world/deployments':
      if (name === '' || !Array.isArray(given.deployments)) break;
      repositories[name] = {
        ...known,
        deployments: given.deployments.map((each) => deployment(each.sha, each)),
      };
      return json(200, repositories[name]);
    case 'POST /_world/files':
      if (name === '' || typeof given.files !== 'object') break;
      repositories[name] = { ...known, files: { ...given.files } };
      return json(200, repositories[name]);
    default:
      throw new ControlError(404, `cannot ${route}: not found`);
  }
  throw new ControlError(400, `cannot ${route}: expected repository, and deployments or files`);
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { message, documentation_url: 'https://docs.github.com/rest' }, headers);
}

const faultReply: FaultReply = ({ status, error, retryAfterS }) =>
  refusal(
    status ?? 500,
    error ?? 'planned fault',
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );
