/**
 * A small fake of Grafana OnCall's public API: alert groups, and the way from a route to people.
 *
 * The real one is under `/api/v1/`; a trailing slash is optional. Errors are `{detail}`.
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
import { type AlertGroup, type AlertGroupSeed, seedProblem } from './alert-groups.ts';
import { exampleDirectory } from './directory.ts';
import { KnownGroups } from './known-groups.ts';

/** How to start the fake. */
export type OncallOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** On: 300 requests a minute for each token. */
  limits: 'on' | 'off';
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** Token to the name of the function that holds it. */
  tokens: Readonly<Record<string, string>>;
};

/** The running fake. */
export type EmbeddedOncall = {
  url: string;
  board: FaultBoard;
  groups: KnownGroups;
  close(): Promise<void>;
};

/** Starts the fake with its directory and no alert group. @throws the listen error */
export async function startOncall(options: OncallOptions): Promise<EmbeddedOncall> {
  const { clock } = options;
  const board = new FaultBoard({ clock, faultReply, kill: options.kill });
  const directory = exampleDirectory();
  const groups = new KnownGroups(clock);
  const parts: Parts = { options, board, groups, directory, pages: [], spentAtMs: [], url: '' };
  const running = await startFakeServer((request) => answer(parts, request), options.port ?? 0);
  parts.url = running.url;
  return { url: running.url, board, groups, close: running.close };
}

type Parts = {
  options: OncallOptions;
  board: FaultBoard;
  groups: KnownGroups;
  directory: ReturnType<typeof exampleDirectory>;
  /** Who was paged, in order. */
  pages: { alert_group_id: string; users: { id: string; important: boolean }[] }[];
  spentAtMs: number[];
  url: string;
};

/** "300/m" per user in the code; the documents say per 5 minutes. */
const REQUESTS_PER_MINUTE = 300;
const MINUTE_MS = 60_000;

const RESOURCES: Record<string, { single: string; pageSize: number }> = {
  alert_groups: { single: 'alert_group', pageSize: 50 },
  users: { single: 'user', pageSize: 100 },
  schedules: { single: 'schedule', pageSize: 50 },
  routes: { single: 'route', pageSize: 25 },
  escalation_chains: { single: 'escalation_chain', pageSize: 50 },
  escalation_policies: { single: 'escalation_policy', pageSize: 50 },
};

async function answer(parts: Parts, request: FakeRequest): Promise<Reply | Outcome> {
  if (request.path.startsWith('/_world/')) return answerControl(parts, request);
  const [, resource = '', id] =
    /^\/api\/v1\/([a-z_]+)(?:\/([A-Za-z0-9]+))?\/?$/.exec(request.path) ?? [];
  const known = Object.hasOwn(RESOURCES, resource) ? RESOURCES[resource] : undefined;
  const isEscalation = resource === 'escalation' && id === undefined && request.method === 'POST';
  const operation = isEscalation
    ? 'escalate'
    : known === undefined || request.method !== 'GET'
      ? 'unknown'
      : id === undefined
        ? `list_${resource}`
        : `get_${known.single}`;
  const caller = parts.options.tokens[request.headers.authorization ?? ''];
  const args = { method: request.method, path: request.path };
  return parts.board.run({ operation, caller: caller ?? 'external', args }, async () => {
    // The framework's default: a bad token is 403, not 401.
    if (caller === undefined) return refusal(403, 'Invalid token.');
    const limited = parts.options.limits === 'on' ? takeOne(parts) : undefined;
    if (limited) return limited;
    if (isEscalation) return escalated(parts, request);
    if (!known) return refusal(404, 'Not found.');
    if (request.method !== 'GET') return refusal(405, `Method "${request.method}" not allowed.`);
    const rows: readonly Row[] =
      resource === 'alert_groups'
        ? parts.groups.all()
        : parts.directory[resource as keyof Parts['directory']];
    if (id === undefined) return listed(parts, request, rows, known.pageSize);
    const found = rows.find((row) => row.id === id);
    return found ? json(200, found) : refusal(404, 'Not found.');
  });
}

