import { fileURLToPath } from 'node:url';
import { PolicyOnDemand } from '../../src/adapters/cedar/policy-on-demand.ts';
import {
  loadDeploymentConfig,
  policySurroundings,
} from '../../src/adapters/files/deployment-config.ts';
import { statusTemplate } from '../../src/ai/status-template.ts';
import { readFunctionConfig } from '../../src/config.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { CodedError, codeOf } from '../../src/domain/errors.ts';
import { isIncidentId, sha256Hex } from '../../src/domain/ids.ts';
import type { PageRequest } from '../../src/domain/statuspage-event-details.ts';
import { joinIncidentWorker } from '../../src/handlers/compose-incident-worker.ts';
import { joinPublisher } from '../../src/handlers/compose-publisher.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import type { PersonRequest, SubmittedForm } from '../../src/services/forms.ts';
import type {
  AuditTrail,
  IncidentMessage,
  PublicationQueue,
  Schedules,
} from '../../src/services/ports.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { suspectDrift } from '../../src/services/suspect-drift.ts';
import { sweep } from '../../src/services/sweep.ts';
import { wakeOpenOnPage } from '../../src/services/wake-open-on-page.ts';
import { wakeOverdue } from '../../src/services/wake-overdue.ts';
import { publicPem, signerOf } from '../gate/gate-world.ts';
import { LivesChat } from './lives-chat.ts';
import { LivesPage } from './lives-page.ts';
import { LivesQueue } from './lives-queue.ts';

export const ANNOUNCEMENTS = 'C0INCIDENTS';
const TEAM = 'T0HOME';
const START_MS = Date.parse('2026-11-20T09:00:00.000Z');
/** Deliveries in a row that mean something feeds itself. */
const DELIVERIES_MAX = 5_000;

export const VARIABLES = {
  DEPLOYMENT_ID: 'lives',
  AUDIT_TABLE: 'audit',
  INCIDENTS_TABLE: 'incidents',
  ALERTS_QUEUE_URL: 'https://queue.example.com/alerts.fifo',
  INCIDENTS_QUEUE_URL: 'https://queue.example.com/incidents.fifo',
  INCIDENTS_QUEUE_ARN: 'arn:incidents',
  PUBLICATIONS_QUEUE_URL: 'https://queue.example.com/publications.fifo',
  SLACK_SIGNING_SECRET_ID: 'signing',
  SLACK_BOT_TOKEN_SECRET_ID: 'bot',
  SLACK_TEAM_ID: TEAM,
  SLACK_RATE_LIMITS: 'ignore',
  ANNOUNCEMENT_CHANNEL_ID: ANNOUNCEMENTS,
  APPROVAL_KEY_ID: 'key-approval',
  PUBLICATION_KEY_ID: 'key-publication',
  STATUSPAGE_API_KEY_SECRET_ID: 'page',
  STATUSPAGE_PAGE_ID: 'page0001',
  STATUSPAGE_PUBLIC_URL: 'https://status.example.com',
  SCHEDULE_GROUP: 'group',
  SCHEDULE_ROLE_ARN: 'arn:role',
  SCHEDULE_DLQ_ARN: 'arn:dead',
  AI: 'off',
  // Once a day: reminders for the room are no part of these lives.
  UPDATE_DUE_S: '86400',
  USER_GROUPS_FILE: 'none',
  CONFIG_DIR: fileURLToPath(new URL('../../config', import.meta.url)),
};
const { routing, policies } = loadDeploymentConfig(VARIABLES.CONFIG_DIR);
/** The shipped policy; read once, as every life asks it. */
const policy = new PolicyOnDemand(policies, policySurroundings(routing));
const QUIET = { note() {}, warn() {}, error() {}, count() {} };

/** What joins the services; a copy with a mistake in it may stand in. */
export type LivesModules = {
  joinIncidentWorker: typeof joinIncidentWorker;
  joinPublisher: typeof joinPublisher;
};

/** What a person had before them when they clicked, by the SHA-256 of their signed request. */
export type Click = { by: string; request: PageRequest | undefined; atMs: number };

type Scheduled = Parameters<Schedules['set']>[0];

/**
 * The worker, the publisher and the sweeper as they run on AWS, joined by the same lines, on stores,
 * chat and page in memory and a clock that only the history moves. Every event takes a millisecond, so
 * that the events of all incidents have one order.
 */
