import {
  BedrockLanguageModel,
  createBedrockClient,
} from '../adapters/bedrock/bedrock-language-model.ts';
import { type LanguageModel, ModelError } from '../ai/language-model.ts';
import { proposeStatusText } from '../ai/status-proposal.ts';
import { statusTemplate } from '../ai/status-template.ts';
import { templateWords } from '../ai/template-words.ts';
import type { FunctionConfig } from '../config.ts';
import type { Log } from '../services/ports.ts';
import type { StatusTexts } from '../services/status-texts.ts';

/** Joins words for customers to Bedrock, or to the template alone where AI is off. */
export function composeStatusTexts(of: {
  config: Pick<
    FunctionConfig<'incident-worker'>,
    'AI' | 'BEDROCK_MODEL_ID' | 'BEDROCK_TEMPERATURE'
  >;
  options: Parameters<typeof createBedrockClient>[0];
  log: Log;
}): StatusTexts {
  const { config, options, log } = of;
  if (config.AI === 'off') return statusTextsOf(undefined, log);
  const temperature = config.BEDROCK_TEMPERATURE;
  const model = new BedrockLanguageModel({
    client: createBedrockClient(options),
    modelId: config.BEDROCK_MODEL_ID,
    temperature: temperature === '' ? undefined : Number(temperature),
  });
  return statusTextsOf(model, log);
}

/** A model's words, or the template's with the reason as people read it; failures are counted. */
export function statusTextsOf(model: LanguageModel | undefined, log: Log): StatusTexts {
  return {
    propose: async (facts) => {
      const proposed = await proposeStatusText({ model, facts });
      if (proposed.kind === 'proposal') return proposed;
      const { reason: code, cause } = proposed;
      if (code !== 'MODEL_OFF') log.count('ModelFailed', { code });
      // The model's name and the error's; never prompt or answer.
      if (cause instanceof ModelError) log.warn(cause.message, { code });
      return { ...proposed, reason: templateWords(code) };
    },
    template: (status, componentNames) => statusTemplate({ status, componentNames }).text,
  };
}
