import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { DeploymentParts } from '../deployment-parts.ts';
import { onCallVariables } from '../oncall-source.ts';
import { ProductFunction } from './product-function.ts';

/**
 * Each minute: drains the outbox, sends dead letters back, wakes incidents whose effects are
 * unfinished, asks OnCall for its open alert groups, and reads the public page as any customer does.
 * It holds no secret but the token that reads OnCall, and sees nothing of the audit trail.
 */
export class Sweeper extends ProductFunction<'sweeper'> {
  constructor(scope: Construct, id: string, parts: DeploymentParts) {
    const { parameters, names, outbox, incidentRows, alerts, incidents, publications } = parts;
    super(scope, id, {
      name: 'sweeper',
      functionName: names.function('sweeper'),
      description: 'Drains the outbox, wakes incidents, finds lost alerts, watches the page',
      // 20 ms of CPU a minute and 110 MB; nobody waits for it.
      memoryMb: 256,
      // Half the interval, so that two sweeps never overlap.
      timeout: Duration.seconds(30),
      bundle: parts.bundle,
      variables: {
        OUTBOX_TABLE: outbox.table.tableName,
        INCIDENTS_TABLE: incidentRows.table.tableName,
        ALERTS_QUEUE_URL: alerts.queue.queueUrl,
        INCIDENTS_QUEUE_URL: incidents.queue.queueUrl,
        STATUSPAGE_PUBLIC_URL: parameters.statuspagePublicUrl,
        PAGE_DRIFT: parameters.pageDrift,
        INCIDENTS_DLQ_URL: incidents.deadLetters.queueUrl,
        PUBLICATIONS_DLQ_URL: publications.deadLetters.queueUrl,
        ...onCallVariables(parameters.oncall, parts.secrets),
      },
    });
    outbox.grantDrain(this);
    incidentRows.grantListDue(this);
    incidentRows.grantListPublished(this);
    alerts.grantSend(this);
    incidents.grantSend(this);
    incidents.grantReturnDeadLetters(this);
    publications.grantReturnDeadLetters(this);
    if (parameters.oncall) {
      parts.secrets.grantRead(this, 'oncall-api-token');
      incidentRows.grantCompareAlertGroups(this);
    }
    new Rule(this, 'EachMinute', {
      description: `Runs ${names.function('sweeper')}`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // A missed sweep is made good by the next one, so a late repetition is worth nothing.
        new FunctionTarget(this.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    });
  }
}
