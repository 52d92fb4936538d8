import { type LanguageModel, ModelError, type ModelErrorCode } from './language-model.ts';
import { MAX_ANSWER_TOKENS, MODEL_DEADLINE_MS } from './model-limits.ts';
import { parseStatusAnswer } from './status-answer.ts';
import type { StatusFacts } from './status-facts.ts';
import { type StatusPrompt, statusPrompt } from './status-prompt.ts';
import { statusTemplate } from './status-template.ts';

/** Why a template stands where a proposal could. `MODEL_OFF`: no model is configured. */
export type TemplateReason = ModelErrorCode | 'MODEL_OFF' | 'MODEL_ANSWER_INVALID';

/** Words for a public text: a model's, or the template's with the reason. */
export type ProposedStatusText =
  | {
      kind: 'proposal';
      title: string;
      text: string;
      modelId: string;
      promptVersion: string;
      /** SHA-256, lowercase hex, of the redacted prompt. */
      inputSha256: string;
      /** Identifiers replaced in the prompt. */
      redactionCount: number;
      /** Identifiers that the answer named all the same; their sentences were removed. */
      removedFromAnswerCount: number;
      inputTokens: number;
      outputTokens: number;
    }
  | { kind: 'template'; reason: TemplateReason; title: string; text: string; cause?: unknown };

/**
 * Proposes a public text for a person to edit and decide on. Changes nothing; safe to repeat.
 *
 * Never rejects: whatever fails, there is the template, and it says why. `cause` is for logs.
 *
 * @param request.model - undefined when AI is off
 * @param request.deadlineMs - milliseconds the model may take; default `MODEL_DEADLINE_MS`
 */
export async function proposeStatusText(request: {
  model: LanguageModel | undefined;
  facts: StatusFacts;
  deadlineMs?: number;
}): Promise<ProposedStatusText> {
  const { model, facts } = request;
  if (model === undefined) return template(facts, 'MODEL_OFF');
  const prompt = statusPrompt(facts);
  try {
    return await ask(model, prompt, facts, request.deadlineMs ?? MODEL_DEADLINE_MS);
  } catch (error) {
    // A proposal is a convenience: no failure of it may cost the person the template.
    const reason = error instanceof ModelError ? error.code : 'MODEL_FAILED';
    return { ...template(facts, reason), cause: error };
  }
}

async function ask(
  model: LanguageModel,
  prompt: StatusPrompt,
  facts: StatusFacts,
  deadlineMs: number,
): Promise<ProposedStatusText> {
  const { system, user } = prompt;
  const answer = await model.complete({ system, user, maxTokens: MAX_ANSWER_TOKENS, deadlineMs });
  const checked = parseStatusAnswer(answer.text);
  if (checked === undefined) return template(facts, 'MODEL_ANSWER_INVALID');
  return {
    kind: 'proposal',
    title: checked.title,
    text: checked.text,
    modelId: answer.modelId,
    promptVersion: prompt.promptVersion,
    inputSha256: prompt.inputSha256,
    redactionCount: prompt.redactionCount,
    removedFromAnswerCount: checked.removedCount,
    inputTokens: answer.inputTokens,
    outputTokens: answer.outputTokens,
  };
}

function template(
  facts: StatusFacts,
  reason: TemplateReason,
): Extract<ProposedStatusText, { kind: 'template' }> {
  return { kind: 'template', reason, ...statusTemplate(facts) };
}
