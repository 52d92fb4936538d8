import type { WorldClock } from '../world-clock.ts';
import { ACCOUNT_ID, type AwsCall, type AwsService, REGION, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';
import type { SqsAttribute } from './sqs-message.ts';
import type { SqsStandIn } from './sqs-stand-in.ts';

type Input = Record<string, unknown>;
type Target = {
  Arn?: string;
  RoleArn?: string;
  Input?: string;
  SqsParameters?: Input;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
};

type Schedule = {
  name: string;
  group: string;
  input: Input;
  dueAtMs: number;
  createdAtMs: number;
  changedAtMs: number;
  cancel: () => void;
};

/** One schedule as the world sees it. */
export type ScheduleView = { name: string; group: string; dueAtMs: number; targetArn: string };

/**
 * EventBridge Scheduler in memory: one-time `at(…)` schedules in UTC that send to an SQS queue.
 *
 * Due times are on the world's clock; one in the past is delivered at once, as on AWS. What the
 * queue refuses is refused for good here, so it is not tried again: it is counted in
 * `undeliveredCount` and goes to the schedule's dead-letter queue, if it has one.
 */
export class SchedulerStandIn implements AwsService {
  readonly operationPrefix = 'scheduler';
  undeliveredCount = 0;
  readonly #clock: WorldClock;
  readonly #sqs: SqsStandIn;
  readonly #schedules = new Map<string, Schedule>();
  readonly #groups = new Set(['default']);

  constructor(deps: { clock: WorldClock; sqs: SqsStandIn }) {
    this.#clock = deps.clock;
    this.#sqs = deps.sqs;
  }

  createGroup(name: string): void {
    if (this.#groups.has(name)) {
      throw conflict(`Schedule group ${name} already exists.`);
    }
    this.#groups.add(name);
  }

  /** What is scheduled, soonest first. */
  schedules(): ScheduleView[] {
    const views = [...this.#schedules.values()].map((schedule) => ({
      name: schedule.name,
      group: schedule.group,
      dueAtMs: schedule.dueAtMs,
      targetArn: String((schedule.input.Target as Target).Arn),
    }));
    return views.sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  recordedArgs(_action: string, input: Input): unknown {
    const args: Input = { name: input.Name, group: input.GroupName ?? 'default' };
    if (input.ScheduleExpression) args.expression = input.ScheduleExpression;
    const target = input.Target as Target | undefined;
    if (target) args.targetArn = target.Arn;
    return args;
  }

  async perform({ action, input }: AwsCall): Promise<Input> {
    const name = String(input.Name);
    switch (action) {
      case 'CreateSchedule':
        return this.#create(input);
      case 'UpdateSchedule': {
        const old = this.#find(input);
        old.cancel();
        return { ScheduleArn: this.#put(input, old.createdAtMs) };
      }
      case 'GetSchedule':
        return shown(this.#find(input));
      case 'DeleteSchedule':
        this.#remove(this.#find(input));
        return {};
      case 'ListSchedules':
        return { Schedules: this.#list(input) };
      case 'CreateScheduleGroup':
        this.createGroup(name);
        return { ScheduleGroupArn: groupArn(name) };
      case 'GetScheduleGroup':
        this.#checkGroup(name);
        return { Name: name, Arn: groupArn(name), State: 'ACTIVE' };
      case 'DeleteScheduleGroup':
        this.#checkGroup(name);
        for (const schedule of this.#schedules.values()) {
          if (schedule.group === name) this.#remove(schedule);
        }
        this.#groups.delete(name);
        return {};
      default:
        throw unknownOperation(`scheduler:${action}`);
    }
  }

  #create(input: Input): Input {
    const existing = this.#schedules.get(keyOf(input));
    if (!existing) return { ScheduleArn: this.#put(input, this.#clock.nowMs()) };
    // The same request again, told by its token, is the SDK's retry.
    const token = input.ClientToken;
    if (token !== undefined && token === existing.input.ClientToken) {
      return { ScheduleArn: arnOf(existing) };
    }
    throw conflict(`Schedule ${existing.name} already exists.`);
  }

  #put(input: Input, createdAtMs: number): string {
    checkSchedule(input);
    const group = String(input.GroupName ?? 'default');
    this.#checkGroup(group);
    const schedule: Schedule = {
      name: String(input.Name),
      group,
      input,
      dueAtMs: dueAtMsOf(input),
      createdAtMs,
      changedAtMs: this.#clock.nowMs(),
      cancel: () => {},
    };
    this.#schedules.set(keyOf(input), schedule);
    if (input.State !== 'DISABLED') {
      schedule.cancel = this.#clock.at(schedule.dueAtMs, () => this.#fire(schedule));
    }
    return arnOf(schedule);
  }

  #fire(schedule: Schedule): void {
    if (schedule.input.ActionAfterCompletion === 'DELETE') this.#remove(schedule);
    const target = schedule.input.Target as Target;
    try {
      const queue = this.#sqs.byArn(String(target.Arn));
      if (!queue) throw new AwsError('QueueDoesNotExist', 'the target queue does not exist');
      queue.send({
        body: target.Input ?? '{}',
        groupId: target.SqsParameters?.MessageGroupId as string | undefined,
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.undeliveredCount += 1;
      this.#setAside(schedule, error);
    }
  }

  /** https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html */
  #setAside(schedule: Schedule, error: AwsError): void {
    const target = schedule.input.Target as Target;
    const queue = target.DeadLetterConfig && this.#sqs.byArn(String(target.DeadLetterConfig.Arn));
    queue?.send({
      body: target.Input ?? '{}',
      attributes: attributesOf({
        ERROR_CODE: error.code,
        ERROR_MESSAGE: error.message,
        RETRY_ATTEMPTS: '0',
        SCHEDULE_ARN: arnOf(schedule),
        SCHEDULED_TIME: new Date(schedule.dueAtMs).toISOString(),
        TARGET_ARN: String(target.Arn),
      }),
    });
  }

  #list(input: Input): Input[] {
    const prefix = String(input.NamePrefix ?? '');
    return [...this.#schedules.values()]
      .filter(({ name, group }) => name.startsWith(prefix) && group === (input.GroupName ?? group))
      .map((schedule) => ({
        Arn: arnOf(schedule),
        Name: schedule.name,
        GroupName: schedule.group,
        State: schedule.input.State ?? 'ENABLED',
        CreationDate: schedule.createdAtMs / 1000,
        LastModificationDate: schedule.changedAtMs / 1000,
        Target: { Arn: (schedule.input.Target as Target).Arn },
      }));
  }

  #find(input: Input): Schedule {
    const schedule = this.#schedules.get(keyOf(input));
    if (schedule) return schedule;
    throw notFound(`Schedule ${String(input.Name)} does not exist.`);
  }

  #remove(schedule: Schedule): void {
    schedule.cancel();
    this.#schedules.delete(`${schedule.group}/${schedule.name}`);
  }

  #checkGroup(name: string): void {
    if (!this.#groups.has(name)) throw notFound(`Schedule group ${name} does not exist.`);
  }
}

