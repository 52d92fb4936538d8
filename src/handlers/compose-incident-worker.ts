import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { type AwsClientOptions, awsClientOptions } from '../adapters/aws/client-options.ts';
import { PolicyOnDemand } from '../adapters/cedar/policy-on-demand.ts';
import { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../adapters/dynamodb/dynamo-audit-trail.ts';
import { DynamoIncidentRows } from '../adapters/dynamodb/incident-rows.ts';
import { DynamoPersonHints } from '../adapters/dynamodb/person-hints.ts';
import { DynamoStormRows } from '../adapters/dynamodb/storm-rows.ts';
import { loadDeploymentConfig, policySurroundings } from '../adapters/files/deployment-config.ts';
import { KmsSigner } from '../adapters/kms/kms-keys.ts';
import { EventBridgeSchedules } from '../adapters/scheduler/schedules.ts';
import { SecretsManagerSource } from '../adapters/secrets-manager/secrets-manager-source.ts';
import { parseSlackRequest } from '../adapters/slack/parse-request.ts';
import { SqsIncidentQueue } from '../adapters/sqs/sqs-incident-queue.ts';
import { SqsPublicationQueue } from '../adapters/sqs/sqs-publication-queue.ts';
import { StatuspagePublicPage } from '../adapters/statuspage-public/statuspage-public-page.ts';
import type { System } from '../adapters/system/system.ts';
import {
  type Environment,
  type FunctionConfig,
  readAwsAccess,
  readFunctionConfig,
} from '../config.ts';
import type { Routing } from '../domain/routing.ts';
import { AlertPrecedence } from '../services/alert-precedence.ts';
import type { ApprovalPolicy } from '../services/approval-policy.ts';
import { AssembleWarRoom } from '../services/assemble-war-room.ts';
import type { CallerContext } from '../services/call-budget.ts';
import { EDIT_INTERVAL_MS } from '../services/card-edits.ts';
import { ChainNotes } from '../services/chain-notes.ts';
import { ClaimsOfOthers } from '../services/claims-of-others.ts';
import { DeadLetterNews } from '../services/dead-letter-news.ts';
import { Declarations } from '../services/declarations.ts';
import { DraftDecisions } from '../services/draft-decisions.ts';
import { DraftRequests } from '../services/draft-requests.ts';
import { DriftNotices } from '../services/drift-notices.ts';
import { EscalateApprovals } from '../services/escalate-approvals.ts';
import { EscalationEffects } from '../services/escalation-effects.ts';
import { FindPeople } from '../services/find-people.ts';
import { sayFlapping } from '../services/flapping-alerts.ts';
import { HandleIncidentMessage } from '../services/handle-incident-message.ts';
import { HinderedNotices } from '../services/hindered-notices.ts';
import { IncidentCommands } from '../services/incident-commands.ts';
import { IncidentEffects } from '../services/incident-effects.ts';
import { IncidentRecord } from '../services/incident-record.ts';
import { JoinRequests } from '../services/join-requests.ts';
import { ObligationNotices } from '../services/obligation-notices.ts';
import { Obligations } from '../services/obligations.ts';
import { OpeningNotes } from '../services/opening-notes.ts';
import { PageDrift } from '../services/page-drift.ts';
import { PagePeople } from '../services/page-people.ts';
import { People } from '../services/people.ts';
import { PersonRequests } from '../services/person-requests.ts';
import type {
  AuditTrail,
  ChatWorkspace,
  IncidentQueue,
  IncidentRows,
  PublicationQueue,
  Schedules,
  Signer,
} from '../services/ports.ts';
import { Postmortems } from '../services/postmortems.ts';
import type { PublicIncidents, PublicPage } from '../services/public-page.ts';
import { Quarantine } from '../services/quarantine.ts';
import { ReachSomebody } from '../services/reach-somebody.ts';
import { Receipts } from '../services/receipts.ts';
import { ReceiveAlert } from '../services/receive-alert.ts';
import { RelatedIncidents, readingOf } from '../services/related-incidents.ts';
import type { PersonHints } from '../services/responder-directory.ts';
import { Responders } from '../services/responders.ts';
import { RoomPosts } from '../services/room-posts.ts';
import { RunEffects } from '../services/run-effects.ts';
import { SecretCache, SLACK_PREVIOUS_RULE } from '../services/secret-cache.ts';
import type { SecretSource } from '../services/secret-source.ts';
import { SharedComponents } from '../services/shared-components.ts';
import { ShownCards } from '../services/shown-cards.ts';
import { StatusDrafts } from '../services/status-drafts.ts';
import type { StatusTexts } from '../services/status-texts.ts';
import type { StormRows } from '../services/storm-rows.ts';
import { TendIncident } from '../services/tend-incident.ts';
import { TwinIncidents } from '../services/twin-incidents.ts';
import { UpdateReminders } from '../services/update-reminders.ts';
import { composeAlertIntake } from './compose-alert-intake.ts';
import { composeContext } from './compose-context.ts';
import { composePager, composeResponders } from './compose-responders.ts';
import { composeSlack } from './compose-slack.ts';
import { composeStatusTexts } from './compose-status-texts.ts';
import { composeStorms } from './compose-storms.ts';
import { Redelivery } from './sqs-delivery.ts';

type Config = FunctionConfig<'incident-worker'>;

/** Joins the worker's services to DynamoDB, SQS, KMS, Scheduler, Slack and Bedrock. */
export function composeIncidentWorker(environment: Environment, system: System) {
  const config = readFunctionConfig('incident-worker', environment);
  const options = awsClientOptions(readAwsAccess(environment));
  const outside = adapters(config, options, system);
  const { handler } = joinIncidentWorker({ config, outside, system });
  const queueUrls = [config.INCIDENTS_QUEUE_URL, config.ALERTS_QUEUE_URL] as const;
  return { handler, redelivery: new Redelivery({ options, queueUrls, log: system.log }) };
}

/**
 * Joins the worker's services to whatever stands behind their ports: what runs on AWS, and what a
 * test puts there instead, is joined by the same lines.
 */
export function joinIncidentWorker(of: { config: Config; outside: WorkerPorts; system: System }) {
  const { config, outside, system } = of;
  const { trail, rows, chat, queue, publications, schedules, texts, signingSecrets } = outside;
  const { policy, routing, signer, secrets, publicPage } = outside;
  const { clock, log, pause } = system;

  const record = new IncidentRecord({ trail, rows, clock, pause });
  const people = new People({ chat, routing, clock });
  const related = new RelatedIncidents({ reading: readingOf({ record, rows }), routing });
  const updateDueS = config.UPDATE_DUE_S;
  const pageTimeoutMs = config.STATUSPAGE_TIMEOUT_MS;
  const pageId = config.STATUSPAGE_PAGE_ID;
  const announcementChannelId = config.ANNOUNCEMENT_CHANNEL_ID;
  const publicUrl = config.STATUSPAGE_PUBLIC_URL;

  const { components } = routing;
  const claims = new ClaimsOfOthers({ record, rows });
  const cards = new ShownCards({ rows, publicPage, components, claims });
  const commands = new IncidentCommands({ record, clock, updateDueS });
  const drafts = new DraftRequests({
    record,
    trail,
    rows,
    chat,
    queue,
    drafts: new StatusDrafts({ record, publicPage, cards, pageId }),
    texts,
    claims,
    routing,
    aiEnabled: config.AI === 'on',
  });
  const decisions = new DraftDecisions({
    record,
    policy,
    people,
    related,
    signer,
    cards,
    publications,
    clock,
    log,
    deployment: config.DEPLOYMENT_ID,
    pageId,
    teamId: config.SLACK_TEAM_ID,
  });
  const finder = new FindPeople({ chat, hints: outside.hints, clock, log });
  const responders = new Responders({ record, rows, chat, people: finder, pause });
  const posts = new RoomPosts({
    chat,
    rows,
    trail,
    clock,
    policy,
    cards,
    related,
    components,
    publicUrl,
    announcementChannelId,
    join: routing.join,
    ...(config.SLACK_RATE_LIMITS === 'keep' ? { editEveryMs: EDIT_INTERVAL_MS } : {}),
  });
  const calls = composeResponders({ config, outside, record, posts, people: finder, system });
  const reach = new ReachSomebody({
    ...{ record, rows, posts, responders, chat, schedules, routing, clock, log },
    announcementChannelId,
  });
  const hindered = new HinderedNotices({
    ...{ posts, log, announcementChannelId },
    rootCommand: config.ROOT_COMMAND,
  });
  const assembly = new AssembleWarRoom({
    record,
    chat,
    posts,
    calls,
    reach,
    routing,
    clock,
    log,
    hindered,
    publicUrl,
    updateDueS,
    rootCommand: config.ROOT_COMMAND,
  });
  const context = composeContext({
    ...{ config, secrets, system },
    ...{ record, trail, rows, queue, posts, routing },
  });
  const { stormNotices, ...waiting } = composeStorms({
    ...{ system, record, rows, queue, posts, routing, announcementChannelId },
    stormRows: outside.storms,
  });
  const times = routing.approvals;
  const twins = new TwinIncidents({ rows, posts, log });
  const effects = new IncidentEffects({
    assembly,
    posts,
    responders,
    calls,
    reach,
    context,
    storms: stormNotices,
    opening: new OpeningNotes({ rows, posts, routing, log }),
    drafts,
    neighbours: new SharedComponents({ rows, posts, routing, log }),
    twins,
    drift: new DriftNotices({ posts, rows, log, announcementChannelId }),
    escalation: new EscalationEffects({
      posts,
      responders,
      people,
      chat,
      rows,
      schedules,
      announcementChannelId,
      times,
    }),
    postmortems: new Postmortems({ record, trail, rows, chat, components }),
    obligations: new ObligationNotices({
      ...{ posts, people, chat, announcementChannelId },
      rootCommand: config.ROOT_COMMAND,
    }),
    reminders: new UpdateReminders({ posts, chat, clock, announcementChannelId }),
    receipts: new Receipts({ posts, rows, chat, log }),
    notes: new ChainNotes({ record, trail, rows }),
    hindered,
    people,
    chat,
    schedules,
    publications,
    times,
    log,
    announcementChannelId,
    publicUrl,
  });
  const obligations = new Obligations({ record, clock, log, times });
  const escalations = new EscalateApprovals({ record, clock, times });
  const quarantine = new Quarantine({ record, rows, schedules, clock });
  const { ROOT_COMMAND: rootCommand } = config;
  const pager = composePager({ config, outside, system });
  const requests = new PersonRequests({
    ...{ record, rows, chat, people, commands, rootCommand, announcementChannelId },
    declarations: new Declarations({ record, rows, commands, routing, clock, rootCommand }),
    pages: new PagePeople({ record, rows, people, pager }),
    joining: new JoinRequests({ record, responders, chat, policy: routing.join ?? 'open' }),
    ...{ drafts, decisions, responders, obligations, routing, clock, log },
  });
  const handler = new HandleIncidentMessage({
    precedence: new AlertPrecedence({ routing, clock }),
    ...composeAlertIntake({
      ...{ config, outside, record, posts, system, quarantine },
      receiveAlert: new ReceiveAlert({ record, rows, routing, quarantine, storms: waiting.storms }),
    }),
    deadLetters: new DeadLetterNews({ record, publications }),
    quarantine,
    requests,
    commands,
    drafts,
    context,
    ...waiting,
    drift: new PageDrift({
      record,
      rows,
      page: publicPage,
      publications,
      clock,
      log,
      pageId,
      publicUrl,
      mode: config.PAGE_DRIFT,
    }),
    effects: new RunEffects({
      ...{ record, trail, rows, effects, clock, log, callers: outside.callers },
      atRest: async (incident) =>
        (await sayFlapping({ record, clock }, incident)) || obligations.bringInLine(incident),
    }),
    tend: new TendIncident({
      record,
      escalations,
      publications,
      posts,
      clock,
      log,
      updateDueS,
      pageTimeoutMs,
    }),
    escalations,
    obligations,
    reach,
    record,
    queue,
    chat,
    signingSecrets,
    parseRequest: (headers, body) => {
      const read = parseSlackRequest(headers, body);
      return 'requestSha256' in read ? read : undefined;
    },
    clock,
    log,
  });
  return { handler, requests, commands, record };
}

/** What the worker's services speak through. */
export type WorkerPorts = {
  routing: Routing;
  /** For OnCall's rate limit, which is kept where OnCall is configured. */
  documents: DocumentClient;
  secrets: SecretSource;
  policy: ApprovalPolicy;
  trail: AuditTrail;
  rows: IncidentRows;
  storms: StormRows;
  hints: PersonHints;
  queue: IncidentQueue;
  publications: PublicationQueue;
  signer: Signer;
  schedules: Schedules;
  signingSecrets: SecretCache;
  chat: ChatWorkspace;
  callers: CallerContext;
  publicPage: PublicPage & PublicIncidents;
  texts: StatusTexts;
};

function adapters(config: Config, options: AwsClientOptions, system: System): WorkerPorts {
  const { clock, log } = system;
  const { routing, policies } = loadDeploymentConfig(config.CONFIG_DIR);
  const documents = new DocumentClient(new DynamoDBClient(options));
  const source = new SecretsManagerSource(options);
  return {
    routing,
    documents,
    secrets: source,
    policy: new PolicyOnDemand(policies, policySurroundings(routing)),
    trail: new DynamoAuditTrail({ client: documents, table: config.AUDIT_TABLE }),
    rows: new DynamoIncidentRows({ client: documents, table: config.INCIDENTS_TABLE }),
    storms: new DynamoStormRows({ client: documents, table: config.INCIDENTS_TABLE }),
    hints: new DynamoPersonHints({ client: documents, table: config.INCIDENTS_TABLE }),
    publicPage: new StatuspagePublicPage(config.STATUSPAGE_PUBLIC_URL),
    queue: new SqsIncidentQueue(options, config.INCIDENTS_QUEUE_URL),
    publications: new SqsPublicationQueue(options, {
      queueUrl: config.PUBLICATIONS_QUEUE_URL,
      pageId: config.STATUSPAGE_PAGE_ID,
    }),
    signer: new KmsSigner({ client: new KMSClient(options), keyId: config.APPROVAL_KEY_ID }),
    schedules: new EventBridgeSchedules({
      client: new SchedulerClient(options),
      groupName: config.SCHEDULE_GROUP,
      roleArn: config.SCHEDULE_ROLE_ARN,
      queueArn: config.INCIDENTS_QUEUE_ARN,
      deadLetterArn: config.SCHEDULE_DLQ_ARN,
      clock,
    }),
    signingSecrets: new SecretCache(
      { source, clock, log },
      { secretId: config.SLACK_SIGNING_SECRET_ID, previousRule: SLACK_PREVIOUS_RULE },
    ),
    ...composeSlack({ config, documents, source, system }),
    texts: composeStatusTexts({ config, options, log }),
  };
}
