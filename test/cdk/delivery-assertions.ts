import { deepStrictEqual, ok } from 'node:assert/strict';
import { holders, roleOf } from './access.ts';
import { functionNamed, permissionsOf } from './assertions.ts';
import { list, one, resolved, resourcesOf, type Statement, type Template } from './template.ts';

/** Who reads it, and whose dead letters it shares. */
const QUEUES = {
  alerts: ['incident-worker', 'incidents'],
  incidents: ['incident-worker', 'incidents'],
  publications: ['publisher', 'publications'],
};

/** High-throughput FIFO, content-based ids, visibility 5 s over the time-out, dead letters. */
export function assertQueuesKeepTheirPromises(template: Template): void {
  for (const [name, [consumer = '', dead]] of Object.entries(QUEUES)) {
    const timeoutS = functionNamed(template, consumer).Properties.Timeout;
    const queue = queueNamed(template, `${name}.fifo`);
    const { RedrivePolicy, ...p } = queue.Properties;
    deepStrictEqual(
      [p.ContentBasedDeduplication, p.DeduplicationScope, p.FifoThroughputLimit],
      [true, 'messageGroup', 'perMessageGroupId'],
    );
    deepStrictEqual([timeoutS, p.VisibilityTimeout], [30, 35]);
    deepStrictEqual(
      resolved(template, RedrivePolicy?.deadLetterTargetArn),
      `arn:aws:sqs:us-east-1:111122223333:incident-response-acme-test-${dead}-dlq.fifo`,
    );
  }
  for (const [id, { Properties: p }] of resourcesOf(template, 'AWS::SQS::Queue')) {
    deepStrictEqual([id, p.MaximumMessageSize], [id, 1_048_576]);
    ok(p.SqsManagedSseEnabled, `expected ${id} to be encrypted`);
    ok(insecureTransportDenied(template, id), `expected ${id} to refuse plain HTTP`);
  }
}

function queueNamed(template: Template, ending: string) {
  const found = resourcesOf(template, 'AWS::SQS::Queue').find(([, { Properties: p }]) =>
    String(p.QueueName).endsWith(`-${ending}`),
  );
  ok(found, `expected a queue ${ending}`);
  return found[1];
}

function insecureTransportDenied(template: Template, queueId: string): boolean {
  return resourcesOf(template, 'AWS::SQS::QueuePolicy')
    .filter(([, { Properties: p }]) => list(p.Queues).some((queue) => queue.Ref === queueId))
    .flatMap(([, { Properties: p }]) => list<Statement>(p.PolicyDocument.Statement))
    .some(
      (statement) =>
        statement.Effect === 'Deny' &&
        statement.Condition?.Bool?.['aws:SecureTransport'] === 'false',
    );
}

/** Lambda must not cut the chains by which incidents and publications continue. */
export function assertChainsAreNotCut(template: Template): void {
  for (const [name = ''] of Object.values(QUEUES)) {
    deepStrictEqual(functionNamed(template, name).Properties.RecursiveLoop, 'Allow');
  }
}

/** One message an invocation; only failed messages come back. */
export function assertMappingsReadOneMessage(template: Template): void {
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
  deepStrictEqual(mappings.length, 3);
  for (const [id, { Properties: p }] of mappings) {
    deepStrictEqual([id, p.BatchSize], [id, 1]);
    deepStrictEqual(p.FunctionResponseTypes, ['ReportBatchItemFailures']);
  }
}

/** The role that Scheduler assumes sends, to two queues, and does nothing else. */
export function assertDeliveryRoleOnlySends(template: Template): void {
  const [id] = one(template, 'AWS::IAM::Role', 'SchedulesDeliveryRole');
  deepStrictEqual(permissionsOfRole(template, id), [
    'sqs:SendMessage arn:aws:sqs:us-east-1:111122223333:incident-response-acme-test-incidents.fifo',
    'sqs:SendMessage arn:aws:sqs:us-east-1:111122223333:incident-response-acme-test-schedules-undelivered',
  ]);
}

/** What Scheduler cannot deliver is kept two weeks, in a queue it can use, and somebody is told. */
export function assertUndeliveredSchedulesAreKept(template: Template): void {
  const [id, { Properties: p }] = one(template, 'AWS::SQS::Queue', 'SchedulesUndelivered');
  deepStrictEqual([p.FifoQueue, p.MessageRetentionPeriod], [undefined, 14 * 86_400]);
  const worker = functionNamed(template, 'incident-worker').Properties.Environment.Variables;
  deepStrictEqual(worker.SCHEDULE_DLQ_ARN, { 'Fn::GetAtt': [id, 'Arn'] });
  const [, { Properties: alarm }] = one(
    template,
    'AWS::CloudWatch::Alarm',
    'Alarmsschedulesundelivered',
  );
  deepStrictEqual(
    [alarm.MetricName, alarm.Threshold, alarm.ComparisonOperator],
    ['ApproximateNumberOfMessagesVisible', 0, 'GreaterThanThreshold'],
  );
  deepStrictEqual(alarm.Dimensions, [
    { Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } },
  ]);
}

/** CloudWatch may publish although the topic has a policy of its own. */
export function assertAlarmsReachTheTopic(template: Template): void {
  const [, { Properties: p }] = one(template, 'AWS::SNS::TopicPolicy', 'Alarms');
  const allowed = list<Statement>(p.PolicyDocument.Statement).some(
    ({ Effect, Principal, Action }) =>
      Effect === 'Allow' &&
      Action === 'sns:Publish' &&
      JSON.stringify(Principal) === '{"Service":"cloudwatch.amazonaws.com"}',
  );
  ok(allowed, 'expected the topic to let cloudwatch.amazonaws.com publish');
}

export function permissionsOfRole(template: Template, role: string): string[] {
  const holder = holders(template).find(({ name }) => name === role);
  return permissionsOf(template, holder?.statements ?? []);
}

/** What each function may do, without its own log group; names shortened to the last part. */
export function grantsOf(template: Template, functionName: string): string[] {
  const lines = permissionsOfRole(template, roleOf(template, functionName));
  return lines
    .filter((line) => !line.startsWith('logs:'))
    .map((line) => line.replace(/ arn:aws:[a-z-]+:[a-z0-9-]*:\d*:/, ' '))
    .map((line) => line.replaceAll('incident-response-acme-test', '…'));
}
