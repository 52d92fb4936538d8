import { PolicyOnDemand } from '../../src/adapters/cedar/policy-on-demand.ts';
import {
  loadDeploymentConfig,
  policySurroundings,
} from '../../src/adapters/files/deployment-config.ts';
import { SlackWorkspace } from '../../src/adapters/slack/slack-workspace.ts';
import { statusTemplate } from '../../src/ai/status-template.ts';
import { readFunctionConfig } from '../../src/config.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { ChatError, CodedError, codeOf } from '../../src/domain/errors.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import { joinIncidentWorker } from '../../src/handlers/compose-incident-worker.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import {
  ANNOUNCEMENT_CHANNEL_ID,
  type EmbeddedSlack,
  startSlack,
  TEAM_ID,
} from '../../src/local/slack/slack-server.ts';
import { WorldClock } from '../../src/local/world-clock.ts';
import type { IncidentMessage, IncidentQueue } from '../../src/services/ports.ts';
import { sweep } from '../../src/services/sweep.ts';
import { wakeOpenOnPage } from '../../src/services/wake-open-on-page.ts';
import { wakeOverdue } from '../../src/services/wake-overdue.ts';
import { signerOf } from '../gate/gate-world.ts';
import { LivesPage } from '../lives/lives-page.ts';
import { LivesQueue } from '../lives/lives-queue.ts';
import { VARIABLES } from '../lives/lives-world.ts';

const TOKEN = 'xoxb-incident-worker';
const { routing, policies } = loadDeploymentConfig(VARIABLES.CONFIG_DIR);
const policy = new PolicyOnDemand(policies, policySurroundings(routing));
const DELIVERIES_MAX = 2_000;

type Scheduled = { name: string; dueAtMs: number; message: IncidentMessage };

/**
 * The worker and the sweeper as they run on AWS, joined by the same lines, with Slack's own client, its
 * adapter and the fake of Slack behind them; everything else is in memory. Only the test moves time.
 */
export class RoomsWorld {
  readonly clock = new WorldClock();
  readonly trail = new MemoryAuditTrail();
  readonly rows = new MemoryIncidentRows();
  /** Metrics counted since the last look. */
  counted = new Set<string>();
  readonly slack: EmbeddedSlack;
  readonly #queue = new LivesQueue<IncidentMessage>(() => this.clock.nowMs());
  readonly #schedules = new Map<string, Scheduled>();
  readonly #worker: ReturnType<typeof joinIncidentWorker>;
  #count = 0;

  private constructor(slack: EmbeddedSlack, clock: WorldClock) {
    this.slack = slack;
    this.clock = clock;
    this.#worker = this.#joined();
  }

  static async start(): Promise<RoomsWorld> {
    const clock = new WorldClock();
    const slack = await startSlack({
      clock,
      limits: false,
      tokens: { [TOKEN]: 'incident-worker' },
      signingSecrets: () => 'unused',
      command: '/incident-response',
      targets: { commands: '', interactions: '', events: '' } as never,
    });
    return new RoomsWorld(slack, clock);
  }

