import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { METRIC_NAMESPACE } from '../../src/adapters/system/json-log.ts';
import { synthesise } from './synthesised.ts';
import { resourcesOf } from './template.ts';

const statsOf = (metrics: { MetricStat?: { Metric: Record<string, never> } }[]) =>
  metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric as never] : []));

describe('alarms on our own metrics', () => {
  it('watch metrics that the functions write, without dimensions but for one secret or path', () => {
    const watched = resourcesOf(synthesise(), 'AWS::CloudWatch::Alarm')
      .flatMap(([, { Properties: p }]) => (p.Metrics ? statsOf(p.Metrics) : [p]))
      .filter((p) => !String(p.Namespace).startsWith('AWS/'));
    const source = globSync('src/{services,handlers,adapters}/**/*.ts', { cwd: PROJECT_ROOT })
      .map((file) => readFileSync(join(PROJECT_ROOT, file), 'utf8'))
      .join('\n');
    for (const p of watched) {
      expect(p.Namespace).toBe(METRIC_NAMESPACE);
      const names = p.Dimensions?.map((each: { Name: string }) => each.Name);
      expect([undefined, ['secret'], ['path']]).toContainEqual(names);
      expect(source, `nobody writes ${p.MetricName}`).toContain(`'${p.MetricName}'`);
    }
    expect(watched.filter((p) => p.AlarmName && !p.Dimensions)).toHaveLength(25);
  });

  it('name the secret that is malformed, and the path that refuses and takes nothing', () => {
    const alarms = resourcesOf(synthesise(), 'AWS::CloudWatch::Alarm').map(
      ([, { Properties: p }]) => p,
    );
    const named = (prefix: string) =>
      alarms
        .filter((p) => p.AlarmName.startsWith(`acme-test-${prefix}-`))
        .map((p) => p.AlarmName.slice(`acme-test-${prefix}-`.length));
    expect(named('secret-malformed')).toEqual(
      expect.arrayContaining([
        'pagerduty',
        'slack-signing',
        'slack-bot-token',
        'statuspage-api-key',
      ]),
    );
    expect(named('webhook-refused').sort()).toEqual([
      'alertmanager',
      'grafana-alerting',
      'grafana-irm',
      'grafana-oncall',
      'grafana-oncall-bearer',
      'pagerduty',
      'slack',
      'standard',
    ]);
    const [bearer] = alarms.filter((p) => p.AlarmName.endsWith('refused-grafana-oncall-bearer'));
    expect(bearer?.Metrics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          Expression: 'IF(SUM([refused, FILL(taken0, 0), FILL(taken1, 0)]) == refused, refused, 0)',
        }),
        expect.objectContaining({
          Id: 'refused',
          MetricStat: expect.objectContaining({
            Period: 300,
            Stat: 'Sum',
            Metric: {
              Namespace: 'IncidentResponse',
              MetricName: 'WebhookRefused',
              Dimensions: [{ Name: 'path', Value: '/webhooks/grafana-oncall/bearer' }],
            },
          }),
        }),
      ]),
    );
  });
});
