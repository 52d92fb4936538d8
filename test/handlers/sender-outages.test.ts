import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERT_PATHS, ALERT_ROUTES } from '../../src/domain/alerts/alert-paths.ts';
import { secretKeyOf, signDelivery } from '../../src/local/sign-alert.ts';
import { SECRET_NAMES } from '../../src/local/world-resources.ts';
import { DELIVERIES, eventOf, FIXTURE_SECRETS, startIngress } from './ingress.ts';

const AT_S = 1_773_480_430;
const ONCALL_ITSELF = ['/webhooks/grafana-oncall', '/webhooks/grafana-oncall/bearer'];
const first = (path: string) =>
  DELIVERIES.find((delivery) => delivery.path === path && !delivery.untimed)!;

let ingress: Awaited<ReturnType<typeof startIngress>>;
beforeEach(async () => {
  ingress = await startIngress();
});
afterEach(() => ingress.close());

describe.each(ALERT_PATHS)('%s', (path) => {
  const pauses = ONCALL_ITSELF.includes(path) ? [4_500] : [];

  it(`answers 503 after ${pauses.length} pauses when neither queue nor outbox takes it`, async () => {
    for (const match of ['sqs:SendMessage', 'dynamodb:PutItem']) {
      ingress.aws.board.plan({ match, status: 503, error: 'ServiceUnavailable', times: 99 });
    }
    const answer = await ingress.at(AT_S, eventOf(first(path)));
    expect(answer).toMatchObject({ statusCode: 503, body: '{"error":"send it again"}' });
    expect(ingress.paused).toEqual(pauses);
  });

  it('answers 503 and never 401 while its secret cannot be read', async () => {
    const match = 'secretsmanager:GetSecretValue';
    ingress.aws.board.plan({ match, status: 500, error: 'InternalServiceError', times: 99 });
    const forged = eventOf({ ...first(path), headers: {} });
    expect((await ingress.at(AT_S, forged)).statusCode).toBe(503);
    expect(ingress.paused).toEqual(pauses);
    expect(ingress.writes()).toEqual([]);
  });

  it.each([
    ['with a line break behind it', (secret: string) => `${secret}\n`],
    ['in quotation marks', (secret: string) => `"${secret}"`],
    ['in the key/value form of Secrets Manager', (secret: string) => JSON.stringify({ secret })],
  ])('takes what is signed with a secret that is stored %s', async (_name, stored) => {
    const key = secretKeyOf(path);
    ingress.aws.secrets.putSecretValue(SECRET_NAMES[key], stored(FIXTURE_SECRETS[key]));
    expect((await ingress.at(AT_S, eventOf(first(path)))).statusCode).toBe(202);
  });

  it('answers 503, names the secret and takes alerts again when the stored one is no secret', async () => {
    const key = secretKeyOf(path);
    ingress.aws.secrets.putSecretValue(SECRET_NAMES[key], `${FIXTURE_SECRETS[key]}\nold`);
    expect((await ingress.at(AT_S, eventOf(first(path)))).statusCode).toBe(503);
    const secret = SECRET_NAMES[key].replace('incident-response/', '');
    expect(ingress.counted).toEqual([
      ['SecretMalformed', { secret }],
      ['WebhookUnavailable', { code: 'SECRET_MALFORMED' }],
    ]);
    ingress.aws.secrets.putSecretValue(SECRET_NAMES[key], FIXTURE_SECRETS[key]);
    expect((await ingress.at(AT_S + 30, eventOf(first(path)))).statusCode).toBe(202);
  });

  it('answers 202 with the alert in the outbox when the queue alone is out', async () => {
    const match = 'sqs:SendMessage';
    ingress.aws.board.plan({ match, status: 503, error: 'ServiceUnavailable', times: 99 });
    expect((await ingress.at(AT_S, eventOf(first(path)))).statusCode).toBe(202);
    expect(ingress.writes().map(([name]) => name)).toContain('dynamodb:PutItem');
    expect(ingress.paused).toEqual([]);
  });
});

describe('/webhooks/standard', () => {
  const path = '/webhooks/standard';

  it('knows a delivery by its signed id, not by the gateway’s', async () => {
    const delivery = DELIVERIES.find(({ name }) => name.startsWith('standard.unack'))!;
    for (const requestId of ['gateway-1', 'gateway-2']) {
      const requestContext = { requestId, http: { method: 'POST' } };
      await ingress.at(AT_S, eventOf(delivery, { requestContext }));
    }
    const queued = ingress.queued().map(({ body }) => JSON.parse(body).requestId);
    expect(queued).toEqual(['msg_9d3c5a7b1e0f42688f1b3d5c7e9a0b2d']);
  });

  it('answers 503 while the stored secret cannot be a key: the mistake is ours', async () => {
    ingress.aws.secrets.putSecretValue(SECRET_NAMES.standardWebhooks, 'no-whsec');
    ingress.aws.secrets.putSecretValue(SECRET_NAMES.standardWebhooks, 'no-whsec-either');
    const answer = await ingress.at(AT_S, eventOf(first(path)));
    expect(answer.statusCode).toBe(503);
    expect(ingress.counted).toContainEqual(['WebhookUnavailable', { code: 'SECRET_MALFORMED' }]);
  });
});

describe('Grafana Alerting’s headers', () => {
  const path = '/webhooks/grafana-alerting';

  it('are named as the operator says, and then not as before', async () => {
    const named = await startIngress({
      GRAFANA_ALERTING_SIGNATURE_HEADER: 'x-acme-signature',
      GRAFANA_ALERTING_TIMESTAMP_HEADER: 'x-acme-time',
    });
    const { body } = first(path);
    const secret = FIXTURE_SECRETS.grafanaAlerting;
    const usual = signDelivery(path, { secret, body, nowMs: AT_S * 1000 });
    const headers = {
      'x-acme-signature': usual['x-grafana-alerting-signature']!,
      'x-acme-time': usual['x-grafana-alerting-timestamp']!,
    };
    expect((await named.at(AT_S, eventOf({ path, body, headers }))).statusCode).toBe(202);
    expect((await named.at(AT_S, eventOf({ path, body, headers: usual }))).statusCode).toBe(401);
    await named.close();
  });
});

it('every path has a sender that says on what it repeats', () => {
  for (const path of ALERT_PATHS) {
    const expected = ONCALL_ITSELF.includes(path) ? 'time-out' : 'server-error';
    expect(ALERT_ROUTES[path].repeatsOn).toBe(expected);
  }
});