/** Users paged on an alert group that is there; without one the real API would make another group. */
function escalated({ groups, directory, pages }: Parts, request: FakeRequest): Reply {
  const body = parseJsonBody(request) as { alert_group_id?: unknown; users?: unknown };
  const group = groups.all().find(({ id }) => id === body.alert_group_id);
  if (!group) return refusal(400, 'Alert group does not exist.');
  if (group.state === 'resolved') {
    return refusal(400, 'Cannot add responders to a resolved alert group.');
  }
  const users = Array.isArray(body.users) ? body.users : [];
  const paged = users.map((user: { id?: unknown; important?: unknown }) => ({
    id: String(user.id),
    important: user.important === true,
  }));
  if (paged.length === 0) return refusal(400, 'users or team must be provided');
  const unknown = paged.find(({ id }) => !directory.users.some((user) => user.id === id));
  if (unknown) return refusal(400, `User ${unknown.id} does not exist`);
  pages.push({ alert_group_id: group.id, users: paged });
  return json(200, group);
}

type Row = Record<string, unknown> & { id: string };

/** Filters of each resource; any other query parameter is ignored, as the real one does. */
const FILTERS = new Set([
  'id',
  'integration_id',
  'route_id',
  'team_id',
  'state',
  'name',
  'email',
  'username',
  'escalation_chain_id',
]);

function listed(
  { url }: Parts,
  request: FakeRequest,
  rows: readonly Row[],
  pageSize: number,
): Reply {
  const { query, path } = request;
  const size = Math.min(positive(query.get('perpage')) ?? pageSize, pageSize);
  const matching = rows.filter((row) =>
    [...query].every(([name, value]) => {
      if (name === 'label') return hasLabel(row, value);
      if (name === 'started_at') return startedWithin(row, value);
      if (!FILTERS.has(name) || !(name in row)) return true;
      return row[name] === (name === 'state' && value === 'new' ? 'firing' : value);
    }),
  );
  const pages = Math.max(1, Math.ceil(matching.length / size));
  // A page past the end is the last page again.
  const page = Math.min(positive(query.get('page')) ?? 1, pages);
  const link = (to: number) => {
    const params = new URLSearchParams(query);
    params.set('page', String(to));
    return to < 1 || to > pages ? null : `${url}${path}?${params}`;
  };
  return json(200, {
    count: matching.length,
    next: link(page + 1),
    previous: link(page - 1),
    results: matching.slice((page - 1) * size, page * size),
    page_size: size,
    current_page_number: page,
    total_pages: pages,
  });
}

/** `A_B`, both without a zone, in UTC. */
function startedWithin(row: Row, range: string): boolean {
  const [from, to] = range.split('_').map((instant) => Date.parse(`${instant}Z`));
  const at = Date.parse(String(row.created_at));
  return !(from === undefined || to === undefined) && at >= from && at <= to;
}

function hasLabel(row: Row, wanted: string): boolean {
  const labels = (row as Partial<AlertGroup>).labels ?? [];
  return labels.some(({ key, value }) => `${key.name}:${value.name}` === wanted);
}

function takeOne(parts: Parts): Reply | undefined {
  const nowMs = parts.options.clock.nowMs();
  parts.spentAtMs = parts.spentAtMs.filter((atMs) => atMs > nowMs - MINUTE_MS);
  if (parts.spentAtMs.length < REQUESTS_PER_MINUTE) {
    parts.spentAtMs.push(nowMs);
    return undefined;
  }
  const resetS = Math.ceil(((parts.spentAtMs[0] ?? nowMs) + MINUTE_MS - nowMs) / 1000);
  return json(
    429,
    { detail: 'Request was throttled.' },
    { 'retry-after': String(resetS), 'ratelimit-reset': String(resetS) },
  );
}

function answerControl(parts: Parts, request: FakeRequest): Reply {
  const board = answerBoardCall(parts.board, request);
  if (board) return board;
  const route = `${request.method} ${request.path}`;
  if (route === 'GET /_world/alert_groups') return json(200, parts.groups.all());
  if (route === 'GET /_world/pages') return json(200, parts.pages);
  if (route !== 'POST /_world/alert_groups') {
    throw new ControlError(404, `cannot ${route}: not found`);
  }
  const seed = parseJsonBody(request);
  const problem = seedProblem(seed);
  if (problem) throw new ControlError(400, `cannot seed an alert group: ${problem}`);
  return json(200, parts.groups.seed(seed as AlertGroupSeed));
}

function refusal(status: number, detail: string): Reply {
  return json(status, { detail });
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

const faultReply: FaultReply = ({ status, error, retryAfterS }) =>
  json(
    status ?? 500,
    { detail: error ?? 'planned fault' },
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );
