import { z } from 'zod';
import {
  draftedText,
  problemsOfCustomerText,
  problemsOfCustomerTitle,
} from '../domain/customer-text.ts';
import { MAX_ANSWER_CHARS } from './model-limits.ts';
import { PLACEHOLDER, redact } from './redacted-text.ts';
import type { StatusText } from './status-template.ts';

/** A model's answer that may be shown to a person. */
export type CheckedAnswer = StatusText & {
  /** Identifiers the answer named; the sentences that held them were removed. */
  removedCount: number;
};

const UNFILLED = /\[[^\]\n]*\]|\{\{|\}\}|<[^>\n]*>|\b(?:TBD|TBA|TODO|FIXME|XXX)\b|lorem ipsum/i;

const trimmed = z.string().transform((text) => draftedText(text).trim());

const answerSchema = z.strictObject({
  title: trimmed.refine((title) => problemsOfCustomerTitle(title).length === 0),
  text: trimmed.refine((text) => problemsOfCustomerText(text).length === 0),
});

/**
 * Reads a model's answer: one JSON object, alone or in one fenced code block.
 *
 * Sentences that name an identifier, or repeat a placeholder, are removed; what remains has no
 * identifier and nothing left to fill in.
 *
 * @returns undefined when the answer is anything else, or nothing remains of its title or text
 */
export function parseStatusAnswer(answer: string): CheckedAnswer | undefined {
  if (answer.length > MAX_ANSWER_CHARS) return undefined;
  const parsed = answerSchema.safeParse(parseJson(withoutCodeFence(answer.trim())));
  if (!parsed.success) return undefined;
  const title = withoutIdentifiers(parsed.data.title);
  const text = withoutIdentifiers(parsed.data.text);
  if (title.kept === '' || text.kept === '') return undefined;
  if (UNFILLED.test(title.kept) || UNFILLED.test(text.kept)) return undefined;
  return {
    title: title.kept,
    text: text.kept,
    removedCount: title.removedCount + text.removedCount,
  };
}

function withoutCodeFence(answer: string): string {
  return /^```(?:json)?[ \t]*\n([\s\S]*?)\n?```$/i.exec(answer)?.[1] ?? answer;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined, and the caller falls back to the template.
    return undefined;
  }
}

/** Removes whole sentences: a gap in the middle of one would change what it says. */
function withoutIdentifiers(text: string): { kept: string; removedCount: number } {
  const { text: redacted } = redact(text);
  const removedCount = redacted.match(PLACEHOLDER)?.length ?? 0;
  if (removedCount === 0) return { kept: text, removedCount };
  const kept = redacted
    .split('\n')
    .map((line) =>
      line
        .split(/(?<=[.!?]) +/)
        .filter((sentence) => sentence.search(PLACEHOLDER) === -1)
        .join(' '),
    )
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { kept, removedCount };
}
