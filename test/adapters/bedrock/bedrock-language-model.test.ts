import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BedrockLanguageModel,
  createBedrockClient,
} from '../../../src/adapters/bedrock/bedrock-language-model.ts';
import { ModelError } from '../../../src/ai/language-model.ts';
import { redact } from '../../../src/ai/redacted-text.ts';

const bedrock = mockClient(BedrockRuntimeClient);
const request = {
  system: redact('You write updates.').text,
  user: redact('Checkout is slow, says maya@example.com').text,
  maxTokens: 1_200,
  deadlineMs: 1_000,
};

function givenOutput(stopReason: string, ...texts: string[]): object {
  return {
    output: { message: { role: 'assistant', content: texts.map((text) => ({ text })) } },
    stopReason,
    usage: { inputTokens: 420, outputTokens: 60, totalTokens: 480 },
  };
}

function givenModel(temperature?: number): BedrockLanguageModel {
  const client = new BedrockRuntimeClient({ region: 'us-east-1' });
  return new BedrockLanguageModel({ client, modelId: 'example.model-v1', temperature });
}

function failure(name: string, fields: object = {}): Error {
  return Object.assign(new Error('says: secret prompt'), { name, ...fields });
}

describe('BedrockLanguageModel.complete()', () => {
  beforeEach(() => bedrock.reset());

  it('sends exactly one Converse command with the limits and the redacted text', async () => {
    bedrock.on(ConverseCommand).resolves(givenOutput('end_turn', '{"a":', '1}'));
    expect(await givenModel().complete(request)).toEqual({
      text: '{"a":1}',
      modelId: 'example.model-v1',
      inputTokens: 420,
      outputTokens: 60,
    });
    expect(bedrock.commandCalls(ConverseCommand).map((call) => call.args[0].input)).toEqual([
      {
        modelId: 'example.model-v1',
        system: [{ text: 'You write updates.' }],
        messages: [{ role: 'user', content: [{ text: 'Checkout is slow, says [email-1]' }] }],
        inferenceConfig: { maxTokens: 1_200 },
      },
    ]);
  });

  it.each([0, 0.35, 1])('sends the temperature %s where it is configured', async (temperature) => {
    bedrock.on(ConverseCommand).resolves(givenOutput('end_turn', 'x'));
    await givenModel(temperature).complete(request);
    const [call] = bedrock.commandCalls(ConverseCommand);
    expect(call?.args[0].input.inferenceConfig).toEqual({ maxTokens: 1_200, temperature });
  });

  it('counts 0 tokens when the model reports none', async () => {
    bedrock
      .on(ConverseCommand)
      .resolves({ ...givenOutput('stop_sequence', 'x'), usage: undefined });
    expect(await givenModel().complete(request)).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it.each([
    ['max_tokens', 'MODEL_ANSWER_TRUNCATED'],
    ['model_context_window_exceeded', 'MODEL_ANSWER_TRUNCATED'],
    ['content_filtered', 'MODEL_ANSWER_WITHHELD'],
    ['guardrail_intervened', 'MODEL_ANSWER_WITHHELD'],
    ['tool_use', 'MODEL_ANSWER_UNUSABLE'],
    ['toString', 'MODEL_ANSWER_UNUSABLE'],
  ])('throws on stop reason %s: %s', async (stopReason, code) => {
    bedrock.on(ConverseCommand).resolves(givenOutput(stopReason, '{"title":"cut'));
    await expect(givenModel().complete(request)).rejects.toThrowWithCode(ModelError, code);
  });

  it('throws MODEL_ANSWER_UNUSABLE when there is no text', async () => {
    bedrock.on(ConverseCommand).resolves(givenOutput('end_turn', ' '));
    await expect(givenModel().complete(request)).rejects.toThrowWithCode(
      ModelError,
      'MODEL_ANSWER_UNUSABLE',
    );
  });

  it.each([
    ['ThrottlingException', {}, 'MODEL_THROTTLED', true],
    ['ServiceQuotaExceededException', {}, 'MODEL_THROTTLED', true],
    ['ModelTimeoutException', {}, 'MODEL_TIMEOUT', true],
    ['AbortError', {}, 'MODEL_TIMEOUT', true],
    ['ModelNotReadyException', {}, 'MODEL_UNAVAILABLE', true],
    ['ServiceUnavailableException', {}, 'MODEL_UNAVAILABLE', true],
    ['InternalServerException', {}, 'MODEL_UNAVAILABLE', true],
    ['Error', { code: 'ECONNREFUSED' }, 'MODEL_UNAVAILABLE', true],
    ['SomethingNew', { $metadata: { httpStatusCode: 500 } }, 'MODEL_UNAVAILABLE', true],
    ['SomethingNew', { $metadata: { httpStatusCode: 499 } }, 'MODEL_FAILED', false],
    ['AccessDeniedException', {}, 'MODEL_ACCESS_DENIED', false],
    ['CredentialsProviderError', {}, 'MODEL_ACCESS_DENIED', false],
    ['ResourceNotFoundException', {}, 'MODEL_NOT_FOUND', false],
    ['ValidationException', {}, 'MODEL_REQUEST_INVALID', false],
    ['TypeError', {}, 'MODEL_FAILED', false],
  ])('turns %s %j into %s, retryable %s', async (name, fields, code, retryable) => {
    const cause = failure(name, fields);
    bedrock.on(ConverseCommand).rejects(cause);
    const error = await givenModel()
      .complete(request)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code, retryable, cause });
    expect((error as Error).message).toBe(
      `cannot ask model example.model-v1: expected an answer, got ${name}`,
    );
  });
});

describe('BedrockLanguageModel over HTTP/2', () => {
  async function withServer(
    answer: (count: number) => { status: number; errorType?: string; body: object } | undefined,
    test: (model: BedrockLanguageModel, count: () => number) => Promise<void>,
  ): Promise<void> {
    bedrock.restore();
    let count = 0;
    const server = createServer();
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream) => {
      count += 1;
      const reply = answer(count);
      if (reply === undefined) return;
      stream.respond({
        ':status': reply.status,
        'content-type': 'application/json',
        ...(reply.errorType === undefined ? {} : { 'x-amzn-errortype': reply.errorType }),
      });
      stream.end(JSON.stringify(reply.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = createBedrockClient({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      await test(new BedrockLanguageModel({ client, modelId: 'm-1' }), () => count);
    } finally {
      client.destroy();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('retries a throttled call once and returns the answer', async () => {
    await withServer(
      (count) =>
        count === 1
          ? { status: 429, errorType: 'ThrottlingException', body: { message: 'slow down' } }
          : { status: 200, body: givenOutput('end_turn', 'hello') },
      async (model, count) => {
        expect(await model.complete({ ...request, deadlineMs: 5_000 })).toMatchObject({
          text: 'hello',
        });
        expect(count()).toBe(2);
      },
    );
  });

  it('throws MODEL_THROTTLED after two throttled calls', async () => {
    await withServer(
      () => ({ status: 429, errorType: 'ThrottlingException', body: { message: 'slow down' } }),
      async (model, count) => {
        const call = model.complete({ ...request, deadlineMs: 5_000 });
        await expect(call).rejects.toThrowWithCode(ModelError, 'MODEL_THROTTLED');
        expect(count()).toBe(2);
      },
    );
  });

  it('throws MODEL_TIMEOUT when no answer comes before the deadline', async () => {
    await withServer(
      () => undefined,
      async (model) => {
        const call = model.complete({ ...request, deadlineMs: 50 });
        await expect(call).rejects.toThrowWithCode(ModelError, 'MODEL_TIMEOUT');
      },
    );
  });
});
