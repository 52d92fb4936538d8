import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

/** Due times have whole seconds; a test's schedule is this far ahead. */
const AHEAD_MS = 3_600_000;
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:undelivered';

describe('EventBridge Scheduler', () => {
  const world = useAws();
  let client: SchedulerClient;
  let queueArn: string;

  beforeEach(() => {
    client = new SchedulerClient(world.config('incident-worker'));
    queueArn = world.aws.sqs.createQueue('incidents.fifo', {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'true',
    }).arn;
  });

  const at = (aheadMs: number) =>
    `at(${new Date(world.clock.nowMs() + aheadMs).toISOString().slice(0, 19)})`;
  const input = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
    Name: 'nudge-1',
    ScheduleExpression: at(AHEAD_MS),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: queueArn,
      RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
      Input: '{"kind":"nudge"}',
      SqsParameters: { MessageGroupId: 'g' },
    },
    ...more,
  });
  const create = (more: Partial<CreateScheduleCommandInput> = {}) =>
    client.send(new CreateScheduleCommand(input(more)));
  const delivered = () => world.aws.sqs.queue('incidents.fifo').peek();

  it('delivers once at its due time on the clock of the world, and is then gone', async () => {
    await create();
    world.clock.advance(AHEAD_MS - 2_000);
    expect(delivered()).toEqual([]);
    world.clock.advance(2_000);
    expect(delivered()).toMatchObject([{ body: '{"kind":"nudge"}', groupId: 'g' }]);
    const gone = client.send(new GetScheduleCommand({ Name: 'nudge-1' }));
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    world.clock.advance(AHEAD_MS);
    expect(delivered()).toHaveLength(1);
  });

  it('a time in the past is accepted and delivered at once', async () => {
    await create({ ScheduleExpression: 'at(2020-01-01T00:00:00)' });
    await expect.poll(() => delivered().length, { interval: 1 }).toBe(1);
  });

  it('a name that exists is ConflictException, in another group it is free', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(create({ GroupName: 'g2' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await client.send(new CreateScheduleGroupCommand({ Name: 'g2' }));
    await create({ GroupName: 'g2' });
    expect(world.aws.scheduler.schedules().map(({ group }) => group)).toEqual(['default', 'g2']);
  });

  it('the same ClientToken again is the same request, not a conflict', async () => {
    const first = await create({ ClientToken: 'token' });
    expect((await create({ ClientToken: 'token' })).ScheduleArn).toBe(first.ScheduleArn);
  });

  it('UpdateSchedule moves the due time; the old one delivers nothing', async () => {
    await create();
    const moved = input({ ScheduleExpression: at(2 * AHEAD_MS) });
    await client.send(new UpdateScheduleCommand(moved));
    world.clock.advance(AHEAD_MS);
    expect(delivered()).toEqual([]);
    world.clock.advance(AHEAD_MS);
    expect(delivered()).toHaveLength(1);
  });

  it('DeleteSchedule stops it, a second one is ResourceNotFoundException', async () => {
    await create();
    const remove = () => client.send(new DeleteScheduleCommand({ Name: 'nudge-1' }));
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    world.clock.advance(AHEAD_MS);
    expect(delivered()).toEqual([]);
  });

  it('GetSchedule and ListSchedules show what was created', async () => {
    await create();
    await create({ Name: 'other' });
    const shown = await client.send(new GetScheduleCommand({ Name: 'nudge-1' }));
    expect(shown).toMatchObject({
      Arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nudge-1',
      GroupName: 'default',
      State: 'ENABLED',
      Target: { Arn: queueArn, SqsParameters: { MessageGroupId: 'g' } },
    });
    expect(shown.CreationDate).toBeInstanceOf(Date);
    const listed = await client.send(new ListSchedulesCommand({ NamePrefix: 'nudge' }));
    expect(listed.Schedules?.map(({ Name }) => Name)).toEqual(['nudge-1']);
  });

  it.each([
    'at(2026-02-30T00:00:00)',
    'at(2026-01-01 00:00:00)',
    'at(2026-01-01T00:00:00Z)',
    'tomorrow',
  ])('%s is a ValidationException', async (ScheduleExpression) => {
    await expect(create({ ScheduleExpression })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it.each([
    ['a name of 65 characters', { Name: 'n'.repeat(65) }],
    ['no flexible time window', { FlexibleTimeWindow: undefined }],
    ['a FIFO target without a group', { Target: { Arn: 'arn:x.fifo', RoleArn: 'arn:r' } }],
  ])('%s is a ValidationException', async (_what, more) => {
    await expect(create(more as Partial<CreateScheduleCommandInput>)).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('what the queue refuses goes to the dead-letter queue, with the reason', async () => {
    const dead = world.aws.sqs.createQueue('undelivered', {});
    const Target = {
      Arn: 'arn:aws:sqs:us-east-1:000000000000:none.fifo',
      RoleArn: 'arn:r',
      Input: '{"kind":"nudge"}',
      SqsParameters: { MessageGroupId: 'g' },
      DeadLetterConfig: { Arn: dead.arn },
      RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 185 },
    };
    await create({ Target });
    world.clock.advance(AHEAD_MS);
    expect(world.aws.scheduler.undeliveredCount).toBe(1);
    const [set, ...more] = world.aws.sqs.queue('undelivered').peek();
    expect([set?.body, more]).toEqual(['{"kind":"nudge"}', []]);
    expect(set?.attributes).toMatchObject({
      ERROR_CODE: { StringValue: 'QueueDoesNotExist' },
      SCHEDULE_ARN: {
        StringValue: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nudge-1',
      },
      TARGET_ARN: { StringValue: 'arn:aws:sqs:us-east-1:000000000000:none.fifo' },
    });
  });

  it('a delivery that works leaves nothing in the dead-letter queue', async () => {
    const dead = world.aws.sqs.createQueue('undelivered', {});
    const { Target } = input();
    await create({ Target: { ...Target!, DeadLetterConfig: { Arn: dead.arn } } });
    world.clock.advance(AHEAD_MS);
    expect(delivered()).toHaveLength(1);
    expect(world.aws.sqs.queue('undelivered').peek()).toEqual([]);
  });

  it.each([
    ['a FIFO dead-letter queue', { DeadLetterConfig: { Arn: `${DEAD}.fifo` } }],
    ['an event age under a minute', { RetryPolicy: { MaximumEventAgeInSeconds: 59 } }],
    ['an event age over a day', { RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } }],
    ['186 attempts', { RetryPolicy: { MaximumRetryAttempts: 186 } }],
  ])('%s is a ValidationException', async (_what, more) => {
    await expect(create({ Target: { ...input().Target!, ...more } })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it.each([
    { DeadLetterConfig: { Arn: DEAD } },
    { RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } },
    { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  ])('%j is accepted', async (more) => {
    const created = await create({ Target: { ...input().Target!, ...more } });
    expect(created.ScheduleArn).toContain('nudge-1');
  });

  it('a delivery to a missing queue is counted and breaks nothing', async () => {
    const Target = { Arn: 'arn:aws:sqs:us-east-1:000000000000:none', RoleArn: 'arn:r' };
    await create({ Target });
    world.clock.advance(AHEAD_MS);
    expect(world.aws.scheduler.undeliveredCount).toBe(1);
  });
});
