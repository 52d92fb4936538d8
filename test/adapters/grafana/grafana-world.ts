import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { GrafanaReader } from '../../../src/adapters/grafana/grafana-reader.ts';
import type { TokenSource } from '../../../src/adapters/http/ask-with-token.ts';
import {
  type EmbeddedGrafana,
  grafanaVariables,
  startGrafana,
} from '../../../src/local/grafana/grafana-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

export const TOKEN = 'glc_one';

/** A fake stack for the tests of a file, as it was at the start in each of them. */
export function givenGrafana() {
  const clock = new WorldClock();
  let grafana: EmbeddedGrafana;
  beforeAll(async () => {
    grafana = await startGrafana({ clock, tokens: { [TOKEN]: 'incident-worker' } });
  });
  beforeEach(() => grafana.board.clearCalls());
  afterEach(async () => {
    grafana.board.clearFaults();
    await fetch(`${grafana.url}/_world/telemetry`, { method: 'DELETE' });
  });
  afterAll(async () => {
    await grafana.close();
    clock.close();
  });
  return {
    nowMs: () => clock.nowMs(),
    board: () => grafana.board,
    /** A reader of one product. */
    reader: (
      product: 'PROMETHEUS' | 'LOKI' | 'TEMPO',
      of: { token?: TokenSource; user?: string; timeoutMs?: number } = {},
    ) => {
      const variables = grafanaVariables(grafana.url);
      return new GrafanaReader({
        url: variables[`${product}_URL`],
        user: variables[`${product}_USER`],
        token: async () => TOKEN,
        ...of,
      });
    },
    put: async (kind: 'series' | 'lines' | 'traces', seed: unknown) => {
      const body = JSON.stringify(seed);
      await fetch(`${grafana.url}/_world/${kind}`, { method: 'POST', body });
    },
  };
}

/** A reader whose other side answers 200 with exactly this. */
export async function readerOf(body: string): Promise<GrafanaReader> {
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return new GrafanaReader({
    url: `http://127.0.0.1:${port}`,
    user: '1',
    token: async () => TOKEN,
    timeoutMs: 2_000,
  });
}
