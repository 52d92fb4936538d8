import { GitHubCodeHost } from '../adapters/github/github-code-host.ts';
import { GrafanaReader } from '../adapters/grafana/grafana-reader.ts';
import { LokiLogs } from '../adapters/grafana/loki-logs.ts';
import { PrometheusMetrics } from '../adapters/grafana/prometheus-metrics.ts';
import { TempoTraces } from '../adapters/grafana/tempo-traces.ts';
import type { TokenSource } from '../adapters/http/ask-with-token.ts';
import type { System } from '../adapters/system/system.ts';
import { maskNames, redact } from '../ai/redacted-text.ts';
import type { FunctionConfig } from '../config.ts';
import { SecretError } from '../domain/errors.ts';
import { ContextSnapshots, type ContextSnapshotsDeps } from '../services/context-snapshot.ts';
import type { ContextSources } from '../services/context-sources.ts';
import { SecretCache } from '../services/secret-cache.ts';
import type { SecretSource } from '../services/secret-source.ts';

type Config = FunctionConfig<'incident-worker'>;

/** Joins the context snapshot to the Grafana stack and to GitHub; what has no address is off. */
export function composeContext(
  of: Omit<ContextSnapshotsDeps, 'sources' | 'masking' | 'clock' | 'log'> & {
    config: Config;
    secrets: SecretSource;
    system: System;
  },
): ContextSnapshots {
  const { config, secrets, system, ...deps } = of;
  const { clock, log } = system;
  return new ContextSnapshots({
    ...deps,
    clock,
    log,
    sources: contextSources(config, secrets, system),
    masking: { words: (text) => redact(text).text, names: maskNames },
  });
}

function contextSources(config: Config, secrets: SecretSource, system: System): ContextSources {
  const grafanaToken = tokenSource(config.GRAFANA_READ_TOKEN_SECRET_ID, secrets, system);
  const reader = (url: string, user: string) =>
    url === '' ? undefined : new GrafanaReader({ url, user, token: grafanaToken });
  const metrics = reader(config.PROMETHEUS_URL, config.PROMETHEUS_USER);
  const logs = reader(config.LOKI_URL, config.LOKI_USER);
  const traces = reader(config.TEMPO_URL, config.TEMPO_USER);
  const { GITHUB_API_URL: apiUrl, GITHUB_TOKEN_SECRET_ID: secretId } = config;
  return {
    metrics: metrics && new PrometheusMetrics(metrics),
    logs: logs && new LokiLogs(logs),
    traces: traces && new TempoTraces(traces),
    code:
      apiUrl === '' || secretId === ''
        ? undefined
        : new GitHubCodeHost({ apiUrl, token: tokenSource(secretId, secrets, system) }),
  };
}

/** Reads a secret as others are read; asked with a value that was refused, it looks anew. */
function tokenSource(secretId: string, source: SecretSource, { clock, log }: System): TokenSource {
  if (secretId === '') {
    return async () => {
      throw new SecretError({
        code: 'SECRET_UNAVAILABLE',
        message: 'cannot read a token: expected a secret to be named, got none',
        retryable: false,
      });
    };
  }
  const cache = new SecretCache(
    { source, clock, log },
    { secretId, previousRule: { kind: 'for', overlapMs: 0 } },
  );
  return async (refused) => {
    if (refused !== undefined) await cache.refreshAfterFailedCheck();
    return cache.current();
  };
}
