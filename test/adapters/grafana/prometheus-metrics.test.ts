import { describe, expect, it } from 'vitest';
import { PrometheusMetrics } from '../../../src/adapters/grafana/prometheus-metrics.ts';
import { givenGrafana, readerOf } from './grafana-world.ts';

const stack = givenGrafana();
const query = 'my_metric{a="b"}';
const ask = (of: { unit?: string; token?: () => Promise<string>; timeoutMs?: number } = {}) =>
  new PrometheusMetrics(stack.reader('PROMETHEUS', of)).ask({
    query,
    unit: of.unit,
    nowMs: stack.nowMs(),
  });
const series = (labels: Record<string, string>, now: string | null, before: string | null = null) =>
  ({ labels, now, before }) as const;
const given = (...all: ReturnType<typeof series>[]) =>
  stack.put('series', { match: ['my_metric'], series: all });

describe('PrometheusMetrics.ask()', () => {
  it('says what it is now and what it was half an hour ago, with its unit', async () => {
    await given(series({}, '7.318421', '0.12154'));
    expect(await ask({ unit: '%' })).toEqual({
      status: 'ok',
      values: [{ label: '', value: '7.318%', before: '0.1215%', id: null, at: null, link: null }],
      more: 0,
      isPartial: false,
    });
  });

  it('asks Mimir’s range API as the user of the stack, with the token as password', async () => {
    await ask();
    const { calls } = stack.board().calls();
    expect(calls).toMatchObject([
      {
        operation: 'prometheus_query',
        caller: 'incident-worker',
        args: { method: 'GET', path: '/api/prom/api/v1/query_range', query },
        status: 200,
      },
    ]);
  });

  it('calls a metric without a series unknown, and never zero', async () => {
    expect(await ask()).toEqual({ status: 'unknown', reason: 'NO_SERIES' });
  });

  it('shows the largest of several series and counts the others', async () => {
    await given(...['3', 'NaN', '12', '1', '+Inf', '5', '4'].map((n) => series({ pod: n }, n)));
    const answer = await ask({ unit: 'ms' });
    expect(answer).toMatchObject({ status: 'ok', more: 2 });
    const values = answer.status === 'ok' ? answer.values : [];
    expect(values.map(({ label, value }) => [label, value])).toEqual([
      ['pod=12', '12 ms'],
      ['pod=5', '5 ms'],
      ['pod=4', '4 ms'],
      ['pod=3', '3 ms'],
      ['pod=1', '1 ms'],
    ]);
  });

  it.each([
    ['NaN', 'NaN'],
    ['+Inf', '+Inf'],
    ['-Inf', '-Inf'],
    ['1e400', '1e400'],
    ['0', '0 ms'],
    ['-0.00012346', '-0.0001235 ms'],
    ['123456789', '123500000 ms'],
  ])('shows %s as %s: what is no finite number stays text', async (told, shown) => {
    await given(series({}, told));
    expect(await ask({ unit: 'ms' })).toMatchObject({ values: [{ value: shown }] });
  });

  it('calls a series that ended unknown, not by its last value', async () => {
    await given(series({ pod: 'a' }, null, '17'));
    expect(await ask()).toMatchObject({ values: [{ value: 'unknown', before: '17' }] });
  });

  it.each([
    [{ status: 401 }, 'UNAUTHORIZED'],
    [{ status: 403 }, 'FORBIDDEN'],
    [{ status: 404 }, 'NOT_FOUND'],
    [{ status: 429, retryAfterS: 3 }, 'RATE_LIMITED'],
    [{ status: 400 }, 'QUERY_REFUSED'],
    [{ status: 422 }, 'QUERY_REFUSED'],
    [{ status: 503 }, 'UNAVAILABLE'],
    [{ status: 302 }, 'UNAVAILABLE'],
    [{ answer: 'drop' }, 'UNREACHABLE'],
  ])('%j is unknown: %s', async (fault, reason) => {
    await given(series({}, '1'));
    stack.board().plan({ match: 'prometheus_query', times: 0, ...fault });
    expect(await ask()).toEqual({ status: 'unknown', reason });
  });

  it('waits no longer than its deadline: TIMED_OUT', async () => {
    stack.board().plan({ match: 'prometheus_query', answer: 'never' });
    expect(await ask({ timeoutMs: 60 })).toEqual({ status: 'unknown', reason: 'TIMED_OUT' });
  });

  it('counts the wait for the token too: TIMED_OUT', async () => {
    const token = () => new Promise<string>(() => {});
    expect(await ask({ timeoutMs: 60, token })).toEqual({ status: 'unknown', reason: 'TIMED_OUT' });
    expect(stack.board().calls().calls).toEqual([]);
  });

  it('takes a token that was rotated meanwhile', async () => {
    await given(series({}, '1'));
    const tokens = ['glc_old', 'glc_one'];
    expect(await ask({ token: async () => tokens.shift() ?? 'glc_one' })).toMatchObject({
      status: 'ok',
    });
  });

  it('asks once more for no token but a newer one: UNAUTHORIZED', async () => {
    expect(await ask({ token: async () => 'glc_old' })).toEqual({
      status: 'unknown',
      reason: 'UNAUTHORIZED',
    });
    expect(stack.board().calls().calls).toHaveLength(1);
  });

  it('is unknown without a token: SECRET_UNAVAILABLE', async () => {
    const token = async () => {
      throw new Error('no secret');
    };
    expect(await ask({ token })).toEqual({ status: 'unknown', reason: 'SECRET_UNAVAILABLE' });
  });

  it('is not accepted as the user of another product', async () => {
    const metrics = new PrometheusMetrics(stack.reader('PROMETHEUS', { user: '1187330' }));
    expect(await metrics.ask({ query, nowMs: stack.nowMs() })).toEqual({
      status: 'unknown',
      reason: 'UNAUTHORIZED',
    });
  });

  const matrix = (result: unknown, of: object = {}) =>
    JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...of });

  it.each([
    ['no JSON', '<html>gateway</html>'],
    ['nothing', ''],
    ['an error with status 200', '{"status":"error","errorType":"execution","error":"x"}'],
    ['another type', '{"status":"success","data":{"resultType":"vector","result":[]}}'],
    ['a result that is no list', matrix({})],
    ['a series without values', matrix([{ metric: {}, histograms: [] }])],
    ['a list', '[]'],
    ['null', 'null'],
  ])('cannot read %s: ANSWER_UNREADABLE', async (_what, body) => {
    const metrics = new PrometheusMetrics(await readerOf(body));
    expect(await metrics.ask({ query, nowMs: 1_000_000 })).toEqual({
      status: 'unknown',
      reason: 'ANSWER_UNREADABLE',
    });
  });

  it.each([
    ['at the very ends', [1_000, 2_800], '9', '1'],
    ['moved to multiples of the step', [900, 2_700], '9', '1'],
    ['a step too early', [700, 2_500], 'unknown', null],
  ])('takes samples %s', async (_where, [first, last], now, before) => {
    const body = matrix([
      {
        metric: {},
        values: [
          [first, '1'],
          [1_600, '5'],
          [last, '9'],
        ],
      },
    ]);
    const metrics = new PrometheusMetrics(await readerOf(body));
    expect(await metrics.ask({ query, nowMs: 2_800_000 })).toMatchObject({
      values: [{ value: now, before }],
    });
  });

  it('says that an answer with warnings is partial', async () => {
    const body = matrix([{ metric: {}, values: [[1_000, '4']] }], { warnings: ['store down'] });
    const metrics = new PrometheusMetrics(await readerOf(body));
    expect(await metrics.ask({ query, nowMs: 1_000_000 })).toMatchObject({
      isPartial: true,
      values: [{ value: '4' }],
    });
  });

  it('reads a million bytes and no more: ANSWER_TOO_LARGE', async () => {
    const metrics = new PrometheusMetrics(await readerOf(matrix([]) + ' '.repeat(1_000_000)));
    expect(await metrics.ask({ query, nowMs: 1_000_000 })).toEqual({
      status: 'unknown',
      reason: 'ANSWER_TOO_LARGE',
    });
  });
});