  #joined(): ReturnType<typeof joinIncidentWorker> {
    const { clock, trail, rows, slack } = this;
    const queue = this.#incidents();
    return joinIncidentWorker({
      config: readFunctionConfig('incident-worker', {
        ...VARIABLES,
        SLACK_TEAM_ID: TEAM_ID,
        ANNOUNCEMENT_CHANNEL_ID,
      }),
      system: {
        clock,
        ids: { unique: () => `id-${++this.#count}` },
        pause: { forMs: async () => {} },
        log: this.#log(),
      },
      outside: {
        trail,
        rows,
        queue,
        routing,
        policy,
        documents: {} as never,
        secrets: {} as never,
        signingSecrets: {} as never,
        storms: new MemoryStormRows(),
        hints: { read: async () => undefined, write: async () => {} },
        publications: { send: async () => {} },
        signer: signerOf('approval'),
        schedules: {
          set: async (schedule) => void this.#schedules.set(schedule.name, schedule),
          remove: async (name) => void this.#schedules.delete(name),
        },
        chat: new SlackWorkspace({
          apiUrl: `${slack.url}/api`,
          token: async () => TOKEN,
          timeoutMs: 6_000,
          responseOrigin: slack.url,
          teamId: TEAM_ID,
        }),
        callers: { current: () => undefined, run: (_caller, work) => work() },
        publicPage: new LivesPage(() => clock.nowMs()),
        texts: {
          propose: async () => ({ kind: 'template', reason: 'no model' }) as never,
          template: (status, componentNames) => statusTemplate({ status, componentNames }).text,
        },
      },
    });
  }

  #log() {
    return {
      note() {},
      warn() {},
      error() {},
      count: (metric: string) => void this.counted.add(metric),
    };
  }

  /** Checkout fires; a repetition carries the same words. @returns the incident's id */
  async fires(group = 'G1'): Promise<string> {
    const createdAt = '2026-11-20T09:00:00.000Z';
    const body = {
      event: { type: 'alert group created', time: createdAt },
      alert_group_id: group,
      alert_group: { id: group, title: 'Checkout fails', created_at: createdAt },
      alert_payload: { labels: { service_name: 'checkout-api', severity: 'critical' } },
      user: null,
    };
    const bytes = Buffer.from(JSON.stringify(body));
    this.#count += 1;
    const message: IncidentMessage = {
      kind: 'alert',
      path: '/webhooks/grafana-oncall',
      requestId: `request-${this.#count}`,
      receivedAtMs: this.clock.nowMs(),
      bodyBase64: bytes.toString('base64'),
      rawSha256: sha256Hex(bytes),
      truncated: false,
    };
    this.#queue.put(message, message.requestId);
    await this.deliver();
    const open = await this.rows.listOpen(10);
    return open.find(({ alertGroup }) => alertGroup?.group.includes(group))?.incidentId as string;
  }

  /**
   * Somebody types a command. What Slack does not answer is delivered again, as the queue does.
   * @returns why it was not taken, or undefined
   */
  async says(userId: string, channelId: string, text: string): Promise<string | undefined> {
    this.#count += 1;
    const request = {
      requestSha256: sha256Hex(`request ${this.#count}`),
      signedAtS: Math.floor(this.clock.nowMs() / 1_000),
      userId,
      channelId,
      responseUrl: null,
      kind: 'command' as const,
      text,
    };
    for (const delivery of [{}, { delivery: 'again' as const }]) {
      try {
        const { answer, incidentId } = await this.#worker.requests.act(
          { ...request, ...delivery },
          undefined,
        );
        if (incidentId !== null) {
          const message = { kind: 'sweep', incidentId, wake: request.requestSha256 } as const;
          this.#queue.put(message, request.requestSha256);
        }
        await this.deliver();
        return answer?.kind === 'refusal' ? JSON.stringify(answer) : undefined;
      } catch (error) {
        if (error instanceof ChatError && !error.retryable) return error.message;
        if (!(error instanceof CodedError)) throw error;
      }
    }
    return 'not answered twice';
  }

  async deliver(): Promise<void> {
    for (let count = 0; count < DELIVERIES_MAX; count += 1) {
      if (!(await this.#queue.deliverOne((message) => this.#taken(message)))) return;
    }
    throw new Error('messages follow messages without end');
  }

  /** Minutes pass; the sweeper runs in each, and what is due comes. */
  async passes(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.clock.advance(60_000);
      const nowMs = this.clock.nowMs();
      for (const [name, { dueAtMs, message }] of [...this.#schedules]) {
        if (dueAtMs > nowMs) continue;
        this.#schedules.delete(name);
        this.#queue.put(message, `${name} ${dueAtMs}`);
      }
      await this.#sweeps();
      await this.deliver();
    }
  }

  async #sweeps(): Promise<void> {
    const { rows, clock } = this;
    const queue = this.#incidents();
    const { failures } = await sweep({
      ...{ queue, rows, clock, log: this.#log() },
      outbox: { list: async () => [], remove: async () => {}, countWaiting: async () => 0 },
      returnDeadLetters: async () => 0,
      returnDeadPublications: async () => 0,
      reconcileAlerts: async () => 0,
      wakeOverdue: (hasTime) => wakeOverdue({ queue, rows, clock }, hasTime),
      wakeOpenOnPage: (hasTime) => wakeOpenOnPage({ queue, rows, clock }, hasTime),
      watchPage: async () => 0,
    });
    if (failures.length > 0) throw new Error(`parts of the sweep failed: ${failures}`);
  }

  #incidents(): IncidentQueue {
    return {
      send: async (message, as) => this.#queue.put(message, as.deduplicationId),
    };
  }

  async #taken(message: IncidentMessage): Promise<'done' | 'again'> {
    try {
      const after = await this.#worker.handler.handle(message);
      await after();
      return 'done';
    } catch (error) {
      if (codeOf(error) === 'NOT_YET') return 'again';
      if (!(error instanceof CodedError)) throw error;
      return error.retryable ? 'again' : 'done';
    }
  }

  events(incidentId: string): Promise<AuditEvent[]> {
    return this.trail.from(incidentId, 1);
  }

  /** What everybody reads in a channel. */
  texts(channelId: string): string[] {
    const channel = this.slack.workspace.channels.get(channelId);
    return (channel?.messages ?? []).map(({ text }) => String(text));
  }

  get announcements(): string[] {
    return this.texts(ANNOUNCEMENT_CHANNEL_ID);
  }

  close(): Promise<void> {
    return this.slack.close();
  }
}
