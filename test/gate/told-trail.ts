import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import { keysOf } from '../../src/domain/event-keys.ts';
import { isOver, refusalOf, type Transition } from '../../src/domain/transitions.ts';
import { ChainNotes } from '../../src/services/chain-notes.ts';
import type { TrailExport } from '../../src/services/export-trail.ts';
import { Obligations } from '../../src/services/obligations.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { stormIncidentId } from '../../src/services/storms.ts';
import { alertMessage, onCall, ROUTING } from '../services/alert-messages.ts';
import { givenStorms } from '../services/storm-world.ts';
import { GateWorld, publicPem } from './gate-world.ts';
import type { PageFate } from './memory-page.ts';

/** A trail as the system wrote it, in the order it was written. */
export type ToldTrail = { events: AuditEvent[] };

/** Groups that fill the service's window and then start a storm. */
const STORM_GROUPS = 13;
const DAY_MS = 86_400_000;
const GLASS = 'Nobody else answers and customers lose money.';
const FATES: readonly PageFate[] = ['done', 'lost', 'vanished', 'busy', 'refused', 'delayed'];

/** Chance by a seed alone: Numerical Recipes' generator. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/**
 * Tells a story by a seed with the real services on ports in memory: an incident with drafts, decisions
 * and publications, resolved, reopened or cancelled, by four eyes or by one person alone; in some an
 * alert storm with linked groups, a second episode, the end of an old draft, a second day, enough
 * events for a checkpoint. One in five is from before there were notes.
 */
export async function toldTrail(seed: number): Promise<ToldTrail> {
  const dice = new Dice(seed);
  const world = new GateWorld();
  const events = recorded(world);
  const notes = new ChainNotes({ record: world.record, trail: world.trail, rows: world.rows });
  const obligations = obligationsOf(world);
  const isNoted = seed % 5 !== 0;
  let told = 0;
  /** As incident-worker does after each of its runs. */
  const note = async () => {
    for (; isNoted && told < events.length; told += 1) await notes.note(events[told]!);
  };
  await world.open(dice.of(['P1', 'P2', 'P3']));
  await note();
  if (seed % 2 === 1) await tellLateRoom(world, dice);
  if (seed % 3 === 0) await tellStorm(world);
  await note();
  if (seed % 7 === 0) await tellLength(world);
  const acts = 4 + dice.below(10);
  for (let act = 0; act < acts; act += 1) {
    await tellAct(world, dice);
    await world.drafts.withdrawOutlived(world.incidentId);
    await obligations.tend(world.incidentId);
    await note();
    world.nowMs += 1_000 + dice.below(60_000);
    if (seed % 4 === 1 && act === 2) world.nowMs += DAY_MS;
  }
  return { events };
}

/** The trail as `export-trail` writes it. */
export function exportOf(events: readonly AuditEvent[]): TrailExport {
  return {
    events: events.map((event) => ({ ...event, ...keysOf(event) })),
    keys: {
      approval: publicPem('approval'),
      publication: publicPem('publication'),
      ids: { approval: 'key-approval', publication: 'key-publication' },
    },
    breakGlass: [],
  };
}

function obligationsOf(world: GateWorld): Obligations {
  const clock = { nowMs: () => world.nowMs };
  const log = { note() {}, warn() {}, error() {}, count() {} };
  return new Obligations({ record: world.record, clock, log, times: DEFAULT_APPROVAL_TIMES });
}

function recorded(world: GateWorld): AuditEvent[] {
  const events: AuditEvent[] = [];
  const insert = world.trail.insert.bind(world.trail);
  world.trail.insert = async (event) => {
    const outcome = await insert(event);
    if (outcome === 'inserted') events.push(structuredClone(event));
    return outcome;
  };
  return events;
}

async function tellAct(world: GateWorld, dice: Dice): Promise<void> {
  const act = dice.below(12);
  if (act < 2) await givenDraft(world, `We see errors ${dice.below(1_000)}.`, act === 0);
  else if (act < 7) await tellDecision(world, dice);
  else if (act < 9) await tellTransition(world, dice);
  else if (act < 10) await handOver(world, dice);
  else if (act < 11) await raise(world, dice);
  else if (dice.below(2) === 0) await rename(world, dice);
  else await world.append('NOTE_ADDED', { text: 'Looked at the dashboards: “fine”\u2028é' });
}

/** Of an incident that is over, only its end is still told to customers. */
async function givenDraft(world: GateWorld, text: string, notify = false) {
  const status = isOver(await world.state()) ? 'resolved' : 'investigating';
  return world.draft(text, { notify, status });
}

