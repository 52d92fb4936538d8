import type { Clock, Log } from '../../services/ports.ts';
import { DynamoBudgetRows } from './budget-rows.ts';
import type { DocumentClient } from './document-client.ts';
import { dynamoErrorName } from './dynamo-errors.ts';

/** One call in this time on the long run. Unit: ms. */
export const ONCALL_INTERVAL_MS = 1_500;
/** Calls that may be made at once: 100 + 200 in five minutes are OnCall's documented 300. */
export const ONCALL_BURST = 100;

const PREFIX = 'RATE#';
const BUCKET = {
  name: 'oncall',
  rule: { perMinute: 60_000 / ONCALL_INTERVAL_MS, burst: ONCALL_BURST },
};

/** Who asks: `urgent` work may use the whole burst, the rest leaves half of it. */
export type OnCallUrgency = 'urgent' | 'routine';

/**
 * The places in OnCall's rate limit that all functions share, in one row of table `incidents`: the
 * time at which the bucket would be full again.
 *
 * When the row cannot be reached, calls go ahead: OnCall enforces its own limit.
 */
export class DynamoOnCallBudget {
  readonly #of: BudgetOptions;
  readonly #rows: DynamoBudgetRows;

  constructor(of: BudgetOptions) {
    this.#of = of;
    this.#rows = new DynamoBudgetRows({ client: of.client, table: of.table, prefix: PREFIX });
  }

  /** Takes one place. @returns false when there is none now */
  async take(): Promise<boolean> {
    const { clock, log, urgency } = this.#of;
    const of = { urgent: urgency === 'urgent', nowMs: clock.nowMs(), withinMs: 0 };
    try {
      return 'atMs' in (await this.#rows.take(BUCKET, of));
    } catch (error) {
      log.warn('OnCall’s budget not reached', { code: dynamoErrorName(error) });
      return true;
    }
  }
}

/** Partition of the budget's row; a role may be allowed this one alone. */
export const ONCALL_BUDGET_KEY = 'RATE#oncall';

export type BudgetOptions = {
  client: DocumentClient;
  table: string;
  clock: Clock;
  log: Log;
  urgency: OnCallUrgency;
};
