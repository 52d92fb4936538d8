import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { DeploymentParameters } from '../../cdk/deployment-parameters.ts';
import { IncidentResponseStack } from '../../cdk/incident-response-stack.ts';
import type { Template } from './template.ts';

/** A deployment with every optional parameter set, so that nothing escapes the assertions. */
export const TEST_PARAMETERS: DeploymentParameters = {
  deploymentId: 'acme-test',
  slackTeamId: 'T0ACME00',
  announcementChannelId: 'C0INCIDENTS',
  rootCommand: '/incident-response',
  statuspagePageId: 'acmepage0001',
  statuspagePublicUrl: 'https://status.example.com',
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
  oncall: {
    apiUrl: 'https://oncall.example.com/oncall',
    stackUrl: 'https://acme.grafana.net',
  },
  workos: { apiUrl: 'https://api.workos.com' },
  context: {
    prometheus: { url: 'https://prometheus.example.com/api/prom', user: '101' },
    loki: { url: 'https://logs.example.com', user: '102' },
    tempo: { url: 'https://tempo.example.com/tempo', user: '103' },
    github: { apiUrl: 'https://api.github.com' },
  },
  alarmEmail: 'on-call@example.com',
};

/** Synthesises with placeholders for bundles, cdk-nag included. Throws on any finding. */
export function synthesise(parameters: Partial<DeploymentParameters> = {}): Template {
  const folder = mkdtempSync(join(tmpdir(), 'incident-response-synth-'));
  try {
    const app = new App({ outdir: folder });
    new IncidentResponseStack(app, 'Stack', {
      parameters: { ...TEST_PARAMETERS, ...parameters },
      bundle: false,
    });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
    return JSON.parse(readFileSync(join(folder, 'Stack.template.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
