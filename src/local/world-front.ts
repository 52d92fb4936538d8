import type { System } from '../adapters/system/system.ts';
import { REGION } from './aws/aws-call.ts';
import type { EmbeddedAws } from './aws/aws-server.ts';
import type { Ends } from './ends.ts';
import { ROOT_COMMAND } from './function-environments.ts';
import { startHttpApi } from './functions/http-api.ts';
import type { EmbeddedOncall } from './oncall/oncall-server.ts';
import { alertSender } from './page/alert-sender.ts';
import { startPage } from './page/page-server.ts';
import { trailReader } from './page/read-trail.ts';
import { senderSecrets } from './sign-alert.ts';
import { TABLE_NAMES } from './tables.ts';
import type { WorldUrls } from './world.ts';
import { startWorldControl, type WorldParts } from './world-control.ts';
import { onPort } from './world-ports.ts';
import { type Identities, SECRET_NAMES } from './world-resources.ts';

/** Where the fakes listen. */
export type FakeUrls = Omit<WorldUrls, 'api' | 'world' | 'page'>;

/**
 * Starts what faces outward: the product's HTTP API, the world's control API, the page.
 *
 * @throws {PortBusyError} `PORT_BUSY`
 */
export async function startFront(of: {
  port: number;
  parts: WorldParts;
  system: System;
  urls: FakeUrls;
  writeLog: (line: string) => void;
  ends: Ends;
  aws: EmbeddedAws;
  oncall: EmbeddedOncall;
  operator: Identities['operator'];
}): Promise<Pick<WorldUrls, 'api' | 'world' | 'page'>> {
  const { parts, system } = of;
  const api = await onPort(of.port, 'api', (port) =>
    startHttpApi({
      ...{ ...parts, port, ids: system.ids, writeLog: of.writeLog },
      onRequest: hearingOnCall(of),
    }),
  );
  of.ends.add(api.close);
  const world = await onPort(of.port, 'world', (port) => startWorldControl(parts, port));
  of.ends.add(world.close);
  const { aws } = of;
  const fireAlert = alertSender({
    apiUrl: api.url,
    secrets: () => senderSecrets((key) => aws.secrets.currentValue(SECRET_NAMES[key])),
    nowMs: () => parts.clock.nowMs(),
    register: (body) => of.oncall.groups.register(body),
  });
  const readTrail = trailReader({
    endpoint: aws.url,
    region: REGION,
    credentials: of.operator,
    table: TABLE_NAMES.audit,
    mark: () => writeCountOf(aws),
  });
  const urls = { ...of.urls, world: world.url };
  const page = await onPort(of.port, 'page', (port) =>
    startPage({ port, urls, command: ROOT_COMMAND, fireAlert, readTrail }),
  );
  of.ends.add(page.close);
  return { api: api.url, world: world.url, page: page.url };
}

/**
 * Whoever holds the bearer token plays OnCall here: of a group that the fake knows, what the webhook
 * says is how OnCall has it, unless somebody set it through the fake's own control API.
 */
function hearingOnCall({ aws, oncall }: { aws: EmbeddedAws; oncall: EmbeddedOncall }) {
  return (request: { path: string; authorization: string | undefined; body: Buffer }) => {
    if (request.path !== '/webhooks/grafana-oncall/bearer') return;
    const token = aws.secrets.currentValue(SECRET_NAMES.oncallBearer);
    if (request.authorization !== `Bearer ${token}`) return;
    try {
      oncall.groups.heard(JSON.parse(request.body.toString('utf8')));
    } catch {
      // Not JSON: nothing that OnCall would have sent.
    }
  };
}

/** Changes with every call that may have written to a table. */
function writeCountOf(aws: EmbeddedAws): string {
  const isRead = /^dynamodb:(Get|Query|Scan|BatchGet|Describe|List)/;
  const { counts } = aws.board.calls();
  const writes = Object.entries(counts).filter(
    ([operation]) => operation.startsWith('dynamodb:') && !isRead.test(operation),
  );
  return JSON.stringify(writes);
}
