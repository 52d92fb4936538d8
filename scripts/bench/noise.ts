import { Actors } from '../../src/local/actors.ts';
import { floodOf, sendFlood } from '../../src/local/alert-flood.ts';
import { newFiring, type SampleAlert } from '../../src/local/samples/sample-alerts.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { SLACK_CALL_MS } from './room.ts';
import { printTable } from './table.ts';

/** What a noisy sender sends before people act. */
export type Noise = { kind: 'unmatched' | 'created'; events: number };

/** What people saw during the noise, in milliseconds of real time, and what it cost the trail. */
export type NoiseTake = {
  /** From the last approval's click until the public page shows the text. */
  approveToPageMs: number;
  /** From the alert until the first people of a P1 were invited to its room. */
  alertToRoomMs: number;
  /** Inserts for each event that came onto the trail meanwhile. */
  insertsPerEvent: number;
  events: number;
};

/** How long one take may need in real time. Unit: ms. */
const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 5;
/** The same where a look reads the whole trail. */
const READ_EVERY_MS = 500;
const INSERT = 'dynamodb:ExecuteStatement';

/** Alerts before people act: those of unknown groups that are over, and those that open a storm. */
const NOISES: readonly Noise[] = [
  { kind: 'unmatched', events: 0 },
  { kind: 'unmatched', events: 200 },
  { kind: 'unmatched', events: 800 },
  { kind: 'unmatched', events: 3_000 },
  { kind: 'created', events: 200 },
  { kind: 'created', events: 800 },
  { kind: 'created', events: 3_000 },
];
const NOTES = 200;
const SECOND_P1: SampleAlert = {
  id: 'second',
  label: '',
  source: 'oncall',
  title: 'Second outage',
  message: '',
  labels: { service_name: 'payments-worker', severity: 'critical' },
  integration: { id: 'CP6MT2WZ9QHLX', team: 'Payments' },
};

/**
 * One P1 with a draft that waits for its approval; then the noise, and at once behind it the click and
 * another P1, of a service that the noise is not about.
 */
export async function measureNoise({ kind, events }: Noise): Promise<NoiseTake> {
  const world = await quietWorld('off');
  const actors = new Actors(world);
  try {
    const room = await roomWithDraft(actors);
    const inserts = () => world.aws.board.calls().counts[INSERT] ?? 0;
    const before = { inserts: inserts(), events: await eventsOn(actors) };
    const flood = floodOf(events, world.clock.nowMs()).map((firing, number) => ({
      ...firing,
      alert: {
        ...firing.alert,
        labels: { service_name: `batch-job-${number % 3}`, severity: 'warning' },
      },
    }));
    await sendFlood(world, flood, kind === 'created' ? 'alert group created' : 'resolve');
    const startedMs = performance.now();
    const [approveToPageMs, alertToRoomMs] = await Promise.all([
      (async () => {
        await actors.clicks('priya.raman', room, { action: 'statuspage_approve' });
        return since(startedMs, async () => (await actors.page()).length > 0);
      })(),
      (async () => {
        const firing = newFiring(SECOND_P1, world.clock.nowMs(), 1);
        await actors.sends(firing, 'alert group created');
        return since(startedMs, async () => hasPeople(world, 'second-outage'));
      })(),
    ]);
    await actors.settle(PATIENCE_MS);
    const madeEvents = (await eventsOn(actors)) - before.events;
    const insertsPerEvent = (inserts() - before.inserts) / madeEvents;
    return { approveToPageMs, alertToRoomMs, insertsPerEvent, events: madeEvents };
  } finally {
    actors.close();
    await world.close();
  }
}

/** Seconds until notes that one room writes at once are all on record, with Slack's limits on. */
export async function measureNotes(notes: number): Promise<number> {
  const world = await quietWorld('on');
  const actors = new Actors(world);
  try {
    const firing = await actors.fires('checkout-errors');
    await actors.settle(PATIENCE_MS);
    const room = (await roomOf(actors, firing.key)) ?? '';
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: notes }, (_, number) =>
        actors.says('maya.ito', room, `note n${number}`),
      ),
    );
    const tookMs = await since(
      startedMs,
      async () => {
        const events = [...(await actors.trails()).values()].flat();
        return events.filter(({ type }) => type === 'NOTE_ADDED').length === notes;
      },
      READ_EVERY_MS,
    );
    return tookMs / 1_000;
  } finally {
    actors.close();
    await world.close();
  }
}

/** Prints both, each as a multiple of a quiet world. */
export async function printNoise(): Promise<void> {
  const rows: string[][] = [];
  let quiet: NoiseTake | undefined;
  for (const noise of NOISES) {
    const take = await measureNoise(noise);
    quiet ??= take;
    const times = (ms: number, base: number) => `${ms.toFixed(0)} (${(ms / base).toFixed(1)} ×)`;
    rows.push([
      noise.events === 0 ? 'quiet' : `${noise.events} ${noise.kind}`,
      times(take.approveToPageMs, quiet.approveToPageMs),
      times(take.alertToRoomMs, quiet.alertToRoomMs),
      take.insertsPerEvent.toFixed(2),
      String(take.events),
    ]);
  }
  printTable(
    `Noise: Slack takes ${SLACK_CALL_MS} ms a call; ms after the noise was answered, and × of quiet`,
    ['before it', 'approve → page', 'alert → room', 'inserts an event', 'events'],
    rows,
  );
  const tookS = await measureNotes(NOTES);
  printTable(
    'Notes at once in one room, limits on',
    ['notes', 'on record after s'],
    [[String(NOTES), tookS.toFixed(1)]],
  );
}

async function quietWorld(limits: 'on' | 'off'): Promise<World> {
  const world = await startWorld(
    { port: 0, functions: 'inline', limits, ai: 'off' },
    { writeLog: () => {} },
  );
  world.slack.board.plan({ match: '*', times: 0, delayMs: SLACK_CALL_MS });
  return world;
}

async function roomWithDraft(actors: Actors): Promise<string> {
  const firing = await actors.fires('checkout-errors');
  await actors.settle(PATIENCE_MS);
  const room = (await roomOf(actors, firing.key)) ?? '';
  await actors.says('maya.ito', room, 'draft investigating We are looking into failed payments.');
  await actors.settle(PATIENCE_MS);
  return room;
}

async function roomOf(actors: Actors, group: string): Promise<string | undefined> {
  for (const [opened, ...events] of (await actors.trails()).values()) {
    if (opened?.type !== 'INCIDENT_OPENED' || opened.details.group !== group) continue;
    const room = events.find(({ type }) => type === 'WAR_ROOM_CREATED');
    return room?.type === 'WAR_ROOM_CREATED' ? room.details.channelId : undefined;
  }
  return undefined;
}

function hasPeople(world: World, slug: string): boolean {
  const channels = [...world.slack.workspace.channels.values()];
  return channels.some(({ name, members }) => name.includes(slug) && members.size > 1);
}

async function eventsOn(actors: Actors): Promise<number> {
  return [...(await actors.trails()).values()].flat().length;
}

/** @throws when it does not come within patience */
async function since(
  startedMs: number,
  isDone: () => Promise<boolean>,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<number> {
  while (!(await isDone())) {
    if (performance.now() - startedMs > PATIENCE_MS) throw new Error('cannot measure: not done');
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return performance.now() - startedMs;
}
