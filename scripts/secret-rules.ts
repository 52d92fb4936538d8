import { randomBytes } from 'node:crypto';
import { SECRET_NAMES, type SecretName } from '../cdk/resource-names.ts';

/** Who makes a secret's value, and so in which order it is changed. */
export type SecretRule =
  /** Ours: made here, then given to the sender. */
  | { origin: 'generated'; sender: string }
  /** A vendor's: made there, then put here. */
  | { origin: 'vendor'; where: string; pattern: RegExp; expected: string };

/** How each secret is made and checked. */
export const SECRET_RULES: Record<SecretName, SecretRule> = {
  'oncall-hmac': { origin: 'generated', sender: 'the relay that signs OnCall’s webhooks' },
  'oncall-bearer': {
    origin: 'generated',
    sender: 'Grafana OnCall or IRM: the webhook’s Authorization header',
  },
  'grafana-alerting': {
    origin: 'generated',
    sender: 'Grafana: the webhook contact point’s HMAC secret',
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

/** A new webhook secret: hex, 64 characters. */
export function generatedSecret(): string {
  return randomBytes(GENERATED_BYTES).toString('hex');
}

/** 2 for a mistake on the command line, 1 for everything else that went wrong. */
export function exitCodeOf(error: unknown): 1 | 2 {
  if (error instanceof UsageError) return 2;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
