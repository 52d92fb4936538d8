import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  FUNCTION_NAMES,
  FUNCTION_VARIABLES,
  type FunctionName,
  processEnvironment,
  readAuditConfig,
  readAwsAccess,
  readFunctionConfig,
} from '../src/config.ts';

/** A complete environment: every variable of every function, as a deployment sets it. */
const GOOD: Record<string, string> = {
  DEPLOYMENT_ID: 'acme-prod',
  AUDIT_TABLE: 'audit',
  INCIDENTS_TABLE: 'incidents',
  OUTBOX_TABLE: 'outbox',
  ALERTS_QUEUE_URL: 'https://sqs.example.com/1/alerts.fifo',
  INCIDENTS_QUEUE_URL: 'https://sqs.example.com/1/incidents.fifo',
  PUBLICATIONS_DLQ_URL: 'https://sqs.example.com/1/publications-dlq.fifo',
  INCIDENTS_DLQ_URL: 'https://sqs.example.com/1/incidents-dlq.fifo',
  INCIDENTS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:1:incidents.fifo',
  PUBLICATIONS_QUEUE_URL: 'https://sqs.example.com/1/publications.fifo',
  ONCALL_HMAC_SECRET_ID: 'oncall',
  ONCALL_BEARER_SECRET_ID: 'bearer',
  GRAFANA_ALERTING_SECRET_ID: 'alerting',
  STANDARD_WEBHOOKS_SECRET_ID: 'standard',
  ALERTMANAGER_BEARER_SECRET_ID: 'alertmanager',
  PAGERDUTY_SECRET_ID: 'pagerduty',
  GRAFANA_IRM_SECRET_ID: 'grafana-irm',
  SLACK_SIGNING_SECRET_ID: 'signing',
  SLACK_BOT_TOKEN_SECRET_ID: 'token',
  STATUSPAGE_API_KEY_SECRET_ID: 'page-key',
  APPROVAL_KEY_ID: 'alias/approval',
  PUBLICATION_KEY_ID: 'alias/publication',
  SLACK_TEAM_ID: 'T0ACME00',
  ANNOUNCEMENT_CHANNEL_ID: 'C0INCIDENTS',
  STATUSPAGE_PAGE_ID: 'acmepage0001',
  STATUSPAGE_PUBLIC_URL: 'https://status.example.com/',
  SCHEDULE_GROUP: 'incidents',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::1:role/scheduler',
  SCHEDULE_DLQ_ARN: 'arn:aws:sqs:us-east-1:1:undelivered',
  CONFIG_DIR: '/var/task/config',
  USER_GROUPS_FILE: '/var/task/config/user-groups.json',
};
const PAIRS = FUNCTION_NAMES.flatMap((name) =>
  FUNCTION_VARIABLES[name]
    .filter((variable) => variable in GOOD)
    .map((variable): [FunctionName, string] => [name, variable]),
);

