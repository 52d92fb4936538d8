/** What the fake databases hold: each entry answers the queries that contain all of its `match`. */
export type SeriesSeed = {
  match: string[];
  series: { labels: Record<string, string>; now: string | null; before: string | null }[];
};
export type LinesSeed = { match: string[]; lines: { ageS: number; line: string }[] };
export type TracesSeed = {
  match: string[];
  traces: { id: string; service: string; name: string; ms: number; ageS: number }[];
};

/** Everything one stack holds. Entries in front win. */
export type Telemetry = { series: SeriesSeed[]; lines: LinesSeed[]; traces: TracesSeed[] };

/** A checkout that fails, payments that wait and a website that is slow. */
export function exampleTelemetry(): Telemetry {
  return {
    series: [
      ...service('checkout-api', { errors: ['7.31842', '0.12154'], p95: ['2214.4', '187.2'] }),
      ...service('payments-worker', { errors: ['0.4018', '0.3977'], p95: ['912.7', '341.06'] }),
      ...service('web-frontend', { errors: ['1.902', '0.08'], p95: ['3120', '640.5'] }),
      {
        match: ['payments_queue_depth'],
        series: [
          { labels: { queue: 'captures' }, now: '18422', before: '212' },
          { labels: { queue: 'refunds' }, now: '37', before: '41' },
        ],
      },
    ],
    lines: [
      {
        match: ['checkout-api'],
        lines: [
          {
            ageS: 12,
            line: 'level=error msg="payment intent failed" upstream=payments status=503',
          },
          {
            ageS: 19,
            line: 'level=error msg="card declined for maya@shopper.example" code=do_not_honor',
          },
          { ageS: 44, line: 'level=error msg="pool timeout" pool=orders-db waited=5003ms' },
        ],
      },
      {
        match: ['payments-worker'],
        lines: [
          { ageS: 31, line: 'level=error msg="capture delayed" attempts=4 reason=rate_limited' },
        ],
      },
      {
        match: ['web-frontend'],
        lines: [{ ageS: 8, line: 'level=error msg="hydration failed" route=/basket build=8812' }],
      },
    ],
    traces: [
      {
        match: ['checkout-api'],
        traces: [
          trace('8f2c1d0a9b7e4466a1d3c5e7f9012345', ['checkout-api', 'POST /v1/orders', 5_204, 41]),
          trace('1b7e4466a1d3c5e7f90123458f2c1d0a', ['checkout-api', 'POST /v1/orders', 3_870, 77]),
        ],
      },
      {
        match: ['payments-worker'],
        traces: [
          trace('c5e7f90123458f2c1d0a1b7e4466a1d3', ['payments-worker', 'capture', 1_830, 60]),
        ],
      },
      { match: ['web-frontend'], traces: [] },
    ],
  };
}

function service(
  name: string,
  of: { errors: [now: string, before: string]; p95: [now: string, before: string] },
): SeriesSeed[] {
  const one = ([now, before]: [string, string]) => [{ labels: {}, now, before }];
  const matching = (part: string) => [`service_name="${name}"`, part];
  return [
    { match: matching('5..'), series: one(of.errors) },
    { match: matching('histogram_quantile'), series: one(of.p95) },
  ];
}

function trace(
  id: string,
  [service, name, ms, ageS]: [service: string, name: string, ms: number, ageS: number],
): TracesSeed['traces'][number] {
  return { id, service, name, ms, ageS };
}

/** The first entry that answers a query. */
export function answering<T extends { match: string[] }>(
  seeds: readonly T[],
  query: string,
): T | undefined {
  return seeds.find(({ match }) => match.every((part) => query.includes(part)));
}

/** Whether every quote and bracket of a query is closed; the fakes read no more of it. */
export function isWellFormed(query: string): boolean {
  const open: string[] = [];
  const closing: Record<string, string> = { '(': ')', '{': '}', '[': ']' };
  for (let i = 0; i < query.length; i += 1) {
    const character = query[i] as string;
    if (character === '"' || character === '`') {
      i = endOfLiteral(query, i);
      if (i < 0) return false;
    } else if (closing[character]) open.push(closing[character]);
    else if (')}]'.includes(character) && open.pop() !== character) return false;
  }
  return open.length === 0 && query.trim() !== '';
}

function endOfLiteral(query: string, start: number): number {
  for (let i = start + 1; i < query.length; i += 1) {
    if (query[start] === '"' && query[i] === '\\') i += 1;
    else if (query[i] === query[start]) return i;
    else if (query[start] === '"' && query[i] === '\n') return -1;
  }
  return -1;
}
