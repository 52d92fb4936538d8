import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

const MODEL = 'anthropic.claude-sonnet-4-20250514-v1:0';

describe('Bedrock runtime', () => {
  const world = useAws();
  let client: BedrockRuntimeClient;

  beforeEach(() => {
    client = new BedrockRuntimeClient(world.config('incident-worker'));
  });

  const converse = (text: string, modelId = MODEL) =>
    client.send(
      new ConverseCommand({
        modelId,
        system: [{ text: 'You write for customers.' }],
        messages: [{ role: 'user', content: [{ text }] }],
      }),
    );
  const answered = async (text: string) =>
    (await converse(text)).output?.message?.content?.[0]?.text ?? '';

  it('Converse over HTTP/2 answers a JSON proposal made of the words of the prompt', async () => {
    const answer = await converse('service: checkout-api\np99 latency is 4 s');
    expect(answer).toMatchObject({
      stopReason: 'end_turn',
      output: { message: { role: 'assistant' } },
      usage: { inputTokens: 16, totalTokens: expect.any(Number) },
    });
    expect(JSON.parse(await answered('service: checkout-api\np99 latency is 4 s'))).toEqual({
      title: 'Problems with checkout-api',
      text:
        'We are investigating slow responses affecting checkout-api. ' +
        'We will post an update soon.',
    });
  });

  it('the same request has the same answer', async () => {
    expect(await answered('service: a, errors')).toBe(await answered('service: a, errors'));
  });

  it('setResponder() plays another model and sees model, caller and texts', async () => {
    const seen: unknown[] = [];
    world.aws.bedrock.setResponder(({ body, ...request }) => {
      seen.push(request);
      return { text: '{}', inputTokens: 11, outputTokens: 2 };
    });
    const { usage } = await converse('hello');
    expect(usage).toEqual({ inputTokens: 11, outputTokens: 2, totalTokens: 13 });
    expect(seen).toEqual([
      {
        modelId: MODEL,
        caller: 'incident-worker',
        systemText: 'You write for customers.',
        userText: 'hello',
      },
    ]);
  });

  it('a model named by ARN is the same', async () => {
    const arn = 'arn:aws:bedrock:us-east-1::inference-profile/us.anthropic.x';
    await converse('hello', arn);
    expect(world.aws.board.calls().calls[0]?.args).toEqual({ modelId: arn, messageCount: 1 });
  });

  it.each([
    ['ThrottlingException', 400],
    ['ModelTimeoutException', 408],
    ['ServiceUnavailableException', 503],
    ['ModelErrorException', 424],
  ])('a fault answers %s with status %i', async (error, status) => {
    world.aws.board.plan({ match: 'bedrock-runtime:Converse', error });
    await expect(converse('hello')).rejects.toMatchObject({
      name: error,
      $metadata: { httpStatusCode: status },
    });
    await converse('hello');
  });

  it('a dropped answer is a failed call, and the next one works', async () => {
    world.aws.board.plan({ match: 'bedrock-runtime:Converse', answer: 'drop' });
    await expect(converse('hello')).rejects.toThrow();
    await converse('hello');
  });

  it('the log holds no text of the prompt', async () => {
    await converse('customer text');
    expect(JSON.stringify(world.aws.board.calls())).not.toContain('customer text');
  });
});
