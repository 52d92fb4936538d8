import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { actionsOf, type ShownMessage } from '../../src/local/actors.ts';
import { livesPromises } from './check-lives.ts';
import { type Observation, publicationPromises } from './check-publication.ts';
import type { MatrixWorld } from './matrix-world.ts';
import {
  newestRevision,
  type Revision,
  revisionsIn,
  type Standing,
  standingOf,
} from './standing.ts';
import type { Broken, Story, Telling } from './story.ts';

/** What a publication does to the page. */
export const PUBLICATION_ACTS = ['create', 'update', 'resolve'] as const;
export type PublicationAct = (typeof PUBLICATION_ACTS)[number];

const IC = 'U04MAYAITO1';
const APPROVER = 'U04PRIYARMN';
const DRAFTS: Record<PublicationAct, { status: string; text: string }> = {
  create: { status: 'investigating', text: 'Some payments fail. We are looking for the cause.' },
  update: { status: 'identified', text: 'A change caused it. We are taking it back.' },
  resolve: { status: 'resolved', text: 'Payments work again. We are sorry.' },
};
const INTERFERENCE = {
  create: 'acknowledge',
  update: 'silence',
  resolve: 'unacknowledge',
} as const;
/** A person clicks again when Slack says that it did not work. */
const CLICKS_MAX = 3;
/** Sweeps that may pass until there is a room. */
const ROOM_ROUNDS_MAX = 3;
/** Steps of 30 s in which a publication has to end: well inside an approval's 30 minutes. */
const ROUNDS_MAX = 40;
const ROUND_S = 30;
/** Longer than any attempt may still reach the page. Unit: s. */
const SURE_S = 120;
/** All looks at the page by itself are over by then. Unit: s. */
const LOOKS_S = 180;
const LOOK_S = 60;
/** The sweeper has been there, and whatever it woke has run. Unit: s. */
const SWEPT_S = 61;

/** In which world of its own a publication happens. */
export type PublicationOptions = {
  name: string;
  /** Whether customers are mailed; only silent publications are sent again by themselves. */
  notify: boolean;
  /** The page does what it is asked and does not say so; the act is what follows from that. */
  isAnswerLost?: boolean;
};

/**
 * A P1's three publications: its incident on the page, an update, the end. In each, somebody
 * approves a draft that waits, and customers read it.
 */
export function publicationStory(of: PublicationOptions): Story {
  return {
    name: of.name,
    acts: PUBLICATION_ACTS,
    begin: (world) => PublicationTelling.begin(world, of),
  };
}

/** One incident's publications, and all that can be seen of them. */
export class PublicationTelling implements Telling {
  readonly #world: MatrixWorld;
  readonly #of: PublicationOptions;
  #incidentId = '';
  #room = '';
  #sends: (type: (typeof INTERFERENCE)[PublicationAct]) => Promise<number>;

  private constructor(world: MatrixWorld, of: PublicationOptions) {
    this.#world = world;
    this.#of = of;
    this.#sends = async () => 0;
  }

