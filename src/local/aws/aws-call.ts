import type { FakeRequest } from '../fake-server.ts';
import { AwsError } from './aws-error.ts';

/** The account every ARN and queue URL of the local endpoint names. */
export const ACCOUNT_ID = '000000000000';
/** The region every ARN of the local endpoint names. */
export const REGION = 'us-east-1';

/** One API call, decoded: who calls which action with what. */
export type AwsCall = {
  action: string;
  /** A function's name, or `external` for any access key the world did not hand to a function. */
  caller: string;
  input: Record<string, unknown>;
  /** Aborted when the client is gone; a long poll MUST then hand out nothing. */
  signal: AbortSignal;
};

/** One service behind the endpoint. */
export interface AwsService {
  /** Prefix of its operation names at the fault board, e.g. `dynamodb`. */
  readonly operationPrefix: string;
  /** What the call log keeps of a call's arguments. MUST hold no secret and no customer text. */
  recordedArgs(action: string, input: Record<string, unknown>): unknown;
  /** @returns the output members. @throws {AwsError} what the real service answers */
  perform(call: AwsCall): Promise<Record<string, unknown>>;
}

/** The services served, by the name used in `EmbeddedAws`. */
export type ServiceName = 'dynamodb' | 'sqs' | 'secrets' | 'kms' | 'scheduler' | 'bedrock';

/** Where a request goes, from `X-Amz-Target` or, for the REST services, from its path. */
export type Route = { service: ServiceName; action: string; input: Record<string, unknown> };

/** @throws {AwsError} `UnknownOperationException`, `SerializationException` */
export function routeOf(request: FakeRequest): Route {
  const body = parseBody(request);
  const target = request.headers['x-amz-target'];
  if (target !== undefined) {
    const dot = target.indexOf('.');
    const service = TARGETS[target.slice(0, dot)];
    if (!service) throw unknownOperation(target);
    return { service, action: target.slice(dot + 1), input: body };
  }
  return restRoute(request, body);
}

/** The access key id of a SigV4 request; the signature itself is not checked. */
export function accessKeyIdOf(request: FakeRequest): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(request.headers.authorization ?? '')?.[1];
}

/** The error for an action this endpoint does not offer. */
export function unknownOperation(name: string): AwsError {
  return new AwsError('UnknownOperationException', `the local endpoint does not offer ${name}`);
}

const TARGETS: Record<string, ServiceName> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  secretsmanager: 'secrets',
  TrentService: 'kms',
};

const SCHEDULE_ACTIONS: Record<string, string> = {
  POST: 'CreateSchedule',
  PUT: 'UpdateSchedule',
  GET: 'GetSchedule',
  DELETE: 'DeleteSchedule',
};

const GROUP_ACTIONS: Record<string, string> = {
  POST: 'CreateScheduleGroup',
  GET: 'GetScheduleGroup',
  DELETE: 'DeleteScheduleGroup',
};

function restRoute(request: FakeRequest, body: Record<string, unknown>): Route {
  const { method, path } = request;
  const converse = /^\/model\/(.+)\/converse$/.exec(path);
  if (converse && method === 'POST') {
    return { service: 'bedrock', action: 'Converse', input: { ...body, modelId: converse[1] } };
  }
  if (path === '/schedules' && method === 'GET') {
    return { service: 'scheduler', action: 'ListSchedules', input: queryInput(request) };
  }
  const named = /^\/(schedules|schedule-groups)\/([^/]+)$/.exec(path);
  const actions = named?.[1] === 'schedules' ? SCHEDULE_ACTIONS : GROUP_ACTIONS;
  const action = named && actions[method];
  if (!action) throw unknownOperation(`${method} ${path}`);
  return {
    service: 'scheduler',
    action,
    input: { ...queryInput(request), ...body, Name: named[2] },
  };
}

/** Query members of the Scheduler's API under the names its bodies use. */
function queryInput(request: FakeRequest): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [key, value] of request.query) {
    const name = key === 'ScheduleGroup' ? 'GroupName' : key;
    input[name.charAt(0).toUpperCase() + name.slice(1)] = value;
  }
  return input;
}

function parseBody(request: FakeRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(request.body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch {
    // Answered below, like any other body that is not an object.
  }
  throw new AwsError('SerializationException', 'expected a JSON object');
}
