/**
 * Prices of us-east-1 without any free tier, in dollars, as AWS's pricing pages gave them in 2025:
 * lambda, sqs, dynamodb, secrets-manager, kms, eventbridge and api-gateway, each at
 * `https://aws.amazon.com/<service>/pricing/`. Look again before you budget with them.
 */
export const PRICES = {
  asOf: '2025',
  region: 'us-east-1',
  /** arm64, first tier. */
  lambdaPerGbS: 0.0000133334,
  lambdaPerRequest: 0.2 / 1e6,
  httpApiPerRequest: 1 / 1e6,
  /** FIFO; Lambda's polling of a quiet queue is not in it. */
  sqsPerRequest: 0.5 / 1e6,
  /** On demand: one unit writes 1 KB. */
  dynamodbPerWriteUnit: 0.625 / 1e6,
  /** On demand: one unit reads 4 KB consistently. */
  dynamodbPerReadUnit: 0.125 / 1e6,
  secretsPerCall: 0.05 / 1e4,
  /** Asymmetric, elliptic curve. */
  kmsPerCall: 0.15 / 1e4,
  schedulerPerInvocation: 1 / 1e6,
} as const;

/** Copies of a written item that a table's indexes keep; both sparse ones of `incidents` count. */
export const INDEXES: Readonly<Record<string, number>> = { audit: 2, incidents: 2, outbox: 0 };

/** As the functions are deployed. Unit: GB. */
export const MEMORY_GB: Readonly<Record<string, number>> = {
  'alert-webhook': 0.5,
  'slack-ingress': 0.5,
  'incident-worker': 1.73,
  publisher: 1,
};

/** What a call to AWS takes there and not on loopback; an assumption, on the high side. Unit: ms. */
export const AWS_CALL_MS = 8;
