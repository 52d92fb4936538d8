import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERT_PATHS, ALERT_ROUTES, readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { DELIVERIES, eventOf, startIngress } from './ingress.ts';

let strict: Awaited<ReturnType<typeof startIngress>>;
let lenient: Awaited<ReturnType<typeof startIngress>>;

beforeAll(async () => {
  strict = await startIngress();
  lenient = await startIngress({ GRAFANA_ALERTING_UNTIMED: 'accept' });
});
afterAll(() => Promise.all([strict.close(), lenient.close()]));

describe('a recorded delivery', () => {
  it('is there for every path', () => {
    const paths = new Set(DELIVERIES.map(({ path }) => path));
    expect([...paths].sort()).toEqual([...ALERT_PATHS].sort());
  });

  it.each(DELIVERIES)('$name is accepted and enqueued byte for byte', async (delivery) => {
    const ingress = delivery.untimed ? lenient : strict;
    ingress.aws.board.clearCalls();
    const answer = await ingress.at(delivery.receivedAtS, eventOf(delivery));
    expect(answer).toMatchObject({ statusCode: 202, body: '{"result":"accepted"}' });
    expect(ingress.writes()).toEqual([['sqs:SendMessage', 1]]);
    const sent = ingress.queued().map(({ body }) => JSON.parse(body));
    // A repetition of a fixture's meaning is dropped by the queue itself.
    for (const message of sent) {
      expect(message.path).toBe(delivery.path);
      expect(Buffer.from(message.bodyBase64, 'base64').equals(delivery.body)).toBe(true);
    }
  });

  it.each(DELIVERIES)('$name arrives base64-encoded as well', async (delivery) => {
    const ingress = delivery.untimed ? lenient : strict;
    const body = delivery.body.toString('base64');
    const event = eventOf(delivery, { body, isBase64Encoded: true });
    expect((await ingress.at(delivery.receivedAtS, event)).statusCode).toBe(202);
  });

  it.each(DELIVERIES)('$name reads as $readsAs', ({ path, body, readsAs }) => {
    const read = readAlert(path, body);
    expect(read).toMatchObject({ kind: 'signal', signal: { kind: readsAs } });
    if (read.kind === 'signal') expect(read.signal.source).toBe(ALERT_ROUTES[path].source);
  });

  it.each(DELIVERIES)('$name is cut down to parts that read as the same signal', (delivery) => {
    const { path, body } = delivery;
    const read = readAlert(path, body);
    if (read.kind !== 'signal') throw new Error('expected a signal');
    const parts = ALERT_ROUTES[path].essentials(read.signal, body);
    expect(readAlert(path, Buffer.from(JSON.stringify(parts)))).toEqual(read);
  });

  it('without a timestamp is refused where the operator did not ask for it', async () => {
    const untimed = DELIVERIES.filter((delivery) => delivery.untimed);
    expect(untimed).toHaveLength(1);
    for (const delivery of untimed) {
      const answer = await strict.at(delivery.receivedAtS, eventOf(delivery));
      expect(answer.statusCode).toBe(401);
    }
  });
});
