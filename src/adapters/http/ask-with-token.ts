import type { UnknownReason } from '../../domain/context-snapshot.ts';
import type { HttpAnswer, HttpOutcome } from './send-once.ts';
import { unknownReasonOf, withinMs } from './unknown-reason.ts';

/** Gives the token; asked with the one that was refused, it looks for a newer one. */
export type TokenSource = (refused?: string) => Promise<string>;

export type Asked =
  | { kind: 'answer'; answer: HttpAnswer }
  | { kind: 'unknown'; reason: UnknownReason };

/**
 * Asks once, with a token; once more when it is refused and a newer one is there already. The whole
 * of it keeps to the deadline. Never rejects.
 */
export async function askWithToken(of: {
  token: TokenSource;
  timeoutMs: number;
  ask: (token: string) => Promise<HttpOutcome>;
}): Promise<Asked> {
  return withinMs(asked(of), of.timeoutMs, { kind: 'unknown', reason: 'TIMED_OUT' });
}

async function asked(of: {
  token: TokenSource;
  ask: (token: string) => Promise<HttpOutcome>;
}): Promise<Asked> {
  let outcome: HttpOutcome;
  try {
    const token = await of.token();
    outcome = await of.ask(token);
    if (outcome.kind === 'answer' && outcome.status === 401) {
      const newer = await of.token(token);
      if (newer !== token) outcome = await of.ask(newer);
    }
  } catch {
    // Asking never rejects, so it was the token.
    return { kind: 'unknown', reason: 'SECRET_UNAVAILABLE' };
  }
  const reason = unknownReasonOf(outcome);
  if (reason) return { kind: 'unknown', reason };
  return outcome.kind === 'answer'
    ? { kind: 'answer', answer: outcome }
    : { kind: 'unknown', reason: 'UNREACHABLE' };
}
