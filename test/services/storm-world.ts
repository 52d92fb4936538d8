import type { Routing } from '../../src/domain/routing.ts';
import { MemoryStormRows } from '../../src/local/memory/memory-storm-rows.ts';
import type { IncidentRecord } from '../../src/services/incident-record.ts';
import type { Clock, IncidentMessage, IncidentRows, Log } from '../../src/services/ports.ts';
import { StormBatches } from '../../src/services/storm-batches.ts';
import type { StormRows } from '../../src/services/storm-rows.ts';
import { Storms } from '../../src/services/storms.ts';
import { ROUTING } from './alert-messages.ts';

type Sent = { message: IncidentMessage; group: string; deduplicationId: string };

const QUIET: Log = { note() {}, warn() {}, error() {}, count() {} };

/** Storms of the tests' routing, over rows in memory unless others are given. */
export function givenStorms(of: {
  record: IncidentRecord;
  rows: IncidentRows;
  clock: Clock;
  stormRows?: StormRows;
  routing?: Routing;
  sent?: Sent[];
  log?: Log;
  send?: () => Promise<void>;
}) {
  const { record, rows, clock, routing = ROUTING, log = QUIET } = of;
  const stormRows = of.stormRows ?? new MemoryStormRows();
  const queue = {
    send: async (message: IncidentMessage, as: { group: string; deduplicationId: string }) => {
      await of.send?.();
      of.sent?.push({ message, ...as });
    },
  };
  const pause = { forMs: async () => {} };
  return {
    storms: new Storms({ record, rows: stormRows, queue, routing, clock, pause, log }),
    batches: new StormBatches({ record, rows, storms: stormRows, routing, clock, log }),
    stormRows,
    queue,
  };
}
