import { bucketOf } from '../../src/adapters/slack/rate-table.ts';
import type { SlackMethod } from '../../src/adapters/slack/scopes.ts';
import { AsyncCallerContext } from '../../src/adapters/system/caller-context.ts';
import { ChatError } from '../../src/domain/errors.ts';
import { EMPTY_WINDOW, placeOf, type StormWindow } from '../../src/domain/storm.ts';
import { MemoryBudgetRows } from '../../src/local/memory/memory-budget-rows.ts';
import { KeepRate } from '../../src/services/keep-rate.ts';
import { EventQueue } from './event-queue.ts';

/** What is simulated: alert groups that begin within an hour, or all at once. */
export type Scenario = {
  name: string;
  groups: number;
  /** Services they are spread over, in turn. */
  services: number;
  /** Time over which they begin, evenly. Unit: s. */
  overS: number;
  /** Every n-th is a P1; 1: all of them. */
  everyP1: number;
};

export type Outcome = {
  rooms: number;
  linked: number;
  /** Seconds from alert to room. */
  firstRoomS: number;
  medianRoomS: number;
  lastP1RoomS: number;
  lastRoomS: number;
  /** From an alert to the last pin and bookmark of its room; the longest. */
  lastCompleteS: number;
  /** How often effects were run, those that only found they had to wait included. */
  runs: number;
  /** The method whose last call came last, by the time its calls need at the tier's rate. */
  binding: string;
};

/** The calls that open a room, stage by stage; those of one stage are made at once. */
export const STAGES: readonly (readonly SlackMethod[])[] = [
  ['conversations.create'],
  ['conversations.invite'],
];
/** What waits for its turn when the room is open. The edits are of card and announcement. */
export const DEFERRED: readonly SlackMethod[] = [
  'conversations.setTopic',
  'pins.add',
  'pins.add',
  'bookmarks.add',
  'bookmarks.add',
  'chat.update',
  'chat.update',
];
/** Posted to a room, whose own limit a new channel does not meet, and one to the announcements. */
export const ROOM_POSTS = 2;
/** A message is not away for longer at a time. Unit: s. */
const HOP_S = 300;
/** Opening what waits for nothing. Unit: ms. */
const CALL_MS = 120;
const LIMIT = { incidents: 10, windowS: 300 };

type Incident = {
  id: string;
  urgent: boolean;
  beganMs: number;
  left: SlackMethod[];
  stage: number;
};

/** Plays a scenario on a clock of its own, with the code that keeps the limits in production. */
export async function simulate(scenario: Scenario): Promise<Outcome> {
  let nowMs = 0;
  const callers = new AsyncCallerContext();
  const rate = new KeepRate({
    rows: new MemoryBudgetRows(),
    callers,
    clock: { nowMs: () => nowMs },
    pause: { forMs: async () => {} },
    log: { note() {}, warn() {}, error() {}, count() {} },
  });
  const { incidents, linked } = incidentsOf(scenario);
  const queue = new EventQueue<Incident>();
  for (const incident of incidents) queue.add(incident.beganMs, incident);
  const rooms: { urgent: boolean; tookS: number }[] = [];
  const lastCallMs = new Map<string, number>();
  let lastCompleteMs = 0;
  let runs = 0;
  const call = async (incident: Incident, method: SlackMethod): Promise<number> => {
    try {
      const caller = { incidentId: incident.id, urgent: incident.urgent };
      await callers.run(caller, () => rate.take(bucketOf(method, 'announcements')));
      lastCallMs.set(method, nowMs);
      return 0;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return error.retryAfterS ?? 1;
    }
  };
  for (let next = queue.take(); next; next = queue.take()) {
    nowMs = Math.max(nowMs, next.atMs);
    const incident = next.what;
    runs += 1;
    const waitS = await run(incident, call);
    if (incident.stage === STAGES.length && incident.left.length === DEFERRED.length) {
      rooms.push({ urgent: incident.urgent, tookS: (nowMs - incident.beganMs) / 1000 });
      incident.stage += 1;
    }
    if (waitS > 0) queue.add(nowMs + Math.min(waitS, HOP_S) * 1000, incident);
    else lastCompleteMs = Math.max(lastCompleteMs, nowMs - incident.beganMs);
  }
  return outcomeOf({ rooms, linked, lastCompleteMs, runs, lastCallMs });
}

/** One run of an incident's effects. @returns how long it is to wait for what is left, or 0 */
async function run(
  incident: Incident,
  call: (incident: Incident, method: SlackMethod) => Promise<number>,
): Promise<number> {
  while (incident.stage < STAGES.length) {
    for (const method of STAGES[incident.stage] ?? []) {
      const waitS = await call(incident, method);
      if (waitS > 0) return waitS;
    }
    incident.stage += 1;
  }
  // Posts have buckets of their own: the room's is new, and the announcements' is wide enough.
  if (incident.stage === STAGES.length) return CALL_MS / 1000;
  const waits: number[] = [];
  const left: SlackMethod[] = [];
  for (const method of incident.left) {
    const isTold = left.includes(method);
    const waitS = isTold ? Number.POSITIVE_INFINITY : await call(incident, method);
    if (waitS === 0) continue;
    left.push(method);
    waits.push(waitS);
  }
  incident.left = left;
  return left.length === 0 ? 0 : Math.max(1, Math.min(...waits));
}

/** Which groups open an incident of their own, and which open or join a storm. */
function incidentsOf(of: Scenario): { incidents: Incident[]; linked: number } {
  const windows = new Map<number, StormWindow>();
  const storms = new Set<string>();
  const incidents: Incident[] = [];
  let linked = 0;
  for (let number = 0; number < of.groups; number += 1) {
    const service = number % of.services;
    const nowMs = Math.floor((number * of.overS * 1000) / of.groups);
    const window = windows.get(service) ?? EMPTY_WINDOW;
    const place = placeOf(window, {
      ...{ incidentId: `inc-${number}`, nowMs, stormIsOver: false, limit: LIMIT },
      ...{ severity: 'P1', unknownService: undefined },
    });
    if (place.window) windows.set(service, place.window);
    const id = place.kind === 'own' ? `inc-${number}` : `storm-${service}-${place.number}`;
    if (place.kind === 'storm') linked += 1;
    if (storms.has(id)) continue;
    storms.add(id);
    const urgent = Math.floor(number / of.services) % of.everyP1 === 0 || place.kind === 'storm';
    incidents.push({ id, urgent, beganMs: nowMs, left: [...DEFERRED], stage: 0 });
  }
  return { incidents, linked };
}

function outcomeOf(of: {
  rooms: { urgent: boolean; tookS: number }[];
  linked: number;
  lastCompleteMs: number;
  runs: number;
  lastCallMs: ReadonlyMap<string, number>;
}): Outcome {
  const took = of.rooms.map(({ tookS }) => tookS).sort((a, b) => a - b);
  const urgent = of.rooms.filter((room) => room.urgent).map(({ tookS }) => tookS);
  const binding = [...of.lastCallMs].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  return {
    rooms: of.rooms.length,
    linked: of.linked,
    firstRoomS: took[0] ?? 0,
    medianRoomS: took[Math.floor(took.length / 2)] ?? 0,
    lastP1RoomS: Math.max(0, ...urgent),
    lastRoomS: took.at(-1) ?? 0,
    lastCompleteS: of.lastCompleteMs / 1000,
    runs: of.runs,
    binding,
  };
}
