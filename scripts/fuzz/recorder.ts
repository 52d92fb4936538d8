import { isDeepStrictEqual } from 'node:util';
import { storableItem, storedItem } from '../../src/adapters/dynamodb/attribute-values.ts';
import { loadDeploymentConfig } from '../../src/adapters/files/deployment-config.ts';
import { type AlertPath, readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { type AuditEvent, openEvent } from '../../src/domain/audit-event.ts';
import { keysOf, withoutKeys } from '../../src/domain/event-keys.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { KEPT_BODY_MAX_BYTES } from '../../src/domain/limits.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import { fitAlertBody } from '../../src/services/fit-alert-body.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import type { AppliedCommand } from '../../src/services/ports.ts';
import { Quarantine } from '../../src/services/quarantine.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { StormBatches } from '../../src/services/storm-batches.ts';
import type { PendingLink } from '../../src/services/storm-rows.ts';
import { Storms } from '../../src/services/storms.ts';

/** DynamoDB's limit on one item. Unit: bytes. */
const ITEM_MAX_BYTES = 409_600;
/** Between two alerts, so that some come in storms and some alone. Unit: ms. */
const STEPS_MS = [1_000, 20_000, 60_000];
const STARTED_MS = Date.parse('2026-11-20T09:00:00Z');

const NOTHING = { note() {}, warn() {}, error() {}, count() {} };
const { routing } = loadDeploymentConfig('config');

/** The trail in memory, each event through the marshaller and back as the table would have it. */
class MarshalledTrail extends MemoryAuditTrail {
  override async insert(event: AuditEvent): Promise<'inserted' | 'taken'> {
    const back = openEvent(withoutKeys(throughTable({ ...event, ...keysOf(event) })));
    if (!isDeepStrictEqual(back, event)) throw new Error('an event comes back as another');
    return super.insert(event);
  }
}

/** Projections in memory, each through the marshaller. */
class MarshalledRows extends MemoryIncidentRows {
  override project(state: IncidentState, applied: readonly AppliedCommand[]): Promise<void> {
    throughTable({ pk: state.incidentId, sk: 'STATE', state });
    return super.project(state, applied);
  }
}

class MarshalledStormRows extends MemoryStormRows {
  override putPending(stormId: string, pending: PendingLink): Promise<void> {
    throughTable({ pk: stormId, sk: pending.key, ...pending });
    return super.putPending(stormId, pending);
  }
}

function throughTable(item: Record<string, unknown>): Record<string, unknown> {
  const typed = storableItem(item);
  const bytes = Buffer.byteLength(JSON.stringify(typed));
  // What the wire adds around each value is more than the table counts for it.
  if (bytes > ITEM_MAX_BYTES) throw new Error(`an item of ${bytes} bytes`);
  return storedItem(typed);
}

/** incident-worker's way of alerts to the record, for alerts of one deployment after another. */
export class Recorder {
  #world = newWorld();

  /** Forgets every alert. */
  forget(): void {
    this.#world = newWorld();
  }

  /**
   * Puts one alert on record, twice.
   * @returns what is wrong, or undefined, and what became of it
   */
  async check(one: { path: string; body: Buffer }): Promise<{ finding?: string; mark: string }> {
    try {
      return await record(this.#world, one);
    } catch (error) {
      const said = error instanceof Error ? error.stack : String(error);
      return { finding: `the record threw ${said}`, mark: 'threw' };
    }
  }
}

type RecordWorld = ReturnType<typeof newWorld>;

function newWorld() {
  const clock = {
    at: STARTED_MS,
    nowMs() {
      return this.at;
    },
  };
  const pause = { forMs: async () => {} };
  const trail = new MarshalledTrail();
  const rows = new MarshalledRows();
  const stormRows = new MarshalledStormRows();
  const record = new IncidentRecord({ trail, rows, clock, pause });
  const waiting = new Set<string>();
  const queue = {
    send: async (message: object) => {
      if ('incidentId' in message) waiting.add(String(message.incidentId));
    },
  };
  const schedules = { set: async () => {}, remove: async () => {} };
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const shared = { record, routing, clock, log: NOTHING };
  const storms = new Storms({ ...shared, rows: stormRows, queue, pause });
  return {
    clock,
    trail,
    waiting,
    batches: new StormBatches({ ...shared, rows, storms: stormRows }),
    receive: new ReceiveAlert({ record, rows, routing, quarantine, storms }),
  };
}

async function record(
  world: RecordWorld,
  { path, body }: { path: string; body: Buffer },
): Promise<{ finding?: string; mark: string }> {
  const rawSha256 = sha256Hex(body);
  const { clock, receive } = world;
  clock.at += STEPS_MS[Number.parseInt(rawSha256.slice(0, 2), 16) % STEPS_MS.length] ?? 0;
  const read = readAlert(path as AlertPath, body);
  const message = {
    kind: 'alert' as const,
    path,
    requestId: rawSha256,
    receivedAtMs: clock.at,
    rawSha256,
    ...fitAlertBody({ path: path as AlertPath, body, read, maxBase64Bytes: KEPT_BODY_MAX_BYTES }),
  };
  const chain = await receive.receive(message);
  await drain(world);
  const events = await world.trail.from(chain, 1);
  if (events.length === 0) return { finding: `nothing on ${chain}`, mark: 'lost' };
  const again = await receive.receive(message);
  await drain(world);
  const after = await world.trail.from(chain, 1);
  const mark = `record ${path} ${events.at(-1)?.type}`;
  if (again !== chain) return { finding: `on ${chain}, and again on ${again}`, mark };
  return after.length === events.length
    ? { mark }
    : { finding: `twice on ${chain}: ${after.at(-1)?.type}`, mark };
}

/** Storms append what waits for them. */
async function drain({ waiting, batches, clock }: RecordWorld): Promise<void> {
  for (const stormId of waiting) {
    clock.at += 5_000;
    await batches.append(stormId);
  }
  waiting.clear();
}
