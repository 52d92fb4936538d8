import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedOncall, startOncall } from '../../../src/local/oncall/oncall-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

let clock: WorldClock;
let fake: EmbeddedOncall;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startOncall({ clock, limits: 'on', tokens: { 'token-1': 'incident-worker' } });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape the vendor answers.
type Answer = { status: number; body: any; headers: Headers };

async function call(path: string, body?: unknown, token = 'token-1'): Promise<Answer> {
  const response = await fetch(`${fake.url}${path}`, {
    headers: { authorization: token },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const seed = (group: unknown) => call('/_world/alert_groups', group);

describe('startOncall()', () => {
  it('reads a seeded alert group, with labels in array form', async () => {
    const made = await seed({ id: 'I1', title: 'A', labels: { severity: 'critical' } });
    expect(made.status).toBe(200);
    const read = await call('/api/v1/alert_groups/I1/');
    expect(read.body).toMatchObject({ id: 'I1', title: 'A', state: 'firing' });
    expect(read.body.labels[0].key.name).toBe('severity');
    expect(read.body.labels[0].value.name).toBe('critical');
  });

  it('filters groups by state, where new means firing, and by label', async () => {
    await seed({ id: 'I1', labels: { env: 'prod' } });
    await seed({ id: 'I2', state: 'resolved' });
    const ids = async (query: string) =>
      (await call(`/api/v1/alert_groups?${query}`)).body.results.map((g: { id: string }) => g.id);
    expect(await ids('state=new')).toEqual(['I1']);
    expect(await ids('state=resolved')).toEqual(['I2']);
    expect(await ids('label=env:prod')).toEqual(['I1']);
    expect(await ids('unknown_filter=x')).toEqual(['I2', 'I1']);
  });

  it('pages by links, and a page past the end is the last page again', async () => {
    for (const id of ['I1', 'I2', 'I3']) await seed({ id });
    const first = await call('/api/v1/alert_groups?perpage=2');
    expect(first.body).toMatchObject({ count: 3, total_pages: 2, previous: null });
    const second = await fetch(first.body.next, { headers: { authorization: 'token-1' } });
    expect(await second.json()).toMatchObject({ results: [{ id: 'I1' }], next: null });
    const past = await call('/api/v1/alert_groups?perpage=2&page=9');
    expect(past.body.current_page_number).toBe(2);
  });

  it('leads from a route to people', async () => {
    const route = await call('/api/v1/routes/RB9H2LWYT6QDP');
    const chain = route.body.escalation_chain_id;
    expect((await call(`/api/v1/escalation_chains/${chain}`)).body.name).toBe('Checkout');
    const policies = await call(`/api/v1/escalation_policies?escalation_chain_id=${chain}`);
    expect(policies.body.results[0].persons_to_notify).toEqual(['U8KQZ4MWX7RNB']);
    const schedule = await call('/api/v1/schedules/S6KMW3XQ9TRZB');
    const user = await call(`/api/v1/users/${schedule.body.on_call_now[0]}`);
    expect(user.body.email).toBe('jonas.berg@example.com');
    const found = await call('/api/v1/users?email=maya.ito@example.com');
    expect(found.body.results).toHaveLength(1);
  });

  it('answers 403 {detail} for a wrong token, and for one with Bearer', async () => {
    for (const token of ['wrong', 'Bearer token-1']) {
      const refused = await call('/api/v1/users', undefined, token);
      expect([refused.status, refused.body]).toEqual([403, { detail: 'Invalid token.' }]);
    }
  });

  it('answers 404 and 405 with {detail}', async () => {
    expect((await call('/api/v1/alert_groups/NONE')).status).toBe(404);
    expect((await call('/api/v1/nothing')).body).toEqual({ detail: 'Not found.' });
    expect((await call('/api/v1/users', {})).status).toBe(405);
  });

  it('lets 300 requests a minute through and tells when to come back', async () => {
    for (let i = 0; i < 300; i += 1) await call('/api/v1/routes');
    const limited = await call('/api/v1/routes');
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    clock.advance(60_000);
    expect((await call('/api/v1/routes')).status).toBe(200);
  });

  it('names operations for faults, and answers {detail}', async () => {
    await call('/_world/faults', { match: 'get_alert_group', status: 503, error: 'out' });
    await call('/_world/faults', { match: 'list_alert_groups', status: 429, retryAfterS: 3 });
    expect((await call('/api/v1/alert_groups/I1')).body).toEqual({ detail: 'out' });
    expect((await call('/api/v1/alert_groups')).headers.get('retry-after')).toBe('3');
    const calls = await call('/_world/calls');
    expect(calls.body.counts).toEqual({ get_alert_group: 1, list_alert_groups: 1 });
  });

  it('refuses a seed with an unknown field or state, and an unknown control call', async () => {
    expect((await seed({ colour: 'red' })).status).toBe(400);
    expect((await seed({ state: 'new' })).status).toBe(400);
    expect((await call('/_world/nothing')).status).toBe(404);
  });
});
