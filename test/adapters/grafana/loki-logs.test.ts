import { describe, expect, it } from 'vitest';
import { LokiLogs } from '../../../src/adapters/grafana/loki-logs.ts';
import { givenGrafana, readerOf } from './grafana-world.ts';

const stack = givenGrafana();
const query = '{service_name="checkout-api"} |= "error"';
const logs = (of: { timeoutMs?: number } = {}) => new LokiLogs(stack.reader('LOKI', of));
const streams = (result: unknown) =>
  JSON.stringify({ status: 'success', data: { resultType: 'streams', result, stats: {} } });

describe('LokiLogs.ask()', () => {
  it('shows the newest lines, with when they were written', async () => {
    const answer = await logs().ask({ query, nowMs: stack.nowMs() });
    expect(answer).toMatchObject({ status: 'ok', more: 0 });
    const [first] = answer.status === 'ok' ? answer.values : [];
    expect(first).toEqual({
      label: '',
      value: 'level=error msg="payment intent failed" upstream=payments status=503',
      before: null,
      id: null,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      link: null,
    });
  });

  it('merges streams by time, newest first, and counts what it does not show', async () => {
    const body = streams([
      {
        stream: { a: '1' },
        values: [
          ['1700000009000000000', 'i'],
          ['1700000007000000000', 'g'],
        ],
      },
      {
        stream: { a: '2' },
        values: [
          ['1700000008000000001', 'h2', { trace_id: 'x' }],
          ['1700000008000000000', 'h1'],
          ['1700000006000000000', 'f'],
          ['1700000005000000000', 'e'],
        ],
      },
    ]);
    const answer = await new LokiLogs(await readerOf(body)).ask({ query, nowMs: 1 });
    expect(answer).toMatchObject({ status: 'ok', more: 1 });
    const values = answer.status === 'ok' ? answer.values : [];
    expect(values.map(({ value }) => value)).toEqual(['i', 'h2', 'h1', 'g', 'f']);
    expect(values[0]?.at).toBe('2023-11-14T22:13:29.000Z');
  });

  it('has an answer without a line, which is not the same as no answer', async () => {
    await stack.put('lines', { match: ['checkout-api'], lines: [] });
    expect(await logs().ask({ query, nowMs: stack.nowMs() })).toEqual({
      status: 'ok',
      values: [],
      more: 0,
      isPartial: false,
    });
  });

  it.each([
    ['a query it does not understand', 'not logql', 'QUERY_REFUSED'],
    ['a query that ends in the middle', '{a="b', 'QUERY_REFUSED'],
  ])('is unknown for %s', async (_what, wrong, reason) => {
    expect(await logs().ask({ query: wrong, nowMs: stack.nowMs() })).toEqual({
      status: 'unknown',
      reason,
    });
  });

  it.each([
    ['numbers instead of lines', streams([{ stream: {}, values: [['1', 2]] }])],
    ['an instant that is none', streams([{ stream: {}, values: [['now', 'x']] }])],
    ['a matrix', '{"status":"success","data":{"resultType":"matrix","result":[]}}'],
    ['text', 'too many outstanding requests'],
  ])('cannot read %s: ANSWER_UNREADABLE', async (_what, body) => {
    expect(await new LokiLogs(await readerOf(body)).ask({ query, nowMs: 1 })).toEqual({
      status: 'unknown',
      reason: 'ANSWER_UNREADABLE',
    });
  });

  it('waits no longer than its deadline: TIMED_OUT', async () => {
    stack.board().plan({ match: 'loki_query', answer: 'never' });
    expect(await logs({ timeoutMs: 60 }).ask({ query, nowMs: stack.nowMs() })).toEqual({
      status: 'unknown',
      reason: 'TIMED_OUT',
    });
  });
});
