import type { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { OnCallAlertGroups } from '../adapters/oncall/oncall-alert-groups.ts';
import type { System } from '../adapters/system/system.ts';
import type { FunctionConfig } from '../config.ts';
import { AlertIntake } from '../services/alert-intake.ts';
import { AlertsOnRecord } from '../services/alerts-on-record.ts';
import type { IncidentRecord } from '../services/incident-record.ts';
import { findKnownGroup } from '../services/known-groups.ts';
import { LateRooms } from '../services/late-rooms.ts';
import type { AuditTrail, IncidentRows } from '../services/ports.ts';
import type { Quarantine } from '../services/quarantine.ts';
import type { ReceiveAlert } from '../services/receive-alert.ts';
import { RereadAlertGroup } from '../services/reread-alert-group.ts';
import type { RoomPosts } from '../services/room-posts.ts';
import type { SecretSource } from '../services/secret-source.ts';
import type { StormRows } from '../services/storm-rows.ts';
import { composeOnCall } from './compose-oncall.ts';

/** Joins what brings alerts to the record to OnCall's API. */
export function composeAlertIntake(of: {
  config: FunctionConfig<'incident-worker'>;
  outside: {
    documents: DocumentClient;
    secrets: SecretSource;
    rows: IncidentRows;
    storms: StormRows;
    trail: AuditTrail;
  };
  receiveAlert: ReceiveAlert;
  quarantine: Quarantine;
  record: IncidentRecord;
  posts: RoomPosts;
  system: Pick<System, 'clock' | 'log'>;
}) {
  const { config, receiveAlert, quarantine, record, posts, system } = of;
  const { documents, secrets, rows, storms, trail } = of.outside;
  const { clock, log } = system;
  const client = composeOnCall({
    config,
    client: documents,
    source: secrets,
    system,
    urgency: 'urgent',
  });
  const groups = new OnCallAlertGroups({ client, clock });
  const known = findKnownGroup({ rows, storms });
  const announcementChannelId = config.ANNOUNCEMENT_CHANNEL_ID;
  return {
    alerts: new AlertsOnRecord({
      intake: new AlertIntake({ receiveAlert, groups, log }),
      reread: new RereadAlertGroup({ groups, receiveAlert, known, record, log }),
      ...{ quarantine, record, trail, log },
    }),
    lateRooms: new LateRooms({ record, posts, clock, log, announcementChannelId }),
  };
}
