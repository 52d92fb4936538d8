import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedGrafana,
  grafanaVariables,
  startGrafana,
} from '../../../src/local/grafana/grafana-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

const clock = new WorldClock();
let grafana: EmbeddedGrafana;
beforeAll(async () => {
  grafana = await startGrafana({ clock, tokens: { glc_one: 'incident-worker' } });
});
afterAll(async () => {
  await grafana.close();
  clock.close();
});

const basic = (user: string, token = 'glc_one') => ({
  authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`,
});
async function ask(path: string, params: Record<string, string>, headers: Record<string, string>) {
  const response = await fetch(`${grafana.url}${path}?${new URLSearchParams(params)}`, { headers });
  const text = await response.text();
  return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : text };
}
const range = { start: '1000', end: '2800', step: '300' };
const MIMIR = '/api/prom/api/v1/query_range';
const control = (path: string, body?: unknown, method = 'POST') =>
  fetch(`${grafana.url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });

describe('the fake Grafana stack', () => {
  it('has a base and a user for each product', () => {
    expect(grafanaVariables('https://x.example')).toEqual({
      PROMETHEUS_URL: 'https://x.example/api/prom',
      PROMETHEUS_USER: '1204401',
      LOKI_URL: 'https://x.example',
      LOKI_USER: '1187330',
      TEMPO_URL: 'https://x.example/tempo',
      TEMPO_USER: '1181944',
    });
  });

  it.each([
    ['nobody', {}],
    ['another token', basic('1204401', 'glc_two')],
    ['the user of another product', basic('1187330')],
    ['a bearer token', { authorization: 'Bearer glc_one' }],
  ])('refuses %s: 401', async (_who, headers) => {
    const { status } = await ask(MIMIR, { query: 'up', ...range }, headers as never);
    expect(status).toBe(401);
  });

  it('answers a range with a sample at each end', async () => {
    const query = 'sum(rate(x{service_name="checkout-api", code=~"5.."}[5m]))';
    const { status, json } = await ask(MIMIR, { query, ...range }, basic('1204401'));
    expect(status).toBe(200);
    expect(json.data).toEqual({
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [1_000, '0.12154'],
            [2_800, '7.31842'],
          ],
        },
      ],
    });
  });

  it('answers a query that it does not know with no series', async () => {
    const { json } = await ask(MIMIR, { query: 'my_metric', ...range }, basic('1204401'));
    expect(json).toEqual({ status: 'success', data: { resultType: 'matrix', result: [] } });
  });

  it.each(['', 'up{a="b}', 'sum(up', 'up{a="b\n"}'])('refuses the query %j: 400', async (query) => {
    const { status, json } = await ask(MIMIR, { query, ...range }, basic('1204401'));
    expect(status).toBe(400);
    expect(json.errorType).toBe('bad_data');
  });

  it('answers Loki’s queries with streams, and its errors in plain text', async () => {
    const path = '/loki/api/v1/query_range';
    const good = await ask(path, { query: '{a="checkout-api"}', limit: '2' }, basic('1187330'));
    expect(good.json.data.resultType).toBe('streams');
    expect(good.json.data.result[0].values).toHaveLength(2);
    const bad = await ask(path, { query: 'up' }, basic('1187330'));
    expect(bad).toEqual({ status: 400, json: expect.stringContaining('parse error') });
  });

  it('answers Tempo’s search, without leading zeros', async () => {
    const traces = [{ id: '0012ab', service: 'a', name: 'GET /', ms: 12, ageS: 3 }];
    await control('/_world/traces', { match: ['my-service'], traces });
    const { json } = await ask(
      '/tempo/api/search',
      { q: '{ a = "my-service" }' },
      basic('1181944'),
    );
    expect(json.traces).toMatchObject([{ traceID: '12ab', rootServiceName: 'a', durationMs: 12 }]);
  });

  it('records calls, plans faults and refuses mistakes at its control API', async () => {
    await control('/_world/calls', undefined, 'DELETE');
    await control('/_world/faults', { match: 'prometheus_query', status: 503 });
    const { status } = await ask(MIMIR, { query: 'up', ...range }, basic('1204401'));
    expect(status).toBe(503);
    expect(grafana.board.calls().counts).toEqual({ prometheus_query: 1 });
    expect((await control('/_world/series', { match: 'up', series: [] })).status).toBe(400);
    expect((await control('/_world/nothing', {})).status).toBe(404);
    expect((await control('/_world/telemetry', undefined, 'DELETE')).status).toBe(200);
  });
});
