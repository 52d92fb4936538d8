import { Duration } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUEUE_MESSAGE_MAX_BYTES, RECEIVES_MAX } from '../../src/domain/limits.ts';

/** A message is not picked up again while its function may still run. */
const VISIBILITY_MARGIN = Duration.seconds(5);

/** A high-throughput FIFO queue with the queue for what could not be done, its own or another's. */
export class FifoQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** False where another queue's dead letters are kept as well. */
  readonly ownsDeadLetters: boolean;

  /** @param props.consumerTimeout - the time-out of the one function that reads the queue */
  constructor(
    scope: Construct,
    id: string,
    props: { queueName: string; consumerTimeout: Duration } & (
      | { dlqName: string }
      | { deadLetters: Queue }
    ),
  ) {
    super(scope, id);
    const shared: QueueProps = {
      fifo: true,
      // EventBridge Scheduler cannot give an id; every other producer does.
      contentBasedDeduplication: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: QUEUE_MESSAGE_MAX_BYTES,
    };
    this.ownsDeadLetters = 'dlqName' in props;
    this.deadLetters =
      'dlqName' in props
        ? new Queue(this, 'DeadLetters', { ...shared, queueName: props.dlqName })
        : props.deadLetters;
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      queueName: props.queueName,
      // Both together are what SQS calls high throughput: limits per group, not per queue.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      visibilityTimeout: props.consumerTimeout.plus(VISIBILITY_MARGIN),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: RECEIVES_MAX },
    });
  }

  /** Takes messages out of the dead-letter queue, once they were sent again. */
  grantReturnDeadLetters(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resourceArns: [this.deadLetters.queueArn],
    }).assertSuccess();
  }

  grantSend(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    }).assertSuccess();
  }
}
