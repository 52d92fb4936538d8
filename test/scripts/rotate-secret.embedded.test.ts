import { afterAll, beforeAll, expect, it } from 'vitest';
import { rotateSecret } from '../../scripts/rotate-secret.ts';
import { SecretStore } from '../../scripts/secret-store.ts';
import { awsClientOptions } from '../../src/adapters/aws/client-options.ts';
import { SecretsManagerSource } from '../../src/adapters/secrets-manager/secrets-manager-source.ts';
import { readAwsAccess } from '../../src/config.ts';
import { type EmbeddedAws, startAws } from '../../src/local/aws/aws-server.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import { scriptedTerminal } from './scripted-terminal.ts';

const SECRET_ID = 'incident-response-acme-prod/oncall-hmac';
const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
const clock = new WorldClock();
let aws: EmbeddedAws;
beforeAll(async () => {
  aws = await startAws({ clock, callers: {} });
  aws.secrets.createSecret(SECRET_ID, OLD);
});
afterAll(() => aws.close());

it('rotate-secret leaves both values readable, and --revoke only the new one', async () => {
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  const rotate = (args: string[]) =>
    rotateSecret([...args, '--endpoint', aws.url], {
      store: (endpoint) => new SecretStore(environment, endpoint),
      terminal: scriptedTerminal().terminal,
      clock,
      pause: { forMs: async (ms) => void clock.advance(ms) },
      newSecret: () => NEW,
      newToken: () => '00000000-0000-4000-8000-000000000001',
    });
  const access = readAwsAccess({ ...environment, AWS_ENDPOINT_URL: aws.url });
  const source = new SecretsManagerSource(awsClientOptions(access));

  expect(await rotate(['oncall-hmac'])).toBe(0);
  expect((await source.current(SECRET_ID)).value).toBe(NEW);
  expect((await source.previous(SECRET_ID))?.value).toBe(OLD);

  expect(await rotate(['oncall-hmac', '--revoke'])).toBe(0);
  expect((await source.current(SECRET_ID)).value).toBe(NEW);
  expect(await source.previous(SECRET_ID)).toBeUndefined();
});
