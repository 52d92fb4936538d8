import { createHash } from 'node:crypto';
import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import type { Ack } from '../../src/local/actors.ts';
import type { OncallEventType } from '../../src/local/samples/oncall-alert.ts';
import {
  deliveryOf,
  type Firing,
  newFiring,
  SAMPLE_ALERTS,
} from '../../src/local/samples/sample-alerts.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import {
  type CalledPerson,
  callOutcomes,
  type ExpectedFact,
  type IncidentObservation,
  incidentPromises,
  repeatedLines,
} from './check-incident.ts';
import type { IncidentAct } from './incident-story.ts';
import type { MatrixWorld } from './matrix-world.ts';
import { observe } from './observe-incident.ts';
import { postAlert } from './post-alert.ts';
import type { Broken, Telling } from './story.ts';

/** A person, or a source, tries again when it is told that it did not work. */
const TRIES_MAX = 4;
/** Steps of 30 s in which everything has to come to its end. */
const ROUNDS_MAX = 20;
const ROUND_S = 30;
/** The sweeper has been there, and whatever it woke has run. Unit: s. */
const SWEPT_S = 61;

/** Firings of this process; the number makes each another alert group. */
let fired = 0;

/** One incident from its alert to its end, and all that can be seen of it from outside. */
export class IncidentTelling implements Telling {
  readonly world: MatrixWorld;
  readonly #acts: Readonly<Record<string, IncidentAct>>;
  readonly #accepted = new Set<string>();
  readonly #facts = new Map<EventType, ExpectedFact>();
  /** People, and the directory that alone names them. */
  readonly #called = new Map<string, string | null>();
  /** Chains beside the incident's own on which something was put. */
  readonly #chains = new Set<string>();
  #firing: Firing | undefined;
  #opened: ((first: AuditEvent) => boolean) | undefined;
  #incidentId = '';
  #room = '';
  #helped: string[] = [];
  #remarks: string[] = [];
  #hasNewAlert = false;

  constructor(world: MatrixWorld, acts: Readonly<Record<string, IncidentAct>>) {
    this.world = world;
    this.#acts = acts;
  }

  /** A sample alert fires: what follows is about its incident. @param path - not its usual one */
  async fires(
    sampleId: string,
    type: OncallEventType = 'escalation',
    path?: AlertPath,
  ): Promise<void> {
    const alert = SAMPLE_ALERTS.find(({ id }) => id === sampleId)!;
    const atMs = this.world.world.clock.nowMs();
    fired += 1;
    const firing = newFiring(alert, atMs, fired);
    this.#firing = firing;
    this.#incidentId = '';
    this.#opened = (first) =>
      first.type === 'INCIDENT_OPENED' && first.details.group.includes(firing.key);
    await this.#delivers(type, atMs, path);
  }

  /** The source of the alert has news of it. */
  async alertSays(type: OncallEventType, fact: EventType): Promise<void> {
    await this.#delivers(type, this.world.world.clock.nowMs());
    this.expects(fact, 1);
  }

  /** A sender posts a body until it is taken. */
  posts(body: Buffer, post: () => Promise<number>): Promise<void> {
    return this.#untilTaken(body, post);
  }