describe('readFunctionConfig()', () => {
  it.each(FUNCTION_NAMES)('reads a complete environment of %s', (name) => {
    expect(Object.keys(readFunctionConfig(name, GOOD))).toEqual([...FUNCTION_VARIABLES[name]]);
  });

  it.each(PAIRS)('refuses to start %s without %s, naming it', (name, variable) => {
    for (const value of [undefined, '']) {
      const read = () => readFunctionConfig(name, { ...GOOD, [variable]: value });
      expect(read).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
      expect(read).toThrow(`cannot start ${name}: ${variable}: expected `);
    }
  });

  it('names every variable that is wrong at once', () => {
    expect(() => readFunctionConfig('sweeper', {})).toThrow(
      'cannot start sweeper: OUTBOX_TABLE: expected the name of the outbox table, got nothing; ' +
        'INCIDENTS_TABLE: expected the name of the incidents table, got nothing; ' +
        'ALERTS_QUEUE_URL: expected the URL of alerts.fifo, got nothing; ' +
        'INCIDENTS_QUEUE_URL: expected the URL of incidents.fifo, got nothing',
    );
  });

  it.each([
    ['DEPLOYMENT_ID', 'Acme Prod'],
    ['INCIDENTS_QUEUE_URL', 'sqs.example.com'],
    ['INCIDENTS_QUEUE_URL', 'ftp://sqs.example.com'],
    ['SLACK_TEAM_ID', 'xoxb-1234-secret'],
    ['ANNOUNCEMENT_CHANNEL_ID', '#incidents'],
    ['ROOT_COMMAND', 'chatops'],
    ['STATUSPAGE_PAGE_ID', 'Page One'],
    ['STATUSPAGE_PUBLIC_URL', 'nowhere'],
    ['STATUSPAGE_TIMEOUT_MS', '499'],
    ['STATUSPAGE_TIMEOUT_MS', '20001'],
    ['UPDATE_DUE_S', '59'],
    ['UPDATE_DUE_S', '60.5'],
    ['UPDATE_DUE_S', '-60'],
    ['FUNCTION_TIMEOUT_S', '0x10'],
    ['AI', 'yes'],
  ])('refuses to start with %s = %s, without repeating the value', (variable, value) => {
    const read = () => readFunctionConfig('incident-worker', { ...GOOD, [variable]: value });
    expect(read).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    const message = String(
      (() => {
        try {
          return read();
        } catch (error) {
          return error;
        }
      })(),
    );
    expect(message).toContain(`cannot start incident-worker: ${variable}: expected `);
    expect(message.replace(`${variable}: expected`, '')).not.toContain(value);
  });

  it('accepts the limits themselves, and takes the last slash off addresses', () => {
    const config = readFunctionConfig('incident-worker', {
      ...GOOD,
      STATUSPAGE_TIMEOUT_MS: '500',
      UPDATE_DUE_S: '60',
    });
    expect(config).toMatchObject({
      STATUSPAGE_TIMEOUT_MS: 500,
      UPDATE_DUE_S: 60,
      STATUSPAGE_PUBLIC_URL: 'https://status.example.com',
    });
  });

  it('has the documented defaults', () => {
    expect(readFunctionConfig('incident-worker', GOOD)).toMatchObject({
      SLACK_API_URL: 'https://slack.com/api',
      SLACK_RESPONSE_ORIGIN: 'https://hooks.slack.com',
      ROOT_COMMAND: '/incident-response',
      AI: 'on',
      UPDATE_DUE_S: 1_800,
      STATUSPAGE_TIMEOUT_MS: 8_000,
      FUNCTION_TIMEOUT_S: 30,
    });
    expect(readFunctionConfig('alert-webhook', GOOD)).toMatchObject({
      WEBHOOK_SECRET_OVERLAP_S: 86_400,
      GRAFANA_ALERTING_SIGNATURE_HEADER: 'x-grafana-alerting-signature',
    });
    expect(readFunctionConfig('publisher', GOOD)).toMatchObject({ PUBLISH_DEADLINE_MS: 10_000 });
  });
});

describe('the other readers', () => {
  it('readAuditConfig() leaves out what is not set', () => {
    expect(readAuditConfig({ AUDIT_TABLE: 'audit', APPROVAL_KEY_ID: '' })).toEqual({
      AUDIT_TABLE: 'audit',
      INCIDENTS_TABLE: undefined,
      APPROVAL_KEY_ID: undefined,
      PUBLICATION_KEY_ID: undefined,
    });
  });

  it('readAwsAccess() reads credentials only when both halves are there', () => {
    expect(readAwsAccess({})).toEqual({
      region: 'us-east-1',
      endpoint: undefined,
      credentials: undefined,
    });
    const half = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIA' };
    expect(readAwsAccess(half)).toMatchObject({ region: 'eu-central-1', credentials: undefined });
    const whole = { ...half, AWS_SECRET_ACCESS_KEY: 'two', AWS_SESSION_TOKEN: 'three' };
    expect(readAwsAccess(whole).credentials).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 'two',
      sessionToken: 'three',
    });
  });

  it('processEnvironment() gives the environment of the process', () => {
    expect(processEnvironment()).toBe(process.env);
  });
});
