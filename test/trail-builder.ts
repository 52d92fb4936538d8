import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CedarPolicy } from '../src/adapters/cedar/cedar-policy.ts';
import { DocumentClient } from '../src/adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../src/adapters/dynamodb/dynamo-audit-trail.ts';
import { DynamoIncidentRows } from '../src/adapters/dynamodb/incident-rows.ts';
import { loadPolicyFiles } from '../src/adapters/files/deployment-config.ts';
import { KmsPublicKeys, KmsSigner } from '../src/adapters/kms/kms-keys.ts';
import type { Actor, DetailsOf, EventType } from '../src/domain/audit-event.ts';
import { draftActionOf, draftDigest, pageRequestOf } from '../src/domain/draft.ts';
import {
  type DraftId,
  draftIdOf,
  type IncidentId,
  publicationIdOf,
  sha256Hex,
} from '../src/domain/ids.ts';
import type { PageStatus } from '../src/domain/statuspage-event-details.ts';
import { type EmbeddedAws, startAws } from '../src/local/aws/aws-server.ts';
import { TABLE_NAMES, tableDefinitions } from '../src/local/tables.ts';
import { WorldClock } from '../src/local/world-clock.ts';
import { DraftDecisions } from '../src/services/draft-decisions.ts';
import type { PersonRequest } from '../src/services/forms.ts';
import { type Decision, IncidentRecord } from '../src/services/incident-record.ts';
import { PageBudget } from '../src/services/page-budget.ts';
import { People } from '../src/services/people.ts';
import type { ChatWorkspace, Log } from '../src/services/ports.ts';
import { PublicationChain } from '../src/services/publication-chain.ts';
import { RelatedIncidents, readingOf } from '../src/services/related-incidents.ts';
import { ShownCards } from '../src/services/shown-cards.ts';
import { StatuspageApprovalGate } from '../src/services/statuspage-approval-gate.ts';
import { PageOfOne } from './page-of-one.ts';

/** Who acts in the stories. */
export const MAYA = 'U0MAYA';
export const JONAS = 'U0JONAS';
export const LINA = 'U0LINA';
const TEAM = 'T0TEST';
const PAGE = 'testpage0001';
const GROUPS = new Map<string, ReadonlySet<string>>([
  ['status-approvers', new Set([JONAS, LINA])],
  ['incident-commanders', new Set([MAYA, LINA])],
]);
/** The first event of every story. */
export const STORY_START = '2026-11-20T09:00:00.000Z';

const LOG: Log = { note() {}, warn() {}, error() {}, count() {} };

/** A deployment with real adapters on an embedded AWS, and a clock that moves a second an event. */
export type TrailWorld = {
  aws: EmbeddedAws;
  url: string;
  documents: DynamoDBDocumentClient;
  keys: { approval: string; publication: string };
  record: IncidentRecord;
  rows: DynamoIncidentRows;
  now: { ms: number };
  /** Appends one fact as incident-worker does. */
  append<T extends EventType>(
    incidentId: string,
    fact: { type: T; details: DetailsOf<T>; actor: Actor; commandId?: string },
  ): Promise<void>;
  /** Writes a draft, and gives what a card would carry. */
  draft(incidentId: string, of: { status: PageStatus; text: string }): Promise<DraftCard>;
  /** With a reason: alone, by breaking the glass. */
  approve(card: DraftCard, userId: string, reason?: string): Promise<string | undefined>;
  /** Publishes as the publisher does, then lets incident-worker catch up. */
  publish(card: DraftCard): Promise<string>;
  /** What the worker does at the end: everything is projected and done. */
  finish(incidentId: string): Promise<void>;
  close(): Promise<void>;
};
export type DraftCard = { incidentId: string; draftId: string; revision: number; digest: string };

