/**
 * A small fake of WorkOS Directory Sync: the users of a directory's groups, page by page.
 *
 * Errors are `{message}`; a group that there is not is 404, a bad key 401.
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
import { type DirectoryUser, directoryUser, exampleGroups } from './directory-users.ts';

/** How to start the fake. */
export type WorkOsOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** On: 4 requests a second for a directory. */
  limits: 'on' | 'off';
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** API key to the name of the function that holds it. */
  tokens: Readonly<Record<string, string>>;
};

/** The running fake. */
export type EmbeddedWorkOs = { url: string; board: FaultBoard; close(): Promise<void> };

type Parts = {
  options: WorkOsOptions;
  board: FaultBoard;
  groups: Record<string, DirectoryUser[]>;
  askedAtMs: number[];
};

/** https://workos.com/docs/reference/rate-limits */
const REQUESTS_PER_SECOND = 4;
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

/** Starts the fake with the groups of the shipped services. @throws the listen error */
export async function startWorkOs(options: WorkOsOptions): Promise<EmbeddedWorkOs> {
  const board = new FaultBoard({ clock: options.clock, faultReply, kill: options.kill });
  const parts: Parts = { options, board, groups: exampleGroups(), askedAtMs: [] };
  const running = await startFakeServer((request) => answer(parts, request), options.port ?? 0);
  return { url: running.url, board, close: running.close };
}

async function answer(parts: Parts, request: FakeRequest): Promise<Reply | Outcome> {
  if (request.path.startsWith('/_world/')) return answerControl(parts, request);
  const isUsers = request.method === 'GET' && request.path === '/directory_users';
  const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const caller = parts.options.tokens[key];
  const operation = isUsers ? 'list_directory_users' : 'unknown';
  const args = { method: request.method, path: request.path };
  return parts.board.run({ operation, caller: caller ?? 'external', args }, async () => {
    if (caller === undefined) return refusal(401, 'Unauthorized');
    if (!isUsers) return refusal(404, 'Not Found');
    if (parts.options.limits === 'on' && !takeOne(parts)) return refusal(429, 'Rate limited');
    return listed(parts, request.query);
  });
}

function takeOne(parts: Parts): boolean {
  const nowMs = parts.options.clock.nowMs();
  parts.askedAtMs = parts.askedAtMs.filter((atMs) => nowMs - atMs < 1_000);
  if (parts.askedAtMs.length >= REQUESTS_PER_SECOND) return false;
  parts.askedAtMs.push(nowMs);
  return true;
}

function listed({ groups }: Parts, query: URLSearchParams): Reply {
  const group = query.get('group') ?? '';
  if (group === '') return refusal(422, 'Expected directory or group');
  const users = Object.hasOwn(groups, group) ? (groups[group] as DirectoryUser[]) : undefined;
  if (!users) return refusal(404, `Directory Group not found: '${group}'.`);
  const limit = Math.min(Number(query.get('limit') ?? LIMIT_DEFAULT), LIMIT_MAX);
  const after = query.get('after');
  const start = after === null ? 0 : users.findIndex(({ id }) => id === after) + 1;
  const page = users.slice(start, start + limit);
  const isLast = start + limit >= users.length;
  return json(200, {
    object: 'list',
    data: page,
    list_metadata: {
      before: start === 0 ? null : (page[0]?.id ?? null),
      after: isLast ? null : (page.at(-1)?.id ?? null),
    },
  });
}

/** `POST /_world/groups {group, emails}`: active members of a group, made or replaced. */
function answerControl(parts: Parts, request: FakeRequest): Reply {
  const board = answerBoardCall(parts.board, request);
  if (board) return board;
  if (request.method !== 'POST' || request.path !== '/_world/groups') {
    throw new ControlError(404, `cannot ${request.method} ${request.path}: not found`);
  }
  const { group, emails } = parseJsonBody(request) as { group?: unknown; emails?: unknown };
  if (typeof group !== 'string' || !Array.isArray(emails)) {
    throw new ControlError(400, 'cannot make a group: expected {group, emails}');
  }
  parts.groups[group] = emails.map((email) => directoryUser(String(email)));
  return json(200, { group, count: emails.length });
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { message }, headers);
}

const faultReply: FaultReply = ({ status, error, retryAfterS }) =>
  refusal(
    status ?? 500,
    error ?? 'planned fault',
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );
