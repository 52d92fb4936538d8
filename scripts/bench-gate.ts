import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DocumentClient } from '../src/adapters/dynamodb/document-client.ts';
import { DynamoIncidentRows } from '../src/adapters/dynamodb/incident-rows.ts';
import { type AuditEvent, sealEvent } from '../src/domain/audit-event.ts';
import { keysOf } from '../src/domain/event-keys.ts';
import { isCheckpoint, standingOf } from '../src/domain/standing.ts';
import { Actors } from '../src/local/actors.ts';
import { startWorld, type World } from '../src/local/world.ts';
import { catchUp } from '../src/services/incident-record.ts';

/** Requests that were made, by what they went to. */
export type Counts = {
  dynamodbReads: number;
  /** Items those reads gave back. */
  itemsRead: number;
  dynamodbWrites: number;
  kms: number;
  sqs: number;
  statuspage: number;
  slack: number;
  scheduler: number;
  secrets: number;
};
/** What one publication cost, from the click on Approve until the room was told. */
export type PublicationCost = {
  /** Events on the incident's trail when it was approved. */
  events: number;
  publisher: Counts;
  /** All functions but the sweeper, which comes each minute whether something is published or not. */
  all: Counts;
};

/** Drafts by her, approved by the other; ids of the embedded workspace. */
const AUTHOR = 'U04MAYAITO1';
const APPROVER = 'U04PRIYARMN';
/** DynamoDB takes so many rows in one batch. */
const BATCH_ROWS = 25;
const READS = ['GetItem', 'Query', 'BatchGetItem', 'Scan'];

/**
 * Publishes once on a trail of each of these lengths, and counts. Real functions, adapters and SDKs
 * in the embedded world; a long trail is made of notes that were written before the draft.
 *
 * @param lengths - events on the trail when the draft is written; a shorter trail is left as it is
 */
export async function publicationCosts(lengths: readonly number[]): Promise<PublicationCost[]> {
  const world = await startWorld(
    { port: 0, functions: 'inline', limits: 'off', ai: 'off' },
    { writeLog: () => {} },
  );
  const bench = new GateBench(world);
  try {
    // Secrets and public keys are read once per function, not once per publication.
    await bench.publishes(0);
    const costs: PublicationCost[] = [];
    for (const length of lengths) costs.push(await bench.publishes(length));
    return costs;
  } finally {
    bench.close();
    await world.close();
  }
}

/** Prints what a publication costs with a short and with a long trail. */
export async function printPublicationCosts(): Promise<void> {
  const costs = await publicationCosts([80, 10_000]);
  process.stdout.write('\none publication, from the click on Approve until the room is told\n');
  for (const { events, ...by } of costs) {
    for (const [who, counts] of Object.entries(by)) {
      const shown = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
      process.stdout.write(`${String(events).padStart(6)} events, ${who}: ${shown.join(', ')}\n`);
    }
  }
}

class GateBench {
  readonly #world: World;
  readonly #actors: Actors;
  readonly #client: DynamoDBClient;
  readonly #documents: DynamoDBDocumentClient;
  #itemsRead: Record<string, number> = {};

