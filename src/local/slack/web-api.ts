import type { FakeRequest } from '../fake-server.ts';
import { json } from '../fake-server.ts';
import type { FaultBoard, Outcome, Reply } from '../fault-board.ts';
import type { Args, Method, MethodContext } from './method.ts';
import { CHAT_METHODS } from './methods-chat.ts';
import { CONVERSATION_METHODS } from './methods-conversations.ts';
import { EXTRA_METHODS } from './methods-extras.ts';
import { FILE_METHODS } from './methods-files.ts';
import { MEMBERSHIP_METHODS } from './methods-membership.ts';
import { USER_METHODS } from './methods-users.ts';
import { VIEW_METHODS } from './methods-views.ts';
import type { RateLimits } from './rate-limits.ts';
import { SlackError } from './slack-error.ts';

/** Arguments that Slack takes as JSON text inside a form. */
const JSON_ARGS = ['blocks', 'attachments', 'metadata', 'view', 'files'];
/** Never recorded. */
const SECRET_ARGS = ['token'];

const METHODS: Record<string, Method> = {
  ...USER_METHODS,
  ...CONVERSATION_METHODS,
  ...MEMBERSHIP_METHODS,
  ...CHAT_METHODS,
  ...EXTRA_METHODS,
  ...FILE_METHODS,
  ...VIEW_METHODS,
};

export type WebApiDeps = MethodContext & {
  board: FaultBoard;
  /** Absent when limits are off. */
  limits: RateLimits | undefined;
  /** Caller names by bot token. */
  tokens: Record<string, string>;
};

/** Answers one Web API request (`/api/<method>`), through the fault board. */
export async function answerWebApi(deps: WebApiDeps, request: FakeRequest): Promise<Outcome> {
  const operation = request.path.slice('/api/'.length);
  const { args, broken } = readArgs(request);
  const token = tokenOf(request, args);
  const caller = token ? (deps.tokens[token] ?? 'external') : 'external';
  const recorded = { ...args };
  for (const secret of SECRET_ARGS) delete recorded[secret];
  return deps.board.run({ operation, caller, args: recorded }, async () => {
    try {
      if (!token) throw new SlackError('not_authed');
      if (!deps.tokens[token]) throw new SlackError('invalid_auth');
      const method = METHODS[operation];
      if (!method) throw new SlackError('unknown_method', { req_method: operation });
      const needed = deps.workspace.missingScopes.get(operation);
      if (needed !== undefined) throw new SlackError('missing_scope', { needed, provided: '' });
      deps.limits?.take(operation, String(args.channel ?? ''));
      if (broken) throw new SlackError(broken);
      return json(200, { ok: true, ...method(deps, args) });
    } catch (error) {
      if (error instanceof SlackError) return errorReply(error);
      throw error;
    }
  });
}

/** `{ok: false, error}` with the status and headers the error carries. */
export function errorReply(error: SlackError): Reply {
  const body = { ok: false, error: error.code, ...error.more };
  return json(error.status, body, error.headers);
}

/** How Slack answers a planned fault: HTTP 200 for `error` alone, else the status. */
export function slackFaultReply(fault: {
  status?: number;
  error?: string;
  retryAfterS?: number;
}): Reply {
  const status = fault.status ?? 200;
  const standard = status === 429 ? 'ratelimited' : 'service_unavailable';
  const headers: Record<string, string> = {};
  if (fault.retryAfterS !== undefined) headers['retry-after'] = String(fault.retryAfterS);
  else if (status === 429) headers['retry-after'] = '1';
  return json(status, { ok: false, error: fault.error ?? standard }, headers);
}

function tokenOf(request: FakeRequest, args: Args): string | undefined {
  const header = request.headers.authorization;
  if (header?.startsWith('Bearer ')) return header.slice('Bearer '.length).trim();
  return typeof args.token === 'string' ? args.token : undefined;
}

function readArgs(request: FakeRequest): { args: Args; broken?: string } {
  const args: Args = Object.fromEntries(request.query);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    try {
      Object.assign(args, JSON.parse(request.body.toString('utf8')));
    } catch {
      return { args, broken: 'invalid_json' };
    }
  } else {
    Object.assign(args, Object.fromEntries(new URLSearchParams(request.body.toString('utf8'))));
  }
  for (const name of JSON_ARGS) {
    const value = args[name];
    if (typeof value !== 'string') continue;
    try {
      args[name] = JSON.parse(value);
    } catch {
      return { args, broken: name === 'blocks' ? 'invalid_blocks_format' : 'invalid_arguments' };
    }
  }
  return { args };
}
