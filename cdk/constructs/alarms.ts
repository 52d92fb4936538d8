import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from '../../src/config.ts';
import type { SecretName } from '../resource-names.ts';
import type { FifoQueue } from './fifo-queue.ts';
import { ROUTES } from './http-api.ts';

/** Namespace of the metrics that functions write. One deployment to an account and region. */
const METRIC_NAMESPACE = 'IncidentResponse';

/** Alarms that fire on the first count of a metric the functions write. */
const FIRST_COUNT_ALARMS = {
  'publish-refused': 'PublishRefused',
  'publish-unconfirmed': 'PublishUnconfirmed',
  'break-glass-used': 'BreakGlassUsed',
  'group-moved': 'GroupMoved',
  'publish-duplicated': 'PublishDuplicated',
  'page-drift-found': 'PageDriftFound',
  'alert-not-stored': 'AlertNotStored',
  'alert-not-recorded': 'AlertNotRecorded',
  'secret-refresh-failed': 'SecretRefreshFailed',
  'effect-put-aside': 'EffectPutAside',
  'effect-abandoned': 'EffectAbandoned',
  'people-not-told': 'PeopleNotTold',
  'nobody-reachable': 'NobodyReachable',
  'model-failed': 'ModelFailed',
  'forged-alert': 'ForgedAlert',
  'alert-unconfirmed': 'AlertUnconfirmed',
  'alert-not-delivered': 'AlertNotDelivered',
  'room-late': 'RoomLate',
  'storm-opened': 'StormOpened',
  'slack-limit-met': 'SlackRateLimitMet',
  'rate-limit-unreached': 'RateLimitUnreached',
};

/** Age of the oldest message after which a queue counts as stalled. */
const STALLED_AFTER = Duration.minutes(5);

const MINUTE = Duration.minutes(1);

type Rule = Pick<AlarmProps, 'metric'> & Partial<AlarmProps>;

/** How long a path must have refused everything: a sender's retries fall into it. */
const REFUSED_FOR = Duration.minutes(5);

/**
 * Every alarm, all to one topic. The article of its name in docs/runbook.md says what to do; alarms
 * that differ in a secret or a path alone share one.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly #deploymentId: string;

  constructor(
    scope: Construct,
    id: string,
    props: {
      deploymentId: string;
      email: string | undefined;
      queues: Record<string, FifoQueue>;
      /** What EventBridge Scheduler could not deliver. */
      undelivered: Queue;
      secrets: readonly SecretName[];
      functions: readonly [FunctionName, { lambda: LambdaFunction }][];
    },
  ) {
    super(scope, id);
    this.#deploymentId = props.deploymentId;
    this.topic = this.#topic(props.email);
    for (const [name, { queue, ...of }] of Object.entries(props.queues)) {
      if (of.ownsDeadLetters) {
        const waiting = of.deadLetters.metricApproximateNumberOfMessagesVisible(maximum);
        this.#alarm(`${name}-dlq-not-empty`, { metric: waiting });
      }
      const age = queue.metricApproximateAgeOfOldestMessage(maximum);
      this.#alarm(`${name}-stalled`, { metric: age, threshold: STALLED_AFTER.toSeconds() });
    }
    const undelivered = props.undelivered.metricApproximateNumberOfMessagesVisible(maximum);
    this.#alarm('schedules-undelivered', { metric: undelivered });
    for (const [name, metricName] of Object.entries(FIRST_COUNT_ALARMS)) {
      this.#alarm(name, { metric: ownMetric(metricName) });
    }
    // A row that waits a minute is the outbox at work; five in a row mean that nothing drains it.
    this.#alarm('outbox-waiting', { metric: ownMetric('OutboxWaiting'), evaluationPeriods: 5 });
    // Counted once a sweep while the page shows an incident as open that is over here.
    this.#alarm('page-obligation-open', {
      metric: ownMetric('PageObligationOpen'),
      evaluationPeriods: 15,
      datapointsToAlarm: 10,
    });
    // One answer too late is nothing; for a quarter of an hour nobody watches the page.
    this.#alarm('page-unreadable', { metric: ownMetric('PageUnreadable'), evaluationPeriods: 15 });
    const unasked = { metric: ownMetric('AlertsNotReconciled'), evaluationPeriods: 15 };
    this.#alarm('alerts-not-reconciled', unasked);
    for (const secret of props.secrets) {
      const metric = ownMetric('SecretMalformed', { secret });
      this.#alarm(`secret-malformed-${secret}`, { metric }, 'secret-malformed');
    }
    this.#refusals();
    for (const [name, { lambda }] of props.functions) {
      this.#alarm(`${name}-errors`, { metric: lambda.metricErrors(sum) });
      this.#alarm(`${name}-throttles`, { metric: lambda.metricThrottles(sum) });
      if (name === 'sweeper') this.#silence('sweeper-silent', lambda.metricInvocations(sum));
    }
  }

  /** Fires for a path that takes nothing while it refuses something: most likely our own secret. */
  #refusals(): void {
    const only = (name: string, refused: Metric, ...taken: Metric[]) => {
      const named = taken.map((metric, i) => [`taken${i}`, metric] as const);
      const all = ['refused', ...named.map(([id]) => `FILL(${id}, 0)`)].join(', ');
      const metric = new MathExpression({
        expression: `IF(SUM([${all}]) == refused, refused, 0)`,
        usingMetrics: { refused, ...Object.fromEntries(named) },
        period: REFUSED_FOR,
        label: 'refused while nothing was taken',
      });
      this.#alarm(`webhook-refused-${name}`, { metric }, 'webhook-refused');
    };
    for (const path of Object.keys(ROUTES).filter((each) => each.startsWith('/webhooks/'))) {
      const name = path.replace('/webhooks/', '').replaceAll('/', '-');
      const [refused, accepted, quarantined] = [
        ownMetric('WebhookRefused', { path }),
        ownMetric('AlertAccepted', { path }),
        ownMetric('AlertQuarantined', { path }),
      ];
      only(name, refused, accepted, quarantined);
    }
    only('slack', ownMetric('SlackRequestRefused'), ownMetric('SlackRequestAuthentic'));
  }

  /** Fires when something that runs each minute has not run for five. */
  #silence(name: string, metric: IMetric): void {
    this.#alarm(name, {
      metric,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #alarm(name: string, rule: Rule, article = name): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.#deploymentId}-${name}`,
      alarmDescription: `What it means and what to do: docs/runbook.md#${article}`,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...rule,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }

  #topic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    // A topic's own policy replaces the default one, under which CloudWatch could publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}

const maximum = { statistic: 'Maximum', period: MINUTE };
const sum = { statistic: 'Sum', period: MINUTE };

function ownMetric(metricName: string, dimensionsMap?: Record<string, string>): Metric {
  const by = dimensionsMap ? { dimensionsMap } : {};
  return new Metric({ namespace: METRIC_NAMESPACE, metricName, ...by, ...sum });
}
