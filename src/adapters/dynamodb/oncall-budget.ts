import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock, Log } from '../../services/ports.ts';
import { dynamoErrorName, isConditionFailure } from './dynamo-errors.ts';

/** One call in this time on the long run. Unit: ms. */
export const ONCALL_INTERVAL_MS = 1_500;
/** Calls that may be made at once: 100 + 200 in five minutes are OnCall's documented 300. */
export const ONCALL_BURST = 100;

/** Who asks: `urgent` work may use the whole burst, the rest leaves half of it. */
export type OnCallUrgency = 'urgent' | 'routine';

/**
 * The places in OnCall's rate limit that all functions share, in one row of table `incidents`: the
 * time at which the bucket would be full again (GCRA). One update a call, two after a pause, four
 * when there is no place.
 *
 * When the row cannot be reached, calls go ahead: OnCall enforces its own limit.
 */
export class DynamoOnCallBudget {
  readonly #of: BudgetOptions;

  constructor(of: BudgetOptions) {
    this.#of = of;
  }

  /** Takes one place. @returns false when there is none now */
  async take(): Promise<boolean> {
    try {
      // Bucket in use, bucket full again; between the two another caller may have come first.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if (await this.#takeOfUsed()) return true;
        if (await this.#takeOfFull()) return true;
      }
      return false;
    } catch (error) {
      this.#of.log.warn('OnCall’s budget not reached', { code: dynamoErrorName(error) });
      return true;
    }
  }

  #takeOfUsed(): Promise<boolean> {
    const nowMs = this.#of.clock.nowMs();
    const burst = this.#of.urgency === 'urgent' ? ONCALL_BURST : ONCALL_BURST / 2;
    return this.#update('SET fullAtMs = fullAtMs + :interval', {
      condition: 'fullAtMs >= :now AND fullAtMs <= :latest',
      values: { ':now': nowMs, ':latest': nowMs + (burst - 1) * ONCALL_INTERVAL_MS },
    });
  }

  #takeOfFull(): Promise<boolean> {
    const nowMs = this.#of.clock.nowMs();
    return this.#update('SET fullAtMs = :now + :interval', {
      condition: 'attribute_not_exists(fullAtMs) OR fullAtMs < :now',
      values: { ':now': nowMs },
    });
  }

  async #update(
    expression: string,
    of: { condition: string; values: Record<string, number> },
  ): Promise<boolean> {
    try {
      await this.#of.client.send(
        new UpdateCommand({
          TableName: this.#of.table,
          Key: { pk: ONCALL_BUDGET_KEY, sk: 'BUDGET' },
          UpdateExpression: expression,
          ConditionExpression: of.condition,
          ExpressionAttributeValues: { ...of.values, ':interval': ONCALL_INTERVAL_MS },
        }),
      );
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }
}

/** Partition of the budget's row; a role may be allowed this one alone. */
export const ONCALL_BUDGET_KEY = 'RATE#oncall';

export type BudgetOptions = {
  client: DynamoDBDocumentClient;
  table: string;
  clock: Clock;
  log: Log;
  urgency: OnCallUrgency;
};
