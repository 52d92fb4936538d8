import type { TemplateReason } from './status-proposal.ts';

const WORDS: Readonly<Record<Exclude<TemplateReason, 'MODEL_OFF'>, string>> = {
  MODEL_THROTTLED: 'too much is asked of the model at the moment',
  MODEL_TIMEOUT: 'the model did not answer in time',
  MODEL_UNAVAILABLE: 'the model cannot be reached',
  MODEL_ACCESS_DENIED: 'this app may not ask the model; tell whoever runs it',
  MODEL_NOT_FOUND: 'the model does not exist any more; tell whoever runs this app',
  MODEL_REQUEST_INVALID: 'the model does not take what this app asks; tell whoever runs it',
  MODEL_ANSWER_TRUNCATED: 'its answer was too long',
  MODEL_ANSWER_WITHHELD: 'its answer was withheld by a filter',
  MODEL_ANSWER_UNUSABLE: 'its answer could not be used',
  MODEL_ANSWER_INVALID: 'its answer could not be used',
  MODEL_FAILED: 'the model failed',
};

/** Why a template stands in the form, as the person reads it who wanted a proposal. */
export function templateWords(reason: TemplateReason): string {
  return reason === 'MODEL_OFF'
    ? 'This is the template. AI is off.'
    : `AI is out, here is the template: ${WORDS[reason]}.`;
}