/** Starts an empty deployment. */
export async function startTrailWorld(): Promise<TrailWorld> {
  const worldClock = new WorldClock();
  const aws = await startAws({
    clock: worldClock,
    callers: {
      AKIAWORKER: 'incident-worker',
      AKIAPUBLISHER: 'publisher',
      AKIAREVIEWER: 'reviewer',
    },
    authorize: ({ operation, caller, args }) =>
      caller !== 'reviewer' || mayReview(operation, (args as { table?: string }).table),
  });
  await Promise.all(tableDefinitions().map((table) => aws.dynamodb.createTable(table)));
  const keys = {
    approval: aws.kms.createKey({ alias: 'approval', signers: ['incident-worker'] }).keyId,
    publication: aws.kms.createKey({ alias: 'publication', signers: ['publisher'] }).keyId,
  };
  const clientOf = (accessKeyId: string) => ({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'unchecked' },
  });
  const client = new DynamoDBClient(clientOf('AKIATESTS'));
  const documents = DynamoDBDocumentClient.from(client);
  const now = { ms: Date.parse(STORY_START) };
  const ports = portsOf({ documents: new DocumentClient(client), now });
  const decisions = decisionsOf({
    ...ports,
    kms: new KMSClient(clientOf('AKIAWORKER')),
    approvalKeyId: keys.approval,
  });
  const gate = gateOf({ ...ports, kms: new KMSClient(clientOf('AKIAPUBLISHER')), keys });
  return {
    aws,
    url: aws.url,
    documents,
    keys,
    record: ports.record,
    rows: ports.rows,
    now,
    ...actsOf({ ...ports, decisions, gate, now }),
    close: async () => {
      documents.destroy();
      worldClock.close();
      await aws.close();
    },
  };
}

/** What the managed policy `AuditReader` allows. */
function mayReview(operation: string, table: string | undefined): boolean {
  if (operation === 'kms:GetPublicKey') return true;
  return ['dynamodb:Query', 'dynamodb:GetItem'].includes(operation) && table === TABLE_NAMES.audit;
}

type Ports = ReturnType<typeof portsOf>;

function portsOf({ documents, now }: { documents: DocumentClient; now: { ms: number } }) {
  const clock = { nowMs: () => (now.ms += 1_000) };
  const trail = new DynamoAuditTrail({ client: documents, table: TABLE_NAMES.audit });
  const rows = new DynamoIncidentRows({ client: documents, table: TABLE_NAMES.incidents });
  const record = new IncidentRecord({ trail, rows, clock, pause: { forMs: async () => {} } });
  return { trail, rows, record, clock };
}

function decisionsOf(of: Ports & { kms: KMSClient; approvalKeyId: string }): DraftDecisions {
  const chat = {
    person: async (id: string) => ({ id, name: id, email: `${id}@example.com`, kind: 'full' }),
    groupMembers: async () => GROUPS,
  } as unknown as ChatWorkspace;
  const roles = {
    'status-approver': { slackUserGroups: ['status-approvers'] },
    'incident-commander': { slackUserGroups: ['incident-commanders'] },
  };
  return new DraftDecisions({
    record: of.record,
    policy: new CedarPolicy(loadPolicyFiles('config')),
    people: new People({ chat, routing: { roles } as never }),
    related: new RelatedIncidents({ reading: readingOf(of), routing: { services: [] } }),
    signer: new KmsSigner({ client: of.kms, keyId: of.approvalKeyId }),
    cards: new ShownCards({
      rows: of.rows,
      publicPage: { componentStates: async () => undefined },
      components: [],
      claims: { on: async () => [] },
    }),
    publications: { send: async () => {} },
    clock: of.clock,
    log: LOG,
    deployment: 'test',
    pageId: PAGE,
    teamId: TEAM,
  });
}

function gateOf(of: Ports & { kms: KMSClient; keys: TrailWorld['keys'] }): StatuspageApprovalGate {
  let ids = 0;
  return new StatuspageApprovalGate({
    chain: new PublicationChain({ trail: of.trail, clock: of.clock }),
    rows: of.rows,
    page: new PageOfOne(),
    signer: new KmsSigner({ client: of.kms, keyId: of.keys.publication }),
    queue: { send: async () => {} },
    identity: {
      deployment: 'test',
      pageId: PAGE,
      policyDigest: loadPolicyFiles('config').digest,
      approvalKeyId: of.keys.approval,
      keys: new KmsPublicKeys({ client: of.kms, allowed: [of.keys.approval] }),
    },
    clock: of.clock,
    ids: {
      unique: () => {
        ids += 1;
        return `attempt-${ids}`;
      },
    },
    log: LOG,
    deadlineMs: 10_000,
    pageTimeoutMs: 8_000,
    lookRules: { looks: 3, settleMs: 60_000, autoRetry: 'when_silent' },
    budget: new PageBudget(of.clock),
    components: [],
  });
}

