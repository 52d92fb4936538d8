import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { METRIC_NAMESPACE } from '../../src/adapters/system/json-log.ts';
import { synthesise } from './synthesised.ts';
import { resourcesOf } from './template.ts';

describe('alarms on our own metrics', () => {
  it('watch metrics that the functions write, without dimensions', () => {
    const watched = resourcesOf(synthesise(), 'AWS::CloudWatch::Alarm')
      .map(([, { Properties: p }]) => p)
      .filter((p) => !String(p.Namespace).startsWith('AWS/'));
    const source = globSync('src/{services,handlers,adapters}/**/*.ts', { cwd: PROJECT_ROOT })
      .map((file) => readFileSync(join(PROJECT_ROOT, file), 'utf8'))
      .join('\n');
    for (const p of watched) {
      expect([p.Namespace, p.Dimensions]).toEqual([METRIC_NAMESPACE, undefined]);
      expect(source, `nobody writes ${p.MetricName}`).toContain(`'${p.MetricName}'`);
    }
    expect(watched).toHaveLength(22);
  });
});
