import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  DeploymentParametersError,
  readDeploymentParameters,
} from '../../cdk/deployment-parameters.ts';
import { resourceNames } from '../../cdk/resource-names.ts';
import { FUNCTION_NAMES } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'incident-response-parameters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VALID = {
  deploymentId: 'acme-prod',
  slackTeamId: 'T0ACME00',
  announcementChannelId: 'C0INCIDENTS',
  statuspagePageId: 'acmepage0001',
  statuspagePublicUrl: 'https://status.example.com',
};

function read(content: unknown) {
  const file = join(folder, 'deployment.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readDeploymentParameters(file);
}

describe('readDeploymentParameters()', () => {
  it('fills in what may be left out', () => {
    expect(read(VALID)).toEqual({
      ...VALID,
      rootCommand: '/incident-response',
      statuspageSettleS: 60,
      statuspageLooks: 3,
      autoRetryAfterAbsence: 'when_silent',
      pageDrift: 'sweeper',
      ai: 'on',
      bedrockModelId: 'amazon.nova-lite-v1:0',
      updateDueS: 1_800,
      webhookSecretOverlapS: 86_400,
      grafanaAlertingSignatureHeader: 'x-grafana-alerting-signature',
      grafanaAlertingTimestampHeader: 'x-grafana-alerting-timestamp',
      grafanaAlertingUntimed: 'refuse',
      context: {},
    });
  });

  it.each([
    [
      { ...VALID, slackTeamId: 'acme' },
      /deployment\.json: slackTeamId: expected a Slack workspace/,
    ],
    [{ ...VALID, deploymentId: 'Acme' }, /deploymentId: expected 2 to 30 lower-case letters/],
    [{ ...VALID, deploymentId: 'a'.repeat(31) }, /deploymentId: expected 2 to 30/],
    [
      { ...VALID, statuspagePublicUrl: 'http://status.example.com' },
      /statuspagePublicUrl: expected/,
    ],
    [{ ...VALID, updateDueS: 59 }, /updateDueS: expected whole seconds from 60 to 86400/],
    [{ ...VALID, updateDueS: 86_401 }, /updateDueS: expected whole seconds from 60 to 86400/],
    [
      { ...VALID, context: { loki: { url: 'http://logs.example.com', user: '1' } } },
      /context\.loki\.url: expected an https URL/,
    ],
    [
      { ...VALID, context: { tempo: { url: 'https://tempo.example.com', user: 'me' } } },
      /context\.tempo\.user: expected the user of Basic auth/,
    ],
    [{ ...VALID, webhookSecretOverlapS: '1' }, /webhookSecretOverlapS: expected whole seconds/],
    [{ ...VALID, statuspageSettleS: 9 }, /statuspageSettleS: expected whole seconds from 10/],
    [{ ...VALID, statuspageLooks: 1 }, /statuspageLooks: expected 2 to 10 looks/],
    [{ ...VALID, statuspageLooks: 11 }, /statuspageLooks: expected 2 to 10 looks/],
    [{ ...VALID, autoRetryAfterAbsence: 'yes' }, /expected never, when_silent or always/],
    [{ ...VALID, pageDrift: 'on' }, /expected sweeper, publisher or off/],
    [{ ...VALID, alarmEmail: 'nobody' }, /alarmEmail: expected an e-mail address/],
    [{ ...VALID, slackTeam: 'T0ACME00' }, /\(whole file\): Unrecognized key: "slackTeam"/],
    [{}, /deploymentId: expected .*; slackTeamId: expected .*; announcementChannelId: expected/],
    ['{', /deployment\.json: expected a JSON file, got/],
  ])(
    'throws DEPLOYMENT_PARAMETERS_INVALID naming file, path and reason: %j',
    (content, message) => {
      expect(() => read(content)).toThrowWithCode(
        DeploymentParametersError,
        'DEPLOYMENT_PARAMETERS_INVALID',
      );
      expect(() => read(content)).toThrow(message);
    },
  );

  it('accepts both ends of what is allowed', () => {
    expect(read({ ...VALID, updateDueS: 60, webhookSecretOverlapS: 0 }).updateDueS).toBe(60);
    expect(read({ ...VALID, updateDueS: 86_400 }).updateDueS).toBe(86_400);
  });

  it('throws when the file is missing', () => {
    expect(() => readDeploymentParameters(join(folder, 'none.json'))).toThrow(
      /none\.json: expected a JSON file, got ENOENT/,
    );
  });
});

describe('resourceNames()', () => {
  it('stays within the 64 characters of a function name for the longest deployment id', () => {
    const names = resourceNames('a'.repeat(30));
    for (const name of FUNCTION_NAMES) expect(names.function(name).length).toBeLessThanOrEqual(64);
  });
});
