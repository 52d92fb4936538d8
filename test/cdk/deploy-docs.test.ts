import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../cdk/constructs/http-api.ts';
import { readDeploymentParameters } from '../../cdk/deployment-parameters.ts';
import { SECRET_NAMES } from '../../cdk/resource-names.ts';
import { SLACK_METHOD_SCOPES } from '../../src/adapters/slack/scopes.ts';
import { readOnCall } from '../../src/domain/alerts/read-on-call.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const deploy = read('docs/deploy.md');
const manifest = JSON.parse(read('docs/slack-app-manifest.json'));
const shipped = readDeploymentParameters(
  new URL('../../config/deployment.json', import.meta.url).pathname,
);

describe('the Slack app manifest', () => {
  it('asks for the scopes that are used and no other', () => {
    const used = new Set<string>(['commands', ...Object.values(SLACK_METHOD_SCOPES).flat()]);
    expect(manifest.oauth_config.scopes.bot).toEqual([...used].sort());
  });

  it('points at paths that are routed, with the default root command', () => {
    const [command] = manifest.features.slash_commands;
    expect(command.command).toBe(shipped.rootCommand);
    for (const url of [command.url, manifest.settings.interactivity.request_url]) {
      expect(ROUTES).toHaveProperty([url.replace('https://API_HOST', '')], 'slackIngress');
    }
  });
});

describe('docs/deploy.md', () => {
  it('sends a drill that opens an incident of a routed service', () => {
    const body = /^BODY='(.*)'$/m.exec(deploy)?.[1]?.replaceAll("'$NOW'", '2026-03-14T09:27:12Z');
    const alert = readOnCall(Buffer.from(body ?? ''));
    expect(alert).toMatchObject({
      kind: 'signal',
      signal: {
        kind: 'created',
        group: 'DRILL-2026-03-14T09:27:12Z',
        title: 'Drill: checkout is slow',
        labels: { service_name: 'checkout-api', severity: 'critical' },
      },
    });
  });

  it('names webhook paths, secrets and parameters that exist', () => {
    for (const [, path] of deploy.matchAll(/\$API(\/[a-z/-]+)/g)) {
      expect(ROUTES).toHaveProperty([`${path}`]);
    }
    for (const [, name] of deploy.matchAll(/incident-response-\$D\/([a-z-]+)/g)) {
      expect(SECRET_NAMES).toContain(name);
    }
    for (const key of Object.keys(shipped)) expect(deploy).toContain(`\`${key}\``);
  });
});
