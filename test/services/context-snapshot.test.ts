import { describe, expect, it } from 'vitest';
import { maskNames, redact } from '../../src/ai/redacted-text.ts';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { CONTEXT_SNAPSHOT, type ContextAnswer } from '../../src/domain/context-snapshot.ts';
import { DeliveryError } from '../../src/domain/errors.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import type { Routing, ServiceContext } from '../../src/domain/routing.ts';
import { ContextSnapshots } from '../../src/services/context-snapshot.ts';
import type {
  ContextSources,
  QuerySource,
  SourceAnswer,
} from '../../src/services/context-sources.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { ROUTING } from './alert-messages.ts';
import { useRecord } from './record-world.ts';

const world = useRecord();
const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const OK: SourceAnswer = { status: 'ok', values: [], more: 0, isPartial: false };
const value = (of: { label?: string; value: string }) => ({
  ...{ label: '', before: null, id: null, at: null, link: null },
  ...of,
});

/** A source that remembers what it was asked. */
function source(answer: SourceAnswer | (() => Promise<SourceAnswer>) = OK) {
  const asked: string[] = [];
  const ask: QuerySource['ask'] = async ({ query }) => {
    asked.push(query);
    return typeof answer === 'function' ? answer() : answer;
  };
  return { ask, asked };
}

const NOTHING: ContextSources = {
  metrics: undefined,
  logs: undefined,
  traces: undefined,
  code: undefined,
};

function opened(
  of: {
    service?: string | null;
    labels?: Record<string, string>;
    links?: { title: string; url: string }[];
  } = {},
): AuditEvent {
  return sealEvent({
    incidentId: INCIDENT,
    seq: 1,
    type: 'INCIDENT_OPENED',
    at: '2026-03-01T10:00:00.000Z',
    actor: { kind: 'alert_source', id: 'grafana-oncall' },
    commandId: 'opened-1',
    details: {
      ...{
        title: 'It burns',
        severity: 'P1',
        severityIsDefault: false,
        service: of.service === undefined ? 'checkout-api' : of.service,
      },
      ...{ source: 'grafana-oncall', group: 'G1', episode: 1, link: null },
      ...{ labels: of.labels ?? {}, previousIncidentId: null },
      ...(of.links ? { links: of.links } : {}),
    },
    prevHash: GENESIS_HASH,
  });
}

function given(
  of: { context?: ServiceContext; sources?: Partial<ContextSources>; fails?: boolean } = {},
) {
  const sent: { message: IncidentMessage; group: string }[] = [];
  const counted: unknown[] = [];
  const posted: { channelId: string; name: string; message: unknown }[] = [];
  const fails = { next: of.fails ?? false };
  const routing: Routing = {
    ...ROUTING,
    services: ROUTING.services.map((each) => ({
      ...each,
      ...(of.context ? { context: of.context } : {}),
    })),
  };
  const { trail, rows, clock } = world;
  const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
  const snapshots = new ContextSnapshots({
    ...{ record, trail, rows, routing, clock },
    queue: {
      send: async (message, { group }) => {
        if (fails.next) {
          throw new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'no', retryable: true });
        }
        sent.push({ message, group });
      },
    },
    posts: {
      once: async (_event, name, channelId, message) => {
        posted.push({ channelId, name, message });
        return '1.0';
      },
    },
    sources: { ...NOTHING, ...of.sources },
    masking: { words: (text) => redact(text).text, names: maskNames },
    log: { note() {}, warn() {}, error() {}, count: (...args) => counted.push(args) },
  });
  return { snapshots, sent, counted, posted, fails };
}

async function gathered(of: Parameters<typeof given>[0], event: AuditEvent = opened()) {
  await world.trail.insert(event);
  const stage = given(of);
  await stage.snapshots.gather(INCIDENT);
  const events = await world.trail.from(INCIDENT, 2);
  const [attached] = events;
  if (attached?.type !== 'CONTEXT_SNAPSHOT_ATTACHED') throw new Error('expected a snapshot');
  return { ...stage, events, attached, snapshot: attached.details };
}

const one = ({ sources }: { sources: ContextAnswer[] }) => sources[0];

