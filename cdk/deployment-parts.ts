import type { AuditTable } from './constructs/audit-table.ts';
import type { DeploymentSecrets } from './constructs/deployment-secrets.ts';
import type { FifoQueue } from './constructs/fifo-queue.ts';
import type { IncidentsTable } from './constructs/incidents-table.ts';
import type { OutboxTable } from './constructs/outbox-table.ts';
import type { Schedules } from './constructs/schedules.ts';
import type { SigningKey } from './constructs/signing-key.ts';
import type { DeploymentParameters } from './deployment-parameters.ts';
import type { ResourceNames } from './resource-names.ts';

/** What the functions share. Each takes what it needs and is granted exactly that. */
export type DeploymentParts = {
  parameters: DeploymentParameters;
  names: ResourceNames;
  audit: AuditTable;
  incidentRows: IncidentsTable;
  outbox: OutboxTable;
  /** What senders of alerts fill. */
  alerts: FifoQueue;
  incidents: FifoQueue;
  publications: FifoQueue;
  secrets: DeploymentSecrets;
  approvalKey: SigningKey;
  publicationKey: SigningKey;
  schedules: Schedules;
  /** False: functions get a placeholder instead of their bundle. */
  bundle: boolean;
};
