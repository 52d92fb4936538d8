import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOnCall } from '../../../src/domain/alerts/read-on-call.ts';
import { changedFixture, fixtureBytes, signalOf } from './fixture.ts';

const read = (name: string) => signalOf(readOnCall(fixtureBytes(name)));
// biome-ignore lint/suspicious/noExplicitAny: the test reaches into a stored body of any shape.
const changed = (name: string, change: (body: any) => void) =>
  signalOf(readOnCall(changedFixture(name, change)));

describe('readOnCall()', () => {
  it('reads every field of a created alert group', () => {
    expect(read('oncall.created.json')).toEqual({
      source: 'grafana-oncall',
      group: 'I7FQ3N5ZK8WTB',
      kind: 'created',
      rawType: 'alert group created',
      meaning: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasStoredTime: true,
      occurredAt: '2026-03-14T09:27:12.589793+00:00',
      groupCreatedAt: '2026-03-14T09:27:12.589793Z',
      groupState: 'firing',
      title: 'checkout-api 5xx ratio above 5%',
      link: 'https://grafana.example.com/a/grafana-oncall-app/alert-groups/I7FQ3N5ZK8WTB',
      labels: {},
      integrationId: 'CX4R7ZQ8VK2NM',
      team: 'Checkout',
      by: null,
      people: [],
      alerts: [],
    });
  });

  it.each([
    ['oncall.created.json', 'created', true],
    ['oncall.created.old-name-firing.json', 'created', true],
    ['oncall.escalation.json', 'escalation', true],
    ['oncall.acknowledge.json', 'acknowledge', true],
    ['oncall.acknowledge.null-time.json', 'acknowledge', false],
    ['oncall.silence.json', 'silence', true],
    ['oncall.resolve.by-user.json', 'resolve', true],
    ['oncall.resolve.by-source.json', 'resolve', true],
    ['oncall.unresolve.no-time.json', 'unresolve', false],
    ['oncall.unsilence.no-time.json', 'unsilence', false],
    ['oncall.unacknowledge.no-time.json', 'unacknowledge', false],
    ['oncall.personal-notification.json', 'personal_notification', true],
    ['irm.resolution-note-added.unknown-type.json', 'unknown', true],
  ])('reads %s as %s with hasStoredTime %s', (name, kind, hasStoredTime) => {
    expect(read(name)).toMatchObject({ kind, hasStoredTime });
  });

  it('keeps an unknown type as rawType, a name of Object.prototype included', () => {
    expect(read('irm.resolution-note-added.unknown-type.json')).toMatchObject({
      rawType: 'resolution note added',
      groupState: 'firing',
    });
    const odd = changed('oncall.created.json', (body) => {
      body.event.type = 'constructor';
    });
    expect(odd).toMatchObject({ kind: 'unknown', rawType: 'constructor' });
  });

  it('tells a silence for ever (null) from one that ends, and from no silence (absent)', () => {
    expect(read('oncall.silence.json').until).toBe('2026-03-14T10:35:00.112233+00:00');
    expect(read('oncall.silence.forever.json').until).toBeNull();
    expect(read('oncall.acknowledge.json')).not.toHaveProperty('until');
  });

  it('reads labels as an object and as an array, with those of the integration under them', () => {
    expect(read('oncall.acknowledge.labels-object.json').labels).toEqual({
      service_name: 'checkout-api',
      region: 'eu-west-1',
      severity: 'critical',
    });
    expect(read('oncall.created.labels-array.json').labels).toEqual({
      service_name: 'checkout-api',
      severity: 'critical',
    });
  });

  it('finds the labels of the first alert where OnCall keeps none', () => {
    expect(read('oncall.created.alerting-payload.json').labels).toMatchObject({
      service_name: 'checkout-api',
      severity: 'critical',
    });
  });

  it('names who acted, and everyone notified or to be notified once', () => {
    const signal = read('oncall.acknowledge.json');
    expect(signal.by).toEqual({
      id: 'U8KQZ4MWX7RNB',
      username: 'maya.ito',
      email: 'maya.ito@example.com',
    });
    expect(signal.people.map(({ username }) => username)).toEqual(['maya.ito', 'jonas.berg']);
    expect(read('oncall.resolve.by-source.json').by).toBeNull();
  });

  it('reads a group whose texts were wiped, with its id as the title', () => {
    expect(read('oncall.created.wiped-nulls.json')).toMatchObject({
      title: 'I7FQ3N5ZK8WTB',
      link: null,
      team: null,
      groupState: 'resolved',
      kind: 'created',
    });
  });

  it('makes text well-formed', () => {
    expect(read('oncall.created.lone-surrogate.json').title).toBe('checkout \ufffd api');
  });

  it('keeps 1,000 characters of a title, and none of a link that is not http', () => {
    const signal = changed('oncall.created.json', (body) => {
      body.alert_group.title = 'x'.repeat(1_001);
      body.alert_group.permalinks.web = 'javascript:alert(1)';
    });
    expect(signal.title).toHaveLength(1_000);
    expect(signal.link).toBeNull();
  });

  it('leaves nothing in a link that could end it in Slack', () => {
    const signal = changed('oncall.created.json', (body) => {
      body.alert_group.permalinks.web = 'https://grafana.example.com/a|b>c';
    });
    expect(signal.link).toBe('https://grafana.example.com/a%7Cb%3Ec');
  });

  it('keeps two groups apart whose long ids differ only at the end', () => {
    const groupOf = (id: string) =>
      changed('oncall.created.json', (body) => {
        body.alert_group_id = id;
      }).group;
    expect(groupOf('g'.repeat(2_000))).toBe('g'.repeat(2_000));
    const [a, b] = [groupOf(`${'g'.repeat(2_000)}a`), groupOf(`${'g'.repeat(2_000)}b`)];
    expect(a).toHaveLength(2_000);
    expect(a).not.toBe(b);
  });

  it('takes the group from alert_group.id where alert_group_id is missing', () => {
    const signal = changed('oncall.created.json', (body) => {
      delete body.alert_group_id;
    });
    expect(signal.group).toBe('I7FQ3N5ZK8WTB');
  });

  it.each([
    ['oncall.legacy.no-envelope.json', 'NO_ENVELOPE'],
    ['oncall.templated.not-json.txt', 'NOT_JSON'],
    ['oncall.created.nan-number.json', 'NOT_JSON'],
    ['oncall.created.cut-off.json', 'NOT_JSON'],
    ['irm.incident-declared.no-alert-group.json', 'NO_GROUP'],
    ['irm.legacy-incident.event-is-text.json', 'NO_ENVELOPE'],
    ['alerting.firing.json', 'NO_ENVELOPE'],
  ])('cannot read %s: %s', (name, reason) => {
    expect(readOnCall(fixtureBytes(name))).toEqual({ kind: 'unreadable', reason });
  });

  it.each([
    ['no bytes', '', 'EMPTY'],
    ['an array', '[]', 'NO_ENVELOPE'],
    ['null', 'null', 'NO_ENVELOPE'],
    ['a number', '1', 'NO_ENVELOPE'],
    ['an empty type', '{"event":{"type":""}}', 'NO_ENVELOPE'],
    ['an empty group', '{"event":{"type":"resolve"},"alert_group_id":""}', 'NO_GROUP'],
    ['a million open brackets', '['.repeat(1_000_000), 'NOT_JSON'],
  ])('cannot read %s: %s', (_name, body, reason) => {
    expect(readOnCall(Buffer.from(body))).toEqual({ kind: 'unreadable', reason });
  });

  it('cannot read bytes that are not UTF-8', () => {
    expect(readOnCall(Uint8Array.from([0x7b, 0xff, 0x7d]))).toEqual({
      kind: 'unreadable',
      reason: 'NOT_UTF8',
    });
  });
});

