import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventBridgeSchedules } from '../../../src/adapters/scheduler/schedules.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';

const client = new SchedulerClient({ region: 'us-east-1' });
const sdk = mockClient(client);
let nowMs: number;
const schedules = new EventBridgeSchedules({
  client,
  groupName: 'incidents',
  roleArn: 'arn:aws:iam::1:role/scheduler',
  queueArn: 'arn:aws:sqs:us-east-1:1:incidents.fifo',
  deadLetterArn: 'arn:aws:sqs:us-east-1:1:undelivered',
  clock: { nowMs: () => nowMs },
});
const REMINDER = {
  name: 'inc-a-update-due',
  dueAtMs: Date.parse('2026-11-20T09:30:00.001Z'),
  message: { kind: 'sweep', incidentId: 'inc-a' },
  group: 'work#inc-a',
} as const;
const INPUT = {
  Name: 'inc-a-update-due',
  GroupName: 'incidents',
  ScheduleExpression: 'at(2026-11-20T09:30:01)',
  ScheduleExpressionTimezone: 'UTC',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  Target: {
    Arn: 'arn:aws:sqs:us-east-1:1:incidents.fifo',
    RoleArn: 'arn:aws:iam::1:role/scheduler',
    Input: '{"kind":"sweep","incidentId":"inc-a"}',
    SqsParameters: { MessageGroupId: 'work#inc-a' },
    DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:1:undelivered' },
    RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 185 },
  },
};
const given = { message: 'vendor words', $metadata: {} };
const conflict = new ConflictException({ ...given, Message: 'exists' });
const missing = new ResourceNotFoundException({ ...given, Message: 'gone' });
const named = (name: string) => Object.assign(new Error(), { name });

beforeEach(() => {
  nowMs = Date.parse('2026-11-20T09:00:00.000Z');
  sdk.reset();
  sdk.on(CreateScheduleCommand).resolves({});
  sdk.on(UpdateScheduleCommand).resolves({});
  sdk.on(DeleteScheduleCommand).resolves({});
});

describe('set()', () => {
  it('creates a one-time schedule, never early, that deletes itself', async () => {
    await schedules.set(REMINDER);
    expect(sdk.commandCalls(CreateScheduleCommand)[0]?.args[0].input).toEqual(INPUT);
    expect(sdk.commandCalls(UpdateScheduleCommand)).toEqual([]);
  });

  it.each([
    ['is 5 s ahead', 5_001, '2026-11-20T09:30:01'],
    ['is 4 s ahead', 4_000, '2026-11-20T09:30:02'],
    ['has passed', -60_000, '2026-11-20T09:31:06'],
  ])('a time that %s is never in the past when Scheduler reads it', async (_what, aheadMs, at) => {
    nowMs = REMINDER.dueAtMs - aheadMs;
    await schedules.set(REMINDER);
    const { input } = sdk.commandCalls(CreateScheduleCommand)[0]!.args[0];
    expect(input.ScheduleExpression).toBe(`at(${at})`);
  });

  it('moves the schedule of the same name', async () => {
    sdk.on(CreateScheduleCommand).rejects(conflict);
    await schedules.set(REMINDER);
    expect(sdk.commandCalls(UpdateScheduleCommand)[0]?.args[0].input).toEqual(INPUT);
  });

  it.each([
    ['ThrottlingException', true],
    ['InternalServerException', true],
    ['ValidationException', false],
    ['AccessDeniedException', false],
  ])('throws SCHEDULE_UNAVAILABLE for %s (retryable: %s)', async (name, retryable) => {
    sdk.on(CreateScheduleCommand).rejects(named(name));
    const error = await schedules.set(REMINDER).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ code: 'SCHEDULE_UNAVAILABLE', retryable });
  });

  it('throws a retryable error when the schedule fired while it was moved', async () => {
    sdk.on(CreateScheduleCommand).rejects(conflict);
    sdk.on(UpdateScheduleCommand).rejects(missing);
    const error = await schedules.set(REMINDER).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SCHEDULE_UNAVAILABLE', retryable: true });
  });
});

describe('remove()', () => {
  it('deletes by name and group, and takes a missing schedule for removed', async () => {
    await schedules.remove('inc-a-update-due');
    expect(sdk.commandCalls(DeleteScheduleCommand)[0]?.args[0].input).toEqual({
      Name: 'inc-a-update-due',
      GroupName: 'incidents',
    });
    sdk.on(DeleteScheduleCommand).rejects(missing);
    await expect(schedules.remove('inc-a-update-due')).resolves.toBeUndefined();
  });

  it('throws SCHEDULE_UNAVAILABLE when Scheduler does not answer', async () => {
    sdk.on(DeleteScheduleCommand).rejects(named('InternalServerException'));
    const remove = schedules.remove('inc-a-update-due');
    await expect(remove).rejects.toThrowWithCode(DeliveryError, 'SCHEDULE_UNAVAILABLE');
  });
});
