import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { rotateSecret } from '../../scripts/rotate-secret.ts';
import { SecretStore } from '../../scripts/secret-store.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

const aws = mockClient(SecretsManagerClient);
const NOW_MS = 1_800_000_000_000;
const GENERATED = 'e'.repeat(64);

/** Versions as Secrets Manager lists them; `ageS` is the current one's. */
function versions(ageS: number, previous: boolean) {
  aws.on(ListSecretVersionIdsCommand).resolves({
    Versions: [
      {
        VersionId: 'new',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: new Date(NOW_MS - ageS * 1000),
      },
      ...(previous ? [{ VersionId: 'old', VersionStages: ['AWSPREVIOUS'] }] : []),
    ],
  });
}

async function rotate(args: string[], of: Parameters<typeof scriptedTerminal>[0] = {}) {
  const { terminal, said, all } = scriptedTerminal(of);
  let nowMs = NOW_MS;
  let waitedMs = 0;
  const code = await rotateSecret(args, {
    store: (endpoint) => new SecretStore({ AWS_REGION: 'us-east-1' }, endpoint),
    terminal,
    clock: { nowMs: () => nowMs },
    pause: {
      forMs: async (ms) => {
        nowMs += ms;
        waitedMs += ms;
      },
    },
    newSecret: () => GENERATED,
    newToken: () => '00000000-0000-4000-8000-000000000001',
  });
  return { code, said, text: all(), waitedS: waitedMs / 1000 };
}

beforeEach(() => {
  aws.reset();
  aws.on(PutSecretValueCommand).resolves({});
  aws.on(UpdateSecretVersionStageCommand).resolves({});
});

const puts = () => aws.commandCalls(PutSecretValueCommand).map(({ args: [{ input }] }) => input);

describe('rotate-secret', () => {
  it('puts, waits out the cache, and only then says to switch the sender', async () => {
    versions(86_400, false);
    const { code, said, waitedS } = await rotate(['oncall-hmac']);
    expect([code, waitedS]).toEqual([0, 300]);
    expect(puts()).toEqual([
      {
        SecretId: 'incident-response-acme-prod/oncall-hmac',
        SecretString: GENERATED,
        ClientRequestToken: '00000000-0000-4000-8000-000000000001',
      },
    ]);
    expect(said.findIndex((line) => line.includes('now:   switch'))).toBe(said.length - 1);
  });

  it('goes on with a rotation under way and never puts a third value', async () => {
    versions(200, true);
    const { code, waitedS } = await rotate(['oncall-hmac']);
    expect([code, waitedS, puts()]).toEqual([0, 100, []]);
  });

  it('puts nothing 1 s before the overlap ends, and a new value once it has', async () => {
    versions(86_399, true);
    await rotate(['oncall-bearer']);
    expect(puts()).toHaveLength(0);
    versions(86_400, true);
    await rotate(['oncall-bearer']);
    expect(puts()).toHaveLength(1);
  });

  it('stores a vendor’s key and prints neither it nor a generated one', async () => {
    versions(86_400, true);
    const piped = 'page-key-0123456789\n';
    const vendor = await rotate(['statuspage-api-key'], { piped });
    expect([vendor.code, puts()[0]?.SecretString]).toEqual([0, 'page-key-0123456789']);
    expect(vendor.text).not.toContain('page-key-0123456789');
    expect((await rotate(['grafana-alerting'])).text).not.toContain(GENERATED);
  });

  it('refuses a vendor’s key of the wrong shape before it touches anything', async () => {
    versions(86_400, false);
    const { code, text } = await rotate(['slack-bot-token'], { piped: 'xoxp-not-a-bot' });
    expect([code, puts()]).toEqual([2, []]);
    expect(text).not.toContain('xoxp-not-a-bot');
  });

  it('refuses to rotate what has no value yet', async () => {
    aws.on(ListSecretVersionIdsCommand).resolves({ Versions: [] });
    const { code, said } = await rotate(['oncall-hmac']);
    expect(code).toBe(1);
    expect(said).toEqual([
      '! cannot rotate oncall-hmac: expected a value, got none; run seed-secrets first',
    ]);
  });

  it('--revoke refuses at 299 s and ends the overlap at 300 s', async () => {
    versions(299, true);
    expect((await rotate(['oncall-hmac', '--revoke'])).code).toBe(1);
    expect(aws.commandCalls(UpdateSecretVersionStageCommand)).toHaveLength(0);
    versions(300, true);
    expect((await rotate(['oncall-hmac', '--revoke'])).code).toBe(0);
    const [call] = aws.commandCalls(UpdateSecretVersionStageCommand);
    expect(call?.args[0].input).toEqual({
      SecretId: 'incident-response-acme-prod/oncall-hmac',
      VersionStage: 'AWSPREVIOUS',
      RemoveFromVersionId: 'old',
    });
  });

  it('--revoke --compromised does not wait, and a second --revoke changes nothing', async () => {
    versions(10, true);
    expect((await rotate(['oncall-hmac', '--revoke', '--compromised'])).code).toBe(0);
    versions(20, false);
    expect((await rotate(['oncall-hmac', '--revoke'])).code).toBe(0);
    expect(aws.commandCalls(UpdateSecretVersionStageCommand)).toHaveLength(1);
  });

  it('exits 2 on an unknown name, on --compromised alone, and 0 on --help', async () => {
    expect((await rotate(['nope'])).code).toBe(2);
    expect((await rotate(['oncall-hmac', '--compromised'])).code).toBe(2);
    const help = await rotate(['--help']);
    expect([help.code, help.text.includes('usage: npm run rotate-secret')]).toEqual([0, true]);
  });
});
