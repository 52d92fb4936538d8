import { describe, expect, it } from 'vitest';
import { type LanguageModel, ModelError } from '../../src/ai/language-model.ts';
import { statusTextsOf } from '../../src/handlers/compose-status-texts.ts';

const FACTS = {
  status: 'investigating' as const,
  severity: 'P2' as const,
  serviceNames: ['checkout-api'],
  componentNames: ['Checkout'],
  alertTitles: ['5xx'],
  internalUpdates: [],
  notes: [],
  lastPublishedText: undefined,
};

async function proposedBy(model: LanguageModel | undefined) {
  const logged: unknown[] = [];
  const log = {
    note: () => {},
    error: () => {},
    warn: (...given: unknown[]) => logged.push(given),
    count: (...given: unknown[]) => logged.push(given),
  };
  const proposed = await statusTextsOf(model, log as never).propose(FACTS);
  return { proposed, logged };
}

describe('a proposal that a model could not make', () => {
  it('is counted by its code, and the person reads a reason', async () => {
    const message = 'cannot ask model m: expected an answer, got ValidationException';
    const complete = () =>
      Promise.reject(new ModelError({ code: 'MODEL_REQUEST_INVALID', message }));
    const { proposed, logged } = await proposedBy({ complete });
    expect(proposed).toMatchObject({
      kind: 'template',
      title: 'Problems with Checkout',
      reason:
        'AI is out, here is the template: the model does not take what this app asks; ' +
        'tell whoever runs it.',
    });
    expect(logged).toEqual([
      ['ModelFailed', { code: 'MODEL_REQUEST_INVALID' }],
      [message, { code: 'MODEL_REQUEST_INVALID' }],
    ]);
  });

  it('is a failure as well when its answer is nothing that was asked for', async () => {
    const complete = async () => ({ text: 'Hi', modelId: 'm', inputTokens: 1, outputTokens: 1 });
    const { proposed, logged } = await proposedBy({ complete });
    expect(proposed).toMatchObject({
      reason: 'AI is out, here is the template: its answer could not be used.',
    });
    expect(logged).toEqual([['ModelFailed', { code: 'MODEL_ANSWER_INVALID' }]]);
  });

  it('is none when AI is off', async () => {
    const { proposed, logged } = await proposedBy(undefined);
    expect(proposed).toMatchObject({ reason: 'This is the template. AI is off.' });
    expect(logged).toEqual([]);
  });
});
