import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SecretStore } from '../../scripts/secret-store.ts';
import { seedSecrets } from '../../scripts/seed-secrets.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

const aws = mockClient(SecretsManagerClient);
const SIGNING = '0123456789abcdef0123456789abcdef';
const TOKEN = 'xoxb-1111111111-abcdefgh';
const PAGE_KEY = 'page-key-0123456789';
const PAGERDUTY = 'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK';
const GENERATED = 'f'.repeat(64);

function seed(terminal: ReturnType<typeof scriptedTerminal>['terminal'], args: string[] = []) {
  return seedSecrets(args, {
    store: (endpoint) => new SecretStore({ AWS_REGION: 'us-east-1' }, endpoint),
    terminal,
    newSecret: () => GENERATED,
    newToken: () => '00000000-0000-4000-8000-000000000001',
  });
}

function stored(): Record<string, string | undefined> {
  return Object.fromEntries(
    aws
      .commandCalls(PutSecretValueCommand)
      .map(({ args: [{ input }] }) => [`${input.SecretId}`, input.SecretString]),
  );
}

beforeEach(() => {
  aws.reset();
  aws.on(ListSecretVersionIdsCommand).resolves({ Versions: [] });
  aws.on(PutSecretValueCommand).resolves({});
});

describe('seed-secrets', () => {
  it('generates webhook secrets and stores piped vendor keys', async () => {
    const lines = [`slack-signing=${SIGNING}`, `slack-bot-token=${TOKEN}`];
    const more = [`pagerduty=${PAGERDUTY}`, `statuspage-api-key=${PAGE_KEY}`, ''];
    const { terminal } = scriptedTerminal({ piped: [...lines, ...more].join('\n') });
    expect(await seed(terminal)).toBe(0);
    expect(stored()).toEqual({
      'incident-response-acme-prod/oncall-hmac': GENERATED,
      'incident-response-acme-prod/oncall-bearer': GENERATED,
      'incident-response-acme-prod/grafana-alerting': GENERATED,
      'incident-response-acme-prod/standard-webhooks': GENERATED,
      'incident-response-acme-prod/alertmanager-bearer': GENERATED,
      'incident-response-acme-prod/pagerduty': PAGERDUTY,
      'incident-response-acme-prod/grafana-irm': GENERATED,
      'incident-response-acme-prod/slack-signing': SIGNING,
      'incident-response-acme-prod/slack-bot-token': TOKEN,
      'incident-response-acme-prod/statuspage-api-key': PAGE_KEY,
    });
  });

  it('prints no value', async () => {
    const { terminal, all } = scriptedTerminal({ answers: ['', '', SIGNING, TOKEN, PAGE_KEY] });
    expect(await seed(terminal)).toBe(0);
    for (const value of [SIGNING, TOKEN, PAGE_KEY, GENERATED]) expect(all()).not.toContain(value);
  });

  it('keeps a value that is there', async () => {
    aws
      .on(ListSecretVersionIdsCommand, { SecretId: 'incident-response-acme-prod/oncall-hmac' })
      .resolves({ Versions: [{ VersionId: 'v1', VersionStages: ['AWSCURRENT'] }] });
    const { terminal, said } = scriptedTerminal({ answers: ['', '', SIGNING, TOKEN, PAGE_KEY] });
    await seed(terminal);
    expect(said).toContain('oncall-hmac: kept, it has a value');
    expect(Object.keys(stored())).not.toContain('incident-response-acme-prod/oncall-hmac');
  });

  it('exits 1 and names what is still missing', async () => {
    const { terminal, said } = scriptedTerminal({ piped: `slack-signing=${SIGNING}` });
    expect(await seed(terminal)).toBe(1);
    expect(said).toContain('statuspage-api-key: still missing, from Statuspage’s API info page');
  });

  it('closes the path of a sender that there is not, with a value that nobody knows', async () => {
    const { terminal, said } = scriptedTerminal({ answers: ['', '', SIGNING, TOKEN, PAGE_KEY] });
    expect(await seed(terminal)).toBe(0);
    expect(stored()['incident-response-acme-prod/pagerduty']).toBe(GENERATED);
    expect(said).toContain(
      'pagerduty: stored as incident-response-acme-prod/pagerduty, closed: ' +
        'open it with "npm run rotate-secret -- pagerduty"',
    );
  });

  it('asks again for a value of the wrong shape, without repeating it', async () => {
    const { terminal, said, all } = scriptedTerminal({
      answers: ['', '', 'xoxb-wrong-place', SIGNING, TOKEN, PAGE_KEY],
    });
    expect(await seed(terminal)).toBe(0);
    expect(said).toContain(
      '! cannot use the value of slack-signing: expected 32 lower-case hex digits, ' +
        'got 16 other characters',
    );
    expect(all()).not.toContain('xoxb-wrong-place');
  });

  it('stores nothing when a piped line is wrong, and names it by number', async () => {
    const { terminal, said } = scriptedTerminal({ piped: `slack-signing=${SIGNING}\n${TOKEN}\n` });
    expect(await seed(terminal)).toBe(2);
    expect(said).toEqual(['! cannot read line 2: expected name=value']);
    expect(aws.calls()).toHaveLength(0);
  });

  it('exits 1 when the deployment does not exist', async () => {
    const missing = new ResourceNotFoundException({ message: 'no such secret', $metadata: {} });
    aws.on(ListSecretVersionIdsCommand).rejects(missing);
    const { terminal, said } = scriptedTerminal();
    expect(await seed(terminal)).toBe(1);
    expect(said).toEqual(['! no such secret']);
  });

  it('exits 2 on an unknown option and 0 on --help', async () => {
    expect(await seed(scriptedTerminal().terminal, ['--nope'])).toBe(2);
    const { terminal, all } = scriptedTerminal();
    expect(await seed(terminal, ['--help'])).toBe(0);
    expect(all()).toContain('usage: npm run seed-secrets');
  });
});