  static async begin(world: MatrixWorld, of: PublicationOptions): Promise<PublicationTelling> {
    const telling = new PublicationTelling(world, of);
    const firing = await world.actors.fires('checkout-errors');
    await world.quiet();
    telling.#sends = (type) => world.actors.sends(firing, type);
    await telling.#enters(
      (first) => first.type === 'INCIDENT_OPENED' && first.details.group.includes(firing.key),
    );
    return telling;
  }

  /** Of an incident that something else has opened, by its first event. */
  static async join(
    world: MatrixWorld,
    isIt: (first: AuditEvent) => boolean,
  ): Promise<PublicationTelling> {
    const telling = new PublicationTelling(world, { name: '', notify: true });
    await telling.#enters(isIt);
    return telling;
  }

  get incidentId(): string {
    return this.#incidentId;
  }

  async #enters(isIt: (first: AuditEvent) => boolean): Promise<void> {
    const world = this.#world;
    for (let round = 0; !(await this.#findRoom(isIt)); round += 1) {
      // A slow machine can leave the room to the sweeper.
      if (round === ROOM_ROUNDS_MAX) throw new Error('there is no war room');
      await world.passes(SWEPT_S);
    }
    for (const user of [IC, APPROVER]) await post(world, 'join', { user, channel: this.#room });
    await this.#clicks(IC, 'incident_take_ic');
    await world.quiet();
  }

  /** The commander types a command in the room. */
  async says(text: string): Promise<void> {
    for (let tried = 0; tried < CLICKS_MAX; tried += 1) {
      const { status } = await this.#world.actors.says(IC, this.#room, text);
      if (status === 200) return;
    }
    throw new Error(`4: nobody takes “${text}”`);
  }

  /** Writes, approves and publishes, while nothing is disturbed. */
  async publishes(status: string, text: string): Promise<void> {
    await this.says(`draft ${status} ${text}`);
    await this.#world.quiet();
    await this.approves();
    const helped = await this.recover();
    if (helped.length > 0) throw new Error(`undisturbed: ${helped.join('; ')}`);
  }

  async prepare(act: string): Promise<void> {
    const { status, text } = DRAFTS[act as PublicationAct];
    await this.says(`draft ${status} ${text}`);
    await this.#world.quiet();
    if (!this.#of.notify) {
      await this.#clicks(IC, 'statuspage_edit', await this.#newest());
      await this.#world.actors.submits(IC, { notify: 'no' });
      await this.#world.quiet();
    }
    if (!this.#of.isAnswerLost) return;
    const match = act === 'create' ? 'create_incident' : 'update_incident';
    this.#world.arm('statuspage', { match, answer: 'drop' });
    await this.approves();
    await this.#world.untilHit();
  }

  async perform(): Promise<void> {
    if (!this.#of.isAnswerLost) return void (await this.approves());
    for (let leftS = LOOKS_S; leftS > 0 && !(await this.#isPublished()); leftS -= LOOK_S) {
      await this.#world.passes(LOOK_S);
    }
  }

  async #isPublished(): Promise<boolean> {
    const events = await this.#world.trail(this.#incidentId);
    const newest = newestRevision(events);
    return newest !== undefined && standingOf(events, newest).kind === 'published';
  }

  async interfere(act: string): Promise<void> {
    await this.#sends(INTERFERENCE[act as PublicationAct]);
  }

  /** The approver says yes to the newest card. @returns false when it asks nobody any more */
  async approves(): Promise<boolean> {
    return this.#clicks(APPROVER, 'statuspage_approve', await this.#newest());
  }

  async recover(): Promise<string[]> {
    const helped: string[] = [];
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await this.#world.quiet();
      const events = await this.#world.trail(this.#incidentId);
      const revision = newestRevision(events);
      if (!revision) throw new Error('there is no draft');
      const standing = standingOf(events, revision);
      if (standing.kind === 'published') {
        await this.#world.passes(2 * SWEPT_S);
        return helped;
      }
      helped.push(...(await this.#continues(revision, standing)));
    }
    throw new Error('4: the publication hangs');
  }

  async judge(): Promise<Broken[]> {
    const broken = publicationPromises(await this.observation());
    return [...broken, ...(await livesPromises(this.#world))];
  }

  /**
   * One step towards the end of publications that nobody knows the outcome of, or that are under way.
   * @returns undefined when there is none
   */
  async goesOn(): Promise<string[] | undefined> {
    const events = await this.#world.trail(this.#incidentId);
    for (const { details } of revisionsIn(events)) {
      const standing = standingOf(events, details);
      if (standing.kind !== 'under_way' && standing.kind !== 'unconfirmed') continue;
      return this.#continues(details, standing);
    }
    return undefined;
  }

  /** One step of what happens next: people do what they are asked for, or time passes. */
  async #continues(revision: Revision, standing: Standing): Promise<string[]> {
    switch (standing.kind) {
      case 'pending':
        if (!standing.isVoided) break;
        await this.#clicks(APPROVER, 'statuspage_approve', revision);
        return ['approved again'];
      case 'failed':
        return this.#draftsAgain(revision);
      case 'unconfirmed':
        if (this.#isLookedFor(standing)) break;
        return this.#decides(revision, standing.sinceAt);
      default:
        break;
    }
    await this.#world.passes(ROUND_S);
    return [];
  }

  /** The system has said that it will look again, and the time for it has not passed by far. */
  #isLookedFor({ nextLookAt }: { nextLookAt: string | null }): boolean {
    if (nextLookAt === null) return false;
    return this.#world.world.clock.nowMs() < Date.parse(nextLookAt) + SURE_S * 1_000;
  }

  /** The IC looks at the page and says what is there. */
  async #decides(revision: Revision, sinceAt: string): Promise<string[]> {
    const waitedS = (this.#world.world.clock.nowMs() - Date.parse(sinceAt)) / 1_000;
    if (waitedS < SURE_S) await this.#world.passes(Math.ceil(SURE_S - waitedS));
    const isThere = await this.#isOnPage(revision);
    const action = isThere ? 'statuspage_adopt' : 'statuspage_declare_absent';
    const isAsked = await this.#clicks(IC, action, revision);
    if (!isAsked) await this.#world.passes(ROUND_S);
    return isAsked ? [isThere ? 'adopted by the IC' : 'declared absent by the IC'] : [];
  }

  async #isOnPage(of: Revision): Promise<boolean> {
    const { events, page } = await this.observation();
    const draft = events.find(
      ({ type, details }) =>
        (type === 'STATUSPAGE_DRAFT_CREATED' || type === 'STATUSPAGE_DRAFT_REVISED') &&
        (details as Revision).draftId === of.draftId &&
        (details as Revision).revision === of.revision,
    );
    if (draft?.type !== 'STATUSPAGE_DRAFT_CREATED' && draft?.type !== 'STATUSPAGE_DRAFT_REVISED') {
      return false;
    }
    const { body } = draft.details.request.body.incident;
    return page.some(({ updates }) => updates.some((update) => update.body === body));
  }

  async #draftsAgain(revision: Revision): Promise<string[]> {
    const isOffered = await this.#clicks(IC, 'statuspage_draft_again', revision);
    if (!isOffered) {
      await this.#world.passes(ROUND_S);
      return [];
    }
    await this.#world.actors.submits(IC, {});
    await this.#world.quiet();
    await this.#clicks(APPROVER, 'statuspage_approve', await this.#newest());
    return ['drafted again'];
  }

  /** @returns false when no message offers this button */
  async #clicks(who: string, action: string, of?: Revision): Promise<boolean> {
    for (let click = 0; click < CLICKS_MAX; click += 1) {
      const message = (await this.#messages()).findLast((one) => offers(one, action, of));
      if (!message) return false;
      const { actors } = this.#world;
      const ack = await actors.clicks(who, this.#room, { action, ts: message.ts });
      if (ack.status === 200) return true;
    }
    throw new Error(`4: ${action} cannot be clicked`);
  }

  async #newest(): Promise<Revision> {
    const newest = newestRevision(await this.#world.trail(this.#incidentId));
    if (!newest) throw new Error('there is no draft');
    return newest;
  }

  async #messages(): Promise<ShownMessage[]> {
    return (await this.#world.actors.channel(this.#room)).messages;
  }

  async #findRoom(isIt: (first: AuditEvent) => boolean): Promise<boolean> {
    const trails = [...(await this.#world.actors.trails()).values()];
    const mine = trails.find(([first]) => first && isIt(first));
    const created = mine?.find(({ type }) => type === 'WAR_ROOM_CREATED');
    if (created?.type !== 'WAR_ROOM_CREATED') return false;
    this.#incidentId = created.incidentId;
    this.#room = created.details.channelId;
    return true;
  }

  /** Everything that anybody could look at from outside. */
  async observation(): Promise<Observation> {
    const world = this.#world;
    const incidentId = this.#incidentId;
    const { statuspage } = world.world;
    const requests = (await world.actors.pageRequests()) as Observation['requests'];
    const { userGroups } = world.world.slack.workspace;
    return {
      events: await world.trail(incidentId),
      requests: requests.filter(
        ({ method, body }) => method !== 'GET' && JSON.stringify(body ?? '').includes(incidentId),
      ),
      page: statuspage.state
        .incidents()
        .filter(({ metadata }) => JSON.stringify(metadata).includes(incidentId))
        .map(({ id, updates }) => ({ id, updates: updates.toReversed() })),
      messages: await this.#messages(),
      approvers: userGroups.find(({ role }) => role === 'status-approver')?.users ?? [],
      modelCalls: world.calls().filter(({ operation }) => operation.startsWith('bedrock')),
      left: world.leftMessages(),
      progress: await world.progress(incidentId),
      trailProblem: await world.trailProblem(incidentId),
    };
  }
}

function offers(message: ShownMessage, action: string, of: Revision | undefined): boolean {
  if (!actionsOf(message).includes(action)) return false;
  if (!of) return true;
  const blocks = JSON.stringify(message.blocks);
  const { draftId, revision } = of;
  return blocks.includes(draftId) && blocks.includes(`\\"revision\\":${revision}`);
}

async function post(world: MatrixWorld, what: string, body: unknown): Promise<void> {
  const url = `${world.world.ready.urls.slack}/_world/${what}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`cannot ${what}: got ${response.status}`);
}