describe('ContextSnapshots.gather()', () => {
  it('asks each source what the configuration names, with the alert’s labels', async () => {
    const [metrics, logs, traces] = [source(), source(), source()];
    const { snapshot } = await gathered(
      {
        context: {
          metrics: [{ name: 'Depth', query: 'depth{queue="{{labels.queue}}"}' }],
          logs: [{ name: 'Errors', query: '{app="{{service}}"}' }],
          traces: [{ name: 'Slow', query: '{ name = "{{service}}" }' }],
        },
        sources: { metrics, logs, traces },
      },
      opened({ labels: { queue: 'a"b' } }),
    );
    expect(metrics.asked).toEqual(['depth{queue="a\\"b"}']);
    expect(logs.asked).toEqual(['{app="checkout-api"}']);
    expect(traces.asked).toEqual(['{ name = "checkout-api" }']);
    expect(snapshot.sources.map((each) => [each.source, each.name, each.asked])).toEqual([
      ['metrics', 'Depth', 'depth{queue="a\\"b"}'],
      ['logs', 'Errors', '{app="checkout-api"}'],
      ['traces', 'Slow', '{ name = "checkout-api" }'],
    ]);
    expect(snapshot.summary).toBe('3 of 3 sources answered');
  });

  it('keeps what a source could not say as unknown, with the reason, and counts it', async () => {
    const { snapshot, counted } = await gathered({
      context: { metrics: [{ name: 'Depth', query: 'depth' }] },
      sources: { metrics: source({ status: 'unknown', reason: 'TIMED_OUT' }) },
    });
    expect(one(snapshot)).toEqual({
      ...{ source: 'metrics', name: 'Depth', asked: 'depth' },
      ...{ status: 'unknown', reason: 'TIMED_OUT' },
    });
    expect(snapshot.summary).toBe('0 of 1 sources answered; unknown: metrics “Depth”');
    expect(counted).toEqual([['ContextUnknown', { source: 'metrics', code: 'TIMED_OUT' }]]);
  });

  it('asks nothing for a label that the alert lacks: LABEL_MISSING', async () => {
    const metrics = source();
    const { snapshot } = await gathered({
      context: { metrics: [{ name: 'Depth', query: 'depth{pod="{{labels.pod}}"}' }] },
      sources: { metrics },
    });
    expect(metrics.asked).toEqual([]);
    expect(one(snapshot)).toMatchObject({
      ...{ status: 'unknown', reason: 'LABEL_MISSING', asked: 'depth{pod="{{labels.pod}}"}' },
    });
  });

  it('says that a source is not set up when the configuration asks it', async () => {
    const { snapshot } = await gathered({
      context: {
        metrics: [{ name: 'Depth', query: 'depth' }],
        repository: { name: 'acme/checkout-api' },
      },
    });
    expect(snapshot.sources.map(({ source: of, status }) => [of, status])).toEqual([
      ['metrics', 'not_configured'],
      ['deploys', 'not_configured'],
      ['owners', 'not_configured'],
    ]);
  });

  it('keeps neither secrets nor customers of a log line, nor more of it than is shown', async () => {
    const line = `user maya@shopper.example from 203.0.113.9 sent token=ghp_abcdefghijklmnop1234 \ud800${'x'.repeat(900)}`;
    const { snapshot } = await gathered({
      context: { logs: [{ name: 'Errors', query: '{a="b"}' }] },
      sources: { logs: source({ ...OK, values: [value({ value: line })] }) },
    });
    const kept = JSON.stringify(snapshot);
    expect(kept).not.toMatch(/maya|203\.0|ghp_/);
    expect(kept).toContain('[email-1] from [ip-1] sent token=[secret-1]');
    const answer = one(snapshot);
    const text = answer?.status === 'ok' ? (answer.values[0]?.value ?? '') : '';
    expect(text).toHaveLength(400);
    expect(text.isWellFormed()).toBe(true);
  });

  it('keeps hosts in the names of series, and no secret', async () => {
    const label = 'instance=10.0.3.7:9090, password=hunter2hunter2';
    const { snapshot } = await gathered({
      context: { metrics: [{ name: 'Up', query: 'up' }] },
      sources: { metrics: source({ ...OK, values: [value({ label, value: '1' })] }) },
    });
    const answer = one(snapshot);
    expect(answer?.status === 'ok' && answer.values[0]?.label).toBe(
      'instance=10.0.3.7:9090, password=[secret-1]',
    );
  });

  it('keeps five values of a source that gives more', async () => {
    const values = Array.from({ length: 9 }, (_, i) => value({ value: String(i) }));
    const { snapshot } = await gathered({
      context: { metrics: [{ name: 'Up', query: 'up' }] },
      sources: { metrics: source({ ...OK, values }) },
    });
    const answer = one(snapshot);
    expect(answer?.status === 'ok' && answer.values).toHaveLength(5);
    expect(CONTEXT_SNAPSHOT.safeParse(snapshot).success).toBe(true);
  });

  it('asks again after a crash, and records one answer however often it is told to', async () => {
    const metrics = source();
    const of = { context: { metrics: [{ name: 'Up', query: 'up' }] }, sources: { metrics } };
    const { snapshots } = await gathered(of);
    await snapshots.gather(INCIDENT);
    expect(metrics.asked).toHaveLength(1);
    expect(await world.trail.from(INCIDENT, 2)).toHaveLength(1);
  });

  it('records one answer when two deliveries ask at the same time', async () => {
    await world.trail.insert(opened());
    const { snapshots } = given({
      context: { metrics: [{ name: 'Up', query: 'up' }] },
      sources: { metrics: source() },
    });
    await Promise.all([snapshots.gather(INCIDENT), snapshots.gather(INCIDENT)]);
    expect(await world.trail.from(INCIDENT, 2)).toHaveLength(1);
  });

  it.each([
    ['an incident that is not there', undefined],
    ['an incident without a service', opened({ service: null })],
    ['a service that the configuration does not know any more', opened({ service: 'gone' })],
  ])('records nothing for %s', async (_what, event) => {
    if (event) await world.trail.insert(event);
    await given({ context: {} }).snapshots.gather(INCIDENT);
    expect(await world.trail.from(INCIDENT, 2)).toEqual([]);
  });

  it('keeps our links, and of the alert’s those that are https, marked as the alert’s', async () => {
    const { snapshot } = await gathered(
      { context: { runbook: 'https://runbooks.example.com/x' } },
      opened({
        links: [
          { title: 'Dashboard', url: 'https://grafana.example.com/d/1' },
          { title: 'Runbook', url: 'http://plain.example.com' },
          { title: 'Runbook', url: 'https://good.example.com@evil.example.com/' },
          { title: 'Runbook', url: 'javascript:alert(1)' },
          { title: 'Runbook', url: 'https://runbooks.example.com/x' },
        ],
      }),
    );
    expect(snapshot.summary).toBe('links only');
    expect(snapshot.links).toEqual([
      { title: 'Runbook', url: 'https://runbooks.example.com/x', from: 'routing' },
      { title: 'Dashboard', url: 'https://grafana.example.com/d/1', from: 'alert' },
    ]);
  });
});

