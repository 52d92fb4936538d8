import { chatRefusalSentence } from '../domain/chat-refusal.ts';
import { ChatError, CodedError, codeOf, VerificationError } from '../domain/errors.ts';
import { dayOfShard, intakeChainId, isIntakeShard, sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { say, words } from '../domain/sentence.ts';
import { verifySlackRequestIgnoringAge } from '../domain/verification/verify-slack-request.ts';
import type { AlertPrecedence, Arrival } from './alert-precedence.ts';
import type { AlertsOnRecord } from './alerts-on-record.ts';
import type { ContextSnapshots } from './context-snapshot.ts';
import type { DeadLetterNews } from './dead-letter-news.ts';
import type { DraftRequests } from './draft-requests.ts';
import type { EscalateApprovals } from './escalate-approvals.ts';
import type { PersonRequest } from './forms.ts';
import type { IncidentCommands } from './incident-commands.ts';
import type { IncidentRecord, LoadedIncident } from './incident-record.ts';
import { sendBehind } from './late-decisions.ts';
import type { LateRooms } from './late-rooms.ts';
import type { Obligations } from './obligations.ts';
import type { PageDrift } from './page-drift.ts';
import type { PersonRequests, RequestOutcome } from './person-requests.ts';
import type {
  ChatWorkspace,
  Clock,
  IncidentMessage,
  IncidentQueue,
  Log,
  SignedRequestMessage,
} from './ports.ts';
import type { Quarantine } from './quarantine.ts';
import type { ReachMessage, ReachSomebody } from './reach-somebody.ts';
import { WORKER } from './responders.ts';
import { refusedTo } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';
import type { RunEffects } from './run-effects.ts';
import { type SecretCache, verifyWithRotation } from './secret-cache.ts';
import type { StormBatches } from './storm-batches.ts';
import type { Storms } from './storms.ts';
import type { TendIncident } from './tend-incident.ts';
import type { Wakes } from './wakes.ts';

export type HandleIncidentMessageDeps = {
  precedence: Pick<AlertPrecedence, 'letPass'>;
  alerts: Pick<AlertsOnRecord, 'receive' | 'reread' | 'replay'>;
  lateRooms: Pick<LateRooms, 'tell'>;
  deadLetters: Pick<DeadLetterNews, 'receive' | 'publicationDied'>;
  quarantine: Quarantine;
  requests: PersonRequests;
  commands: IncidentCommands;
  drafts: DraftRequests;
  context: ContextSnapshots;
  drift: PageDrift;
  effects: RunEffects;
  tend: TendIncident;
  storms: Storms;
  stormBatches: StormBatches;
  wakes: Wakes;
  escalations: EscalateApprovals;
  obligations: Obligations;
  reach: ReachSomebody;
  record: IncidentRecord;
  queue: IncidentQueue;
  chat: ChatWorkspace;
  signingSecrets: SecretCache;
  /** Reads a verified request; undefined for what asks nothing of us. */
  parseRequest: (headers: Record<string, string>, body: string) => PersonRequest | undefined;
  clock: Clock;
  log: Log;
};

type Delivery = PersonRequest['delivery'];
/** What is left to do once the fact is on the trail; the sweeper can do it too. */
export type AfterFact = () => Promise<void>;

/**
 * One message of incidents.fifo. Resolves when its fact is on the trail; what the returned function
 * does (answers, handing effects on) may fail without losing anything.
 */
export class HandleIncidentMessage {
  readonly #deps: HandleIncidentMessageDeps;

  constructor(deps: HandleIncidentMessageDeps) {
    this.#deps = deps;
  }

  /** @param arrival - how the queue handed it out; without it, nothing is passed by anything */
  async handle(
    message: IncidentMessage,
    delivery?: Delivery,
    arrival?: Arrival,
  ): Promise<AfterFact> {
    const { alerts, quarantine, tend, escalations, drafts } = this.#deps;
    // Only what is signed may say what a request is, so its shape decides, not a label beside it.
    if ('headers' in message) return this.#signedRequest(message, delivery);
    switch (message.kind) {
      case 'alert': {
        if (arrival) this.#deps.precedence.letPass(message, arrival);
        const chains = await alerts.receive(message, delivery);
        return () => this.#handOnAll(chains, message.requestId);
      }
      case 'replay_quarantined': {
        const chains = await alerts.replay(message);
        return () => this.#handOnAll(chains);
      }
      case 'dead_letters': {
        const chain = await this.#deps.deadLetters.receive(message);
        return () => this.#handOn(chain);
      }
      case 'publication_died': {
        const chain = await this.#deps.deadLetters.publicationDied(message);
        return async () => {
          if (chain !== undefined) await this.#handOn(chain);
        };
      }
      case 'read_alert_group': {
        const chains = await alerts.reread(message, delivery);
        return () => this.#handOnAll(chains);
      }
      case 'work':
      case 'publication_changed':
        return () => this.#run(message.incidentId);
      case 'look_at_page': {
        const chains = await this.#deps.drift.look(message);
        return () => this.#handOnAll(chains);
      }
      case 'storm':
        await this.#deps.stormBatches.append(message.incidentId);
        return () => this.#handOn(message.incidentId);
      case 'wake_at':
        await this.#deps.wakes.due(message);
        return async () => {};
      case 'sweep':
        return async () => {
          await this.#deps.storms.resume(message.incidentId);
          await tend.drafts(message.incidentId);
          await tend.overdue(message.incidentId);
          await quarantine.overdue(message.incidentId);
          await this.#deps.reach.overdue(message.incidentId);
          await this.#runAndTend(message.incidentId, message.isHurried);
        };
      case 'schedule':
        if (message.purpose === 'quarantine_count') await quarantine.summarise(message);
        else if (message.purpose === 'update_due') await tend.updateDue(message);
        else if (message.purpose === 'reach_due') return this.#reachDue(message);
        else await escalations.due(message);
        return () => this.#handOn(message.incidentId);
      case 'context':
        await this.#deps.context.gather(message.incidentId, message.seq);
        return () => this.#handOn(message.incidentId);
      case 'propose':
        return () => drafts.propose(message);
    }
  }

  /** Told here: the effects of the room may be what hangs. */
  async #reachDue(message: ReachMessage): Promise<AfterFact> {
    const tell = await this.#deps.reach.due(message);
    return async () => {
      await tell();
      await this.#handOn(message.incidentId);
    };
  }

  async #signedRequest(message: SignedRequestMessage, delivery?: Delivery): Promise<AfterFact> {
    const { signingSecrets, parseRequest, queue } = this.#deps;
    const headers = lowerCased(message.headers);
    try {
      await verifyWithRotation(signingSecrets, (secrets) =>
        verifySlackRequestIgnoringAge({ body: Buffer.from(message.body), headers, secrets }),
      );
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      return this.#forged(message, error);
    }
    const signed = { 'x-slack-request-timestamp': headers['x-slack-request-timestamp'] ?? '' };
    const parsed = parseRequest(signed, message.body);
    if (!parsed) return async () => {};
    const request: PersonRequest = {
      ...parsed,
      ...(delivery ? { delivery } : {}),
      ...(message.waited === undefined ? {} : { waited: message.waited }),
    };
    const outcome = await this.#act(request, message).catch((error: unknown) => {
      if (codeOf(error) === 'BEHIND_OTHERS') return sendBehind(queue, message, request);
      throw error;
    });
    if (!outcome) return async () => {};
    const { answer, incidentId } = outcome;
    return async () => {
      if (incidentId) await this.#handOn(incidentId);
      if (answer) await this.#answer(request, answer);
    };
  }

  /** What the workspace refuses for good is on record and told, not tried again until it is dead. */
  async #act(
    request: PersonRequest,
    { viewId, formFailed }: SignedRequestMessage,
  ): Promise<RequestOutcome> {
    const { requests, commands, log } = this.#deps;
    try {
      return await requests.act(request, viewId, formFailed);
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      log.error('request refused by the workspace', { code: error.code });
      const rule = 'the workspace must allow it';
      const details = { command: request.kind, rule, reason: error.message };
      await commands.denied(refusedTo(request, null), details);
      const text = say`That could not be done. ${words(chatRefusalSentence(error))}`;
      return { answer: { kind: 'refusal', text }, incidentId: null };
    }
  }

  /** A queued request whose signature does not hold: refused, on the day's chain, nothing else. */
  async #forged(message: SignedRequestMessage, error: VerificationError): Promise<AfterFact> {
    const { commands, clock, log } = this.#deps;
    log.count('QueuedRequestRefused', { code: error.code });
    await commands.denied(
      {
        incidentId: null,
        commandId: `forged#${sha256Hex(JSON.stringify([message.headers, message.body]))}`,
        actor: WORKER,
        askedAtMs: clock.nowMs(),
      },
      {
        command: 'slack request',
        rule: 'the signature of a queued request must hold',
        reason: error.code,
      },
    );
    const today = intakeChainId(new Date(clock.nowMs()).toISOString());
    return () => this.#handOn(today);
  }

  /** Effects whose turn in the chat's rate limits has not come wait without holding anybody up. */
  async #run(incidentId: string, isHurried = false): Promise<void> {
    const { effects, wakes, lateRooms } = this.#deps;
    try {
      await effects.run(incidentId, isHurried);
    } catch (error) {
      await lateRooms.tell(incidentId);
      if (!(await wakes.later(incidentId, error))) throw error;
    }
  }

  /** After the effects, as one of them may propose the draft that the page needs; even if they hang. */
  async #runAndTend(incidentId: string, isHurried = false): Promise<void> {
    try {
      await this.#run(incidentId, isHurried);
    } finally {
      if (await this.#deps.obligations.tend(incidentId)) await this.#handOn(incidentId);
    }
  }

  /** The alert fires on, and its people still have no room: that is tried again at once. */
  async #hurry({ incidentId, status }: IncidentState, requestId: string): Promise<void> {
    if (status !== 'assembly_failed') return;
    await this.#deps.queue.send(
      { kind: 'sweep', incidentId, isHurried: true },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`hurried#${incidentId}#${requestId}`),
      },
    );
  }

  async #handOnAll(chains: readonly string[], firing?: string): Promise<void> {
    for (const chain of chains) await this.#handOn(chain, firing);
  }

  /**
   * Hands open effects to the incident's own group, so that nobody's click waits behind them.
   * @param firing - the request of an alert that fires, which hurries what waits
   */
  async #handOn(incidentId: string, firing?: string): Promise<void> {
    const loaded = await this.#deps.record.load(incidentId);
    if (!loaded) return;
    if (loaded.actedSeq < loaded.state.version) await this.#sendWork(incidentId, loaded);
    if (firing !== undefined) await this.#hurry(loaded.state, firing);
  }

  async #sendWork(incidentId: string, loaded: LoadedIncident): Promise<void> {
    if (isIntakeShard(incidentId)) return this.#noteShard(incidentId, loaded);
    const upToSeq = loaded.state.version;
    await this.#deps.queue.send(
      { kind: 'work', incidentId, upToSeq },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`work#${incidentId}#${upToSeq}`),
      },
    );
  }

  /**
   * A chain of unmatched alerts has no effect but that its beginning is noted on the chain of the day:
   * one chain after another, as they would race for its numbers, and one message each.
   */
  async #noteShard(incidentId: string, { actedSeq, state }: LoadedIncident): Promise<void> {
    if (actedSeq > 0) return;
    await this.#deps.queue.send(
      { kind: 'work', incidentId, upToSeq: state.version },
      {
        group: `work#${dayOfShard(incidentId)}`,
        deduplicationId: sha256Hex(`work#${incidentId}`),
      },
    );
  }

  async #answer(request: PersonRequest, answer: RoomMessage): Promise<void> {
    const { chat, log } = this.#deps;
    try {
      if (request.responseUrl) await chat.respond(request.responseUrl, answer);
      else if (request.channelId) await chat.whisper(request.channelId, request.userId, answer);
    } catch (error) {
      if (error instanceof CodedError && error.retryable) throw error;
      // The fact stands; only the asker's own copy of the answer is lost.
      log.warn('answer not delivered', { code: codeOf(error) });
    }
  }
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
