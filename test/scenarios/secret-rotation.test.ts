import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { SECRET_NAMES } from '../../src/local/world-resources.ts';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { signedHeaders } from './slack-signature.ts';
import { givenWorld, PEOPLE, type Stage } from './war-room.ts';

const ONCALL = '/webhooks/grafana-oncall';
const BODY = fixtureBytes('oncall.created.json');
const GET_SECRET = 'secretsmanager:GetSecretValue';

/** Somebody puts a new value with an unmodified SDK. */
async function rotates(stage: Stage, name: keyof typeof SECRET_NAMES, to: string): Promise<void> {
  const { region, credentials, urls } = stage.world.ready;
  const client = new SecretsManagerClient({ region, credentials, endpoint: urls.aws });
  const put = { SecretId: SECRET_NAMES[name], SecretString: to };
  await client.send(new PutSecretValueCommand(put));
  client.destroy();
}

const secretReads = (stage: Stage, caller: string) =>
  stage.world.aws.board
    .calls()
    .calls.filter((call) => call.operation === GET_SECRET && call.caller === caller).length;

describe.each([
  ['oncallHmac', ONCALL, 'the-new-secret'],
  ['oncallBearer', `${ONCALL}/bearer`, 'the-new-secret'],
  ['grafanaAlerting', '/webhooks/grafana-alerting', 'the-new-secret'],
  ['standardWebhooks', '/webhooks/standard', `whsec_${Buffer.alloc(32, 1).toString('base64')}`],
  ['alertmanagerBearer', '/webhooks/alertmanager', 'the-new-secret'],
  ['pagerduty', '/webhooks/pagerduty', 'the-new-secret'],
  ['grafanaIrm', '/webhooks/grafana-irm', 'the-new-secret'],
] as const)('the secret %s, rotated while alerts come in', (name, path, fresh) => {
  const stage = givenWorld();
  const body = path.endsWith('alerting') ? fixtureBytes('alerting.firing.json') : BODY;

  it('passes old and new during the overlap, and the old not after it', async () => {
    const old = stage.world.ready.secrets[name];
    expect(await stage.posts(path, body, old)).toBe(202);
    await rotates(stage, name, fresh);
    expect(await stage.posts(path, body, fresh)).toBe(202);
    expect(await stage.posts(path, body, old)).toBe(202);
    stage.world.clock.advance(86_400_000 - 60_000);
    expect(await stage.posts(path, body, old)).toBe(202);
    stage.world.clock.advance(61_000);
    expect(await stage.posts(path, body, old)).toBe(401);
    expect(await stage.posts(path, body, fresh)).toBe(202);
  });
});

describe('a flood of bad signatures', () => {
  const stage = givenWorld();
  const flood = async (count: number): Promise<void> => {
    const answers = await Promise.all(
      Array.from({ length: count }, () => stage.posts(ONCALL, BODY, 'forged')),
    );
    expect(new Set(answers)).toEqual(new Set([401]));
  };

  it('of 1,000 causes one forced refresh per 30 s, and the new secret is found within 30 s', async () => {
    expect(await stage.posts(ONCALL, BODY)).toBe(202);
    await flood(1);
    stage.world.clock.advance(30_000);
    const before = secretReads(stage, 'alert-webhook');
    await flood(500);
    await rotates(stage, 'oncallHmac', 'the-new-secret');
    await flood(500);
    // One refresh is at most two reads: the current and the previous value.
    expect(secretReads(stage, 'alert-webhook') - before).toBeLessThanOrEqual(2);
    stage.world.clock.advance(30_000);
    const [, answer] = await Promise.all([flood(50), stage.posts(ONCALL, BODY, 'the-new-secret')]);
    expect(answer).toBe(202);
    expect(secretReads(stage, 'alert-webhook') - before).toBeLessThanOrEqual(4);
  });

  it('leaves nothing behind but a count', async () => {
    await stage.settle();
    const events = [...(await stage.actors.trails()).values()].flat();
    const before = events.length;
    await flood(20);
    await stage.settle();
    expect([...(await stage.actors.trails()).values()].flat()).toHaveLength(before);
  });
});

describe('a dead Secrets Manager', () => {
  const stage = givenWorld();

  it('does not stop warm functions: alerts, clicks and publications go on', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    stage.fault('aws', { match: GET_SECRET, times: 0, error: 'InternalServiceError', status: 500 });
    stage.world.clock.advance(3_600_000);
    await stage.settle();
    expect(await stage.posts(ONCALL, BODY)).toBe(202);
    await incident.says('jonas', 'draft identified Found it.');
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.pageTexts()).toContain('Found it.');
  });
});

describe('Slack’s signing secret, rotated', () => {
  const stage = givenWorld();

  /** A command of Maya's, signed with this secret at this age. */
  async function command(secret: string, ageS: number): Promise<number> {
    const body = new URLSearchParams({
      command: '/incident-response',
      text: 'help',
      team_id: 'T04EXAMPLE1',
      user_id: PEOPLE.maya,
      channel_id: 'C04EXAMPLE1',
      trigger_id: '1.2.3',
      response_url: `${stage.world.ready.urls.slack}/response/x`,
    }).toString();
    const atMs = stage.world.clock.nowMs() - ageS * 1000;
    const response = await fetch(`${stage.world.ready.urls.api}/slack/commands`, {
      method: 'POST',
      headers: signedHeaders(body, { secret, atMs }),
      body,
    });
    await response.text();
    return response.status;
  }

  it('the new one works at once; the old one only for what was signed within five minutes', async () => {
    const incident = await stage.givenP1();
    await incident.says('maya', 'note Before');
    const old = stage.world.ready.secrets.slackSigning;
    stage.world.clock.advance(31_000);
    await rotates(stage, 'slackSigning', 'the-new-signing-secret');
    await incident.says('maya', 'note After');
    await incident.expectRoomPost('After');
    expect(await command(old, 10)).toBe(200);
    stage.world.clock.advance(299_000);
    expect(await command(old, 60)).toBe(200);
    stage.world.clock.advance(62_000);
    expect(await command(old, 0)).toBe(401);
    expect(await command(old, 120)).toBe(200);
    expect(await command('the-new-signing-secret', 0)).toBe(200);
  });

  it('a click queued before the rotation is still taken', async () => {
    const incident = await stage.givenP1();
    await incident.givenDraft();
    stage.fault('aws', { match: 'dynamodb:GetItem', caller: 'slack-ingress', delayMs: 0 });
    stage.fault('aws', { match: 'sqs:SendMessage', caller: 'slack-ingress', delayMs: 1_000 });
    const room = await incident.room();
    const click = stage.actors.clicks(PEOPLE.priya, room, { action: 'statuspage_approve' });
    await stage.world.idle(100);
    await rotates(stage, 'slackSigning', 'a-newer-signing-secret');
    stage.world.clock.advance(1_000);
    await click;
    await stage.settle();
    expect(await incident.count('STATUSPAGE_DRAFT_APPROVED')).toBe(1);
  });
});
