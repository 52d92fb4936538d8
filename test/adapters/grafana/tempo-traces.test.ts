import { describe, expect, it } from 'vitest';
import { TempoTraces } from '../../../src/adapters/grafana/tempo-traces.ts';
import { givenGrafana, readerOf } from './grafana-world.ts';

const stack = givenGrafana();
const query = '{ resource.service.name = "checkout-api" && status = error }';
const traces = (of: { timeoutMs?: number } = {}) => new TempoTraces(stack.reader('TEMPO', of));

describe('TempoTraces.ask()', () => {
  it('shows the slowest first', async () => {
    const answer = await traces().ask({ query, nowMs: stack.nowMs() });
    const values = answer.status === 'ok' ? answer.values : [];
    expect(values.map(({ label, value, id }) => [label, value, id])).toEqual([
      ['checkout-api: POST /v1/orders', '5204 ms', '8f2c1d0a9b7e4466a1d3c5e7f9012345'],
      ['checkout-api: POST /v1/orders', '3870 ms', '1b7e4466a1d3c5e7f90123458f2c1d0a'],
    ]);
  });

  it('gives a trace its leading zeros back, and a duration nobody told no number', async () => {
    const body = JSON.stringify({
      traces: [{ traceID: '2F3E', rootServiceName: 'a', rootTraceName: 'GET /' }],
      metrics: {},
    });
    expect(await new TempoTraces(await readerOf(body)).ask({ query, nowMs: 1 })).toMatchObject({
      values: [
        { id: '0000000000000000000000000000' + '2f3e', value: 'duration not told', at: null },
      ],
    });
  });

  it.each([
    ['an empty list', '{"traces":[],"metrics":{}}'],
    ['a list that was left out', '{"metrics":{"totalBlocks":3}}'],
  ])('has an answer without a trace: %s', async (_what, body) => {
    expect(await new TempoTraces(await readerOf(body)).ask({ query, nowMs: 1 })).toEqual({
      status: 'ok',
      values: [],
      more: 0,
      isPartial: false,
    });
  });

  it.each([
    ['nothing that is known', '{}'],
    ['an id that is none', '{"traces":[{"traceID":"<script>"}]}'],
    ['text', 'pong'],
  ])('cannot read %s: ANSWER_UNREADABLE', async (_what, body) => {
    expect(await new TempoTraces(await readerOf(body)).ask({ query, nowMs: 1 })).toEqual({
      status: 'unknown',
      reason: 'ANSWER_UNREADABLE',
    });
  });

  it('is unknown while Tempo is down, and when it does not answer in time', async () => {
    stack.board().plan({ match: 'tempo_search', status: 502 });
    expect(await traces().ask({ query, nowMs: stack.nowMs() })).toEqual({
      status: 'unknown',
      reason: 'UNAVAILABLE',
    });
    stack.board().plan({ match: 'tempo_search', answer: 'never' });
    expect(await traces({ timeoutMs: 60 }).ask({ query, nowMs: stack.nowMs() })).toEqual({
      status: 'unknown',
      reason: 'TIMED_OUT',
    });
  });
});
