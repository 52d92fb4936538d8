import { FUNCTION_NAMES } from '../config.ts';
import { TABLE_NAMES } from './tables.ts';
import { QUEUE_NAMES } from './world-resources.ts';

type AwsRequest = { operation: string; caller: string; args: unknown };

/**
 * What IAM forbids the functions on AWS, as far as a defect here could hide one there: the audit
 * trail is append-only, ingress never touches it,
 * only incident-worker asks for publications, and the webhook reaches no queue but that of alerts.
 *
 * People and tests (`external`) may do anything: the trail must withstand them by its hashes.
 */
export function mayCall({ operation, caller, args }: AwsRequest): boolean {
  if (!FUNCTION_NAMES.some((name) => name === caller)) return true;
  const named = (args ?? {}) as { table?: unknown; tables?: unknown[]; queue?: unknown };
  const tables = [named.table, ...(named.tables ?? [])];
  if (tables.includes(TABLE_NAMES.audit) && !mayUseAudit(operation, caller)) return false;
  if (tables.includes(TABLE_NAMES.outbox) && !mayUseOutbox(operation, caller)) return false;
  if (operation.startsWith('sqs:Send') && named.queue === QUEUE_NAMES.publications) {
    return caller === 'incident-worker';
  }
  if (operation.startsWith('sqs:Send') && named.queue === QUEUE_NAMES.alerts) {
    return caller === 'alert-webhook' || caller === 'sweeper';
  }
  if (operation.startsWith('sqs:Send') && named.queue === QUEUE_NAMES.incidents) {
    return caller !== 'alert-webhook';
  }
  return true;
}

function mayUseAudit(operation: string, caller: string): boolean {
  if (caller !== 'incident-worker' && caller !== 'publisher') return false;
  return ['dynamodb:ExecuteStatement', 'dynamodb:GetItem', 'dynamodb:Query'].includes(operation);
}

function mayUseOutbox(operation: string, caller: string): boolean {
  if (caller === 'sweeper') return true;
  return caller === 'alert-webhook' && operation === 'dynamodb:PutItem';
}
