import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUEUE_MESSAGE_MAX_BYTES } from '../../src/domain/limits.ts';
import type { FifoQueue } from './fifo-queue.ts';

/** How cdk-nag spells the service in this account and region. */
const SCHEDULER_OF_THIS_ACCOUNT = '<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>';

/** The group that one-time schedules live in, and the role that delivers them. */
export class Schedules extends Construct {
  readonly groupName: string;
  /** May send to the incidents queue and to `undelivered`, and nothing else. */
  readonly deliveryRole: Role;
  /**
   * Holds what could not be delivered. Not FIFO: Scheduler cannot use such a queue for it.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
   */
  readonly undelivered: Queue;

  constructor(
    scope: Construct,
    id: string,
    props: { groupName: string; incidents: FifoQueue; undeliveredName: string },
  ) {
    super(scope, id);
    this.groupName = props.groupName;
    new CfnScheduleGroup(this, 'Group', { name: props.groupName });
    this.deliveryRole = new Role(this, 'DeliveryRole', {
      description: 'EventBridge Scheduler sends due reminders to incidents.fifo with it',
      // The conditions keep other accounts' schedules from borrowing the role (confused deputy).
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.#arn('schedule-group', props.groupName) },
        },
      }),
    });
    props.incidents.grantSend(this.deliveryRole);
    this.undelivered = this.#undelivered(props.undeliveredName);
  }

  #undelivered(queueName: string): Queue {
    const queue = new Queue(this, 'Undelivered', {
      queueName,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: QUEUE_MESSAGE_MAX_BYTES,
    });
    Grant.addToPrincipal({
      grantee: this.deliveryRole,
      actions: ['sqs:SendMessage'],
      resourceArns: [queue.queueArn],
    }).assertSuccess();
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of every schedule; nothing consumes it but people.',
    });
    return queue;
  }

  /** Sets, moves and removes schedules of this group that deliver with the group's role. */
  grantSchedule(role: IRole): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: [
        'scheduler:CreateSchedule',
        'scheduler:UpdateSchedule',
        'scheduler:GetSchedule',
        'scheduler:DeleteSchedule',
      ],
      resourceArns: [this.#arn('schedule', `${this.groupName}/*`)],
    }).assertSuccess();
    const schedules = `schedule/${this.groupName}/*`;
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:${SCHEDULER_OF_THIS_ACCOUNT}:${schedules}]`,
      reason: 'A schedule is named after its incident; the group is of this deployment alone.',
    });
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.deliveryRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }

  #arn(resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: 'scheduler', resource, resourceName, arnFormat });
  }
}
