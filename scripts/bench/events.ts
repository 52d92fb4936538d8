import { createHmac } from 'node:crypto';
import type { FunctionName } from '../../src/config.ts';
import { QUEUE_NAMES } from '../../src/local/world-resources.ts';
import type { BenchWorld } from './bench-world.ts';

/** Longer than any bench: a message that was taken out does not come back. Unit: ms. */
const TAKEN_FOR_MS = 86_400_000;

/** Makes what a function is invoked with. Each call is another event, the n-th. */
export type EventSource = (number: number) => Promise<unknown>;

/** Events of every function, each an ordinary one of its kind. */
export function eventsOf(world: BenchWorld): Record<FunctionName, EventSource> {
  return {
    'alert-webhook': async (number) => httpEvent(world.alert(number)),
    'slack-ingress': async (number) => slackCommand(world, number),
    // The message of an alert that was just accepted: it opens an incident.
    'incident-worker': async (number) => {
      const { path, headers, body } = world.alert(number);
      await fetch(`${world.ready.urls.api}${path}`, { method: 'POST', headers, body });
      return takeMessage(world);
    },
    // A draft that is not there: all of the publisher is loaded, the trail is read, nothing is sent.
    publisher: async (number) =>
      sqsEvent(JSON.stringify({ incidentId: `inc-${number}`, draftId: 'drf-none', revision: 1 })),
    sweeper: async () => ({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} }),
  };
}

/** The next message of alerts.fifo, as Lambda delivers it. */
export function takeMessage(world: BenchWorld): unknown {
  const options = { max: 1, visibilityMs: TAKEN_FOR_MS };
  const [message] = world.aws.sqs.receive(QUEUE_NAMES.alerts, options);
  if (!message) throw new Error('cannot measure: expected a message, got an empty queue');
  world.aws.sqs.delete(QUEUE_NAMES.alerts, message.receiptHandle ?? '');
  return sqsEvent(message.body);
}

function sqsEvent(body: string): unknown {
  const attributes = { ApproximateReceiveCount: '1' };
  return { Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes }] };
}

function slackCommand(world: BenchWorld, number: number): unknown {
  const body = new URLSearchParams({
    team_id: 'T04EXAMPLE1',
    channel_id: `C04BENCH${number}`,
    user_id: 'U04MAYAITO1',
    command: world.ready.command,
    text: 'status',
    trigger_id: `${number}.1`,
  }).toString();
  const timestamp = String(Math.floor(world.clock.nowMs() / 1000));
  const hmac = createHmac('sha256', world.ready.secrets.slackSigning);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-signature': `v0=${hmac.update(`v0:${timestamp}:${body}`).digest('hex')}`,
    'x-slack-request-timestamp': timestamp,
  };
  return httpEvent({ path: '/slack/commands', headers, body });
}

function httpEvent(of: { path: string; headers: Record<string, string>; body: string }): unknown {
  return {
    version: '2.0',
    rawPath: of.path,
    headers: of.headers,
    body: of.body,
    isBase64Encoded: false,
    requestContext: { requestId: 'bench', http: { method: 'POST' } },
  };
}
