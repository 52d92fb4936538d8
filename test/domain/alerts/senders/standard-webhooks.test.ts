import { describe, expect, it } from 'vitest';
import {
  ALERT_PATHS,
  ALERT_ROUTES,
  alertQueueGroup,
} from '../../../../src/domain/alerts/alert-paths.ts';
import { recordedSignal } from '../recorded.ts';

describe('OnCall’s own body behind a signing relay', () => {
  it('is the same signal of the same group as on the other paths of OnCall', () => {
    const relayed = recordedSignal('/webhooks/standard', 'standard.created');
    const bearer = recordedSignal('/webhooks/grafana-oncall/bearer', 'oncall-bearer.created');
    const signed = recordedSignal('/webhooks/grafana-oncall', 'oncall-signed.created');
    expect(relayed).toEqual(bearer);
    expect(signed).toEqual(bearer);
    expect(alertQueueGroup(relayed.source, relayed.group)).toBe(
      alertQueueGroup(bearer.source, bearer.group),
    );
  });
});

describe('the registry of paths', () => {
  it('pins each path to one scheme and one secret, and no secret to two paths', () => {
    const secrets = ALERT_PATHS.map((path) => ALERT_ROUTES[path].secretVariable);
    expect(new Set(secrets).size).toBe(ALERT_PATHS.length);
  });

  it('stalls only for OnCall itself, which repeats nothing else', () => {
    const stalled = ALERT_PATHS.filter((path) => ALERT_ROUTES[path].repeatsOn === 'time-out');
    expect(stalled).toEqual(['/webhooks/grafana-oncall', '/webhooks/grafana-oncall/bearer']);
  });
});
