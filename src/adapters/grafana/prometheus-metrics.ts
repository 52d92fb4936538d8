import { CONTEXT_VALUES_MAX, type ContextValue } from '../../domain/context-snapshot.ts';
import type { QuerySource, SourceAnswer } from '../../services/context-sources.ts';
import { fieldsOf } from '../http/unknown-reason.ts';
import type { GrafanaReader } from './grafana-reader.ts';

/** How far back "before" is, and the distance of two samples. Unit: s. */
const WINDOW_S = 1_800;
const STEP_S = 300;
/** Series that are looked at. */
const SERIES_MAX = 1_000;
const LABELS_MAX = 20;

/**
 * Mimir, or Prometheus: what a PromQL query says now, and what it said half an hour ago.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
 */
export class PrometheusMetrics implements QuerySource {
  readonly #reader: GrafanaReader;

  constructor(reader: GrafanaReader) {
    this.#reader = reader;
  }

  async ask(of: Parameters<QuerySource['ask']>[0]): Promise<SourceAnswer> {
    const endS = Math.floor(of.nowMs / 1_000);
    const startS = endS - WINDOW_S;
    const read = await this.#reader.read('/api/v1/query_range', {
      query: of.query,
      start: String(startS),
      end: String(endS),
      step: String(STEP_S),
    });
    if ('reason' in read) return { status: 'unknown', reason: read.reason };
    const { status, data, warnings } = fieldsOf(read.json);
    const { resultType, result } = fieldsOf(data);
    if (status !== 'success' || resultType !== 'matrix' || !Array.isArray(result)) {
      return { status: 'unknown', reason: 'ANSWER_UNREADABLE' };
    }
    // No series is no number: what is not measured may be anything.
    if (result.length === 0) return { status: 'unknown', reason: 'NO_SERIES' };
    const series = result.slice(0, SERIES_MAX).map((each) => seriesOf(each, { startS, endS }));
    if (series.includes(undefined)) return { status: 'unknown', reason: 'ANSWER_UNREADABLE' };
    const known = (series as Series[]).sort((a, b) => orderOf(b.now) - orderOf(a.now));
    return {
      status: 'ok',
      values: known.slice(0, CONTEXT_VALUES_MAX).map((each) => shown(each, of.unit)),
      more: Math.max(0, result.length - CONTEXT_VALUES_MAX),
      isPartial: Array.isArray(warnings) && warnings.length > 0,
    };
  }
}

type Series = { label: string; now: string | undefined; before: string | undefined };

function seriesOf(
  value: unknown,
  { startS, endS }: { startS: number; endS: number },
): Series | undefined {
  const { metric, values } = fieldsOf(value);
  if (!Array.isArray(values)) return undefined;
  // A server may move a range to multiples of the step, so each end may be a step earlier.
  const near = (instantS: number): string | undefined => {
    const samples = values.filter((each) => Math.abs(Number(each?.[0]) - instantS) < STEP_S);
    const sample = samples.at(-1)?.[1];
    return typeof sample === 'string' ? sample : undefined;
  };
  return { label: labelOf(metric), now: near(endS), before: near(startS) };
}

/** The labels that tell a series from its neighbours; the name of the metric is in the query. */
function labelOf(metric: unknown): string {
  return Object.entries(fieldsOf(metric))
    .filter(([name]) => name !== '__name__')
    .slice(0, LABELS_MAX)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ');
}

/** A series that ended is shown as unknown now, not by its last value. */
function shown({ label, now, before }: Series, unit: string | undefined): ContextValue {
  return {
    label,
    value: now === undefined ? 'unknown' : withUnit(now, unit),
    before: before === undefined ? null : withUnit(before, unit),
    id: null,
    at: null,
    link: null,
  };
}

/** Four significant digits; what is no finite number (`NaN`, `+Inf`) stays as it was told. */
function withUnit(sample: string, unit: string | undefined): string {
  const number = sample.trim() === '' ? Number.NaN : Number(sample);
  if (!Number.isFinite(number)) return sample;
  const text = String(Number(number.toPrecision(4)));
  if (!unit) return text;
  return unit === '%' ? `${text}%` : `${text} ${unit}`;
}

/** Largest first; what is no number comes after every number. */
function orderOf(sample: string | undefined): number {
  const number = Number(sample ?? Number.NaN);
  return Number.isFinite(number) ? number : -Number.MAX_VALUE;
}
