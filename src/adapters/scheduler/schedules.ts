import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { DeliveryError } from '../../domain/errors.ts';
import type { Clock, IncidentMessage, Schedules } from '../../services/ports.ts';

export type EventBridgeSchedulesOptions = {
  client: SchedulerClient;
  groupName: string;
  /** Role that EventBridge Scheduler assumes to send to the queue. */
  roleArn: string;
  queueArn: string;
  /** Standard queue for what Scheduler could not deliver; it cannot use a FIFO one. */
  deadLetterArn: string;
  clock: Clock;
};

/** Scheduler refuses a time that has passed, also while the request is on its way. Unit: ms. */
const DUE_NO_EARLIER_THAN_MS = 5_000;

/**
 * An hour of trying: SQS is back by then, or somebody has to know, which only the dead letter tells
 * them; a reminder that comes later than that reminds of nothing. A draft that waits is not forgotten
 * meanwhile, as the sweeper looks at it each minute. Scheduler's own limit of attempts, so that the
 * age alone decides.
 */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 185 };

/** One-time EventBridge schedules that send to incidents.fifo and delete themselves. */
export class EventBridgeSchedules implements Schedules {
  readonly #of: EventBridgeSchedulesOptions;

  constructor(of: EventBridgeSchedulesOptions) {
    this.#of = of;
  }

  async set(schedule: {
    name: string;
    dueAtMs: number;
    message: IncidentMessage;
    group: string;
  }): Promise<void> {
    const { client, groupName, roleArn, queueArn, deadLetterArn, clock } = this.#of;
    const dueAtMs = Math.max(schedule.dueAtMs, clock.nowMs() + DUE_NO_EARLIER_THAN_MS);
    const input = {
      Name: schedule.name,
      GroupName: groupName,
      // Scheduler knows whole seconds; a reminder a moment late is better than one too early.
      ScheduleExpression: `at(${new Date(Math.ceil(dueAtMs / 1000) * 1000).toISOString().slice(0, 19)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      ActionAfterCompletion: 'DELETE' as const,
      Target: {
        Arn: queueArn,
        RoleArn: roleArn,
        Input: JSON.stringify(schedule.message),
        SqsParameters: { MessageGroupId: schedule.group },
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: RETRY_POLICY,
      },
    };
    try {
      await client.send(new CreateScheduleCommand(input));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw unavailable('set', error);
      await client.send(new UpdateScheduleCommand(input)).catch((cause: unknown) => {
        throw unavailable('move', cause);
      });
    }
  }

  async remove(name: string): Promise<void> {
    const { client, groupName } = this.#of;
    try {
      await client.send(new DeleteScheduleCommand({ Name: name, GroupName: groupName }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw unavailable('remove', error);
    }
  }
}

function unavailable(act: string, cause: unknown): DeliveryError {
  const name = (cause as Error).name;
  return new DeliveryError({
    code: 'SCHEDULE_UNAVAILABLE',
    message: `cannot ${act} schedule: expected an answer from EventBridge Scheduler, got ${name}`,
    retryable: name !== 'ValidationException' && name !== 'AccessDeniedException',
    cause,
  });
}