function actsOf(
  of: Ports & { decisions: DraftDecisions; gate: StatuspageApprovalGate; now: { ms: number } },
): Pick<TrailWorld, 'append' | 'draft' | 'approve' | 'publish' | 'finish'> {
  const { record, rows } = of;
  let commands = 0;
  const finish: TrailWorld['finish'] = async (incidentId) => {
    const loaded = await record.load(incidentId);
    if (!loaded) return;
    await rows.advanceActed(incidentId, loaded.state.version);
    const { unfinishedToken } = (await rows.readState(incidentId)) ?? {};
    if (unfinishedToken) await rows.clearUnfinished(incidentId, unfinishedToken);
  };
  return {
    append: async (incidentId, { type, details, actor, commandId }) => {
      const decision = { append: type, details } as unknown as Decision<string>;
      commands += 1;
      const id = commandId ?? `command-${commands}`;
      await record.run({ incidentId, commandId: id, actor, decide: () => decision });
      await finish(incidentId);
    },
    draft: async (incidentId, content) => {
      const card = await appendDraft(record, incidentId, content);
      await finish(incidentId);
      return card;
    },
    approve: async (card, userId, reason) => {
      const request = {
        kind: 'click',
        requestSha256: sha256Hex(`click ${userId} ${of.now.ms}`),
        signedAtS: Math.floor(of.now.ms / 1000),
        userId,
        channelId: 'C0ROOM',
        responseUrl: null,
      } as PersonRequest;
      const alone = reason === undefined ? {} : { reason };
      const verb = reason === undefined ? 'approve' : 'break_glass';
      const refused = await of.decisions.decide(verb, { request, draft: card, ...alone });
      await finish(card.incidentId);
      return refused?.code;
    },
    publish: async ({ incidentId, draftId, revision }) => {
      const outcome = await of.gate.publish({ incidentId, draftId, revision });
      await finish(incidentId);
      return outcome;
    },
    finish,
  };
}

async function appendDraft(
  record: IncidentRecord,
  incidentId: string,
  { status, text }: { status: PageStatus; text: string },
): Promise<DraftCard> {
  const commandId = sha256Hex(`draft ${incidentId} ${text}`);
  const draftId: DraftId = draftIdOf(incidentId as IncidentId, commandId);
  const outcome = await record.run<string>({
    incidentId,
    commandId,
    actor: { kind: 'slack_user', id: MAYA, roles: ['incident-commander'] },
    decide: (incident, next) => {
      const page = incident?.page;
      const onPage = page?.statuspageIncidentId ?? null;
      const content = {
        title: 'Checkout is slow',
        text,
        status,
        impact: 'major' as const,
        notify: true,
        components: { c1: status === 'resolved' ? 'operational' : 'degraded_performance' } as const,
      };
      const request = pageRequestOf(content, { pageId: PAGE, onPage });
      const basedOn = page?.lastPublication?.publicationId ?? null;
      return {
        append: 'STATUSPAGE_DRAFT_CREATED',
        details: {
          draftId,
          revision: 1,
          action: draftActionOf(status, onPage),
          request,
          basedOn,
          digest: draftDigest(request, basedOn),
          publicationId: publicationIdOf(draftId, 1),
          authors: [MAYA],
          origin: 'words',
          ai: null,
          expiresAt: new Date(Date.parse(next.at) + 86_400_000).toISOString(),
          openPublicationId: null,
        },
      };
    },
  });
  if (outcome.kind !== 'appended' || outcome.event.type !== 'STATUSPAGE_DRAFT_CREATED') {
    throw new Error(`cannot draft: expected appended, got ${outcome.kind}`);
  }
  return { incidentId, draftId, revision: 1, digest: outcome.event.details.digest };
}
