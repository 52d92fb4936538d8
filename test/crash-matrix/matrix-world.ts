import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DocumentClient,
  GetCommand,
  QueryCommand,
  ScanCommand,
} from '../../src/adapters/dynamodb/document-client.ts';
import { FUNCTION_NAMES, type VariableName } from '../../src/config.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { type AuditTools, composeAudit } from '../../src/handlers/compose-audit.ts';
import { Actors } from '../../src/local/actors.ts';
import type { Fault, FaultBoard } from '../../src/local/fault-board.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { FUNCTION_QUEUES, QUEUE_NAMES } from '../../src/local/world-resources.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { type Call, FAKES, type FakeName, type MadeCall } from './calls.ts';

/** Between two looks whether anything still runs. Unit: ms of real time. */
const LOOK_EVERY_MS = 4;
/** Nothing here takes longer, unless it hangs. Unit: ms of real time. */
const QUIET_WITHIN_MS = 90_000;
/** The sweeper runs each minute; time is not moved past two of its runs at once. */
const STEP_MAX_MS = 60_000;

type Sent = { queue: string; body: string; groupId: string };

export type MatrixWorldOptions = {
  functions: 'inline' | 'process';
  /** Instead of the world's own values. */
  variables?: Partial<Record<VariableName, string>>;
  /** What a function's process runs, if not the source. */
  processEntry?: string;
  /** Takes what the functions log. @default nobody reads it */
  writeLog?: (line: string) => void;
  /** @default the repository's own */
  configFolder?: string;
};

/** A message that waits in a queue, or that a queue gave up. */
export type LeftMessage = { queue: string; body: string };

/** The embedded world as a matrix uses it: disturbed on purpose, hurried, and looked at whole. */
export class MatrixWorld {
  readonly world: World;
  readonly actors: Actors;
  readonly #client: DynamoDBClient;
  readonly #documents: DocumentClient;
  readonly #audit: AuditTools;
  /** Whatever came into a queue, by the SHA-256 of its body. */
  readonly #sent = new Map<string, Sent>();
  #again = 0;

  private constructor(world: World, audit: AuditTools) {
    this.world = world;
    this.actors = new Actors(world);
    this.#audit = audit;
    const { region, credentials, urls } = world.ready;
    this.#client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
    this.#documents = new DocumentClient(this.#client);
    for (const queue of FUNCTION_QUEUES) {
      world.aws.sqs.onAvailable(queue, () => this.#remember(queue));
    }
  }

  static async open({ functions, ...of }: MatrixWorldOptions): Promise<MatrixWorld> {
    const options = { port: 0, functions, limits: 'off', ai: 'standin' } as const;
    const world = await startWorld(options, { writeLog: () => {}, ...of });
    const { urls, region, credentials, tables, keys } = world.ready;
    const access = { region, credentials, endpoint: urls.aws };
    const audit = await composeAudit({ access, tables, keys, clock: world.clock });
    return new MatrixWorld(world, audit);
  }

  async close(): Promise<void> {
    this.#client.destroy();
    this.#audit.close();
    this.actors.close();
    await this.world.close();
  }

  arm(fake: FakeName, fault: Fault): void {
    this.#board(fake)?.plan(fault);
  }

  /** @returns how many of the planned faults were met */
  disarm(): number {
    const hits = this.#hits();
    for (const fake of FAKES) this.#board(fake)?.clearFaults();
    return hits;
  }

  /** Whether a planned fault was met. */
  isHit(): boolean {
    return this.#hits() > 0;
  }

  /** What lasts until further notice belongs to the story. */
  #hits(): number {
    const faults = FAKES.flatMap((fake) => this.#board(fake)?.faults() ?? []);
    return faults.filter(({ hits, times }) => hits > 0 && times !== 0).length;
  }

  /** Something is broken until further notice. @returns mends it */
  breaks(fake: FakeName, fault: Omit<Fault, 'times'>): () => void {
    const board = this.#board(fake);
    const planned = board?.plan({ ...fault, times: 0 });
    return () => planned && board?.withdraw(planned);
  }

  /** Waits until the planned fault is met and nothing moves. */
  async untilHit(): Promise<void> {
    await this.quiet();
    if (this.disarm() === 0) throw new Error('the planned fault was not met');
  }

  /** Puts what a call sent to a queue there once more, as a queue that delivers twice would. */
  async sendsAgain(call: Call): Promise<void> {
    const made = this.world.aws.board.calls().calls.filter(({ operation, caller }) => {
      return operation === call.operation && caller === call.caller;
    });
    const { bodySha256 } = (made[call.nth - 1]?.args ?? {}) as { bodySha256?: string };
    const sent = this.#sent.get(bodySha256 ?? '');
    if (!sent) throw new Error('cannot send again: nothing was sent');
    this.#putAgain(sent);
  }

  forgetCalls(): void {
    for (const fake of FAKES) this.#board(fake)?.clearCalls();
  }

  /** Calls that functions made since they were last forgotten. */
  calls(): MadeCall[] {
    const names: readonly string[] = FUNCTION_NAMES;
    return FAKES.flatMap((fake) =>
      (this.#board(fake)?.calls().calls ?? [])
        .filter(({ caller }) => names.includes(caller))
        .map(({ caller, operation }) => ({ fake, caller, operation })),
    );
  }

  /** Ends every function's process, so that the next invocation starts one without a memory. */
  chill(): void {
    for (const name of FUNCTION_NAMES) this.world.kill(name);
  }

  /**
   * Waits until nothing runs and no message waits. When all that is left to wait for is a message
   * that comes back within a minute, time is moved there.
   * @throws when it does not end
   */
  async quiet(): Promise<void> {
    const untilMs = performance.now() + QUIET_WITHIN_MS;
    for (let looks = 0; looks < 2; ) {
      const { pending } = await this.world.idle(0);
      const isRunning = Object.keys(pending.functions).length > 0;
      const isWaiting = Object.keys(pending.queues).length > 0;
      looks = isRunning || isWaiting ? 0 : looks + 1;
      if (!isRunning && isWaiting) this.#moveToNextMessage();
      if (performance.now() > untilMs) {
        throw new Error(`the world does not come to rest: ${JSON.stringify(pending)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Moves time on until a message was set aside; the sweeper has not sent it back yet. */
  async givesUp(): Promise<void> {
    const untilMs = performance.now() + QUIET_WITHIN_MS;
    while (this.world.aws.sqs.queue(QUEUE_NAMES.incidentsDlq).peek().length === 0) {
      if (performance.now() > untilMs) throw new Error('no message was set aside');
      const { pending } = await this.world.idle(0);
      if (Object.keys(pending.functions).length === 0) this.#moveToNextMessage();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Time passes, in steps small enough for everything that waits to be taken up. */
  async passes(seconds: number): Promise<void> {
    let leftMs = seconds * 1_000;
    while (leftMs > 0) {
      const stepMs = Math.min(leftMs, STEP_MAX_MS);
      this.world.clock.advance(stepMs);
      leftMs -= stepMs;
      await this.quiet();
    }
  }

  #board(fake: FakeName): FaultBoard | undefined {
    return (this.world as unknown as Partial<Record<FakeName, { board: FaultBoard }>>)[fake]?.board;
  }

  #putAgain({ queue, body, groupId }: Sent): void {
    this.#again += 1;
    this.world.aws.sqs.queue(queue).send({ body, groupId, dedupId: `again-${this.#again}` });
  }

  #remember(queue: string): void {
    for (const { body, groupId = '' } of this.world.aws.sqs.queue(queue).peek()) {
      const sha256 = createHash('sha256').update(body).digest('hex');
      this.#sent.set(sha256, { queue, body, groupId });
    }
  }

  #moveToNextMessage(): void {
    const nowMs = this.world.clock.nowMs();
    const waiting = FUNCTION_QUEUES.flatMap((name) => this.world.aws.sqs.queue(name).peek());
    // One that is visible is taken at once; only then may time jump over it.
    if (waiting.some(({ visibleAtMs }) => visibleAtMs <= nowMs)) return;
    const nextMs = Math.min(...waiting.map(({ visibleAtMs }) => visibleAtMs));
    if (nextMs <= nowMs + STEP_MAX_MS) this.world.clock.advance(Math.ceil(nextMs - nowMs));
  }

  /** One incident's events, in order, by a consistent read. */
  async trail(incidentId: string): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.#documents.send(
        new QueryCommand({
          TableName: this.world.ready.tables.audit,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `INCIDENT#${incidentId}` },
          ...(from ? { ExclusiveStartKey: from } : {}),
        }),
      );
      events.push(...((page.Items ?? []) as AuditEvent[]));
      from = page.LastEvaluatedKey;
    } while (from);
    return events;
  }

