import { performance } from 'node:perf_hooks';
import type { OncallEventType } from './samples/oncall-alert.ts';
import { deliveryOf, type Firing, newFiring, type SampleAlert } from './samples/sample-alerts.ts';
import { postSignedAlert } from './sign-alert.ts';
import type { World } from './world.ts';
import { FUNCTION_QUEUES } from './world-resources.ts';

/** Alert groups of a flood belong to these in turn; the last is a service nobody has configured. */
const FLOODED = ['checkout-api', 'payments-worker', 'web-frontend', 'unknown-batch-job'];
/** One in five groups is a P1, as on a bad night, when most of what fires is not the cause. */
const SEVERITIES = ['warning', 'high', 'warning', 'critical', 'high'];
/** Senders at a time. */
const SENDERS = 6;
/** How often the queue is looked at, in real time. Unit: ms. */
const LOOK_EVERY_MS = 3;
/** Looks in a row that must find nothing at work before time is moved. */
const QUIET_LOOKS = 3;

/** The n alert groups of a flood, each of its own alert, of the first `services` in turn. */
export function floodOf(groups: number, startedAtMs: number, services = FLOODED.length): Firing[] {
  return Array.from({ length: groups }, (_, number) => {
    const service = FLOODED[number % services] as string;
    const severity = SEVERITIES[Math.floor(number / services) % SEVERITIES.length] as string;
    const alert: SampleAlert = {
      id: `flood-${number}`,
      label: `Flood ${number}`,
      source: 'oncall',
      title: `${service} alert ${number}`,
      message: `alert ${number} of a flood`,
      labels: { service_name: service, severity },
      integration: { id: `CFLOOD${FLOODED.indexOf(service)}`, team: 'Flood' },
    };
    return newFiring(alert, startedAtMs, number);
  });
}

/** What the sender of a flood saw. Times are milliseconds of real time, ascending. */
export type FloodAnswers = { statuses: Record<number, number>; tookMs: number[] };

/** Sends one delivery of each group, a few at a time. */
export async function sendFlood(
  world: World,
  firings: readonly Firing[],
  type: OncallEventType = 'alert group created',
): Promise<FloodAnswers> {
  const { urls, secrets } = world.ready;
  const statuses: Record<number, number> = {};
  const tookMs: number[] = [];
  let next = 0;
  const sender = async () => {
    for (let firing = firings[next]; firing; firing = firings[next]) {
      next += 1;
      const nowMs = world.clock.nowMs();
      const delivery = deliveryOf(firing, type, firing.startedAtMs);
      world.oncall.groups.register(delivery.body);
      const beganMs = performance.now();
      const { status } = await postSignedAlert({ apiUrl: urls.api, secrets, nowMs }, delivery);
      tookMs.push(performance.now() - beganMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return { statuses, tookMs: tookMs.sort((a, b) => a - b) };
}

/**
 * Lets the world work until no message is left. Its clock is moved only while nothing runs and no
 * message is ready, and no further than to the next one that is due: what is skipped is waiting.
 *
 * @throws when it takes longer than `patienceMs` of real time
 */
export async function drain(world: World, patienceMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + patienceMs;
  let quietLooks = 0;
  while (performance.now() < giveUpAtMs) {
    const { functions } = (await world.idle(0)).pending;
    const queues = FUNCTION_QUEUES.map((name) => world.aws.sqs.queue(name));
    const isReady = queues.some((queue) => queue.counts().visible > 0);
    const isQuiet = !isReady && Object.keys(functions).length === 0;
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks >= QUIET_LOOKS) {
      const due = queues.flatMap((queue) => queue.peek()).map(({ visibleAtMs }) => visibleAtMs);
      if (due.length === 0) return;
      world.clock.advance(Math.max(1, Math.ceil(Math.min(...due) - world.clock.nowMs())));
      quietLooks = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`cannot drain the flood: expected no message after ${patienceMs} ms, got some`);
}

/** What came of a flood. */
export type FloodOutcome = {
  /** Groups on no trail. */
  lost: string[];
  /** Deliveries that are on a trail more than once. */
  doubled: string[];
  /** Incidents with a room, and storms among them. */
  rooms: number;
  storms: number;
  /** Alert groups that storms took in. */
  linked: number;
  /** Calls that Slack refused for its rate limits. */
  refused: number;
  /** Seconds of the world's time from the first alert to the last room of each severity. */
  lastRoomS: Record<string, number>;
};

type Trail = readonly {
  type: string;
  at: string;
  details: Record<string, unknown>;
}[];

/** Reads from trails and from Slack what became of each group. */
export function outcomeOf(
  world: World,
  trails: ReadonlyMap<string, Trail>,
  of: { firings: readonly Firing[]; startedAtMs: number },
): FloodOutcome {
  const seen = new Map<string, number>();
  const outcome = { rooms: 0, storms: 0, linked: 0, lastRoomS: {} as Record<string, number> };
  const count = (group: unknown) => seen.set(String(group), (seen.get(String(group)) ?? 0) + 1);
  for (const trail of trails.values()) {
    const [opened] = trail;
    for (const { type, details, at } of trail) {
      if (type === 'ALERT_RECEIVED') count(details.group);
      if (type === 'ALERT_LINKED') {
        for (const { group } of details.alerts as { group: string }[]) count(group);
        outcome.linked += Number(details.groups);
      }
      if (type === 'WAR_ROOM_CREATED' && opened) {
        outcome.rooms += 1;
        if (opened.details.storm) outcome.storms += 1;
        const tookS = (Date.parse(at) - of.startedAtMs) / 1000;
        const severity = String(opened.details.severity);
        outcome.lastRoomS[severity] = Math.max(outcome.lastRoomS[severity] ?? 0, tookS);
      }
    }
  }
  const keys = of.firings.map(({ key }) => key);
  const calls = world.slack.board.calls().calls;
  return {
    ...outcome,
    lost: keys.filter((key) => !seen.has(key)),
    doubled: keys.filter((key) => (seen.get(key) ?? 0) > 1),
    refused: calls.filter(({ status }) => status === 429).length,
  };
}
