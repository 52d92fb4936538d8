import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedStatuspage,
  startStatuspage,
} from '../../../src/local/statuspage/statuspage-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

const PAGE = '/v1/pages/page1';
const COMPONENTS = [
  { id: 'c1', name: 'Checkout' },
  { id: 'c2', name: 'Search' },
];

let clock: WorldClock;
let fake: EmbeddedStatuspage;
let killed: string[];

beforeEach(async () => {
  clock = new WorldClock();
  killed = [];
  fake = await startStatuspage({
    clock,
    limits: 'on',
    kill: (caller) => killed.push(caller),
    tokens: { 'key-1': 'publisher', 'key-2': 'other' },
    pageId: 'page1',
    components: COMPONENTS,
    subscribers: ['ada@customer.example'],
  });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape the vendor answers.
type Answer = { status: number; body: any; headers: Headers };

async function call(method: string, path: string, body?: unknown, key = 'OAuth key-1') {
  const response = await fetch(`${fake.url}${path}`, {
    method,
    headers: { authorization: key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  return { status: response.status, body: parsed, headers: response.headers } as Answer;
}

const create = (incident: unknown) => call('POST', `${PAGE}/incidents`, { incident });

describe('Manage API', () => {
  it('creates an incident with 201, its first update, and its components moved', async () => {
    const { status, body } = await create({
      name: 'Checkout errors',
      status: 'investigating',
      body: 'We see errors.',
      components: { c1: 'partial_outage' },
      deliver_notifications: false,
      metadata: { ir: { publication: 'pub-1' } },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'Checkout errors',
      status: 'investigating',
      impact: 'major',
      metadata: { ir: { publication: 'pub-1' } },
      page_id: 'page1',
      incident_updates: [
        {
          status: 'investigating',
          body: 'We see errors.',
          deliver_notifications: false,
          affected_components: [
            {
              code: 'c1',
              name: 'Checkout',
              old_status: 'operational',
              new_status: 'partial_outage',
            },
          ],
        },
      ],
      components: [{ id: 'c1', status: 'partial_outage' }],
    });
    expect(body.shortlink).toBe(`${fake.url}/incidents/${body.id}`);
  });

  it('mails every subscriber unless deliver_notifications is false', async () => {
    await create({ name: 'A', body: 'a' });
    await create({ name: 'B', body: 'b', deliver_notifications: false });
    const { body } = await call('GET', '/_world/incidents');
    expect(body[0].incident_updates[0].mailedTo).toEqual([]);
    expect(body[1].incident_updates[0].mailedTo).toEqual(['ada@customer.example']);
  });

  it('PATCH adds an update newest first and replaces metadata', async () => {
    const made = await create({ name: 'A', body: 'first', metadata: { ir: { a: 1 }, x: {} } });
    const patched = await call('PATCH', `${PAGE}/incidents/${made.body.id}`, {
      incident: { status: 'resolved', body: 'second', metadata: { ir: { b: 2 } } },
    });
    expect(patched.status).toBe(200);
    expect(patched.body.metadata).toEqual({ ir: { b: 2 } });
    const bodies = patched.body.incident_updates.map((update: { body: string }) => update.body);
    expect(bodies).toEqual(['second', 'first']);
    expect(patched.body.resolved_at).not.toBeNull();
  });

  it('PATCH without text or new status adds no update', async () => {
    const made = await create({ name: 'A', body: 'first' });
    const path = `${PAGE}/incidents/${made.body.id}`;
    const patched = await call('PUT', path, { incident: { name: 'Renamed' } });
    expect(patched.body.name).toBe('Renamed');
    expect(patched.body.incident_updates).toHaveLength(1);
  });

  it('lists newest first with limit, page and q, which does not search metadata', async () => {
    for (const name of ['one', 'two', 'three']) {
      await create({ name, body: 'text', metadata: { ir: { id: 'needle' } } });
    }
    const names = async (query: string) =>
      (await call('GET', `${PAGE}/incidents?${query}`)).body.map((i: { name: string }) => i.name);
    expect(await names('limit=2')).toEqual(['three', 'two']);
    expect(await names('limit=2&page=2')).toEqual(['one']);
    expect(await names('q=TWO')).toEqual(['two']);
    expect(await names('q=needle')).toEqual([]);
    expect((await call('GET', `${PAGE}/incidents?limit=x`)).status).toBe(400);
  });

  it('lists what is unresolved, reads, deletes, counts subscribers', async () => {
    const made = await create({ name: 'open', body: 'x' });
    await create({ name: 'over', status: 'resolved', body: 'x' });
    const unresolved = await call('GET', `${PAGE}/incidents/unresolved`);
    expect(unresolved.body.map((i: { name: string }) => i.name)).toEqual(['open']);
    expect((await call('GET', `${PAGE}/incidents/${made.body.id}`)).body.name).toBe('open');
    expect((await call('DELETE', `${PAGE}/incidents/${made.body.id}`)).status).toBe(200);
    expect((await call('GET', `${PAGE}/incidents/${made.body.id}`)).status).toBe(404);
    expect((await call('GET', `${PAGE}/subscribers/count`)).body.email).toBe(1);
  });

  it('lists and changes components, and refuses a status that does not exist', async () => {
    const path = `${PAGE}/components/c2`;
    const changed = await call('PATCH', path, { component: { status: 'major_outage' } });
    expect(changed.body.status).toBe('major_outage');
    expect((await call('PATCH', path, { component: { status: 'broken' } })).status).toBe(422);
    const all = await call('GET', `${PAGE}/components`);
    expect(all.body.map((c: { id: string; status: string }) => [c.id, c.status])).toEqual([
      ['c1', 'operational'],
      ['c2', 'major_outage'],
    ]);
  });

  it('reads a form body, as its content type says', async () => {
    const response = await fetch(`${fake.url}${PAGE}/incidents`, {
      method: 'POST',
      headers: {
        authorization: 'OAuth key-1',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'incident[name]=Form&incident[components][c1]=major_outage&incident[component_ids][]=c2',
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ name: 'Form', impact: 'critical' });
  });
});

describe('refusals', () => {
  it.each(['Bearer key-1', 'key-1', 'OAuth wrong', ''])(
    'answers 401 for authorization "%s"',
    async (key) => {
      expect((await call('GET', `${PAGE}/incidents`, undefined, key)).status).toBe(401);
    },
  );

  it.each([
    ['no name', { body: 'x' }],
    ['a blank name', { name: ' ' }],
    ['a name of 256', { name: 'n'.repeat(256) }],
    ['a body of 25,001', { name: 'n', body: 'b'.repeat(25_001) }],
    ['a body that is no text', { name: 'n', body: 5 }],
    ['an unknown status', { name: 'n', status: 'burning' }],
    ['an unknown impact', { name: 'n', impact_override: 'huge' }],
    ['an unknown component', { name: 'n', components: { c9: 'operational' } }],
    ['an unknown component status', { name: 'n', components: { c1: 'broken' } }],
    ['an unknown component id', { name: 'n', component_ids: ['c9'] }],
    ['component ids that are no list', { name: 'n', component_ids: 'c1' }],
    ['components that are no map', { name: 'n', components: ['c1'] }],
    ['metadata with a bare value', { name: 'n', metadata: { ir: 'pub-1' } }],
    ['a notify flag that is no boolean', { name: 'n', deliver_notifications: 'maybe' }],
  ])('answers 422 for %s and changes nothing', async (_what, incident) => {
    const { status, body } = await create(incident);
    expect(status).toBe(422);
    expect(typeof body.message).toBe('string');
    expect((await call('GET', '/_world/incidents')).body).toEqual([]);
  });

  it('accepts a name of 255 and a body of 25,000 characters', async () => {
    const { status } = await create({ name: 'n'.repeat(255), body: 'b'.repeat(25_000) });
    expect(status).toBe(201);
  });

  it('answers 400 for a body that is not JSON or has no envelope', async () => {
    expect((await call('POST', `${PAGE}/incidents`, { name: 'n' })).status).toBe(400);
    const response = await fetch(`${fake.url}${PAGE}/incidents`, {
      method: 'POST',
      headers: { authorization: 'OAuth key-1', 'content-type': 'application/json' },
      body: '{',
    });
    expect(response.status).toBe(400);
  });

  it('answers 404 for another page, an unknown incident and an unknown path', async () => {
    expect((await call('GET', '/v1/pages/other/incidents')).status).toBe(404);
    const path = `${PAGE}/incidents/nope1`;
    expect((await call('PATCH', path, { incident: { body: 'x' } })).status).toBe(404);
    expect((await call('GET', `${PAGE}/nothing`)).status).toBe(404);
    expect((await call('GET', '/nothing')).status).toBe(404);
  });

  it('lets 60 requests of a key through in 60 s, refuses the 61st, and recovers', async () => {
    for (let i = 0; i < 60; i += 1) {
      expect((await call('GET', `${PAGE}/components`)).status).toBe(200);
    }
    expect((await call('GET', `${PAGE}/components`)).status).toBe(429);
    expect((await call('GET', `${PAGE}/components`, undefined, 'OAuth key-2')).status).toBe(200);
    clock.advance(60_000);
    expect((await call('GET', `${PAGE}/components`)).status).toBe(200);
  });
});

describe('keyless API and page', () => {
  it('tells the summary, the overall state and no metadata', async () => {
    await create({
      name: 'A',
      body: 'x',
      components: { c1: 'major_outage' },
      metadata: { ir: {} },
    });
    const summary = await call('GET', '/api/v2/summary.json', undefined, '');
    expect(summary.body).toMatchObject({
      page: { id: 'page1', url: fake.url },
      status: { indicator: 'critical', description: 'Major Service Outage' },
      components: [{ id: 'c1', status: 'major_outage' }, { id: 'c2' }],
      incidents: [{ name: 'A' }],
    });
    expect(summary.body.incidents[0]).not.toHaveProperty('metadata');
    const status = await call('GET', '/api/v2/status.json', undefined, '');
    expect(status.body.status.indicator).toBe('critical');
    for (const path of ['incidents.json', 'incidents/unresolved.json']) {
      expect((await call('GET', `/api/v2/${path}`, undefined, '')).body.incidents).toHaveLength(1);
    }
    expect((await call('GET', '/api/v2/components.json')).body.components).toHaveLength(2);
  });

  it('renders the page with every text escaped', async () => {
    const made = await create({ name: '<b>A</b>', body: 'x & "y"\nz' });
    const { body } = await call('GET', '/');
    expect(body).toContain('&lt;b&gt;A&lt;/b&gt;');
    expect(body).toContain('x &amp; &quot;y&quot;<br>z');
    expect(body).toContain('All Systems Operational');
    expect((await call('GET', `/incidents/${made.body.id}`)).body).toContain('&lt;b&gt;A');
  });
});

describe('control API', () => {
  it('records Manage API requests by caller and never a key', async () => {
    await create({ name: 'A', body: 'x' });
    const { body } = await call('GET', '/_world/requests');
    expect(body).toEqual([
      {
        method: 'POST',
        path: '/v1/pages/page1/incidents',
        operation: 'create_incident',
        caller: 'publisher',
        atMs: expect.any(Number),
        status: 201,
        body: { incident: { name: 'A', body: 'x' } },
      },
    ]);
    expect(JSON.stringify((await call('GET', '/_world/calls')).body)).not.toContain('key-1');
  });

  it('edits as another hand: a new incident, then an update of it', async () => {
    const made = await call('POST', '/_world/edit', { name: 'Foreign', body: 'x' });
    expect(made.body).toMatchObject({ name: 'Foreign', status: 'investigating', metadata: {} });
    const edit = { incidentId: made.body.id, status: 'resolved', body: 'done' };
    expect((await call('POST', '/_world/edit', edit)).body.status).toBe('resolved');
    expect((await call('GET', '/_world/requests')).body).toEqual([]);
  });

  it('edits an update in place: the public API shows when, and when it was written', async () => {
    const { body: made } = await call('POST', '/_world/edit', { name: 'Foreign', body: 'x' });
    const [{ id: updateId }] = made.incident_updates;
    clock.advance(90_000);
    const edit = { incidentId: made.id, updateId, body: 'y', status: 'identified' };
    expect((await call('POST', '/_world/edit', edit)).status).toBe(200);
    const [shown] = (await call('GET', '/api/v2/incidents.json')).body.incidents;
    const [update] = shown.incident_updates;
    expect([update.body, update.status, shown.status]).toEqual([
      'y',
      'identified',
      'investigating',
    ]);
    const ageMs = Date.parse(update.updated_at) - Date.parse(update.created_at);
    expect(ageMs).toBeGreaterThanOrEqual(90_000);
    expect(shown.updated_at).toBe(update.updated_at);
  });

  it('takes an update, and an incident, off the page', async () => {
    const { body: made } = await call('POST', '/_world/edit', { name: 'Foreign', body: 'x' });
    const [{ id: updateId }] = made.incident_updates;
    const of = { incidentId: made.id, remove: true };
    const without = await call('POST', '/_world/edit', { ...of, updateId });
    expect(without.body.incident_updates).toEqual([]);
    expect((await call('POST', '/_world/edit', { ...of, updateId })).status).toBe(404);
    expect((await call('POST', '/_world/edit', of)).status).toBe(200);
    expect((await call('GET', '/api/v2/incidents.json')).body.incidents).toEqual([]);
    expect((await call('POST', '/_world/edit', { remove: true })).status).toBe(400);
    expect((await call('POST', '/_world/edit', { ...of, remove: 'yes' })).status).toBe(404);
  });

  it('edit answers 404, 400 and 422 for an unknown incident, field and status', async () => {
    expect((await call('POST', '/_world/edit', { incidentId: 'none1' })).status).toBe(404);
    expect((await call('POST', '/_world/edit', { title: 'x' })).status).toBe(400);
    expect((await call('POST', '/_world/edit', { status: 'burning' })).status).toBe(422);
    expect((await call('POST', '/_world/other')).status).toBe(404);
  });

  it('a 5xx fault with effect done keeps the incident; without effect nothing happens', async () => {
    const fault = { match: 'create_incident', status: 503 };
    await call('POST', '/_world/faults', fault);
    await call('POST', '/_world/faults', { ...fault, nth: 2, effect: 'done' });
    expect((await create({ name: 'lost' })).status).toBe(503);
    expect((await call('GET', '/_world/incidents')).body).toHaveLength(0);
    expect((await create({ name: 'kept' })).status).toBe(503);
    expect((await call('GET', '/_world/incidents')).body).toHaveLength(1);
  });

  it('a rate-limit fault carries Retry-After; a drop is recorded with status 0', async () => {
    await call('POST', '/_world/faults', { match: 'list_incidents', status: 429, retryAfterS: 7 });
    const limited = await call('GET', `${PAGE}/incidents`);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    await call('POST', '/_world/faults', { match: 'list_unresolved', answer: 'drop' });
    await expect(call('GET', `${PAGE}/incidents/unresolved`)).rejects.toThrow();
    const { body } = await call('GET', '/_world/requests');
    expect(body.map((r: { status: number }) => r.status)).toEqual([429, 0]);
  });

  it('kill names the function that called', async () => {
    await call('POST', '/_world/faults', { match: 'create_incident', kill: 'after' });
    await expect(create({ name: 'A' })).rejects.toThrow();
    expect(killed).toEqual(['publisher']);
    expect((await call('GET', '/_world/incidents')).body).toHaveLength(1);
  });
});
