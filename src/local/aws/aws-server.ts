/**
 * The AWS endpoint of the embedded world: one loopback port that unmodified SDK clients use for
 * DynamoDB, SQS, Secrets Manager, KMS, EventBridge Scheduler and Bedrock runtime.
 *
 * ```ts
 * const aws = await startAws({ clock, callers: { AKIAWORKER: 'incident-worker' } });
 * await aws.dynamodb.createTable({ TableName: 'audit', … });       // GSIs too; waits for ACTIVE
 * const dlq = aws.sqs.createQueue('incidents-dlq.fifo', { FifoQueue: 'true' });      // {url, arn}
 * aws.sqs.receive('incidents.fifo', { max: 1 });          // also delete, changeVisibility(…, ms)
 * aws.sqs.onAvailable('incidents.fifo', poll);            // also pending(), queue(name).peek()
 * aws.secrets.createSecret('statuspage', text, { readers: ['publisher'] });     // putSecretValue
 * aws.kms.createKey({ alias: 'approval', signers: ['incident-worker'] });       // {keyId, arn}
 * aws.scheduler.schedules();                              // [{name, group, dueAtMs, targetArn}]
 * aws.bedrock.setResponder(({ systemText, userText }) => '{"title": …}');
 * aws.board.plan({ match: 'dynamodb:ExecuteStatement', caller: 'publisher', nth: 2, error: … });
 * ```
 *
 * The caller of a request is `callers[access key id]`, else `external`. Every API call passes the
 * fault board as `service:Action`; the in-process methods above do not. `/_world/calls` and
 * `/_world/faults` are on the same port. All time is the world's clock.
 */
import {
  answerBoardCall,
  ControlError,
  type FakeRequest,
  json,
  type RunningServer,
} from '../fake-server.ts';
import { FaultBoard, FaultError, type Outcome, type Reply } from '../fault-board.ts';
import type { WorldClock } from '../world-clock.ts';
import {
  type AwsService,
  accessKeyIdOf,
  type Route,
  routeOf,
  type ServiceName,
} from './aws-call.ts';
import { AwsError, awsFaultReply, errorReply } from './aws-error.ts';
import { startTransport } from './aws-transport.ts';
import { BedrockStandIn } from './bedrock-stand-in.ts';
import { DynamodbStandIn } from './dynamodb-stand-in.ts';
import { KmsStandIn } from './kms-stand-in.ts';
import { SchedulerStandIn } from './scheduler-stand-in.ts';
import { SecretsStandIn } from './secrets-stand-in.ts';
import { SqsStandIn } from './sqs-stand-in.ts';

/** How to start the endpoint. */
export type AwsOptions = {
  clock: WorldClock;
  /** 0, the default, picks a free port. */
  port?: number;
  /** Ends the calling function's process; without it, faults with `kill` are refused. */
  kill?: ((caller: string) => void) | undefined;
  /** Access key id to the name of the function that holds it. */
  callers: Readonly<Record<string, string>>;
  /**
   * A stand-in for IAM beyond `readers` and `signers`: false answers `AccessDeniedException`.
   * Asked before every call, `args` being what the call log records.
   */
  authorize?: (call: { operation: string; caller: string; args: unknown }) => boolean;
};

/** The running endpoint. */
export type EmbeddedAws = {
  url: string;
  board: FaultBoard;
  dynamodb: DynamodbStandIn;
  sqs: SqsStandIn;
  secrets: SecretsStandIn;
  kms: KmsStandIn;
  scheduler: SchedulerStandIn;
  bedrock: BedrockStandIn;
  /** Ends every connection, those held open by a fault included. */
  close(): Promise<void>;
};

/** Starts the endpoint, empty. @throws the listen error, e.g. `EADDRINUSE` */
export async function startAws(options: AwsOptions): Promise<EmbeddedAws> {
  const { clock } = options;
  const board = new FaultBoard({ clock, faultReply: awsFaultReply, kill: options.kill });
  let running: RunningServer | undefined;
  const sqs = new SqsStandIn({ clock, endpoint: () => running?.url ?? '' });
  const services = {
    dynamodb: new DynamodbStandIn(),
    sqs,
    secrets: new SecretsStandIn({ clock }),
    kms: new KmsStandIn({ clock }),
    scheduler: new SchedulerStandIn({ clock, sqs }),
    bedrock: new BedrockStandIn(),
  } satisfies Record<ServiceName, AwsService>;
  running = await startTransport(async (request, signal) => {
    if (request.path.startsWith('/_world/')) return answerControl(board, request);
    return answerCall({ options, board, services }, request, signal);
  }, options.port ?? 0);
  return { url: running.url, board, ...services, close: running.close };
}

type Parts = {
  options: AwsOptions;
  board: FaultBoard;
  services: Record<ServiceName, AwsService>;
};

async function answerCall(
  { options, board, services }: Parts,
  request: FakeRequest,
  signal: AbortSignal,
): Promise<Reply | Outcome> {
  const caller = options.callers[accessKeyIdOf(request) ?? ''] ?? 'external';
  let route: Route;
  let args: unknown;
  try {
    route = routeOf(request);
    args = services[route.service].recordedArgs(route.action, route.input);
  } catch (error) {
    return toErrorReply(error);
  }
  const { action, input } = route;
  const service = services[route.service];
  const call = { operation: `${service.operationPrefix}:${action}`, caller, args };
  return board.run(call, async () => {
    try {
      if (options.authorize?.(call) === false) {
        const message = `${caller} is not authorized to perform: ${call.operation}`;
        throw new AwsError('AccessDeniedException', message);
      }
      const output = await service.perform({ action, caller, input, signal });
      const headers = { 'content-type': 'application/x-amz-json-1.0' };
      return { status: 200, headers, body: JSON.stringify(output) };
    } catch (error) {
      return toErrorReply(error);
    }
  });
}

function toErrorReply(error: unknown): Reply {
  if (error instanceof AwsError) return errorReply(error);
  // A defect of the endpoint itself: say so in the log, as it would otherwise look like a fault.
  process.stderr.write(`aws failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  return errorReply(new AwsError('InternalServerError', 'the local endpoint itself failed'));
}

function answerControl(board: FaultBoard, request: FakeRequest): Reply {
  try {
    const reply = answerBoardCall(board, request);
    return reply ?? json(404, { error: `cannot ${request.method} ${request.path}: not found` });
  } catch (error) {
    if (error instanceof FaultError) return json(400, { error: error.message });
    if (error instanceof ControlError) return json(error.status, { error: error.message });
    throw error;
  }
}
