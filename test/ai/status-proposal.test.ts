import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LanguageModel, ModelError, type ModelRequest } from '../../src/ai/language-model.ts';
import { redact } from '../../src/ai/redacted-text.ts';
import { proposeStatusText } from '../../src/ai/status-proposal.ts';
import { anyFacts, givenFacts } from './status-facts.ts';

const answer = { modelId: 'm-1', inputTokens: 420, outputTokens: 60 };

function givenModel(respond: (request: ModelRequest) => string): LanguageModel & {
  requests: ModelRequest[];
} {
  const requests: ModelRequest[] = [];
  return {
    requests,
    complete: async (request) => {
      requests.push(request);
      return { ...answer, text: respond(request) };
    },
  };
}

describe('proposeStatusText()', () => {
  it('returns the proposal with model, prompt version, input hash and redaction count', async () => {
    const model = givenModel(() => '{"title":"Slow checkout","text":"Checkout is slow."}');
    const facts = givenFacts({ notes: ['maya@example.com is on it'] });
    expect(await proposeStatusText({ model, facts })).toEqual({
      kind: 'proposal',
      title: 'Slow checkout',
      text: 'Checkout is slow.',
      modelId: 'm-1',
      promptVersion: 'status-text-1',
      inputSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      redactionCount: 1,
      removedFromAnswerCount: 0,
      inputTokens: 420,
      outputTokens: 60,
    });
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({ maxTokens: 1_200, deadlineMs: 12_000 });
  });

  it('counts identifiers it removed from the answer', async () => {
    const model = givenModel(() => '{"title":"Slow","text":"It is slow. Ask bob@example.com."}');
    expect(await proposeStatusText({ model, facts: givenFacts() })).toMatchObject({
      kind: 'proposal',
      text: 'It is slow.',
      removedFromAnswerCount: 1,
    });
  });

  it('passes a shorter deadline on', async () => {
    const model = givenModel(() => 'no');
    await proposeStatusText({ model, facts: givenFacts(), deadlineMs: 250 });
    expect(model.requests[0]?.deadlineMs).toBe(250);
  });

  it('returns the template with MODEL_OFF when there is no model', async () => {
    expect(await proposeStatusText({ model: undefined, facts: givenFacts() })).toEqual({
      kind: 'template',
      reason: 'MODEL_OFF',
      title: 'Problems with Checkout',
      text: expect.stringMatching(/^We are investigating problems with Checkout\. .*\.$/),
    });
  });

  it('returns the template with MODEL_ANSWER_INVALID when the answer is not what was asked', async () => {
    const model = givenModel(() => 'I would rather not.');
    expect(await proposeStatusText({ model, facts: givenFacts() })).toMatchObject({
      kind: 'template',
      reason: 'MODEL_ANSWER_INVALID',
    });
  });

  it.each([
    [new ModelError({ code: 'MODEL_THROTTLED', message: 'x' }), 'MODEL_THROTTLED'],
    [new ModelError({ code: 'MODEL_TIMEOUT', message: 'x' }), 'MODEL_TIMEOUT'],
    [new TypeError('a bug'), 'MODEL_FAILED'],
  ])('returns the template when the model throws %s', async (cause, reason) => {
    const model: LanguageModel = { complete: () => Promise.reject(cause) };
    expect(await proposeStatusText({ model, facts: givenFacts() })).toMatchObject({
      kind: 'template',
      reason,
      cause,
    });
  });

  it('sends only text that redaction leaves as it is', async () => {
    const model = givenModel(() => 'no');
    await fc.assert(
      fc.asyncProperty(anyFacts, async (facts) => {
        await proposeStatusText({ model, facts });
        const { system, user } = model.requests.at(-1) as ModelRequest;
        expect(redact(system)).toMatchObject({ text: system, count: 0 });
        expect(redact(user)).toMatchObject({ text: user, count: 0 });
      }),
    );
  });

  it('ModelError says which codes are worth a retry', () => {
    expect(new ModelError({ code: 'MODEL_THROTTLED', message: 'x' }).retryable).toBe(true);
    expect(new ModelError({ code: 'MODEL_ANSWER_TRUNCATED', message: 'x' }).retryable).toBe(false);
  });
});
