import { type AwsCall, type AwsService, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';

type Input = Record<string, unknown>;

/** A Converse request as the stand-in model reads it. */
export type ConverseRequest = {
  modelId: string;
  caller: string;
  /** The system prompt's text blocks, joined by line feeds. */
  systemText: string;
  /** The last user message's text blocks, joined by line feeds. */
  userText: string;
  /** The whole body, for a responder that needs more. */
  body: Record<string, unknown>;
};

/** A model's answer: plain text, or text with token counts, or whole content blocks. */
export type ConverseAnswer =
  | string
  | {
      text?: string;
      content?: Record<string, unknown>[];
      stopReason?: string;
      inputTokens?: number;
      outputTokens?: number;
    };

/** Plays the model. */
export type Responder = (request: ConverseRequest) => ConverseAnswer | Promise<ConverseAnswer>;

/** Bedrock runtime's Converse with a deterministic stand-in for the model. */
export class BedrockStandIn implements AwsService {
  readonly operationPrefix = 'bedrock-runtime';
  #responder: Responder = proposeFromPrompt;

  /** Replaces the stand-in model. It SHOULD be deterministic. */
  setResponder(responder: Responder): void {
    this.#responder = responder;
  }

  recordedArgs(_action: string, input: Input): unknown {
    const messageCount = Array.isArray(input.messages) ? input.messages.length : 0;
    return { modelId: input.modelId, messageCount };
  }

  async perform({ action, caller, input }: AwsCall): Promise<Input> {
    if (action !== 'Converse') throw unknownOperation(`bedrock-runtime:${action}`);
    const messages: unknown[] = Array.isArray(input.messages) ? input.messages : [];
    const asked = messages.at(-1) as { role?: string; content?: unknown } | undefined;
    if (asked?.role !== 'user') {
      throw new AwsError(
        'ValidationException',
        'A conversation must start with a user message, and end with one.',
      );
    }
    const { modelId, ...body } = input;
    const request: ConverseRequest = {
      modelId: String(modelId),
      caller,
      systemText: textOf(input.system),
      userText: textOf(asked.content),
      body,
    };
    const answer = await this.#responder(request);
    return toOutput(request, typeof answer === 'string' ? { text: answer } : answer);
  }
}

/** The default stand-in: a calm status-page text about the words it finds in the prompt. */
export function proposeFromPrompt({ userText }: ConverseRequest): string {
  const service = /"?(?:service|component|name)"?\s*[:=]\s*"?([\w .-]{2,60})/i.exec(userText);
  const subject = service?.[1]?.trim() ?? 'one of our services';
  const symptom =
    SYMPTOMS.find(({ words }) => words.test(userText))?.text ?? 'problems with some requests';
  return JSON.stringify({
    title: `Problems with ${subject}`.slice(0, 100),
    text: `We are investigating ${symptom} affecting ${subject}. We will post an update soon.`,
  });
}

const SYMPTOMS = [
  { words: /latenc|slow|p9[59]/i, text: 'slow responses' },
  { words: /error|5xx|50\d|fail/i, text: 'an increased number of errors' },
  { words: /unavailable|down|outage/i, text: 'an interruption' },
];

function toOutput(request: ConverseRequest, answer: Exclude<ConverseAnswer, string>): Input {
  const content = answer.content ?? [{ text: answer.text ?? '' }];
  const asked = request.systemText.length + request.userText.length;
  const inputTokens = answer.inputTokens ?? tokens(asked);
  const outputTokens = answer.outputTokens ?? tokens(JSON.stringify(content).length);
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: answer.stopReason ?? 'end_turn',
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs: 1 },
  };
}

/** Four characters a token, the usual rule of thumb. */
function tokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / 4));
}

function textOf(blocks: unknown): string {
  if (!Array.isArray(blocks)) return '';
  return blocks.map((block: { text?: string }) => block.text ?? '').join('\n');
}