describe('ContextSnapshots.beside() and ask()', () => {
  const context = { metrics: [{ name: 'Up', query: 'up' }] };

  it('sends the question while the work is done, and not again after it', async () => {
    const { snapshots, sent } = given({ context });
    let sentDuring = 0;
    await snapshots.beside(opened(), async () => {
      await Promise.resolve();
      sentDuring = sent.length;
    });
    expect(sentDuring).toBe(1);
    await snapshots.ask(opened());
    expect(sent).toEqual([
      { message: { kind: 'context', incidentId: INCIDENT }, group: `context#${INCIDENT}` },
    ]);
  });

  it('lets the work be done when the question cannot be sent, and sends it later', async () => {
    const { snapshots, sent, fails } = given({ context, fails: true });
    let isDone = false;
    await snapshots.beside(opened(), async () => {
      isDone = true;
    });
    expect(isDone).toBe(true);
    await expect(snapshots.ask(opened())).rejects.toThrowWithCode(
      DeliveryError,
      'QUEUE_UNAVAILABLE',
    );
    fails.next = false;
    await snapshots.ask(opened());
    expect(sent).toHaveLength(1);
  });

  it('fails as the work fails', async () => {
    const { snapshots } = given({ context });
    const work = () => Promise.reject(new RangeError('no room'));
    await expect(snapshots.beside(opened(), work)).rejects.toThrow('no room');
  });

  it.each([
    ['a service of which nothing is to be asked', opened()],
    ['no service', opened({ service: null })],
  ])('sends nothing for %s', async (_what, event) => {
    const { snapshots, sent } = given();
    await snapshots.ask(event);
    expect(sent).toEqual([]);
  });

  it('asks for the links of an alert alone', async () => {
    const { snapshots, sent } = given();
    await snapshots.ask(opened({ links: [{ title: 'Runbook', url: 'https://a.example.com' }] }));
    expect(sent).toHaveLength(1);
  });
});

describe('ContextSnapshots.post()', () => {
  it('shows in the room what is on the trail', async () => {
    const { snapshots, attached, snapshot, posted } = await gathered({ context: {} });
    const room = { channelId: 'C0ROOM1', channelName: 'inc-1' };
    const state = { room } as Parameters<typeof snapshots.post>[1];
    await snapshots.post(attached, state);
    expect(posted).toEqual([
      {
        channelId: 'C0ROOM1',
        name: 'context_card',
        message: { kind: 'context_snapshot', snapshot },
      },
    ]);
  });

  it('shows nothing while there is no room', async () => {
    const { snapshots, attached, posted } = await gathered({ context: {} });
    await snapshots.post(attached, { room: null } as Parameters<typeof snapshots.post>[1]);
    expect(posted).toEqual([]);
  });
});
