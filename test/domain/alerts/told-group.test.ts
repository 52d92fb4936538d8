import { describe, expect, it } from 'vitest';
import { readOnCall } from '../../../src/domain/alerts/read-on-call.ts';
import {
  signalAsTold,
  signalOfState,
  signalTold,
  toldBy,
} from '../../../src/domain/alerts/told-group.ts';
import { changedFixture, fixtureBytes, signalOf } from './fixture.ts';

/** The group of the fixtures, as OnCall's API returns it after the webhook of this name. */
function told(webhook: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(fixtureBytes(webhook)).toString()).alert_group;
}
const sent = (webhook: string) => signalOf(readOnCall(fixtureBytes(webhook)));

const CREATED = 'oncall.created.json';
const ACKNOWLEDGED = 'oncall.acknowledge.json';
const SILENCED = 'oncall.silence.json';
const RESOLVED = 'oncall.resolve.by-user.json';

describe('signalOfState()', () => {
  it.each([CREATED, ACKNOWLEDGED, SILENCED, RESOLVED])(
    'means what the webhook %s meant, so whichever comes second changes nothing',
    (webhook) => {
      const signal = signalOfState(told(webhook));
      expect(signal?.meaning).toBe(sent(webhook).meaning);
      expect(signal?.kind).toBe(sent(webhook).kind);
    },
  );

  it('names nobody, as the API gives no addresses', () => {
    expect(signalOfState(told(ACKNOWLEDGED))).toMatchObject({ by: null, people: [] });
  });

  it('is nothing for a state that OnCall does not have', () => {
    expect(signalOfState({ ...told(CREATED), state: 'melting' })).toBeUndefined();
  });
});

describe('signalTold()', () => {
  it('tells of the creation of a group whatever state it is in now', () => {
    expect(signalTold(told(RESOLVED), 'created')?.meaning).toBe(sent(CREATED).meaning);
  });
});

describe('toldBy()', () => {
  it('is who acknowledged or resolved, and nobody for what OnCall does not keep', () => {
    expect(toldBy(told(ACKNOWLEDGED), 'acknowledge')).toBe('U8KQZ4MWX7RNB');
    expect(toldBy(told(RESOLVED), 'resolve')).toBe('U8KQZ4MWX7RNB');
    expect(toldBy(told(CREATED), 'acknowledge')).toBeNull();
    expect(toldBy(told(SILENCED), 'silence')).toBeNull();
  });
});

describe('signalAsTold()', () => {
  it('leaves what OnCall bears out as it was meant, and nobody of the body in it', () => {
    for (const webhook of [CREATED, ACKNOWLEDGED, SILENCED, RESOLVED]) {
      const signal = signalAsTold(sent(webhook), told(webhook));
      expect(signal).toMatchObject({ kind: sent(webhook).kind, meaning: sent(webhook).meaning });
      expect(signal).toMatchObject({ by: null, people: [] });
    }
    expect(signalAsTold(sent(SILENCED), told(SILENCED)).until).toBe(sent(SILENCED).until);
  });

  it('takes title, link and labels from OnCall', () => {
    const forged = signalOf(
      readOnCall(
        changedFixture(CREATED, (body: { alert_group: Record<string, unknown> }) => {
          body.alert_group.title = 'all is well';
          body.alert_group.labels = { severity: 'low' };
          body.alert_group.permalinks = { web: 'https://evil.example.com' };
        }),
      ),
    );
    expect(signalAsTold(forged, told(CREATED))).toMatchObject({
      title: 'checkout-api 5xx ratio above 5%',
      labels: {},
      link: expect.stringContaining('grafana.example.com'),
    });
  });

  it('takes the time from OnCall, so a forged one makes no second fact', () => {
    const forged = { ...sent(ACKNOWLEDGED), occurredAt: '2026-03-14T12:00:00Z', meaning: 'other' };
    expect(signalAsTold(forged, told(ACKNOWLEDGED)).meaning).toBe(sent(ACKNOWLEDGED).meaning);
  });

  it.each([
    [ACKNOWLEDGED, CREATED],
    [SILENCED, CREATED],
    [RESOLVED, CREATED],
    [RESOLVED, ACKNOWLEDGED],
    [ACKNOWLEDGED, SILENCED],
    ['oncall.unresolve.no-time.json', RESOLVED],
    ['oncall.unacknowledge.no-time.json', ACKNOWLEDGED],
    ['oncall.unsilence.no-time.json', SILENCED],
  ])('takes %s for no more than a delivery while OnCall has the state after %s', (claim, now) => {
    expect(signalAsTold(sent(claim), told(now))).toMatchObject({
      kind: 'unknown',
      rawType: sent(claim).rawType,
      groupState: told(now).state,
    });
  });

  it.each([CREATED, ACKNOWLEDGED, SILENCED, 'oncall.escalation.json'])(
    'lets %s have happened before the group was resolved, and not after',
    (webhook) => {
      const late = { ...sent(webhook), occurredAt: '2026-03-15T00:00:00Z' };
      const at = signalAsTold(late, told(RESOLVED)).occurredAt;
      expect(Date.parse(String(at))).toBeLessThanOrEqual(Date.parse('2026-03-14T10:02:41.931Z'));
    },
  );

  it('changes nothing when OnCall’s answer has no state', () => {
    expect(signalAsTold(sent(CREATED), { id: 'I7FQ3N5ZK8WTB' })).toEqual(sent(CREATED));
  });
});
