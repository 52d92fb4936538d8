import { describe, expect, it } from 'vitest';
import {
  checkedValue,
  generatedSecret,
  hasOverlap,
  UsageError,
} from '../../scripts/secret-rules.ts';
import { standardWebhooksKey } from '../../src/domain/verification/verify-standard-webhooks.ts';

describe('generatedSecret()', () => {
  it('makes 64 hex characters, another each time', () => {
    expect(generatedSecret('oncall-bearer')).toMatch(/^[0-9a-f]{64}$/);
    expect(generatedSecret('oncall-bearer')).not.toBe(generatedSecret('oncall-bearer'));
  });

  it('makes a key of 32 bytes in the form that Standard Webhooks demands', () => {
    expect(standardWebhooksKey(generatedSecret('standard-webhooks'))).toHaveLength(32);
  });
});

describe('the secret of PagerDuty', () => {
  it('is a webhook’s: the old value is accepted for the overlap', () => {
    expect(hasOverlap('pagerduty')).toBe(true);
    expect(hasOverlap('grafana-alerting')).toBe(true);
    expect(hasOverlap('statuspage-api-key')).toBe(false);
  });

  it.each(['x'.repeat(31), 'x'.repeat(201), `${'x'.repeat(32)} y`])('is not %j', (value) => {
    expect(() => checkedValue('pagerduty', value)).toThrowWithCode(UsageError, 'USAGE');
  });
});