  constructor(world: World) {
    this.#world = world;
    this.#actors = new Actors(world);
    const { region, credentials, urls } = world.ready;
    this.#client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
    this.#documents = DynamoDBDocumentClient.from(this.#client, {
      marshallOptions: { removeUndefinedValues: true },
    });
    this.#countItems();
  }

  close(): void {
    this.#actors.close();
    this.#client.destroy();
  }

  /** An incident with a trail of this length, one draft, one approval, one publication. */
  async publishes(length: number): Promise<PublicationCost> {
    const before = new Set((await this.#actors.trails()).keys());
    await this.#actors.fires('checkout-errors');
    await this.#actors.settle();
    const trails = [...(await this.#actors.trails())];
    const [incidentId, trail] = trails.find(([id]) => !before.has(id) && id.startsWith('inc-'))!;
    const room = roomOf(trail);
    await this.#joins(room);
    await this.#fills(trail, length);
    await this.#actors.says(AUTHOR, room, 'draft investigating We see failed payments.');
    await this.#actors.settle();
    const { state } = (await this.#rows().readState(incidentId))!;
    this.#clear();
    await this.#actors.clicks(APPROVER, room, { action: 'statuspage_approve' });
    await this.#actors.settle();
    const cost = this.#counted(state.version);
    const after = await this.#rows().readState(incidentId);
    const status = after?.state.drafts.at(-1)?.status;
    if (status !== 'published') throw new Error(`expected a publication, got ${status}`);
    return cost;
  }

  /** Notes up to this length, as if they had been written and projected one by one. */
  async #fills(trail: readonly AuditEvent[], length: number): Promise<void> {
    const notes = notesAfter(trail, length);
    const last = notes.at(-1);
    if (!last) return;
    const { audit } = this.#world.ready.tables;
    for (let at = 0; at < notes.length; at += BATCH_ROWS) {
      const puts = notes
        .slice(at, at + BATCH_ROWS)
        .map((note) => ({ PutRequest: { Item: { ...note, ...keysOf(note) } } }));
      await this.#documents.send(new BatchWriteCommand({ RequestItems: { [audit]: puts } }));
    }
    const rows = this.#rows();
    const known = (await rows.readState(last.incidentId))!;
    await rows.project(catchUp(known.state, notes).state, []);
    await rows.advanceActed(last.incidentId, last.seq);
  }

  #rows(): DynamoIncidentRows {
    const table = this.#world.ready.tables.incidents;
    return new DynamoIncidentRows({ client: new DocumentClient(this.#client), table });
  }

  async #joins(channel: string): Promise<void> {
    const url = `${this.#world.ready.urls.slack}/_world/join`;
    await fetch(url, { method: 'POST', body: JSON.stringify({ user: APPROVER, channel }) });
  }

  #countItems(): void {
    const { dynamodb } = this.#world.aws;
    const perform = dynamodb.perform.bind(dynamodb);
    dynamodb.perform = async (call) => {
      const output = await perform(call);
      if (READS.includes(call.action) && call.caller !== 'external') {
        const items = Array.isArray(output.Items) ? output.Items.length : output.Item ? 1 : 0;
        this.#itemsRead[call.caller] = (this.#itemsRead[call.caller] ?? 0) + items;
      }
      return output;
    };
  }

  #clear(): void {
    for (const fake of ['aws', 'slack', 'statuspage'] as const) {
      this.#world[fake].board.clearCalls();
    }
    this.#itemsRead = {};
  }

  #counted(events: number): PublicationCost {
    const isOurs = (caller: string) => caller !== 'external' && caller !== 'sweeper';
    return {
      events,
      publisher: this.#countsOf((caller) => caller === 'publisher'),
      all: this.#countsOf(isOurs),
    };
  }

  #countsOf(counts: (caller: string) => boolean): Counts {
    const { aws, slack, statuspage } = this.#world;
    const made = (board: typeof aws.board) =>
      board
        .calls()
        .calls.filter(({ caller }) => counts(caller))
        .map(({ operation }) => operation);
    const calls = made(aws.board);
    const of = (service: string) => calls.filter((call) => call.startsWith(`${service}:`)).length;
    const dynamodbReads = calls.filter((call) => READS.includes(call.split(':')[1]!)).length;
    const itemsRead = Object.entries(this.#itemsRead).filter(([caller]) => counts(caller));
    return {
      dynamodbReads,
      itemsRead: itemsRead.reduce((sum, [, items]) => sum + items, 0),
      dynamodbWrites: of('dynamodb') - dynamodbReads,
      kms: of('kms'),
      sqs: of('sqs'),
      statuspage: made(statuspage.board).length,
      slack: made(slack.board).length,
      scheduler: of('scheduler'),
      secrets: of('secretsmanager'),
    };
  }
}

function roomOf(trail: readonly AuditEvent[]): string {
  const created = trail.find((event) => event.type === 'WAR_ROOM_CREATED');
  if (created?.type !== 'WAR_ROOM_CREATED') throw new Error('expected a war room, got none');
  return created.details.channelId;
}

function notesAfter(trail: readonly AuditEvent[], length: number): AuditEvent[] {
  const notes: AuditEvent[] = [];
  const head = trail.at(-1)!;
  // No note changes the standing of an incident.
  const checkpoint = standingOf(trail);
  let { hash: prevHash } = head;
  for (let seq = head.seq + 1; seq < length; seq += 1) {
    const note = sealEvent({
      incidentId: head.incidentId,
      seq,
      type: 'NOTE_ADDED',
      at: head.at,
      actor: { kind: 'slack_user', id: AUTHOR },
      commandId: `bench-note-${seq}`,
      details: {
        text: 'Checked another host: no errors there.',
        ...(isCheckpoint({ incidentId: head.incidentId, seq }) ? { checkpoint } : {}),
      },
      prevHash,
    });
    prevHash = note.hash;
    notes.push(note);
  }
  return notes;
}
