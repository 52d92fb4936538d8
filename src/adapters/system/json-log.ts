import type { Clock, Log } from '../../services/ports.ts';

type Fields = Record<string, string | number | boolean | null>;

/** CloudWatch namespace of every metric. */
export const METRIC_NAMESPACE = 'IncidentResponse';

/**
 * Writes one JSON line per entry, and metrics in CloudWatch's embedded metric format (EMF).
 *
 * Small on purpose: it is loaded by the ingress functions, whose cold start a pager waits for.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function jsonLog(of: {
  functionName: string;
  clock: Clock;
  write: (line: string) => void;
}): Log {
  const entry = (level: string, message: string, fields: Fields = {}) =>
    of.write(
      JSON.stringify({
        level,
        message,
        function: of.functionName,
        at: new Date(of.clock.nowMs()).toISOString(),
        ...fields,
      }),
    );
  return {
    note: (what, fields) => entry('INFO', what, fields),
    warn: (what, fields) => entry('WARN', what, fields),
    error: (what, fields) => entry('ERROR', what, fields),
    count: (metric, labels = {}) =>
      of.write(
        JSON.stringify({
          _aws: {
            Timestamp: of.clock.nowMs(),
            CloudWatchMetrics: [
              {
                Namespace: METRIC_NAMESPACE,
                // The bare metric feeds the alarms; by each label one tells which it was.
                Dimensions: [[], ...Object.keys(labels).map((label) => [label])],
                Metrics: [{ Name: metric, Unit: 'Count' }],
              },
            ],
          },
          [metric]: 1,
          function: of.functionName,
          ...labels,
        }),
      ),
  };
}
