import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import { type Ack, Actors, actionsOf, type Filled } from '../../src/local/actors.ts';
import type { Fault } from '../../src/local/fault-board.ts';
import type { OncallEventType } from '../../src/local/samples/oncall-alert.ts';
import type { Firing } from '../../src/local/samples/sample-alerts.ts';
import { secretKeyOf, signDelivery } from '../../src/local/sign-alert.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { startWorld, type World, type WorldSurroundings } from '../../src/local/world.ts';
import type { WorldOptions } from '../../src/local/world-options.ts';
import { CalmConfig } from './calm-config.ts';

/** Of whom these stories tell; the ids are the embedded workspace's. */
export const PEOPLE = {
  maya: 'U04MAYAITO1',
  jonas: 'U04JONASBRG',
  priya: 'U04PRIYARMN',
  tomas: 'U04TOMASNVK',
  lena: 'U04LENAFSCH',
  sam: 'U04SAMOKAFR',
  ana: 'U04ANASILVA',
  omar: 'U04OMARHDDD',
  greta: 'U04GRETACTR',
  bot: 'U04DEPLOYBT',
  paul: 'U09PAULREED',
} as const;

/** Two minutes of back-off, at most. */
const BACKOFF_ROUNDS_MAX = 60;

/** Of 50 ms each; a sweep takes less, unless something does not answer. */
const SWEEP_ROUNDS_MAX = 100;

/** Of 20 ms each, and what is asked in each. */
const UNTIL_ROUNDS_MAX = 400;

type FakeName = 'slack' | 'statuspage' | 'aws' | 'oncall' | 'grafana' | 'github';
/** A draft as its card's buttons name it. */
export type CardValue = { incidentId: string; draftId: string; revision: number; digest: string };

/**
 * One world for all stories of a file; faults are cleared after each. The stories of a file are many
 * incidents within minutes: in the shipped configuration they would be an alert storm.
 */
export function givenWorld(
  options: Partial<WorldOptions> = {},
  surroundings: WorldSurroundings = {},
): Stage {
  const chosen = { port: 0, functions: 'inline', limits: 'off', ai: 'off', ...options } as const;
  const stage = new Stage(chosen, surroundings);
  beforeAll(() => stage.open());
  afterEach(() => stage.clearFaults());
  afterAll(() => stage.close());
  return stage;
}

/** The world as a story uses it. */
export class Stage {
  readonly #options: WorldOptions;
  readonly #surroundings: WorldSurroundings;
  #world: World | undefined;
  #actors: Actors | undefined;
  #sqs: SQSClient | undefined;
  #sent = 0;
  readonly #config = new CalmConfig();

