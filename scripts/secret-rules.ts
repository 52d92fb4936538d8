import { randomBytes } from 'node:crypto';
import { SECRET_NAMES, type SecretName } from '../cdk/resource-names.ts';

/** Who makes a secret's value, and so in which order it is changed. */
export type SecretRule =
  /** Ours: made here, then given to the sender. */
  | { origin: 'generated'; sender: string; form?: 'whsec' }
  /** A vendor's: made there, then put here. */
  | {
      origin: 'vendor';
      where: string;
      pattern: RegExp;
      expected: string;
      /**
       * A webhook's: the old value is accepted for the overlap. A deployment without that sender
       * gets a value that nobody knows, so that its path is closed rather than out of order.
       */
      isWebhook?: true;
    };

/** How each secret is made and checked. */
export const SECRET_RULES: Record<SecretName, SecretRule> = {
  'oncall-hmac': {
    origin: 'generated',
    sender: 'the scripts and drills that sign OnCall’s bodies',
  },
  'oncall-bearer': {
    origin: 'generated',
    sender: 'Grafana OnCall or IRM: the webhook’s Authorization header',
  },
  'grafana-alerting': {
    origin: 'generated',
    sender: 'Grafana: the webhook contact point’s HMAC secret',
  },
  'standard-webhooks': {
    origin: 'generated',
    sender: 'the signing relay: its RELAY_SIGNING_SECRET_FILE',
    form: 'whsec',
  },
  'alertmanager-bearer': {
    origin: 'generated',
    sender: 'Alertmanager: the receiver’s http_config.authorization.credentials_file',
  },
  pagerduty: {
    origin: 'vendor',
    where: 'PagerDuty’s webhook subscription, shown once when it is created',
    pattern: /^[\x21-\x7e]{32,200}$/,
    expected: '32 to 200 characters without spaces',
    isWebhook: true,
  },
  'grafana-irm': {
    origin: 'vendor',
    where: 'Grafana IRM’s Integrations, Outgoing Webhook, Signing secret',
    pattern: /^[\x21-\x7e]{8,400}$/,
    expected: '8 to 400 characters without spaces',
    isWebhook: true,
  },
  'slack-signing': {
    origin: 'vendor',
    where: 'the Slack app’s Basic Information page, Signing Secret',
    pattern: /^[0-9a-f]{32}$/,
    expected: '32 lower-case hex digits',
  },
  'slack-bot-token': {
    origin: 'vendor',
    where: 'the Slack app’s OAuth & Permissions page, Bot User OAuth Token',
    pattern: /^xoxb-[A-Za-z0-9-]{10,250}$/,
    expected: 'a token that starts with xoxb-',
  },
  'oncall-api-token': {
    origin: 'vendor',
    where: 'Grafana’s service accounts, or OnCall’s settings page, API keys',
    pattern: /^[A-Za-z0-9_-]{20,400}$/,
    expected: '20 to 400 letters, digits, dashes and underscores, without Bearer',
  },
  'workos-api-key': {
    origin: 'vendor',
    where: 'WorkOS’ dashboard, API keys',
    pattern: /^sk_[A-Za-z0-9_]{10,250}$/,
    expected: 'a key that starts with sk_',
  },
  'grafana-read-token': {
    origin: 'vendor',
    where: 'Grafana Cloud’s access policies: metrics:read, logs:read, traces:read',
    pattern: /^[A-Za-z0-9_=.-]{20,1000}$/,
    expected: '20 to 1,000 letters, digits and _=.-',
  },
  'github-token': {
    origin: 'vendor',
    where: 'GitHub’s fine-grained tokens: contents and deployments, read-only',
    pattern: /^(?:github_pat_|gh[a-z]_)[A-Za-z0-9_]{20,250}$/,
    expected: 'a token that starts with github_pat_ or ghs_',
  },
  'statuspage-api-key': {
    origin: 'vendor',
    where: 'Statuspage’s API info page',
    pattern: /^[A-Za-z0-9-]{16,128}$/,
    expected: '16 to 128 letters, digits and dashes',
  },
};

/** Thrown for a mistake on the command line; the message is all that the person needs. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

/** @throws {UsageError} with the names there are */
export function secretName(given: string | undefined): SecretName {
  const found = SECRET_NAMES.find((name) => name === given);
  if (found) return found;
  throw new UsageError(`expected one of ${SECRET_NAMES.join(' ')}, got ${given ?? 'nothing'}`);
}

/**
 * Checks a pasted value without repeating it.
 * @throws {UsageError} `expected …`, never the value
 */
export function checkedValue(name: SecretName, given: string): string {
  const rule = SECRET_RULES[name];
  const value = given.trim();
  if (value === '') throw new UsageError(`cannot use the value of ${name}: expected one, got none`);
  if (rule.origin === 'vendor' && !rule.pattern.test(value)) {
    throw new UsageError(
      `cannot use the value of ${name}: expected ${rule.expected}, ` +
        `got ${value.length} other characters`,
    );
  }
  return value;
}

/** Bytes of a generated secret: as many as HMAC-SHA-256 can use. */
const GENERATED_BYTES = 32;

/** A new webhook secret: 64 hex characters, or `whsec_` and base64 for Standard Webhooks. */
export function generatedSecret(name: SecretName): string {
  const rule = SECRET_RULES[name];
  const bytes = randomBytes(GENERATED_BYTES);
  return rule.origin === 'generated' && rule.form === 'whsec'
    ? `whsec_${bytes.toString('base64')}`
    : bytes.toString('hex');
}

/** True for a secret that functions accept in two versions while it is rotated. */
export function hasOverlap(name: SecretName): boolean {
  const rule = SECRET_RULES[name];
  return rule.origin === 'generated' || rule.isWebhook === true;
}

/** 2 for a mistake on the command line, 1 for everything else that went wrong. */
export function exitCodeOf(error: unknown): 1 | 2 {
  if (error instanceof UsageError) return 2;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
