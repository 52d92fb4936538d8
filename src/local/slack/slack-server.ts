import {
  answerBoardCall,
  ControlError,
  type FakeRequest,
  json,
  startFakeServer,
} from '../fake-server.ts';
import { FaultBoard, type Outcome, type Reply } from '../fault-board.ts';
import type { WorldClock } from '../world-clock.ts';
import { answerControl } from './control.ts';
import { type Ack, Delivery, type Targets } from './delivery.ts';
import type { ClickInput, CommandInput, SubmitInput } from './interactions.ts';
import { Interactions } from './interactions.ts';
import { acceptUpload } from './methods-files.ts';
import { RateLimits } from './rate-limits.ts';
import { answerResponseUrl } from './response-urls.ts';
import { answerWebApi, slackFaultReply } from './web-api.ts';
import { Workspace } from './workspace.ts';

export type { Ack, Targets } from './delivery.ts';
export {
  ANNOUNCEMENT_CHANNEL_ID,
  ANNOUNCEMENT_CHANNEL_NAME,
  APP_ID,
  BOT_ID,
  BOT_USER_ID,
  FOREIGN_TEAM_ID,
  TEAM_DOMAIN,
  TEAM_ID,
} from './people.ts';

/** How to start the fake of Slack. */
export type SlackOptions = {
  clock: WorldClock;
  /** 0 or absent picks a free port. */
  port?: number;
  /** Whether the methods' rate limits hold. */
  limits: boolean;
  /** Ends the calling function's process, for faults with `kill`. */
  kill?: (caller: string) => void;
  /** Caller names by bot token: each function has its own token, so faults can name it. */
  tokens: Record<string, string>;
  /** The current signing secret; read whenever a request is signed, because it may rotate. */
  signingSecrets: () => Promise<string> | string;
  /** The root slash command, with its slash. */
  command: string;
  /** The product's Slack endpoints; a function when they are known only later. */
  targets: Targets | (() => Targets);
};

/** A running fake of Slack: its address, its fault board, and people's hands in-process. */
export type EmbeddedSlack = {
  url: string;
  board: FaultBoard;
  workspace: Workspace;
  command(input: CommandInput): Promise<{ ack: Ack }>;
  click(input: ClickInput): Promise<{ ack: Ack }>;
  submit(input: SubmitInput): Promise<Record<string, unknown> & { ack: Ack }>;
  close(): Promise<void>;
};

/**
 * Starts the embedded Slack on 127.0.0.1: the Web API under `/api/`, response URLs under
 * `/response/`, uploads under `/upload/`, and the control API under `/_world/`.
 *
 * @throws the listen error, e.g. EADDRINUSE
 */
export async function startSlack(options: SlackOptions): Promise<EmbeddedSlack> {
  const { clock, tokens } = options;
  const workspace = new Workspace(clock);
  const board = new FaultBoard({ clock, faultReply: slackFaultReply, kill: options.kill });
  const limits = options.limits ? new RateLimits(clock) : undefined;
  const targets = typeof options.targets === 'function' ? options.targets : undefined;
  const delivery = new Delivery({
    workspace,
    targets: targets ?? (() => options.targets as Targets),
    signingSecret: options.signingSecrets,
  });
  // Nobody can call before the address is known: the server hands it back as it starts.
  let interactions: Interactions | undefined;
  let baseUrl = '';
  const serve = async (request: FakeRequest): Promise<Reply | Outcome> => {
    const { path } = request;
    if (path.startsWith('/api/')) {
      return answerWebApi({ workspace, baseUrl, board, limits, tokens }, request);
    }
    if (path.startsWith('/response/') && request.method === 'POST') {
      const call = { operation: 'response_url', caller: 'external', args: {} };
      return board.run(call, async () => answerResponseUrl(workspace, request));
    }
    if (path.startsWith('/upload/')) return acceptUpload(workspace, request);
    const common = answerBoardCall(board, request);
    if (common) return common;
    if (path.startsWith('/_world/') && interactions) {
      return answerControl({ workspace, interactions, delivery }, request);
    }
    if (path === '/') return json(200, { ok: true, fake: 'slack' });
    throw new ControlError(404, `cannot find ${path}: no such path`);
  };
  const server = await startFakeServer(serve, options.port ?? 0);
  baseUrl = server.url;
  const hands = new Interactions({ workspace, delivery, command: options.command, baseUrl });
  interactions = hands;
  return {
    url: server.url,
    board,
    workspace,
    command: (input) => hands.command(input),
    click: (input) => hands.click(input),
    submit: (input) => hands.submit(input),
    close: () => server.close(),
  };
}
