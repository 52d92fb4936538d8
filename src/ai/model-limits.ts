/**
 * Limits on everything that goes to a model or comes back from one. Each is a bound on cost, on
 * time, or on how much hostile text can steer an answer.
 */

/** Characters that redaction reads; the rest is dropped unread. Our longest prompt is below it. */
export const MAX_REDACTION_CHARS = 60_000;

/**
 * Redaction runs again until nothing changes, because one replacement may uncover another.
 * Two passes are usual; text that still changes after this many is withheld whole.
 */
export const MAX_REDACTION_PASSES = 8;

/** Tokens a model may answer with: 3,000 characters are about 750 tokens, the rest is JSON. */
export const MAX_ANSWER_TOKENS = 1_200;

/** Characters of a model's answer that are parsed: title, text and JSON escapes with room. */
export const MAX_ANSWER_CHARS = 8_000;

/**
 * Milliseconds a model may take, retry included. The function's time-out is 30 s; half is left for
 * recording the proposal and showing it.
 */
export const MODEL_DEADLINE_MS = 12_000;

/** Names (services, components) that go into a prompt; more say nothing new to a reader. */
export const MAX_PROMPT_NAMES = 20;

/** Characters of one name or alert title in a prompt. */
export const MAX_PROMPT_NAME_CHARS = 200;

/** Alert titles, internal updates and notes, each: the newest ones, the story of the last hour. */
export const MAX_PROMPT_ITEMS = 10;

/** Characters of one internal update or note in a prompt, cut at a space. */
export const MAX_PROMPT_ITEM_CHARS = 800;
