import { awsClientOptions } from '../adapters/aws/client-options.ts';
import { IncidentRowReader } from '../adapters/dynamodb/incident-row-reader.ts';
import { singleRowReader } from '../adapters/dynamodb/single-row-reader.ts';
import { loadFormRouting } from '../adapters/files/form-routing.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { parseSlackRequest } from '../adapters/slack/parse-request.ts';
import { sentenceText } from '../adapters/slack/render/markup.ts';
import type { SlackClientOptions } from '../adapters/slack/slack-client.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import type { System } from '../adapters/system/system.ts';
import { type Environment, readAwsAccess, readFunctionConfig } from '../config.ts';
import { verifySlackRequest } from '../domain/verification/verify-slack-request.ts';
import {
  type AcceptSlackRequestDeps,
  type ArrivedRequest,
  acceptSlackRequest,
  type FormOpener,
  type SlackAck,
} from '../services/accept-slack-request.ts';
import { type AppJoined, appJoined } from '../services/app-joined.ts';
import type { SignedRequestMessage } from '../services/ports.ts';
import { SecretCache, SLACK_PREVIOUS_RULE, verifyWithRotation } from '../services/secret-cache.ts';

/** What the Slack ingress does, with everything it needs bound. */
export type SlackIngressParts = {
  /** @throws {VerificationError} @throws {SecretError} */
  verify: (request: { body: Uint8Array; headers: RawHeaders }) => Promise<unknown>;
  parse: typeof parseSlackRequest;
  accept: (
    request: ArrivedRequest,
    signed: Pick<SignedRequestMessage, 'headers' | 'body'>,
  ) => Promise<SlackAck>;
  /** @returns false: it is to be said again */
  joined: (event: AppJoined) => Promise<boolean>;
  /** A sentence as an answer to a command carries it. */
  shown: typeof sentenceText;
};
type RawHeaders = Readonly<Record<string, string | undefined>>;

/** A trigger lives 3 s, and so does Slack's patience. Unit: ms. */
const SLACK_CALL_TIMEOUT_MS = 1_500;

/** Joins the Slack ingress to SQS, Secrets Manager, the incidents table and Slack's modals. */
export function composeSlackIngress(environment: Environment, system: System): SlackIngressParts {
  const config = readFunctionConfig('slack-ingress', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const { clock, log } = system;
  const source = new SecretsManagerSource(options);
  const signing = new SecretCache(
    { source, clock, log },
    { secretId: config.SLACK_SIGNING_SECRET_ID, previousRule: SLACK_PREVIOUS_RULE },
  );
  const botToken = new SecretCache(
    { source, clock, log },
    {
      secretId: config.SLACK_BOT_TOKEN_SECRET_ID,
      previousRule: { kind: 'for', overlapMs: 0 },
    },
  );
  const deps: AcceptSlackRequestDeps = {
    queue: new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL),
    rows: new IncidentRowReader(singleRowReader(options, config.INCIDENTS_TABLE)),
    forms: formsOnDemand({
      apiUrl: config.SLACK_API_URL,
      timeoutMs: SLACK_CALL_TIMEOUT_MS,
      token: async (refused) => {
        if (refused !== undefined) await botToken.refreshAfterFailedCheck();
        return botToken.current();
      },
    }),
    routing: loadFormRouting(config.CONFIG_DIR),
    ai: config.AI,
    rootCommand: config.ROOT_COMMAND,
    log,
  };
  return {
    verify: (request) =>
      verifyWithRotation(signing, (secrets) =>
        verifySlackRequest({ ...request, secrets, nowMs: clock.nowMs() }),
      ),
    parse: parseSlackRequest,
    accept: (request, signed) => acceptSlackRequest(deps, request, signed),
    joined: (event) => appJoined(deps, event),
    shown: sentenceText,
  };
}

/** Most requests open no form: Slack's client is loaded for the first that does. */
function formsOnDemand(options: SlackClientOptions): FormOpener {
  let loaded: Promise<FormOpener> | undefined;
  const load = async () => {
    const { SlackForms } = await import('../adapters/slack/slack-forms.ts');
    return new SlackForms(options);
  };
  const forms = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    open: async (...given) => (await forms()).open(...given),
    tell: async (...given) => (await forms()).tell(...given),
    permalink: async (...given) => (await forms()).permalink(...given),
  };
}
