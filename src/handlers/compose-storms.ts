import type { System } from '../adapters/system/system.ts';
import type { Routing } from '../domain/routing.ts';
import type { IncidentRecord } from '../services/incident-record.ts';
import type { IncidentQueue, IncidentRows } from '../services/ports.ts';
import type { RoomPosts } from '../services/room-posts.ts';
import { StormBatches } from '../services/storm-batches.ts';
import { StormNotices } from '../services/storm-notices.ts';
import type { StormRows } from '../services/storm-rows.ts';
import { Storms } from '../services/storms.ts';
import { Wakes } from '../services/wakes.ts';

/** Joins what storms and waiting effects need. */
export function composeStorms(of: {
  stormRows: StormRows;
  record: IncidentRecord;
  rows: IncidentRows;
  queue: IncidentQueue;
  posts: RoomPosts;
  routing: Routing;
  announcementChannelId: string;
  system: Pick<System, 'clock' | 'log' | 'pause'>;
}) {
  const { record, rows, queue, posts, routing, announcementChannelId } = of;
  const { clock, log, pause } = of.system;
  const storms = of.stormRows;
  return {
    stormNotices: new StormNotices({ record, posts, queue, announcementChannelId }),
    storms: new Storms({ record, rows: storms, queue, routing, clock, log, pause }),
    stormBatches: new StormBatches({ record, rows, storms, routing, clock, log }),
    wakes: new Wakes({ queue, clock, log }),
  };
}