export class LivesWorld {
  nowMs = START_MS;
  readonly trail = new MemoryAuditTrail();
  readonly rows = new MemoryIncidentRows();
  readonly chat = new LivesChat();
  readonly page = new LivesPage(() => this.nowMs);
  readonly clicks = new Map<string, Click>();
  /** Every event of every chain, in the order in which they happened. */
  readonly log: AuditEvent[] = [];
  readonly #incidentQueue = new LivesQueue<IncidentMessage>(() => this.nowMs);
  readonly #publicationQueue = new LivesQueue<Parameters<PublicationQueue['send']>[0]>(
    () => this.nowMs,
  );
  readonly #schedules = new Map<string, Scheduled>();
  readonly #worker: ReturnType<typeof joinIncidentWorker>;
  readonly #publisher: ReturnType<typeof joinPublisher>;
  /** Requests that were to wait for others. */
  readonly #behind: PersonRequest[] = [];
  #requests = 0;
  #ids = 0;

  constructor(modules: LivesModules = { joinIncidentWorker, joinPublisher }) {
    const system = {
      clock: { nowMs: () => this.nowMs },
      ids: { unique: () => `attempt-${++this.#ids}` },
      pause: { forMs: async () => {} },
      log: QUIET,
    };
    const queue = {
      send: async (message: IncidentMessage, as: { deduplicationId: string }) =>
        this.#incidentQueue.put(message, as.deduplicationId),
    };
    const shared = { trail: this.#remembered(), rows: this.rows, queue };
    this.#worker = modules.joinIncidentWorker({
      config: readFunctionConfig('incident-worker', VARIABLES),
      system,
      outside: {
        ...shared,
        routing,
        policy,
        documents: {} as never,
        secrets: {} as never,
        signingSecrets: {} as never,
        storms: new MemoryStormRows(),
        hints: { read: async () => undefined, write: async () => {} },
        publications: { send: async (...sent) => this.#publicationQueue.put(...sent) },
        signer: signerOf('approval'),
        schedules: {
          set: async (schedule) => void this.#schedules.set(schedule.name, schedule),
          remove: async (name) => void this.#schedules.delete(name),
        },
        chat: this.chat,
        callers: { current: () => undefined, run: (_caller, work) => work() },
        publicPage: this.page,
        texts: {
          propose: async () => ({ kind: 'template', reason: 'no model' }) as never,
          template: (status, componentNames) => statusTemplate({ status, componentNames }).text,
        },
      },
    });
    this.#publisher = modules.joinPublisher({
      config: readFunctionConfig('publisher', VARIABLES),
      system,
      outside: {
        ...shared,
        page: this.page,
        signer: signerOf('publication'),
        keys: { pem: async () => publicPem('approval') },
        components: routing.components,
        policyDigest: policy.digest,
      },
    });
  }

  /** Ids of the incidents there are, oldest first. */
  get incidents(): string[] {
    const opened = this.log.filter(({ seq, incidentId }) => seq === 1 && isIncidentId(incidentId));
    return opened.map(({ incidentId }) => incidentId);
  }

  events(incidentId: string): Promise<AuditEvent[]> {
    return this.trail.from(incidentId, 1);
  }

  /** An alert of a service fires, or is over: it waits in the queue. */
  alert(of: { group: string; service: string; severity: string; type: string }): void {
    const at = new Date(this.nowMs).toISOString();
    const body = {
      event: { type: of.type, time: at },
      alert_group_id: of.group,
      alert_group: { id: of.group, title: `${of.service} fails`, created_at: at },
      alert_payload: { labels: { service_name: of.service, severity: of.severity } },
      user: null,
    };
    const bytes = Buffer.from(JSON.stringify(body));
    this.#requests += 1;
    const message: IncidentMessage = {
      kind: 'alert',
      path: '/webhooks/grafana-oncall',
      requestId: `request-${this.#requests}`,
      receivedAtMs: this.nowMs,
      bodyBase64: bytes.toString('base64'),
      rawSha256: sha256Hex(bytes),
      truncated: false,
    };
    this.#incidentQueue.put(message, message.requestId);
  }

  /** A command typed in the room of an incident. */
  async says(by: string, incidentId: string, text: string): Promise<void> {
    const room = (await this.#worker.record.load(incidentId))?.state.room;
    const request = await this.#request(by);
    await this.#acts({
      ...request,
      channelId: room?.channelId ?? null,
      kind: 'command',
      text,
    });
  }

  /** A form, as it is sent in. */
  async submits(by: string, form: SubmittedForm, draft?: DraftReference): Promise<void> {
    await this.#acts({ ...(await this.#request(by, draft)), ...form });
  }

  /** A button on a card. @param draft - what the card showed */
  async presses(by: string, actionId: string, draft: DraftReference, lateS = 0): Promise<void> {
    const value = JSON.stringify(draft);
    const request = await this.#request(by, draft);
    request.signedAtS -= lateS;
    await this.#acts({ ...request, kind: 'click', actionId, value, messageTs: null });
  }

  /** Delivers what waits until nothing does, or about so many messages. */
  async deliver(atMost = DELIVERIES_MAX): Promise<void> {
    // The two functions run beside each other: either may be the first.
    const isPublisherFirst = this.#requests % 2 === 0;
    const work = () => this.#incidentQueue.deliverOne((message) => this.#taken(message));
    const send = () => this.#publicationQueue.deliverOne((asked) => this.#published(asked));
    for (let count = 0; count < atMost; count += 1) {
      const [first, second] = isPublisherFirst ? [send, work] : [work, send];
      const wasFirst = await first();
      if ((await second()) || wasFirst) continue;
      const behind = this.#behind.shift();
      if (!behind) return;
      await this.#acts(behind);
    }
    if (atMost === DELIVERIES_MAX) throw new Error('4: messages follow messages without end');
  }

  /** One run of the sweeper, a minute after the last. */
  async sweeps(): Promise<void> {
    const clock = { nowMs: () => this.nowMs };
    const queue = {
      send: async (message: IncidentMessage, as: { deduplicationId: string }) =>
        this.#incidentQueue.put(message, as.deduplicationId),
    };
    const parts = { queue, rows: this.rows, clock, log: QUIET };
    await sweep({
      ...parts,
      outbox: { list: async () => [], remove: async () => {}, countWaiting: async () => 0 },
      returnDeadLetters: async () => 0,
      returnDeadPublications: async () => 0,
      reconcileAlerts: async () => 0,
      wakeOverdue: (hasTime) => wakeOverdue({ queue, rows: this.rows, clock }, hasTime),
      wakeOpenOnPage: (hasTime) => wakeOpenOnPage({ queue, rows: this.rows, clock }, hasTime),
      watchPage: (hasTime) => suspectDrift({ ...parts, page: this.page }, hasTime),
    });
  }

  /** Time passes: what is due on the way comes at its time. */
  async passes(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.#schedules.values()]
        .filter(({ dueAtMs }) => dueAtMs <= untilMs)
        .sort((a, b) => a.dueAtMs - b.dueAtMs);
      if (!next) break;
      this.#schedules.delete(next.name);
      this.nowMs = Math.max(this.nowMs, next.dueAtMs);
      this.#incidentQueue.put(next.message, `${next.name} ${next.dueAtMs}`);
      await this.deliver();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** A minute passes, the sweeper runs, and everything that follows is done. */
  async rests(): Promise<void> {
    await this.deliver();
    await this.passes(61_000);
    await this.sweeps();
    await this.deliver();
  }

  async #taken(message: IncidentMessage): Promise<'done' | 'again'> {
    try {
      const after = await this.#worker.handler.handle(message);
      await after();
      return 'done';
    } catch (error) {
      return again(error);
    }
  }

  async #published(request: Parameters<PublicationQueue['send']>[0]): Promise<'done' | 'again'> {
    try {
      await this.#publisher.gate.publish(request);
      return 'done';
    } catch (error) {
      return again(error);
    }
  }

  async #acts(request: PersonRequest): Promise<void> {
    let incidentId: string | null;
    try {
      ({ incidentId } = await this.#worker.requests.act(request, undefined));
    } catch (error) {
      if (again(error) === 'done') throw error;
      // As the queue does: it comes back behind everything that waits.
      const { waited = 0 } = request as { waited?: number };
      this.#behind.push(Object.assign({ ...request }, { waited: waited + 1 }));
      return;
    }
    if (incidentId === null) return;
    this.#requests += 1;
    const message: IncidentMessage = { kind: 'work', incidentId, upToSeq: 0 };
    this.#incidentQueue.put(message, `hand on ${this.#requests}`);
  }

  /** A signed request; what the card showed is remembered with it. */
  async #request(by: string, draft?: DraftReference) {
    this.#requests += 1;
    const requestSha256 = sha256Hex(`request ${this.#requests}`);
    const request = draft && (await this.#shownOn(draft));
    this.clicks.set(requestSha256, { by, request, atMs: this.nowMs });
    return {
      requestSha256,
      signedAtS: Math.floor(this.nowMs / 1_000),
      userId: by,
      channelId: null,
      responseUrl: null,
    };
  }

  async #shownOn({ incidentId, draftId, revision }: DraftReference) {
    for (const event of await this.events(incidentId)) {
      const isDraft =
        event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED';
      if (!isDraft || event.details.draftId !== draftId) continue;
      if (event.details.revision === revision) return event.details.request;
    }
    return undefined;
  }

  /** The trail, which takes a millisecond for each event and remembers their order. */
  #remembered(): AuditTrail {
    const { trail, log } = this;
    return {
      head: (id) => trail.head(id),
      get: (id, seq) => trail.get(id, seq),
      from: (id, seq, limit) => trail.from(id, seq, limit),
      insert: async (event) => {
        const outcome = await trail.insert(event);
        if (outcome === 'inserted') log.push(event);
        this.nowMs += 1;
        return outcome;
      },
    };
  }
}

function again(error: unknown): 'done' | 'again' {
  if (codeOf(error) === 'NOT_YET') return 'again';
  if (!(error instanceof CodedError)) throw error;
  return error.retryable ? 'again' : 'done';
}
