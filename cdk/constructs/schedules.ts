import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FifoQueue } from './fifo-queue.ts';

/** How cdk-nag spells the service in this account and region. */
const SCHEDULER_OF_THIS_ACCOUNT = '<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>';

/** The group that one-time schedules live in, and the role that delivers them. */
export class Schedules extends Construct {
  readonly groupName: string;
  /** May send to the incidents queue, and nothing else. */
  readonly deliveryRole: Role;
  /** Holds what could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: { groupName: string; incidents: FifoQueue }) {
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
    this.undelivered = new Queue(this, 'Undelivered', {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.undelivered.grantSendMessages(this.deliveryRole);
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
