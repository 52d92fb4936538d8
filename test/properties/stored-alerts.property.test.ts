import fc from 'fast-check';
import { expect, it } from 'vitest';
import { incidentIdOfAlertGroup } from '../../src/domain/ids.ts';
import { alertMessage } from '../services/alert-messages.ts';
import { useWorker } from '../services/worker-world.ts';

/*
 * Labels, titles and links go through the real adapters and the SDK's real client into an embedded
 * DynamoDB, and are read back with their hashes checked.
 */
const world = useWorker();

const INHERITED = Object.getOwnPropertyNames(Object.prototype);
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\ud83d', 'cut \udc00', 'NaN', 'Infinity', '-0', '\0', ...INHERITED),
);
/** As JSON text, since no JavaScript number is 1e400 or has 30 digits. */
const json = fc.oneof(
  words.map((text) => JSON.stringify(text)),
  fc.constantFrom('1e400', '-1e400', '1e-400', '123456789012345678901234567890', '-0', 'null'),
  fc.constantFrom('true', '[]', '{}', `${'['.repeat(60)}${']'.repeat(60)}`),
  fc.constantFrom('{"constructor":{"name":"Set"}}', '{"__proto__":{"admin":true}}'),
);
const object = (names: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(names, json), { maxLength: 8 })
    .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`);
const link = fc.oneof(
  json,
  words.map((text) => JSON.stringify(`https://example.com/${text}`)),
);
const annotations = fc.oneof(
  object(fc.constantFrom('summary', 'runbook_url', 'dashboard_url')),
  object(words),
);

/** One firing of a group of its own, for each sender. */
const BODIES = {
  '/webhooks/grafana-oncall': (group: string) =>
    fc
      .tuple(object(words), json, link)
      .map(
        ([labels, title, web]) =>
          `{"event":{"type":"alert group created","time":"2026-11-20T09:00:00Z"},` +
          `"alert_group_id":"${group}","alert_group":{"id":"${group}","title":${title},` +
          `"state":"firing","permalinks":{"web":${web}}},"alert_payload":{"labels":${labels}}}`,
      ),
  '/webhooks/alertmanager': (group: string) =>
    fc
      .tuple(object(words), annotations, link)
      .map(
        ([labels, notes, url]) =>
          `{"version":"4","groupKey":"${group}","status":"firing","receiver":"r",` +
          `"externalURL":"https://am.example.com","groupLabels":{},"commonLabels":${labels},` +
          `"commonAnnotations":${notes},"alerts":[{"status":"firing","labels":${labels},` +
          `"annotations":${notes},"startsAt":"2026-11-20T09:00:00Z",` +
          `"endsAt":"0001-01-01T00:00:00Z","generatorURL":${url},"fingerprint":"f1"}]}`,
      ),
};

it.each(Object.entries(BODIES))(
  'puts whatever labels, titles and links %s sends on record, and opens',
  async (path, bodyOf) => {
    const { receive } = world.worker();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.noShrink(bodyOf('{}:{a=\\"GROUP\\"}')), async (text) => {
        count += 1;
        const body = text.replaceAll('GROUP', `g${count}`);
        const chain = await receive.receive(alertMessage(body, { path }));
        const events = await world.trail.from(chain, 1);
        expect(events.map(({ type }) => type)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
        const { version, headHash } = (await world.record.load(chain))?.state ?? {};
        expect({ version, headHash }).toEqual({ version: 2, headHash: events[1]?.hash });
        world.clock.advance(60_000);
      }),
      { numRuns: 30 },
    );
  },
);

it.each(INHERITED.filter((name) => name !== '__proto__'))(
  'keeps a label called “%s” on the trail of the incident that its alert opens',
  async (name) => {
    const body = {
      event: { type: 'alert group created', time: '2026-11-20T09:00:00Z' },
      alert_group_id: 'GROUP1',
      alert_payload: { labels: { [name]: 'x', severity: 'critical' } },
    };
    const { receive } = world.worker();
    const chain = await receive.receive(alertMessage(body));
    expect(chain).toBe(
      incidentIdOfAlertGroup({ source: 'grafana-oncall', group: 'GROUP1', episode: 1 }),
    );
    const [opened] = await world.trail.from(chain, 1);
    expect(opened?.details).toMatchObject({ severity: 'P1', labels: { [name]: 'x' } });
  },
);
