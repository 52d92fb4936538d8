import { CONTEXT_VALUES_MAX } from '../../domain/context-snapshot.ts';
import type { QuerySource, SourceAnswer } from '../../services/context-sources.ts';
import { fieldsOf } from '../http/unknown-reason.ts';
import type { GrafanaReader } from './grafana-reader.ts';
import { instantOfNanoseconds } from './nanoseconds.ts';

/** How far back lines are looked for. Unit: s. */
const WINDOW_S = 1_800;
/** Lines asked for; more of them are only counted. */
const LINES_MAX = 50;
/** Longest part of a line that is looked at. Unit: UTF-16 units. */
const LINE_MAX = 4_000;

/**
 * Loki: the newest lines that a LogQL query finds.
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
 */
export class LokiLogs implements QuerySource {
  readonly #reader: GrafanaReader;

  constructor(reader: GrafanaReader) {
    this.#reader = reader;
  }

  async ask(of: Parameters<QuerySource['ask']>[0]): Promise<SourceAnswer> {
    const endS = Math.floor(of.nowMs / 1_000);
    const read = await this.#reader.read('/loki/api/v1/query_range', {
      query: of.query,
      start: nanoseconds(endS - WINDOW_S),
      end: nanoseconds(endS),
      limit: String(LINES_MAX),
      direction: 'backward',
    });
    if ('reason' in read) return { status: 'unknown', reason: read.reason };
    const { status, data } = fieldsOf(read.json);
    const { resultType, result } = fieldsOf(data);
    const lines = status === 'success' && resultType === 'streams' ? linesOf(result) : undefined;
    if (!lines) return { status: 'unknown', reason: 'ANSWER_UNREADABLE' };
    // Each stream is in order; together they are not.
    const newest = lines.sort((a, b) => (a.atNs < b.atNs ? 1 : a.atNs > b.atNs ? -1 : 0));
    return {
      status: 'ok',
      values: newest.slice(0, CONTEXT_VALUES_MAX).map(({ atNs, line }) => ({
        label: '',
        value: line.slice(0, LINE_MAX),
        before: null,
        id: null,
        at: instantOfNanoseconds(String(atNs)),
        link: null,
      })),
      more: Math.max(0, newest.length - CONTEXT_VALUES_MAX),
      isPartial: false,
    };
  }
}

type Line = { atNs: bigint; line: string };

function linesOf(result: unknown): Line[] | undefined {
  if (!Array.isArray(result)) return undefined;
  const lines: Line[] = [];
  for (const stream of result) {
    const { values } = fieldsOf(stream);
    if (!Array.isArray(values)) return undefined;
    for (const entry of values) {
      // A third element, if there is one, holds structured metadata.
      const [at, line] = Array.isArray(entry) ? entry : [];
      if (typeof at !== 'string' || !/^\d{1,20}$/.test(at) || typeof line !== 'string') {
        return undefined;
      }
      lines.push({ atNs: BigInt(at), line });
    }
  }
  return lines;
}

function nanoseconds(atS: number): string {
  return `${atS}000000000`;
}
