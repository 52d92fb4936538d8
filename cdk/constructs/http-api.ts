import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Every path of the product, and which function serves it. */
export const ROUTES = {
  '/webhooks/grafana-oncall': 'alertWebhook',
  '/webhooks/grafana-oncall/bearer': 'alertWebhook',
  '/webhooks/grafana-alerting': 'alertWebhook',
  '/webhooks/standard': 'alertWebhook',
  '/webhooks/alertmanager': 'alertWebhook',
  '/webhooks/pagerduty': 'alertWebhook',
  '/webhooks/grafana-irm': 'alertWebhook',
  '/health': 'alertWebhook',
  '/slack/commands': 'slackIngress',
  '/slack/interactions': 'slackIngress',
  '/slack/events': 'slackIngress',
} as const;

/**
 * Requests a second, and at once. A storm of 1,000 alert groups passes; a flood from outside costs
 * a bounded amount. What is refused here was never accepted, and its sender sees a 429.
 */
const REQUESTS_PER_S = 500;
const REQUESTS_BURST = 1_000;

/**
 * The public front door.
 *
 * Every method is routed: a wrong one is the function's 405, where the gateway would answer 404.
 * Access logs hold no header, no query and no body.
 */
export class ProductHttpApi extends Construct {
  /** Base of every webhook URL, with a slash at its end. */
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    props: { apiName: string; alertWebhook: LambdaFunction; slackIngress: LambdaFunction },
  ) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: props.apiName,
      description: 'Alerts and Slack requests',
      createDefaultStage: false,
    });
    const integrations = {
      alertWebhook: new HttpLambdaIntegration('AlertWebhook', props.alertWebhook),
      slackIngress: new HttpLambdaIntegration('SlackIngress', props.slackIngress),
    };
    for (const [path, target] of Object.entries(ROUTES)) {
      const routes = api.addRoutes({
        path,
        methods: [HttpMethod.ANY],
        integration: integrations[target],
      });
      for (const route of routes) {
        Validations.of(route).acknowledge({
          id: 'AwsSolutions-APIG4',
          reason:
            'The senders cannot sign with IAM or hold a token of ours: each path pins one scheme ' +
            'that the function checks on the raw bytes before anything else.',
        });
      }
    }
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: REQUESTS_PER_S, burstLimit: REQUESTS_BURST },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
    });
    this.url = stage.url;
  }
}

const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  at: '$context.requestTime',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  responseMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});