describe('the meaning of an OnCall delivery', () => {
  it('is the same for a retry, whose state and attempt time may differ', () => {
    const first = read('oncall.escalation.json').meaning;
    const retried = changed('oncall.escalation.json', (body) => {
      body.event.time = '2026-03-14T09:27:28.999999+00:00';
      body.alert_group.state = 'acknowledged';
      body.alert_group.alerts_count = 3;
    });
    expect(retried.meaning).toBe(first);
  });

  it('is the same however the zone of the stored time is written', () => {
    const signal = changed('oncall.acknowledge.json', (body) => {
      body.event.time = '2026-03-14T10:31:07.20411800+01:00';
    });
    expect(signal.meaning).toBe(read('oncall.acknowledge.json').meaning);
  });

  it('is the same on the webhook of its own type and on the one for status changes', () => {
    expect(read('oncall.acknowledge.labels-object.json').meaning).toBe(
      read('oncall.acknowledge.json').meaning,
    );
  });

  it('is the same under the old name of the creation event', () => {
    expect(read('oncall.created.old-name-firing.json').meaning).toBe(
      read('oncall.created.json').meaning,
    );
  });

  it('differs by group, by type, and by one microsecond of stored time', () => {
    const base = read('oncall.acknowledge.json').meaning;
    const later = changed('oncall.acknowledge.json', (body) => {
      body.event.time = '2026-03-14T09:31:07.204119+00:00';
    });
    const other = changed('oncall.acknowledge.json', (body) => {
      body.alert_group_id = 'I000000000000';
    });
    const meanings = [base, later.meaning, other.meaning, read('oncall.silence.json').meaning];
    expect(new Set(meanings).size).toBe(4);
  });

  it('ignores a time that an un… event should not have, and a time that is none', () => {
    const undone = changed('oncall.unresolve.no-time.json', (body) => {
      body.event.time = '2026-03-14T09:31:07Z';
    });
    expect(undone.hasStoredTime).toBe(false);
    expect(undone.meaning).toBe(read('oncall.unresolve.no-time.json').meaning);
    const nonsense = changed('oncall.acknowledge.json', (body) => {
      body.event.time = '2026-13-45T99:99:99Z';
    });
    expect(nonsense).toMatchObject({ hasStoredTime: false, occurredAt: null });
  });
});

describe('readOnCall() under any input', () => {
  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['signal', 'unreadable']).toContain(readOnCall(bytes).kind);
      }),
    );
  });

  it('reads any JSON in any field within the limits of the record', () => {
    const fields = ['event', 'user', 'alert_group', 'alert_payload', 'integration', 'responses'];
    const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 3_000 }));
    fc.assert(
      fc.property(fc.constantFrom(...fields), anything, anything, (field, whole, inner) => {
        for (const value of [whole, { type: inner, time: inner, title: inner, labels: inner }]) {
          const result = readOnCall(
            changedFixture('oncall.created.json', (body: Record<string, unknown>) => {
              body[field] = value;
            }),
          );
          if (result.kind === 'unreadable') continue;
          expect(result.signal.title.length).toBeLessThanOrEqual(1_000);
          expect(JSON.stringify(result.signal).isWellFormed()).toBe(true);
          expect(result.signal.title.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
