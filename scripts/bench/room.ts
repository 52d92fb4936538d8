import { Actors } from '../../src/local/actors.ts';
import type { RecordedCall } from '../../src/local/fault-board.ts';
import { type BenchWorld, startBenchWorld } from './bench-world.ts';
import { printTable, spreadOf } from './table.ts';

/** What Slack takes to answer any call. Unit: ms. */
export const SLACK_CALL_MS = 120;
/** How long the rooms of one take may need. Unit: ms. */
const PATIENCE_MS = 300_000;

/** When one incident got how far, in ms since its alert was answered. */
export type RoomTake = {
  /** When the first call of Slack was made: what went before is queues and functions. */
  begun: number;
  created: number;
  card: number;
  invited: number;
  complete: number;
  /** Slack calls for this room alone until it was complete, and the most that did not overlap. */
  calls: number;
  chain: number;
  inviteCalls: number;
};

/** Opens `incidents` rooms at once, round after round, and tells of each. Slack's limits are off. */
export async function measureRooms(of: {
  incidents: number;
  responders: number;
  rounds: number;
}): Promise<RoomTake[]> {
  const world = await startBenchWorld({ ...of, limits: 'off', delivers: true });
  const actors = new Actors(world);
  const takes: RoomTake[] = [];
  try {
    await openRooms(world, { incidents: 1, from: 0 });
    world.slack.board.plan({ match: '*', times: 0, delayMs: SLACK_CALL_MS });
    for (let round = 0; round < of.rounds; round += 1) {
      // Every round meets a quiet world, and no round's alerts count into another's storm.
      world.clock.advance(600_000);
      await settle(world);
      world.slack.board.clearCalls();
      const answered = await openRooms(world, { incidents: of.incidents, from: 1 });
      takes.push(...(await takesOf({ world, actors, answered })));
    }
    return takes;
  } finally {
    actors.close();
    await world.close();
  }
}

/** @returns when each alert was answered, by its group, on the world's clock */
export async function openRooms(
  world: BenchWorld,
  { incidents, from }: { incidents: number; from: number },
): Promise<Map<string, number>> {
  const answered = new Map<string, number>();
  await Promise.all(
    Array.from({ length: incidents }, async (_, index) => {
      const { path, headers, body } = world.alert(from + index);
      const url = `${world.ready.urls.api}${path}`;
      const response = await fetch(url, { method: 'POST', headers, body });
      if (response.status !== 202) throw new Error(`expected 202, got ${response.status}`);
      answered.set(JSON.parse(body).alert_group_id, world.clock.nowMs());
    }),
  );
  await settle(world);
  return answered;
}

async function settle(world: BenchWorld): Promise<void> {
  const { idle, pending } = await world.idle(PATIENCE_MS);
  if (!idle) throw new Error(`cannot measure rooms: still at work on ${JSON.stringify(pending)}`);
}

async function takesOf(of: {
  world: BenchWorld;
  actors: Actors;
  answered: ReadonlyMap<string, number>;
}): Promise<RoomTake[]> {
  const { calls } = of.world.slack.board.calls();
  const takes: RoomTake[] = [];
  for (const chain of (await of.actors.trails()).values()) {
    const opened = chain.find((event) => event.type === 'INCIDENT_OPENED');
    const room = chain.find((event) => event.type === 'WAR_ROOM_CREATED');
    const assembled = chain.find((event) => event.type === 'WAR_ROOM_ASSEMBLED');
    const answeredMs = of.answered.get(opened?.details.group ?? '');
    if (answeredMs === undefined) continue;
    if (!room || !assembled) throw new Error('cannot measure rooms: expected a complete room');
    const { channelId, channelName } = room.details;
    const completeMs = Date.parse(assembled.at);
    const own = calls.filter(
      (call) => call.atMs <= completeMs && isOf(call, channelId, channelName),
    );
    const endOf = (method: string) =>
      (own.find(({ operation }) => operation === method)?.atMs ?? Number.NaN) +
      SLACK_CALL_MS -
      answeredMs;
    takes.push({
      begun: Math.min(...own.map(({ atMs }) => atMs)) - answeredMs,
      created: endOf('conversations.create'),
      card: endOf('chat.postMessage'),
      invited: endOf('conversations.invite'),
      complete: completeMs - answeredMs,
      calls: own.length,
      chain: longestChain(own),
      inviteCalls: own.filter(({ operation }) => operation === 'conversations.invite').length,
    });
  }
  return takes;
}

function isOf({ args }: RecordedCall, channelId: string, channelName: string): boolean {
  const given = (args ?? {}) as Record<string, unknown>;
  const channel = given.channel ?? given.channel_id;
  return channel === channelId || given.name === channelName;
}

/**
 * The most calls of which each began after the one before had ended: no fewer than depend on each
 * other, and more only where independent calls happened to miss each other.
 */
export function longestChain(calls: readonly Pick<RecordedCall, 'atMs'>[]): number {
  let length = 0;
  let endedMs = Number.NEGATIVE_INFINITY;
  for (const { atMs } of calls.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs < endedMs) continue;
    length += 1;
    endedMs = atMs + SLACK_CALL_MS;
  }
  return length;
}

const CASES = [
  { incidents: 1, responders: 8 },
  { incidents: 1, responders: 60 },
  { incidents: 10, responders: 8 },
  { incidents: 100, responders: 8 },
] as const;

/** Prints how soon rooms are there, at 120 ms a call. */
export async function printRooms(rounds: number): Promise<void> {
  const rows: string[][] = [];
  for (const { incidents, responders } of CASES) {
    const takes = await measureRooms({
      incidents,
      responders,
      // Hundreds of rooms are takes enough.
      rounds: Math.max(1, Math.ceil(rounds / incidents)),
    });
    const median = (of: keyof RoomTake) => spreadOf(takes.map((take) => take[of])).median;
    const slowest = (of: keyof RoomTake) => spreadOf(takes.map((take) => take[of])).max;
    const both = (of: keyof RoomTake) => `${median(of).toFixed(0)} / ${slowest(of).toFixed(0)}`;
    rows.push([
      `${incidents} × P1, ${responders} responders`,
      both('begun'),
      both('created'),
      both('card'),
      both('invited'),
      both('complete'),
      both('chain'),
      both('calls'),
      both('inviteCalls'),
    ]);
  }
  const head = ['ms since the alert was answered: median / slowest', 'first call', 'room created'];
  printTable(
    `Room: Slack takes ${SLACK_CALL_MS} ms a call, limits off`,
    [...head, 'card posted', 'first invited', 'complete', 'longest chain', 'calls', 'invite calls'],
    rows,
  );
}
