import type { IncidentState } from '../../domain/incident-state.ts';
import type { IncidentRows, StateRow, StepRow } from '../../services/ports.ts';
import { partition, stepKey } from './incident-row-keys.ts';
import type { Row } from './row-store.ts';

/** Sort key of an incident's projection. */
export const STATE_KEY = 'STATE';

/** Reads one row of table `incidents`, consistently. @throws {DeliveryError} `ROWS_UNAVAILABLE` */
export type ReadRow = (pk: string, sk: string) => Promise<Row | undefined>;

/**
 * What is read of an incident by key alone. Apart from the other rows, so that who only reads these
 * loads nothing of the SDK.
 */
export class IncidentRowReader
  implements Pick<IncidentRows, 'incidentOfChannel' | 'readState' | 'readStep'>
{
  readonly #read: ReadRow;

  constructor(read: ReadRow) {
    this.#read = read;
  }

  async readState(incidentId: string): Promise<StateRow | undefined> {
    const row = await this.#read(partition(incidentId), STATE_KEY);
    if (!row) return undefined;
    return {
      state: (row.state as IncidentState | undefined) ?? ({ version: 0 } as IncidentState),
      actedSeq: Number(row.actedSeq ?? 0),
      unfinishedToken: (row.unfinishedToken as string | undefined) ?? null,
    };
  }

  async readStep(incidentId: string, seq: number, name: string): Promise<StepRow | undefined> {
    const row = await this.#read(partition(incidentId), stepKey(seq, name));
    return row && { done: row.done === true, result: (row.result as StepRow['result']) ?? {} };
  }

  async incidentOfChannel(channelId: string): Promise<string | undefined> {
    const row = await this.#read(`CHANNEL#${channelId}`, 'INCIDENT');
    return row && String(row.incidentId);
  }
}
