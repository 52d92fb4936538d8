import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Statuspage } from '../../../src/adapters/statuspage/statuspage.ts';
import { PageError } from '../../../src/domain/errors.ts';
import {
  type EmbeddedStatuspage,
  startStatuspage,
} from '../../../src/local/statuspage/statuspage-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';
import type { PublishPermit } from '../../../src/services/status-page.ts';

const NOW_MS = 1_000_000;
let clock: WorldClock;
let fake: EmbeddedStatuspage;
let nowMs: number;
let apiKey: () => Promise<string>;

beforeEach(async () => {
  clock = new WorldClock();
  nowMs = NOW_MS;
  apiKey = async () => 'key-1';
  fake = await startStatuspage({
    clock,
    limits: 'on',
    kill: () => {},
    tokens: { 'key-1': 'publisher' },
    pageId: 'page1',
    components: [{ id: 'c1', name: 'Checkout' }],
    subscribers: ['ada@customer.example'],
  });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

const page = (apiUrl = `${fake.url}/v1`) =>
  new Statuspage({
    apiUrl,
    pageId: 'page1',
    apiKey: () => apiKey(),
    timeoutMs: 1_500,
    clock: { nowMs: () => nowMs },
  });

function permit(
  of: { path?: string; method?: 'POST' | 'PATCH'; text?: string } = {},
): PublishPermit {
  const { path = '/pages/page1/incidents', method = 'POST', text = 'We see errors.' } = of;
  return {
    request: {
      method,
      path,
      body: {
        incident: {
          name: 'Problems with Checkout',
          status: 'investigating',
          body: text,
          impact_override: 'critical',
          deliver_notifications: false,
          component_ids: ['c1'],
          components: { c1: 'major_outage' },
        },
      },
    },
    metadata: { ir: { incident: 'inc-1', publication: 'pub-1', digest: 'd' } },
    publicationId: 'pub-1',
    attemptId: 'a1',
    deadlineMs: NOW_MS + 1,
  } as unknown as PublishPermit;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the fake's control answers.
async function world(path: string, init?: RequestInit): Promise<any> {
  return (await fetch(`${fake.url}/_world/${path}`, init)).json();
}

const fault = (of: object) => world('faults', { method: 'POST', body: JSON.stringify(of) });
const callCount = async () => (await world('calls')).calls.length;

/** A server that answers 200 with this body, whatever it is asked. */
async function answering(body: string): Promise<{ url: string; close(): void }> {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

describe('publish()', () => {
  it('sends exactly the approved request and its metadata, once', async () => {
    const answer = await page().publish(permit());
    const requests = await world('requests');
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      body: {
        incident: {
          ...permit().request.body.incident,
          metadata: { ir: { incident: 'inc-1', publication: 'pub-1', digest: 'd' } },
        },
      },
    });
    expect(Object.keys(requests[0].body)).toEqual(['incident']);
    expect(answer).toMatchObject({
      name: 'Problems with Checkout',
      status: 'investigating',
      publicationId: 'pub-1',
      updates: [{ body: 'We see errors.', status: 'investigating' }],
    });
    expect(answer.link).toBe(`${fake.url}/incidents/${answer.statuspageIncidentId}`);
  });

  it.each([
    [
      'a component',
      { component_ids: ['nosuch'], components: { nosuch: 'operational' } },
      { kind: 'COMPONENT_UNKNOWN', componentIds: ['nosuch'], fields: [] },
    ],
    ['a title', { name: ' ' }, { kind: 'FIELD_INVALID', componentIds: [], fields: ['the title'] }],
  ])('says that it refused %s, by a closed set of reasons', async (_what, incident, refusal) => {
    const given = permit();
    Object.assign(given.request.body.incident, incident);
    const refused = { code: 'PAGE_REFUSED', httpStatus: 422, refusal };
    await expect(page().publish(given)).rejects.toMatchObject(refused);
  });

  it('says of an update of an incident that is gone that it is gone', async () => {
    const gone = permit({
      path: '/pages/page1/incidents/nothere',
      method: 'PATCH',
      text: 'Still.',
    });
    const refusal = { kind: 'INCIDENT_GONE' };
    await expect(page().publish(gone)).rejects.toMatchObject({ httpStatus: 404, refusal });
  });

  it('an update is found newest first when read again', async () => {
    const { statuspageIncidentId: id } = await page().publish(permit());
    clock.advance(5);
    const path = `/pages/page1/incidents/${id}`;
    await page().publish(permit({ path, method: 'PATCH', text: 'Still.' }));
    const read = await page().read(id);
    expect(read?.updates.map((update) => update.body)).toEqual(['Still.', 'We see errors.']);
    expect(await page().recent()).toMatchObject([{ publicationId: 'pub-1', incidentId: 'inc-1' }]);
  });

  it.each([
    [420, 'PAGE_NOT_EXECUTED'],
    [429, 'PAGE_NOT_EXECUTED'],
    [400, 'PAGE_REFUSED'],
    [401, 'PAGE_REFUSED'],
    [403, 'PAGE_REFUSED'],
    [404, 'PAGE_REFUSED'],
    [422, 'PAGE_REFUSED'],
    [302, 'PAGE_OUTCOME_UNKNOWN'],
    [409, 'PAGE_OUTCOME_UNKNOWN'],
    [500, 'PAGE_OUTCOME_UNKNOWN'],
    [503, 'PAGE_OUTCOME_UNKNOWN'],
  ])('an answer of %i is %s, and nothing is sent again', async (status, code) => {
    await fault({ match: 'create_incident', status });
    await expect(page().publish(permit())).rejects.toMatchObject({ code, httpStatus: status });
    expect(await callCount()).toBe(1);
  });

  it('a wrong key and a body the page refuses are PAGE_REFUSED', async () => {
    apiKey = async () => 'wrong';
    await expect(page().publish(permit())).rejects.toMatchObject({
      code: 'PAGE_REFUSED',
      httpStatus: 401,
    });
  });

  it.each([
    ['dropped', { answer: 'drop' }],
    ['never given', { answer: 'never' }],
    ['late', { delayMs: 3_000 }],
  ])('an answer that is %s is PAGE_OUTCOME_UNKNOWN', async (_what, how) => {
    await fault({ match: 'create_incident', ...how });
    await expect(page().publish(permit())).rejects.toMatchObject({
      code: 'PAGE_OUTCOME_UNKNOWN',
      httpStatus: null,
      retryable: false,
    });
    expect(await callCount()).toBe(1);
  });

  it('no connection is PAGE_NOT_EXECUTED', async () => {
    const { url, close } = await answering('');
    close();
    await expect(page(url).publish(permit())).rejects.toMatchObject({
      code: 'PAGE_NOT_EXECUTED',
      retryable: true,
      message: 'cannot reach the status page: expected a connection, got ECONNREFUSED',
    });
  });

  it('a key that no header can carry is PAGE_NOT_EXECUTED: nothing left', async () => {
    apiKey = async () => 'key\n1';
    await expect(page().publish(permit())).rejects.toThrowWithCode(PageError, 'PAGE_NOT_EXECUTED');
  });

  it('no key is PAGE_NOT_EXECUTED, without a word of why', async () => {
    apiKey = () => Promise.reject(new Error('secret detail'));
    await expect(page().publish(permit())).rejects.toMatchObject({
      code: 'PAGE_NOT_EXECUTED',
      message: 'cannot reach the status page: expected its key from Secrets Manager',
    });
  });

  it('sends nothing at the deadline, also when only the key was late', async () => {
    apiKey = async () => {
      nowMs = NOW_MS + 1;
      return 'key-1';
    };
    await expect(page().publish(permit())).rejects.toThrowWithCode(PageError, 'PAGE_NOT_EXECUTED');
    expect(await callCount()).toBe(0);
  });
});

/** Answers of 200 that are not what the page promises. */
describe('an answer that cannot be read', () => {
  it.each(['not json', '{}', '[]', 'null', '{"id":7}'])('%s: nobody knows', async (body) => {
    const server = await answering(body);
    await expect(page(server.url).publish(permit())).rejects.toThrowWithCode(
      PageError,
      'PAGE_OUTCOME_UNKNOWN',
    );
    server.close();
  });

  it('a list that is none: nobody knows', async () => {
    const server = await answering('{"id":"x"}');
    await expect(page(server.url).recent()).rejects.toThrowWithCode(
      PageError,
      'PAGE_OUTCOME_UNKNOWN',
    );
    server.close();
  });

  it('a list of recent incidents is asked for that is short enough to be read whole', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end('[]');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await page(`http://127.0.0.1:${port}`).recent()).toEqual([]);
    expect(asked).toEqual(['/pages/page1/incidents?limit=30']);
    server.close();
  });

  it('lists the components by name and state, without states that nobody knows', async () => {
    const server = await answering(
      '[{"id":"c1","name":"Checkout","status":"major_outage"},{"id":"c2","status":"operational"},' +
        '{"id":"c3","name":"New","status":"on_fire"},{"name":"no id","status":"operational"},null]',
    );
    expect(await page(server.url).components()).toEqual([
      { id: 'c1', name: 'Checkout', state: 'major_outage' },
      { id: 'c2', name: 'c2', state: 'operational' },
    ]);
    server.close();
  });

  it('components that are no list: nobody knows', async () => {
    const server = await answering('{}');
    await expect(page(server.url).components()).rejects.toThrowWithCode(
      PageError,
      'PAGE_OUTCOME_UNKNOWN',
    );
    server.close();
  });

  it('tells what our unresolved incidents say of components, by their updates in order', async () => {
    const updates = [
      {
        created_at: '2026-01-02',
        affected_components: [{ code: 'c1', new_status: 'operational' }],
      },
      {
        created_at: '2026-01-01',
        affected_components: [
          { code: 'c1', new_status: 'major_outage' },
          { code: 'c2', new_status: 'partial_outage' },
          { code: 'c3', new_status: 'on_fire' },
          null,
        ],
      },
      { created_at: '2026-01-01', affected_components: null },
    ];
    const ours = { name: 'Problems', metadata: { ir: { incident: 'inc-1' } } };
    const incidents = [
      { ...ours, incident_updates: updates },
      { name: 'By hand', metadata: {}, incident_updates: updates },
      { ...ours, incident_updates: null },
      null,
    ];
    const server = await answering(JSON.stringify(incidents));
    expect(await page(server.url).claims()).toEqual([
      { incidentId: 'inc-1', componentId: 'c2', state: 'partial_outage', title: 'Problems' },
    ]);
    server.close();
  });

  it('unresolved incidents that are no list: nobody knows', async () => {
    const server = await answering('{}');
    await expect(page(server.url).claims()).rejects.toThrowWithCode(
      PageError,
      'PAGE_OUTCOME_UNKNOWN',
    );
    server.close();
  });

  it('fields that are missing are empty, updates of one instant keep their order', async () => {
    const server = await answering(
      '[{"id":"i1"},{"id":"i2","incident_updates":[{},{"id":"u2"},' +
        '{"id":"u3","body":"b","status":"s","created_at":"2026-01-01"},' +
        '{"id":"u4","created_at":"2026-01-02"}]}]',
    );
    expect(await page(server.url).recent()).toEqual([
      {
        statuspageIncidentId: 'i1',
        link: '',
        name: '',
        status: '',
        updates: [],
        publicationId: null,
        incidentId: null,
      },
      {
        statuspageIncidentId: 'i2',
        link: '',
        name: '',
        status: '',
        updates: [
          { id: 'u4', body: '', status: '' },
          { id: 'u3', body: 'b', status: 's' },
          { id: '', body: '', status: '' },
          { id: 'u2', body: '', status: '' },
        ],
        publicationId: null,
        incidentId: null,
      },
    ]);
    server.close();
  });
});

describe('read()', () => {
  it('is undefined for an incident the page does not know', async () => {
    expect(await page().read('none')).toBeUndefined();
  });

  it('throws what else goes wrong', async () => {
    await fault({ match: 'get_incident', status: 500 });
    await expect(page().read('any')).rejects.toThrowWithCode(PageError, 'PAGE_OUTCOME_UNKNOWN');
  });
});
