import { randomInt } from 'node:crypto';
import { AwsCallError } from './aws-call-error.ts';
import type { AwsClientOptions } from './client-options.ts';
import { type AttemptLimits, HttpExchange, type WireAnswer } from './http-exchange.ts';
import { RequestSigner } from './request-signer.ts';

/** One of the services that take one JSON object per call. */
export type AwsService = {
  /** Its name in signatures and host names, e.g. `sqs`. */
  name: string;
  /** What precedes the action in `X-Amz-Target`, e.g. `AmazonSQS`. */
  target: string;
  jsonVersion: '1.0' | '1.1';
};

/** Where and as whom; the SDK's own options stand beside them and are not read. */
type AwsAccessOptions = Pick<AwsClientOptions, 'region' | 'endpoint' | 'credentials'>;

/** What a service answers, as far as nobody has looked into it. */
export type AwsOutput = Record<string, unknown>;

/** How long a call may take. Unit: ms. */
export type CallLimits = AttemptLimits & {
  /** For the whole call, a second attempt included. */
  budgetMs: number;
};

const ATTEMPTS = 2;
/** Before the second attempt, if the first got an answer; at random within. Unit: ms. */
const RETRY_AFTER_MS = { atLeast: 50, below: 150 };
/** Less is not enough for an attempt. Unit: ms. */
const ATTEMPT_MIN_MS = 50;
const THROTTLED =
  /Throttl|^(ProvisionedThroughputExceeded|TooManyRequests)(Exception)?$|^RequestLimitExceeded$/;

/**
 * Calls one AWS service in its JSON protocol: what the functions that a pager waits for use instead
 * of the SDK, whose clients take most of a cold start to load.
 *
 * Kept connections, at most two attempts, one deadline. Everything sent through it may arrive twice:
 * only reads, conditional writes and messages with a deduplication id belong here.
 * @see docs/adr/0009-a-light-aws-client-in-the-ingress.md
 */
export class AwsJsonClient {
  readonly #service: AwsService;
  readonly #limits: CallLimits;
  readonly #url: URL;
  readonly #exchange: HttpExchange;
  readonly #signer: RequestSigner;
  readonly #canSign: boolean;

  constructor(service: AwsService, options: AwsAccessOptions, limits: CallLimits) {
    this.#service = service;
    this.#limits = limits;
    this.#url = new URL(options.endpoint ?? endpointOf(service.name, options.region));
    this.#exchange = new HttpExchange(this.#url);
    this.#canSign = options.credentials !== undefined;
    this.#signer = new RequestSigner({ ...options, service: service.name });
  }

  /** Begins to connect, so that the first call finds the connection there. Never throws. */
  connect(): void {
    // Without credentials no call can follow.
    if (this.#canSign) this.#exchange.open();
  }

  /**
   * @param action - as the API reference names it, e.g. `SendMessage`
   * @throws {AwsCallError} named by the service, by Node, or `TimeoutError`
   */
  async call(action: string, input: object): Promise<AwsOutput> {
    const body = Buffer.from(JSON.stringify(input));
    const endsAt = performance.now() + this.#limits.budgetMs;
    for (let attempt = 1; ; attempt += 1) {
      const leftMs = endsAt - performance.now();
      try {
        return await this.#attempt(action, body, leftMs);
      } catch (error) {
        if (!(error instanceof AwsCallError) || !error.isTransient) throw error;
        const waitMs = error.status === undefined ? 0 : jitterMs();
        const isLate = endsAt - performance.now() < waitMs + ATTEMPT_MIN_MS;
        if (attempt === ATTEMPTS || isLate) throw error;
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  async #attempt(action: string, body: Buffer, leftMs: number): Promise<AwsOutput> {
    const { target, jsonVersion } = this.#service;
    const headers = await this.#signer.sign({
      url: this.#url,
      headers: {
        'content-type': `application/x-amz-json-${jsonVersion}`,
        'x-amz-target': `${target}.${action}`,
      },
      body,
    });
    const { connectMs, answerMs } = this.#limits;
    const limits = { connectMs, answerMs: Math.min(answerMs, leftMs) };
    return read(await this.#exchange.post({ headers, body }, limits));
  }
}

function jitterMs(): number {
  return randomInt(RETRY_AFTER_MS.atLeast, RETRY_AFTER_MS.below);
}

function endpointOf(service: string, region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${service}.${region}.${suffix}`;
}

function read(answer: WireAnswer): AwsOutput {
  const output = parse(answer.body);
  const { status } = answer;
  if (status >= 200 && status < 300) {
    if (output) return output;
    // Something between us and the service answered in its place.
    throw new AwsCallError({ name: 'AnswerUnreadable', isTransient: true, status });
  }
  const name = errorNameOf(answer, output ?? {});
  const isTransient = status >= 500 || status === 429 || THROTTLED.test(name);
  throw new AwsCallError({ name, isTransient, status });
}

function parse(body: Buffer): AwsOutput | undefined {
  if (body.byteLength === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as AwsOutput) : undefined;
  } catch {
    return undefined;
  }
}

/** `com.amazonaws.sqs#QueueDoesNotExist:http://…` in a header or in the body, or only a status. */
function errorNameOf({ headers, status }: WireAnswer, output: AwsOutput): string {
  const given = headers['x-amzn-errortype'] ?? output.__type ?? output.code;
  const name = /([A-Za-z]\w{0,99})(?::|,|$)/.exec(String(given ?? '').replace(/^.*#/, ''))?.[1];
  return name ?? `Http${status}`;
}
