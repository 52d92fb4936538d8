import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../cdk/function-bundle.ts';
import { deliveryOf, newFiring, SAMPLE_ALERTS } from '../../src/local/samples/sample-alerts.ts';
import { signForOncall } from '../../src/local/sign-alert.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { startTlsFront } from './tls-front.ts';

/** Each alert of a storm needs a service of its own, or they become one incident. */
const SERVICES = 128;

/** A world with a service and as many people for each alert as one asks for. */
export type BenchWorld = World & {
  /** What a function in a process of its own needs to reach AWS over TLS, as it would on AWS. */
  tlsEnvironment: Record<string, string>;
  /** A signed alert that opens a new P1 incident, of the n-th service. */
  alert(number: number): { path: string; headers: Record<string, string>; body: string };
};

/**
 * @param of.responders - people that each service calls
 * @param of.delivers - false: messages stay in the queue for the bench to deliver
 */
export async function startBenchWorld(of: {
  responders: number;
  limits: 'on' | 'off';
  delivers: boolean;
}): Promise<BenchWorld> {
  const configFolder = await benchConfig(of.responders);
  const world = await startWorld(
    { port: 0, functions: 'inline', limits: of.limits, ai: 'standin' },
    { writeLog: () => {}, configFolder, deliversMessages: of.delivers },
  );
  for (let number = 0; number < of.responders; number += 1) {
    world.slack.workspace.people.push({
      id: `U04BENCH${String(number).padStart(3, '0')}`,
      name: `person.${number}`,
      realName: `Person ${number}`,
      email: emailOf(number),
      kind: 'full',
      timeZone: 'Etc/UTC',
    });
  }
  const front = await startTlsFront(world.ready.urls.aws);
  const close = async () => {
    await front.close();
    await world.close();
    await rm(configFolder, { recursive: true, force: true });
  };
  const tlsEnvironment = {
    AWS_ENDPOINT_URL: front.url,
    NODE_EXTRA_CA_CERTS: front.certFile,
    // The SDK goes where the queue's URL points.
    ALERTS_QUEUE_URL: world.ready.queues.alerts.replace(world.ready.urls.aws, front.url),
    INCIDENTS_QUEUE_URL: world.ready.queues.incidents.replace(world.ready.urls.aws, front.url),
  };
  return { ...world, tlsEnvironment, close, alert: (number) => alertOf(world, number) };
}

function alertOf(world: World, number: number): ReturnType<BenchWorld['alert']> {
  const [sample] = SAMPLE_ALERTS;
  if (!sample) throw new Error('cannot measure: expected a sample alert, got none');
  const nowMs = world.clock.nowMs();
  const labels = { service_name: serviceOf(number), severity: 'critical' };
  const integration = { id: `CBENCH${number}`, team: 'Bench' };
  const firing = newFiring({ ...sample, labels, integration }, nowMs, number);
  const { path, body } = deliveryOf(firing, 'alert group created', nowMs);
  const text = JSON.stringify(body);
  const signed = signForOncall(world.ready.secrets.oncallHmac, Buffer.from(text));
  return { path, headers: { 'content-type': 'application/json', ...signed }, body: text };
}

/** The shipped configuration with services of our own. */
async function benchConfig(responders: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'incident-response-bench-config-'));
  await cp(join(PROJECT_ROOT, 'config'), folder, { recursive: true });
  const file = join(folder, 'routing.json');
  const routing = JSON.parse(await readFile(file, 'utf8'));
  routing.services = Array.from({ length: SERVICES }, (_, number) => ({
    name: serviceOf(number),
    match: { labels: { service_name: serviceOf(number) }, integrationIds: [], teams: [] },
    responders: Array.from({ length: responders }, (__, person) => ({ email: emailOf(person) })),
    components: ['c1'],
  }));
  await writeFile(file, JSON.stringify(routing));
  return folder;
}

function serviceOf(number: number): string {
  return `bench-service-${number % SERVICES}`;
}

function emailOf(person: number): string {
  return `person.${person}@example.com`;
}