  /** Time jumps over what is not due meanwhile: what is, is late. */
  async jumps(ms: number): Promise<void> {
    this.world.clock.advance(Math.max(0, Math.ceil(ms)));
    await this.quiet();
  }

  /** Delivers the newest message that says this once more, past every deduplication. */
  deliversAgain(words: string): void {
    const sent = [...this.#sent.values()].findLast(({ body }) => body.includes(words));
    if (!sent) throw new Error(`nothing was sent that says ${words}`);
    this.#putAgain(sent);
  }

  /** Alerts that wait for the queue. */
  async outboxCount(): Promise<number> {
    const { Count } = await this.#documents.send(
      new ScanCommand({ TableName: this.world.ready.tables.outbox, Select: 'COUNT' }),
    );
    return Count ?? 0;
  }

  /**
   * How far the effects of an incident are done, how far its projection is, and whether the sweeper
   * still comes back to it.
   */
  async progress(
    incidentId: string,
  ): Promise<{ version: number; actedSeq: number; isUnfinished: boolean }> {
    const { Item } = await this.#documents.send(
      new GetCommand({
        TableName: this.world.ready.tables.incidents,
        Key: { pk: `INCIDENT#${incidentId}`, sk: 'STATE' },
        ConsistentRead: true,
      }),
    );
    return {
      version: Number(Item?.version ?? 0),
      actedSeq: Number(Item?.actedSeq ?? 0),
      isUnfinished: Item?.unfinished !== undefined,
    };
  }

  /** The first thing wrong with an incident's trail, by the auditor's own tool. */
  async trailProblem(incidentId: string): Promise<string | undefined> {
    const { ok, ...verdict } = await verifyTrail(this.#audit, { incidentId });
    return ok ? undefined : JSON.stringify(verdict).slice(0, 300);
  }

  /** What lies in any queue, dead letters included. */
  leftMessages(): LeftMessage[] {
    return Object.values(QUEUE_NAMES).flatMap((queue) =>
      this.world.aws.sqs
        .queue(queue)
        .peek()
        .map(({ body }) => ({ queue, body: body.slice(0, 200) })),
    );
  }
}
