import { CONTEXT_VALUES_MAX } from '../../domain/context-snapshot.ts';
import type { QuerySource, SourceAnswer } from '../../services/context-sources.ts';
import { fieldsOf } from '../http/unknown-reason.ts';
import type { GrafanaReader } from './grafana-reader.ts';
import { instantOfNanoseconds } from './nanoseconds.ts';

/** How far back traces are looked for. Unit: s. */
const WINDOW_S = 1_800;
/** Traces asked for; the slowest are shown. */
const TRACES_MAX = 20;
const NAME_MAX = 200;

/**
 * Tempo: the slowest of the traces that a TraceQL query finds.
 * @see https://grafana.com/docs/tempo/latest/api_docs/#search
 */
export class TempoTraces implements QuerySource {
  readonly #reader: GrafanaReader;

  constructor(reader: GrafanaReader) {
    this.#reader = reader;
  }

  async ask(of: Parameters<QuerySource['ask']>[0]): Promise<SourceAnswer> {
    const endS = Math.floor(of.nowMs / 1_000);
    const read = await this.#reader.read('/api/search', {
      q: of.query,
      limit: String(TRACES_MAX),
      start: String(endS - WINDOW_S),
      end: String(endS),
    });
    if ('reason' in read) return { status: 'unknown', reason: read.reason };
    const { traces, metrics } = fieldsOf(read.json);
    // An empty list may be left out; what was searched through is told always.
    const listed = traces ?? (metrics === undefined ? undefined : []);
    const found = Array.isArray(listed) ? listed.map(traceOf) : undefined;
    if (!found || found.includes(undefined)) {
      return { status: 'unknown', reason: 'ANSWER_UNREADABLE' };
    }
    const slowest = (found as Trace[]).sort((a, b) => (b.ms ?? -1) - (a.ms ?? -1));
    return {
      status: 'ok',
      values: slowest.slice(0, CONTEXT_VALUES_MAX).map(({ id, name, ms, at }) => ({
        label: name,
        value: ms === undefined ? 'duration not told' : `${ms} ms`,
        before: null,
        id,
        at,
        link: null,
      })),
      more: Math.max(0, slowest.length - CONTEXT_VALUES_MAX),
      isPartial: false,
    };
  }
}

type Trace = { id: string; name: string; ms: number | undefined; at: string | null };

function traceOf(value: unknown): Trace | undefined {
  const { traceID, rootServiceName, rootTraceName, durationMs, startTimeUnixNano } =
    fieldsOf(value);
  if (typeof traceID !== 'string' || !/^[0-9a-fA-F]{1,32}$/.test(traceID)) return undefined;
  const names = [rootServiceName, rootTraceName].filter((name) => typeof name === 'string');
  return {
    // Tempo leaves out leading zeros.
    id: traceID.toLowerCase().padStart(32, '0'),
    name: names.map((name) => name.slice(0, NAME_MAX)).join(': '),
    ms: Number.isSafeInteger(durationMs) ? (durationMs as number) : undefined,
    at: instantOfNanoseconds(startTimeUnixNano),
  };
}