  constructor(options: WorldOptions, surroundings: WorldSurroundings = {}) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get world(): World {
    if (!this.#world) throw new Error('the world is not open yet');
    return this.#world;
  }

  get actors(): Actors {
    if (!this.#actors) throw new Error('the world is not open yet');
    return this.#actors;
  }

  async open(): Promise<void> {
    const configFolder = this.#surroundings.configFolder ?? this.#config.write();
    const surroundings = { writeLog: () => {}, ...this.#surroundings, configFolder };
    this.#world = await startWorld(this.#options, surroundings);
    this.#actors = new Actors(this.#world);
    const { region, credentials, urls } = this.#world.ready;
    this.#sqs = new SQSClient({ region, credentials, endpoint: urls.aws });
  }

  async close(): Promise<void> {
    this.#sqs?.destroy();
    this.#actors?.close();
    await this.#world?.close();
    this.#config.remove();
  }

  /** A sample alert fires and its room opens. */
  async fires(sampleId: string, type?: OncallEventType): Promise<Incident> {
    const firing = await this.actors.fires(sampleId, type);
    expect(firing.status).toBe(202);
    await this.settle();
    return this.incidentOf(firing);
  }

  /** A P1 whose room is open: Maya and Jonas are in it, and Priya, who may approve. */
  async givenP1(): Promise<Incident> {
    const incident = await this.fires('checkout-errors');
    await incident.joins('priya');
    return incident;
  }

  /** Somebody opens an incident by the form; its room is open and they lead it. */
  async declares(who: keyof typeof PEOPLE, filled: Filled): Promise<Incident> {
    const before = new Set(await this.#declared());
    await this.actors.says(PEOPLE[who], ANNOUNCEMENT_CHANNEL_ID, 'declare');
    expect((await this.actors.submits(PEOPLE[who], filled)).errors).toBeUndefined();
    await this.settle();
    const isNew = (id: string) => !before.has(id);
    // Whoever declares what may be open already is asked first.
    if (!(await this.#declared()).some(isNew))
      await this.clicksTold(who, 'incident_declare_anyway');
    const id = (await this.#declared()).find(isNew);
    if (id === undefined) throw new Error('nothing was declared');
    return new Incident(this, id, undefined as never);
  }

  /** Somebody clicks a button of what only they were told last, in the announcement channel. */
  async clicksTold(who: keyof typeof PEOPLE, action: string): Promise<void> {
    const told = (await this.actors.ephemerals(PEOPLE[who])).at(-1);
    if (!told) throw new Error(`${who} was told nothing`);
    await this.actors.clicks(PEOPLE[who], ANNOUNCEMENT_CHANNEL_ID, { action, ts: told.ts });
    await this.settle();
  }

  async #declared(): Promise<string[]> {
    const chains = [...(await this.actors.trails())];
    return chains.filter(([, [first]]) => first?.type === 'INCIDENT_DECLARED').map(([id]) => id);
  }

  async incidentOf(firing: Firing): Promise<Incident> {
    const found = await this.incidentsOf(firing.key);
    if (found.length !== 1) throw new Error(`expected one incident, got ${found.length}`);
    return new Incident(this, found[0] as string, firing);
  }

  /** Ids of the incidents that an alert group opened, oldest first. */
  async incidentsOf(group: string): Promise<string[]> {
    const firsts = [...(await this.actors.trails()).values()].map(([first]) => first);
    return firsts
      .filter((first) => first?.type === 'INCIDENT_OPENED' && first.details.group.includes(group))
      .toSorted((a, b) => (a as AuditEvent).at.localeCompare((b as AuditEvent).at))
      .map((first) => (first as AuditEvent).incidentId);
  }

  /** Posts a body as its sender would, signed for its path. */
  async posts(given: string, body: Uint8Array, secret?: string): Promise<number> {
    const { urls, secrets } = this.world.ready;
    const path = given as AlertPath;
    const nowMs = this.world.clock.nowMs();
    const response = await fetch(`${urls.api}${path}`, {
      method: 'POST',
      headers: signDelivery(path, { secret: secret ?? secrets[secretKeyOf(path)], body, nowMs }),
      body: Buffer.from(body),
    });
    await response.text();
    return response.status;
  }

  settle(timeoutMs?: number): Promise<void> {
    return this.actors.settle(timeoutMs);
  }

  /** Time passes, in steps small enough for everything that waits to be taken up. */
  async passes(of: { minutes?: number; seconds?: number }): Promise<void> {
    let leftMs = (of.minutes ?? 0) * 60_000 + (of.seconds ?? 0) * 1_000;
    while (leftMs > 0) {
      const stepMs = Math.min(leftMs, 60_000);
      // A sweep during which a minute passes has no time left for what it took, which stays hidden
      // from the next one: the last sweep finds all that the earlier ones left.
      if (stepMs === leftMs) await this.#sweepsEnd();
      this.world.clock.advance(stepMs);
      leftMs -= stepMs;
      await this.world.idle(50);
    }
    // What was put off for some seconds need not be waited for in real time.
    for (let round = 0; round < BACKOFF_ROUNDS_MAX; round += 1) {
      const { idle, pending } = await this.world.idle(200);
      if (idle) return;
      if (Object.keys(pending.functions).length === 0) this.world.clock.advance(2_000);
    }
    await this.settle();
  }

  /** Waits for the sweeps that run, unless they wait for what does not answer. */
  async #sweepsEnd(): Promise<void> {
    for (let round = 0; round < SWEEP_ROUNDS_MAX; round += 1) {
      const { pending } = await this.world.idle(50);
      if (!pending.functions.sweeper) return;
    }
  }

  /** Waits for something that comes soon, without guessing how soon. @throws when it does not come */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (let round = 0; round < UNTIL_ROUNDS_MAX; round += 1) {
      if (await isSo()) return;
      await this.world.idle(20);
    }
    throw new Error(`waited in vain until ${what}`);
  }

  /** Waits until the first planned fault of a fake was met. */
  faultMet(fake: FakeName): Promise<void> {
    const { board } = this.world[fake];
    return this.until('the fault is met', () => (board.faults()[0]?.hits ?? 0) > 0);
  }

  /** A fake misbehaves. */
  fault(fake: FakeName, fault: Fault): void {
    this.world[fake].board.plan(fault);
  }

  clearFaults(): void {
    for (const fake of ['slack', 'statuspage', 'aws', 'oncall', 'grafana', 'github'] as const) {
      this.#world?.[fake].board.clearFaults();
    }
  }

  /** How often an operation was called at a fake. */
  countOf(fake: FakeName, operation: string): number {
    return this.world[fake].board.calls().counts[operation] ?? 0;
  }

  /** Requests that would have changed the status page. */
  async pageWrites(): Promise<number> {
    const requests = await this.actors.pageRequests();
    return requests.filter(({ method }) => method !== 'GET').length;
  }

  /** Somebody with access to a queue puts a message on it. */
  async sends(queue: 'incidents' | 'publications', body: unknown, group = 'forged'): Promise<void> {
    this.#sent += 1;
    await this.#sqs?.send(
      new SendMessageCommand({
        QueueUrl: this.world.ready.queues[queue],
        MessageBody: JSON.stringify(body),
        MessageGroupId: group,
        MessageDeduplicationId: `external-${this.#sent}`,
      }),
    );
  }
}

/** One incident, its room, and the people in it. Every act waits for all that follows. */
export class Incident {
  readonly stage: Stage;
  readonly id: string;
  readonly firing: Firing;

  constructor(stage: Stage, id: string, firing: Firing) {
    this.stage = stage;
    this.id = id;
    this.firing = firing;
  }

  async says(who: keyof typeof PEOPLE, text: string): Promise<Ack> {
    const ack = await this.stage.actors.says(PEOPLE[who], await this.room(), text);
    await this.stage.settle();
    return ack;
  }

  async clicks(
    who: keyof typeof PEOPLE,
    action: string,
    of: { value?: string; ts?: string } = {},
  ): Promise<Ack> {
    const ack = await this.stage.actors.clicks(PEOPLE[who], await this.room(), { action, ...of });
    await this.stage.settle();
    return ack;
  }

  /** @returns what is wrong, by field; undefined when the form was taken */
  async submits(
    who: keyof typeof PEOPLE,
    filled: Filled,
  ): Promise<Record<string, string> | undefined> {
    const answer = await this.stage.actors.submits(PEOPLE[who], filled);
    await this.stage.settle();
    return answer.errors as Record<string, string> | undefined;
  }

  /** The source of the alert sends a further event of its group. */
  async alertSays(type: OncallEventType, atMs?: number): Promise<number> {
    const status = await this.stage.actors.sends(this.firing, type, atMs);
    await this.stage.settle();
    return status;
  }

  async joins(who: keyof typeof PEOPLE): Promise<void> {
    const room = await this.room();
    await post(this.stage, 'join', { user: PEOPLE[who], channel: room });
  }

  /** A draft in somebody's own words, waiting for approval. */
  async givenDraft(by: keyof typeof PEOPLE = 'maya', text = SOME_TEXT): Promise<CardValue> {
    await this.says(by, `draft investigating ${text}`);
    return this.card();
  }

  /** What the newest draft's card says it shows. */
  async card(): Promise<CardValue> {
    const drafts = (await this.trail()).flatMap((event) =>
      event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED'
        ? [event.details]
        : [],
    );
    const newest = drafts.at(-1);
    if (!newest) throw new Error('there is no draft');
    const { draftId, revision, digest } = newest;
    return { incidentId: this.id, draftId, revision, digest };
  }

  /** The channel id of the war room. */
  async room(): Promise<string> {
    const created = (await this.trail()).find(({ type }) => type === 'WAR_ROOM_CREATED');
    if (created?.type !== 'WAR_ROOM_CREATED') throw new Error('there is no war room');
    return created.details.channelId;
  }

  trail(): Promise<AuditEvent[]> {
    return this.stage.actors.trail(this.id);
  }

  async types(): Promise<EventType[]> {
    return (await this.trail()).map(({ type }) => type);
  }

  async count(type: EventType): Promise<number> {
    return (await this.types()).filter((each) => each === type).length;
  }

  /** The newest event of a type. */
  async last<T extends EventType>(type: T): Promise<Extract<AuditEvent, { type: T }>> {
    const found = (await this.trail()).findLast((event) => event.type === type);
    if (!found) throw new Error(`expected ${type} on the trail, got ${await this.types()}`);
    return found as Extract<AuditEvent, { type: T }>;
  }

  /** These events, in this order, others between them allowed. */
  async expectTrail(expected: readonly EventType[]): Promise<void> {
    const types = await this.types();
    let at = 0;
    const inOrder = expected.filter((type) => {
      const found = types.indexOf(type, at);
      if (found >= 0) at = found + 1;
      return found >= 0;
    });
    expect(inOrder, `on the trail: ${types.join(' ')}`).toEqual(expected);
  }

  async posts(): Promise<string[]> {
    const { messages } = await this.stage.actors.channel(await this.room());
    return messages.map(({ text }) => text);
  }

  /** @param times - how often the room must say so */
  async expectRoomPost(words: string | RegExp, times = 1): Promise<void> {
    const posts = await this.posts();
    const found = posts.filter((text) => matches(text, words));
    expect(found.length, `“${words}” in the room: ${JSON.stringify(posts)}`).toBe(times);
  }

  /** Somebody, and nobody else, was told so. */
  async expectTold(who: keyof typeof PEOPLE, words: string | RegExp): Promise<void> {
    const told = (await this.stage.actors.ephemerals(PEOPLE[who])).map(({ text }) => text);
    const found = told.some((text) => matches(text, words));
    expect(found, `“${words}” told to ${who}: ${JSON.stringify(told.slice(-5))}`).toBe(true);
  }

  /** The public page shows these texts of this incident, in the order they were published. */
  async expectPage(texts: readonly string[]): Promise<void> {
    expect(await this.pageTexts()).toEqual(texts);
  }

  async pageTexts(): Promise<string[]> {
    const mine = (await this.stage.actors.page()).filter((incident) =>
      JSON.stringify(incident.metadata).includes(this.id),
    );
    expect(mine.length).toBeLessThanOrEqual(1);
    return (mine[0]?.incident_updates ?? []).map(({ body }) => body).toReversed();
  }

  /** Buttons of the newest message that has any of these. */
  async buttons(about: string | RegExp): Promise<string[]> {
    const { messages } = await this.stage.actors.channel(await this.room());
    const found = messages.findLast(({ text }) => matches(text, about));
    return found ? actionsOf(found) : [];
  }
}

export const SOME_TEXT = 'Some payments fail. We are looking for the cause.';

function matches(text: string, words: string | RegExp): boolean {
  return typeof words === 'string' ? text.includes(words) : words.test(text);
}

async function post(stage: Stage, what: string, body: unknown): Promise<void> {
  const url = `${stage.world.ready.urls.slack}/_world/${what}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`cannot ${what}: ${await response.text()}`);
}