function checkSchedule(input: Input): void {
  if (!/^[0-9A-Za-z_.-]{1,64}$/.test(String(input.Name))) throw invalid('Invalid schedule name.');
  const mode = (input.FlexibleTimeWindow as Input | undefined)?.Mode;
  if (mode !== 'OFF' && mode !== 'FLEXIBLE') throw invalid('FlexibleTimeWindow.Mode is required.');
  const target = (input.Target ?? {}) as Target;
  if (!target.Arn || !target.RoleArn) throw invalid('Target.Arn and Target.RoleArn are required.');
  const isFifo = target.Arn.endsWith('.fifo');
  if (isFifo && !target.SqsParameters?.MessageGroupId) {
    throw invalid('SqsParameters.MessageGroupId is required for a FIFO queue.');
  }
  checkDelivery(target);
  const zone = input.ScheduleExpressionTimezone ?? 'UTC';
  if (zone !== 'UTC') throw invalid('the local endpoint offers the time zone UTC only');
}

/** Limits of `RetryPolicy` and `DeadLetterConfig`; a FIFO queue cannot take dead letters. */
function checkDelivery({ DeadLetterConfig, RetryPolicy }: Target): void {
  const arn = DeadLetterConfig?.Arn;
  if (arn !== undefined && !/^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[\w-]+$/.test(arn)) {
    throw invalid('DeadLetterConfig.Arn must name a standard queue.');
  }
  const { MaximumEventAgeInSeconds: ageS = 86_400, MaximumRetryAttempts: attempts = 185 } =
    RetryPolicy ?? {};
  if (!(ageS >= 60 && ageS <= 86_400)) throw invalid('MaximumEventAgeInSeconds: 60 to 86400.');
  if (!(attempts >= 0 && attempts <= 185)) throw invalid('MaximumRetryAttempts: 0 to 185.');
}

function attributesOf(values: Record<string, string>): Record<string, SqsAttribute> {
  const pairs = Object.entries(values).map(([name, StringValue]) => [
    name,
    { DataType: 'String', StringValue },
  ]);
  return Object.fromEntries(pairs);
}

function dueAtMsOf(input: Input): number {
  const expression = String(input.ScheduleExpression);
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression)?.[1];
  const dueAtMs = at === undefined ? Number.NaN : Date.parse(`${at}Z`);
  // A date like 02-30 rolls over instead of failing.
  const exact = !Number.isNaN(dueAtMs) && new Date(dueAtMs).toISOString().startsWith(String(at));
  if (exact) return dueAtMs;
  throw invalid('Invalid Schedule Expression: expected at(yyyy-mm-ddThh:mm:ss).');
}

function shown(schedule: Schedule): Input {
  const { ClientToken: _token, ...input } = schedule.input;
  return {
    State: 'ENABLED',
    ScheduleExpressionTimezone: 'UTC',
    ...input,
    Arn: arnOf(schedule),
    GroupName: schedule.group,
    CreationDate: schedule.createdAtMs / 1000,
    LastModificationDate: schedule.changedAtMs / 1000,
  };
}

function keyOf(input: Input): string {
  return `${String(input.GroupName ?? 'default')}/${String(input.Name)}`;
}

function arnOf({ group, name }: Schedule): string {
  return `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule/${group}/${name}`;
}

function groupArn(name: string): string {
  return `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule-group/${name}`;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, { status: 409 });
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, { status: 404 });
}
