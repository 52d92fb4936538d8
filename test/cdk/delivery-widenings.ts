import { readFileSync } from 'node:fs';
import * as trail from './assertions.ts';
import * as delivery from './delivery-assertions.ts';
import { one } from './template.ts';
import { change, type Guard } from './widen.ts';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

/** Routes, variables, queues and alarms, spoilt. */
export const DELIVERY_GUARDS: readonly Guard[] = [
  {
    claim: 'variables are exact',
    assertion: trail.assertVariablesAreExact,
    widenings: {
      'one missing': change('AWS::Lambda::Function', 'Publisher', (p) => {
        delete p.Environment.Variables.PUBLISH_DEADLINE_MS;
      }),
      'one too many': change('AWS::Lambda::Function', 'AlertWebhook', (p) => {
        p.Environment.Variables.AUDIT_TABLE = 'audit';
      }),
    },
  },
  {
    claim: 'routes are exact',
    assertion: trail.assertRoutesAreExact,
    widenings: {
      'a catch-all': change('AWS::ApiGatewayV2::Route', 'HttpApiANYhealth', (p) => {
        p.RouteKey = '$default';
      }),
    },
  },
  {
    claim: 'alarms have articles',
    assertion: (widened) => trail.assertAlarmsHaveArticles(widened, runbook),
    widenings: {
      'an alarm nobody explained': (t) => {
        const [, alarm] = one(t, 'AWS::CloudWatch::Alarm', 'Alarmsoutboxwaiting');
        const name = { AlarmName: 'acme-test-new', AlarmDescription: 'docs/runbook.md#new' };
        t.Resources.New = { ...alarm, Properties: { ...alarm.Properties, ...name } };
      },
      'an alarm that tells nobody': change('AWS::CloudWatch::Alarm', 'Alarmsoutboxwaiting', (p) => {
        p.AlarmActions = [];
      }),
    },
  },
  {
    claim: 'queues keep their promises',
    assertion: delivery.assertQueuesKeepTheirPromises,
    widenings: {
      'visibility under the time-out': change('AWS::SQS::Queue', 'IncidentsQueue', (p) => {
        p.VisibilityTimeout = 30;
      }),
      'no dead-letter queue': change('AWS::SQS::Queue', 'PublicationsQueue', (p) => {
        delete p.RedrivePolicy;
      }),
    },
  },
  {
    claim: 'chains are not cut',
    assertion: delivery.assertChainsAreNotCut,
    widenings: {
      'Lambda stops the worker': change('AWS::Lambda::Function', 'IncidentWorker', (p) => {
        delete p.RecursiveLoop;
      }),
    },
  },
  {
    claim: 'mappings read one message',
    assertion: delivery.assertMappingsReadOneMessage,
    widenings: {
      'a batch of ten': change('AWS::Lambda::EventSourceMapping', 'Publisher', (p) => {
        p.BatchSize = 10;
      }),
    },
  },
  {
    claim: 'the delivery role only sends',
    assertion: delivery.assertDeliveryRoleOnlySends,
    widenings: {
      'to publications, too': change('AWS::IAM::Policy', 'SchedulesDeliveryRole', (p) => {
        p.PolicyDocument.Statement[0].Resource = '*';
      }),
    },
  },
  {
    claim: 'undelivered schedules are kept',
    assertion: delivery.assertUndeliveredSchedulesAreKept,
    widenings: {
      'Scheduler cannot use the queue': change('AWS::SQS::Queue', 'SchedulesUndelivered', (p) => {
        p.FifoQueue = true;
      }),
      'the worker names another queue': change('AWS::Lambda::Function', 'IncidentWorker', (p) => {
        const { Variables } = p.Environment;
        Variables.SCHEDULE_DLQ_ARN = Variables.INCIDENTS_QUEUE_ARN;
      }),
      'the alarm waits for a hundred': change(
        'AWS::CloudWatch::Alarm',
        'Alarmsschedulesundelivered',
        (p) => {
          p.Threshold = 100;
        },
      ),
    },
  },
  {
    claim: 'alarms reach the topic',
    assertion: delivery.assertAlarmsReachTheTopic,
    widenings: {
      'the topic forgot CloudWatch': change('AWS::SNS::TopicPolicy', 'Alarms', (p) =>
        p.PolicyDocument.Statement.splice(1),
      ),
    },
  },
];