  /** A person asks for something. @param fact - what it puts on record; null: people are called */
  async asks(fact: EventType | null, ask: () => Promise<Ack>): Promise<void> {
    for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
      const { status, body } = await ask();
      if (status === 200 && body === '') {
        if (fact) this.expects(fact, 1);
        return;
      }
      // They were told that nothing was done; it may have been.
      if (fact) this.expects(fact, 0, 1);
      this.#helped.push('asked again');
    }
    throw new Error(`lost: nobody takes what is to make ${fact}`);
  }

  says(user: string, fact: EventType | null, text: string): Promise<void> {
    return this.asks(fact, () => this.world.actors.says(user, this.#room, text));
  }

  /** Somebody declares an incident: what follows is about it. */
  async declares(user: string, title: string): Promise<void> {
    this.#incidentId = '';
    this.#opened = (first) => first.type === 'INCIDENT_DECLARED' && first.details.title === title;
    const channel = ANNOUNCEMENT_CHANNEL_ID;
    await this.asks('INCIDENT_DECLARED', () =>
      this.world.actors.says(user, channel, `declare ${title}`),
    );
  }

  clicks(user: string, fact: EventType, action: string): Promise<void> {
    return this.asks(fact, () => this.world.actors.clicks(user, this.#room, { action }));
  }

  /** A fact must be on record `least` times more, and may be `most` times more. */
  expects(type: EventType, least: number, most = least): void {
    const known = this.#facts.get(type) ?? { type, least: 0, most: 0 };
    this.#facts.set(type, { type, least: known.least + least, most: known.most + most });
  }

  /** These people are called to the incident, whatever happens. */
  calls(...userIds: string[]): void {
    this.callsBy(null, ...userIds);
  }

  /** These people are called, by a directory that need not answer. */
  callsBy(source: string | null, ...userIds: string[]): void {
    for (const id of userIds) this.#called.set(id, source);
  }

  /** Something is put on a chain that is no incident's. */
  alsoOn(chain: string): void {
    this.#chains.add(chain);
  }

  /** Forgets what was asked for: a new incident begins. */
  forget(): void {
    this.#facts.clear();
    this.#called.clear();
  }

  async trail(): Promise<AuditEvent[]> {
    return (await this.#find()) ? this.world.trail(this.#incidentId) : [];
  }

  /** When somebody is reminded of an update next. */
  nextReminderAtMs(): number {
    const name = `${this.#incidentId}-update-due`;
    const schedules = this.world.world.aws.scheduler.schedules();
    const due = schedules.find((schedule) => schedule.name === name)?.dueAtMs;
    if (due === undefined) throw new Error('reminder: not scheduled');
    return due;
  }

  /** Until the room is complete and nothing is left to do. @throws when people must help */
  async settles(): Promise<void> {
    const helped = await this.recover();
    const broken = await this.judge();
    const wrong = [...helped, ...broken];
    if (wrong.length > 0) throw new Error(`it does not settle: ${wrong.join('; ')}`);
  }

  async prepare(act: string): Promise<void> {
    await this.#acts[act]?.prepare?.(this);
    await this.world.quiet();
    this.#helped = [];
  }

  async perform(act: string): Promise<void> {
    await this.#acts[act]?.perform(this);
  }

  async recover(): Promise<string[]> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await this.world.quiet();
      if (await this.#isSettled()) break;
      await this.world.passes(ROUND_S);
    }
    // Whatever is still to come a second time, comes now.
    await this.world.passes(SWEPT_S);
    return this.#helped;
  }

  async judge(): Promise<Broken[]> {
    if (!(await this.#find())) return ['lost: no incident was opened'];
    const seen = await this.observation();
    this.#remarks = repeatedLines(seen);
    this.#hasNewAlert = false;
    return incidentPromises(seen);
  }

  remarks(): string[] {
    return this.#remarks;
  }

  /** An event of the same incident, by another lane than most acts' own. */
  async interfere(): Promise<void> {
    if (this.#firing) await this.world.actors.sends(this.#firing, 'silence');
  }

  async #delivers(type: OncallEventType, atMs: number, path?: AlertPath): Promise<void> {
    const firing = this.#firing;
    if (!firing) throw new Error('no alert has fired');
    const delivery = deliveryOf(firing, type, atMs);
    const body = Buffer.from(JSON.stringify(delivery.body));
    await this.#untilTaken(body, async () => {
      if (!path) return this.world.actors.sends(firing, type, atMs);
      this.world.world.oncall.groups.register(delivery.body);
      return postAlert(this.world.world, { path, body });
    });
  }

  async #untilTaken(body: Buffer, send: () => Promise<number>): Promise<void> {
    for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
      if (this.#took(await send(), body)) return;
    }
    throw new Error('lost: nobody takes the alert');
  }

  /** A source that is not told "accepted" sends it again. */
  #took(status: number, body: Buffer): boolean {
    this.#hasNewAlert = true;
    if (status !== 202) this.#helped.push('sent again by its source');
    else this.#accepted.add(createHash('sha256').update(body).digest('hex'));
    return status === 202;
  }

  async #find(): Promise<boolean> {
    if (this.#incidentId === '') {
      const trails = [...(await this.world.actors.trails()).values()];
      const mine = trails.find(([first]) => first !== undefined && this.#opened?.(first));
      if (!mine?.[0]) return false;
      this.#incidentId = mine[0].incidentId;
      this.#room = '';
    }
    if (this.#room === '') {
      const created = (await this.world.trail(this.#incidentId)).find(
        ({ type }) => type === 'WAR_ROOM_CREATED',
      );
      if (created?.type === 'WAR_ROOM_CREATED') this.#room = created.details.channelId;
    }
    return true;
  }

  async #isSettled(): Promise<boolean> {
    if (!(await this.#find())) return false;
    const events = await this.world.trail(this.#incidentId);
    const isThere = [...this.#facts.values()].every(
      ({ type, least }) => events.filter((event) => event.type === type).length >= least,
    );
    const areAllIn = callOutcomes(events, this.#calledPeople()).every(({ is }) => is !== 'missing');
    if (!isThere || !areAllIn) return false;
    if (!events.some(({ type }) => type === 'WAR_ROOM_ASSEMBLED')) return false;
    const { version, actedSeq } = await this.world.progress(this.#incidentId);
    const isDone = version === events.length && actedSeq === events.length;
    return isDone && (await this.world.outboxCount()) === 0;
  }

  /** Everything that anybody could look at from outside. */
  observation(): Promise<IncidentObservation> {
    return observe(this.world, {
      incidentId: this.#incidentId,
      room: this.#room,
      chains: [this.#incidentId, ...this.#chains],
      accepted: this.#hasNewAlert ? [...this.#accepted] : [],
      facts: [...this.#facts.values()],
      called: this.#calledPeople(),
    });
  }

  #calledPeople(): CalledPerson[] {
    return [...this.#called].map(([id, source]) => ({ id, source }));
  }
}