async function tellDecision(world: GateWorld, dice: Dice): Promise<void> {
  const { drafts } = await world.state();
  const waits = drafts.filter(({ status }) => status === 'pending_approval');
  const card =
    waits.length > 0
      ? await world.card(dice.of(waits).draftId)
      : await givenDraft(world, 'Errors.');
  const verb = dice.below(10);
  if (verb === 0) await world.decide('reject', card, { by: 'U0CAL', reason: 'no' });
  else if (verb === 1) await world.decide('withdraw', card, { by: 'U0DEE' });
  else if (verb === 2) await world.edit(card, 'Better words.', 'U0DEE');
  else if (verb < 5) {
    await world.decide('break_glass', card, { by: dice.of(['U0BEN', 'U0DEE']), reason: GLASS });
  } else await world.decide('approve', card, { by: dice.of(['U0ADA', 'U0BEN', 'U0CAL', 'U0DEE']) });
  world.page.fates.push(dice.below(3) === 0 ? dice.of(FATES) : 'done');
  for (let minute = 0; minute < 4; minute += 1) {
    await world.deliverAll();
    world.nowMs += 60_000;
    await world.tend.drafts(world.incidentId);
  }
  world.page.fates.length = 0;
  const unclear = (await world.state()).drafts.find(({ status }) => status === 'unconfirmed');
  if (!unclear) return;
  const asked = await world.card(unclear.draftId);
  await world.decide(dice.of(['adopt', 'declare_absent']), asked, { by: 'U0DEE' });
  await world.deliverAll();
}

const FACTS = {
  mitigate: ['INCIDENT_MITIGATED', { text: 'better' }],
  resolve: ['INCIDENT_RESOLVED', { summary: 'fixed' }],
  reopen: ['INCIDENT_REOPENED', { reason: 'again' }],
  cancel: ['INCIDENT_CANCELLED', { reason: 'false alarm' }],
} as const;

async function tellTransition(world: GateWorld, dice: Dice): Promise<void> {
  const asked = dice.of(Object.keys(FACTS) as Transition[]);
  const state = await world.state();
  const transition = isOver(state) ? 'reopen' : asked;
  if (refusalOf(transition, state) !== undefined) return;
  const [type, details] = FACTS[transition];
  await world.append(type, details as never);
}

async function handOver(world: GateWorld, dice: Dice): Promise<void> {
  const { ic } = await world.state();
  const to = dice.of(['U0DEE', 'U0EVE', 'U0ADA']);
  if (ic !== null && ic !== to)
    await world.append('ROLE_HANDED_OVER', { role: 'ic', from: ic, to });
}

async function raise(world: GateWorld, dice: Dice): Promise<void> {
  const { severity } = await world.state();
  const to = dice.of(['P1', 'P2', 'P3', 'P4'] as const);
  if (severity !== to) {
    // The source of the alert raises it by itself.
    const by = { kind: 'alert_source', id: 'alertmanager' } as const;
    const details = { from: severity, to, reason: 'seen' };
    await world.append('SEVERITY_CHANGED', details, dice.of(['U0DEE', by]));
  }
}

async function rename(world: GateWorld, dice: Dice): Promise<void> {
  const { title, service } = await world.state();
  if (dice.below(2) === 0) {
    await world.append('TITLE_CHANGED', { from: title, to: `${title.slice(0, 60)} again` });
  } else {
    await world.append('SERVICE_CHANGED', { from: service, to: dice.of(['login', 'search']) });
  }
}

/** More than one checkpoint, with the drafts' events among them. */
async function tellLength(world: GateWorld): Promise<void> {
  for (let n = 0; n < 58; n += 1) await world.append('NOTE_ADDED', { text: `line ${n}` });
}

/** Slack opens no room, or takes nobody in; in half of the stories it does later. */
async function tellLateRoom(world: GateWorld, dice: Dice): Promise<void> {
  const room = { channelId: 'C0ROOM', channelName: 'inc-room' };
  const isRoomless = dice.below(2) === 0;
  const reason = 'this app’s bot token was revoked';
  const opens = () => world.append('WAR_ROOM_CREATED', { ...room, adopted: false });
  if (!isRoomless) await opens();
  await world.append('RESPONDER_INVITE_FAILED', { who: 'U0EVE', source: 'routing', reason });
  await world.append('ASSEMBLY_FAILED', { reason });
  if (dice.below(2) === 0) return;
  if (isRoomless) await opens();
  await world.append('RESPONDER_INVITED', { slackUserId: 'U0EVE', source: 'routing' });
  const nextUpdateDueAt = new Date(world.nowMs + 1_800_000).toISOString();
  const { channelId } = room;
  await world.append('WAR_ROOM_ASSEMBLED', { channelId, invited: 1, nextUpdateDueAt });
}

/** Alert groups of one service until they join its storm; then one is over, and comes again. */
async function tellStorm(world: GateWorld): Promise<void> {
  const clock = { nowMs: () => world.nowMs };
  const { record, rows } = world;
  const { storms, batches } = givenStorms({ record, rows, clock });
  const schedules = { set: async () => {}, remove: async () => {} };
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const receiver = new ReceiveAlert({ record, rows, routing: ROUTING, quarantine, storms });
  const receive = (type: string, group: string) => {
    world.nowMs += 100;
    const body = onCall(type, { group, time: new Date(world.nowMs).toISOString() });
    return receiver.receive(alertMessage(body, { receivedAtMs: world.nowMs }));
  };
  for (let n = 0; n < STORM_GROUPS; n += 1) await receive('alert group created', `G${n}`);
  await receive('resolve', 'NEVER-SEEN');
  world.nowMs += 5_000;
  await batches.append(stormIncidentId('checkout-api', 1));
  const first = await receive('acknowledge', 'G0');
  await record.run({
    incidentId: first,
    commandId: 'cancel',
    actor: { kind: 'slack_user', id: 'U0DEE' },
    decide: () => ({ append: 'INCIDENT_CANCELLED', details: { reason: 'flapping' } }),
  });
  await receive('alert group created', 'G0');
}
