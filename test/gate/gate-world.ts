import { generateKeyPairSync, sign } from 'node:crypto';
import type { Actor, AuditEvent, DetailsOf, EventType } from '../../src/domain/audit-event.ts';
import type { DraftContent } from '../../src/domain/draft.ts';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { LookRules } from '../../src/domain/look-schedule.ts';
import type { ServiceRoute } from '../../src/domain/routing.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import {
  MemoryIncidentQueue,
  MemoryPublicationQueue,
} from '../../src/local/memory/memory-queues.ts';
import type { DeploymentIdentity } from '../../src/services/approval-checks.ts';
import type { ApprovalPolicy, RuleQuestion } from '../../src/services/approval-policy.ts';
import { ClaimsOfOthers } from '../../src/services/claims-of-others.ts';
import { type DecisionVerb, DraftDecisions } from '../../src/services/draft-decisions.ts';
import { EscalateApprovals } from '../../src/services/escalate-approvals.ts';
import type { PersonRequest } from '../../src/services/forms.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { PageBudget } from '../../src/services/page-budget.ts';
import { People } from '../../src/services/people.ts';
import type { ChatWorkspace, Log, Person, Signer } from '../../src/services/ports.ts';
import { PublicationChain } from '../../src/services/publication-chain.ts';
import { RelatedIncidents, readingOf } from '../../src/services/related-incidents.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { ShownCards } from '../../src/services/shown-cards.ts';
import { StatusDrafts } from '../../src/services/status-drafts.ts';
import {
  type PublicationRequest,
  StatuspageApprovalGate,
} from '../../src/services/statuspage-approval-gate.ts';
import { TendIncident } from '../../src/services/tend-incident.ts';
import { MemoryPage } from './memory-page.ts';

export const TEAM = 'T0HOME';
export const PAGE = 'page0001';
export const START_MS = Date.parse('2026-11-20T09:00:00.000Z');
export const DEADLINE_MS = 10_000;
export const PAGE_TIMEOUT_MS = 8_000;
/** Ada, Ben and Cal are approvers, Dee a commander, Eve has no role; Ada2 is Ada's other account. */
export const PEOPLE: Record<string, Person> = {
  U0ADA: person('U0ADA', 'ada@example.com'),
  U0ADA2: person('U0ADA2', 'ada@example.com'),
  U0BEN: person('U0BEN', 'ben@example.com'),
  U0BEN2: person('U0BEN2', 'ben@example.com'),
  U0CAL: person('U0CAL', 'cal@example.com'),
  U0DEE: person('U0DEE', 'dee@example.com'),
  U0EVE: person('U0EVE', 'eve@example.com'),
  U0NOMAIL: person('U0NOMAIL', null),
  U0GUEST: { ...person('U0GUEST', 'guest@example.com'), kind: 'guest' },
};
const GROUPS = new Map([
  [
    'status-approvers',
    new Set(['U0ADA', 'U0ADA2', 'U0BEN', 'U0BEN2', 'U0CAL', 'U0NOMAIL', 'U0GUEST']),
  ],
  ['incident-commanders', new Set(['U0DEE'])],
]);
const KEYS = { approval: keyPair(), publication: keyPair(), stranger: keyPair() };

/** Runs a call of a port; a test may delay it, fail it, or count it. */
export type Intercept = <T>(call: string, perform: () => Promise<T>) => Promise<T>;

const INTACT = {
  IncidentRecord,
  StatusDrafts,
  DraftDecisions,
  StatuspageApprovalGate,
  TendIncident,
  PublicationChain,
  People,
};
/** The classes under test; a broken copy may stand in for them. */
export type GateModules = typeof INTACT;

/** Loads the gate from a copy of `src`. */
export async function loadGate(base: string): Promise<GateModules> {
  const from = (file: string) => import(/* @vite-ignore */ `${base}/services/${file}.ts`);
  const loaded = await Promise.all(
    [
      'incident-record',
      'status-drafts',
      'draft-decisions',
      'statuspage-approval-gate',
      'tend-incident',
      'publication-chain',
      'people',
    ].map(from),
  );
  return Object.assign({}, ...loaded) as GateModules;
}

export type GateWorldOptions = {
  modules?: GateModules;
  policy?: ApprovalPolicy;
  severity?: Severity;
  requiredApprovals?: number;
  services?: ServiceRoute[];
  intercept?: Intercept;
  /** Another incident of the same world: one trail, one table, one page. */
  beside?: GateWorld;
  /** @default 3 looks within 60 s, sent again when silent */
  lookRules?: Partial<LookRules>;
};

/** Both phases of the gate on ports in memory, with one clock that only tests move. */
export class GateWorld {
  readonly incidentId: string;
  readonly trail: MemoryAuditTrail;
  readonly rows: MemoryIncidentRows;
  readonly publications = new MemoryPublicationQueue();
  readonly told = new MemoryIncidentQueue();
  readonly page: MemoryPage;
  readonly metrics: string[] = [];
  readonly lines: string[] = [];
  readonly people: Record<string, Person> = structuredClone(PEOPLE);
  readonly groups = new Map(GROUPS);
  readonly identity: DeploymentIdentity;
  readonly record: IncidentRecord;
  readonly drafts: StatusDrafts;
  readonly decisions: DraftDecisions;
  readonly gate: StatuspageApprovalGate;
  readonly tend: TendIncident;
  readonly budget: PageBudget;
  nowMs = START_MS;
  intercept: Intercept;
  /** Why the approval key cannot be read just now. */
  keyError: Error | undefined;
  /** Reads the groups; a test may share readings as the Slack workspace does. */
  readGroups: (readAfterMs?: number) => Promise<Map<string, ReadonlySet<string>>> = async () =>
    this.groups;
  #clicks = 0;
  #ids = 0;

  constructor(of: GateWorldOptions = {}) {
    const modules = of.modules ?? INTACT;
    const clock = { nowMs: () => this.nowMs };
    this.intercept = of.intercept ?? ((_call, perform) => perform());
    const { beside } = of;
    this.incidentId = beside ? 'inc-bbbbbbbbbbbbbbbb' : 'inc-aaaaaaaaaaaaaaaa';
    this.trail = beside?.trail ?? new MemoryAuditTrail();
    this.rows = beside?.rows ?? new MemoryIncidentRows();
    this.page = beside?.page ?? new MemoryPage(clock.nowMs);
    this.budget = new PageBudget(clock);
    const policy = of.policy ?? tablePolicy(of.requiredApprovals ?? 1);
    const through = <T extends object>(name: string, port: T): T =>
      intercepted(name, port, (call, perform) => this.intercept(call, perform));
    const trail = through('trail', this.trail);
    const rows = through('rows', this.rows);
    const publications = through('publications', this.publications);
    const chat = through('chat', this.#chat());
    const pause = { forMs: async () => {} };
    const publicPage = { componentStates: () => this.page.componentStates() };
    const log = this.#log();
    const people = new modules.People({
      chat: chat as ChatWorkspace,
      routing: ROUTING as never,
    });
    this.identity = {
      deployment: 'test',
      pageId: PAGE,
      policyDigest: policy.digest,
      approvalKeyId: 'key-approval',
      keys: {
        pem: async () => {
          if (this.keyError) throw this.keyError;
          return KEYS.approval.pem;
        },
      },
    };
    this.record = new modules.IncidentRecord({ trail, rows, clock, pause });
    const claims = new ClaimsOfOthers({ record: this.record, rows });
    const cards = new ShownCards({ rows, publicPage, components: COMPONENTS, claims });
    this.drafts = new modules.StatusDrafts({
      record: this.record,
      publicPage,
      cards,
      pageId: PAGE,
    });
    this.decisions = new modules.DraftDecisions({
      record: this.record,
      policy,
      people,
      related: new RelatedIncidents({
        reading: readingOf({ record: this.record, rows }),
        routing: { services: of.services ?? [] },
      }),
      signer: through('signer', signerOf('approval')),
      cards,
      publications,
      clock,
      log,
      deployment: 'test',
      pageId: PAGE,
      teamId: TEAM,
    });
    this.gate = new modules.StatuspageApprovalGate({
      chain: new modules.PublicationChain({ trail, clock }),
      rows,
      page: through('page', this.page),
      signer: through('signer', signerOf('publication')),
      queue: through('told', this.told),
      identity: this.identity,
      clock,
      ids: { unique: () => `attempt-${++this.#ids}` },
      log,
      deadlineMs: DEADLINE_MS,
      pageTimeoutMs: PAGE_TIMEOUT_MS,
      lookRules: { looks: 3, settleMs: 60_000, autoRetry: 'when_silent', ...of.lookRules },
      budget: this.budget,
      components: [{ id: 'c1', name: 'Checkout' }],
    });
    this.tend = new modules.TendIncident({
      record: this.record,
      escalations: new EscalateApprovals({
        record: this.record,
        clock,
        times: DEFAULT_APPROVAL_TIMES,
      }),
      publications,
      posts: { restoreDraftCards: async () => {} },
      clock,
      log,
      updateDueS: 1_800,
      pageTimeoutMs: PAGE_TIMEOUT_MS,
    });
  }

  /** An incident declared by Dee, who leads it. */
  async open(severity: Severity = 'P1', service: string | null = null): Promise<this> {
    await this.append('INCIDENT_DECLARED', declaration(severity, service));
    await this.append('ROLE_ASSIGNED', { role: 'ic', slackUserId: 'U0DEE' });
    return this;
  }

  /** Another incident that Dee declares. */
  async openOther(incidentId: string, severity: Severity, service: string | null): Promise<void> {
    await this.record.run({
      incidentId,
      commandId: `fact-${++this.#clicks}`,
      actor: { kind: 'slack_user', id: 'U0DEE' },
      decide: () => ({ append: 'INCIDENT_DECLARED', details: declaration(severity, service) }),
    });
  }

  /** Appends a fact as incident-worker does. */
  /** @param by - a person by id, or whatever else acted */
  async append<T extends EventType>(
    type: T,
    details: DetailsOf<T>,
    by: string | Actor = 'U0DEE',
  ): Promise<void> {
    await this.record.run({
      incidentId: this.incidentId,
      commandId: `fact-${++this.#clicks}`,
      actor: typeof by === 'string' ? { kind: 'slack_user', id: by } : by,
      decide: () => ({ append: type, details }) as never,
    });
  }

  /** Writes a draft and gives what its card carries. */
  async draft(text = 'We see errors.', of: Partial<DraftContent> & { by?: string } = {}) {
    const { by = 'U0ADA', ...content } = of;
    const refused = await this.drafts.create({
      incidentId: this.incidentId,
      commandId: this.#click(),
      actor: { kind: 'slack_user', id: by },
      authors: [by],
      content: contentOf(text, content),
      source: { origin: 'words', ai: null },
    });
    if (refused) throw new Error(refused.rule);
    return this.card();
  }

  /** The card of the newest draft, or of the given one in its newest revision. */
  async card(draftId?: string): Promise<DraftReference> {
    const { drafts } = await this.state();
    const draft = draftId ? drafts.find((d) => d.draftId === draftId) : drafts.at(-1);
    if (!draft) throw new Error('no draft');
    const { revision, digest } = draft;
    return { incidentId: this.incidentId, draftId: draft.draftId, revision, digest };
  }

  edit(seen: DraftReference, text: string, by = 'U0CAL') {
    return this.drafts.revise({
      incidentId: this.incidentId,
      commandId: this.#click(),
      actor: { kind: 'slack_user', id: by },
      seen,
      content: contentOf(text),
      source: { origin: 'words', ai: null },
    });
  }

  /** One click. The same `click` again is the same signed request delivered again. */
  decide(
    verb: DecisionVerb,
    draft: DraftReference,
    of: { by?: string; click?: string; ageS?: number; reason?: string; waited?: number } = {},
  ) {
    const request = this.request(of);
    const reason = of.reason === undefined ? {} : { reason: of.reason };
    return this.decisions.decide(verb, { request, draft, ...reason });
  }

  request(of: { by?: string; click?: string; ageS?: number; waited?: number }): PersonRequest {
    return {
      kind: 'click',
      actionId: 'statuspage_approve',
      value: '',
      messageTs: null,
      requestSha256: of.click === undefined ? this.#click() : sha256Hex(of.click),
      signedAtS: this.nowMs / 1000 - (of.ageS ?? 0),
      userId: of.by ?? 'U0BEN',
      channelId: null,
      responseUrl: null,
      ...(of.waited === undefined ? {} : { waited: of.waited }),
    };
  }

  deliver(of: PublicationRequest) {
    const { incidentId, draftId, revision } = of;
    return this.gate.publish({ incidentId, draftId, revision });
  }

  /** Delivers what waits on publications.fifo. */
  async deliverAll(): Promise<string[]> {
    const outcomes: string[] = [];
    for (const request of this.publications.take()) outcomes.push(await this.deliver(request));
    return outcomes;
  }

  /** Approves by Ben and publishes. */
  async publish(card: DraftReference): Promise<string[]> {
    const refused = await this.decide('approve', card);
    if (refused) throw new Error(refused.rule);
    return this.deliverAll();
  }

  events(chainId: string = this.incidentId): Promise<AuditEvent[]> {
    return this.trail.from(chainId, 1);
  }

  async types(chainId?: string): Promise<string[]> {
    return (await this.events(chainId)).map((event) => event.type);
  }

  async state(): Promise<IncidentState> {
    const loaded = await this.record.load(this.incidentId);
    if (!loaded) throw new Error('no incident');
    return loaded.state;
  }

  async statusOf(draftId: string): Promise<string | undefined> {
    return (await this.state()).drafts.find((draft) => draft.draftId === draftId)?.status;
  }

  #click(): string {
    this.#clicks += 1;
    return sha256Hex(`click-${this.#clicks}`);
  }

  #chat(): Pick<ChatWorkspace, 'person' | 'groupMembers'> {
    return {
      person: async (id) => {
        const found = this.people[id];
        if (!found) throw new Error(`nobody is ${id}`);
        return found;
      },
      groupMembers: (_handles, readAfterMs) => this.readGroups(readAfterMs),
    };
  }

  #log(): Log {
    const line = (what: string, fields: object = {}) => {
      this.lines.push(`${what} ${JSON.stringify(fields)}`);
    };
    const count = (metric: string, labels: Record<string, string> = {}) => {
      this.metrics.push([metric, ...Object.values(labels)].join(' '));
    };
    return { note: line, warn: line, error: line, count };
  }
}

function declaration(severity: Severity, service: string | null) {
  const title = 'Checkout errors';
  return { title, severity, severityIsDefault: false, service, declaredIn: null };
}

/** A signature by one of the test's keys, as KMS would make it. */
export function signerOf(key: keyof typeof KEYS, keyId = `key-${key}`): Signer {
  return {
    keyId,
    sign: async (input) =>
      sign('sha256', input, { key: KEYS[key].privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

export function publicPem(key: keyof typeof KEYS): string {
  return KEYS[key].pem;
}

/** The shipped rules as a table: the real policies are tested on their own, and are slower. */
export function tablePolicy(
  requiredApprovals: number,
  digest = sha256Hex('policy'),
): ApprovalPolicy {
  return {
    digest,
    ruleInWords: () => 'the rule',
    breakGlassInWords: (of) => (isLoud(of) ? 'the emergency rule' : undefined),
    decide: (question) => {
      const { severity, person: who, authors, incidentCommander, emergency } = question;
      if (emergency) {
        const rule = 'the emergency rule';
        const policyIds = ['break-glass'];
        const may = who.roles.length > 0 && isLoud(question);
        if (!may) return { allowed: false, policyIds, rule };
        return { allowed: true, policyIds, rule, requiredApprovals: 1, validForS: 900 };
      }
      const isApprover = who.roles.includes('status-approver');
      const leads = who.roles.includes('incident-commander') && incidentCommander === who.id;
      const isAlone = isLoud(question) && authors.includes(who.id);
      const allowed = (isApprover || (severity !== 'P1' && leads)) && !isAlone;
      if (!allowed) return { allowed: false, policyIds: ['forbid'], rule: 'the rule' };
      const shared = { requiredApprovals, validForS: 1_800, rule: 'the rule' };
      return { allowed: true, policyIds: ['permit'], ...shared };
    },
  };
}

/** Where four eyes bind: it is big, is near something big, or reaches many. */
export function isLoud({ severity, effect }: RuleQuestion): boolean {
  const { notify, worstComponent, relatedSeverity } = effect;
  return (
    [severity, relatedSeverity].some((each) => each === 'P1' || each === 'P2') ||
    notify ||
    ['under_maintenance', 'partial_outage', 'major_outage'].includes(worstComponent)
  );
}

const ROUTING = {
  roles: {
    'status-approver': { slackUserGroups: ['status-approvers'] },
    'incident-commander': { slackUserGroups: ['incident-commanders'] },
  },
};

/** The page's components by name. */
export const COMPONENTS = [
  { id: 'c1', name: 'Checkout' },
  { id: 'c2', name: 'Payments' },
];

/** What a draft says, with defaults for all but its text. */
export function contentOf(text: string, of: Partial<DraftContent> = {}): DraftContent {
  const rest = { status: 'investigating', impact: 'critical', notify: true } as const;
  return { title: 'Problems with Checkout', text, ...rest, components: {}, ...of };
}

function person(id: string, email: string | null): Person {
  return { id, name: id.toLowerCase(), email, kind: 'full' };
}

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, pem: publicKey.export({ format: 'pem', type: 'spki' }).toString() };
}

/** Every method of a port, called through the interception. */
function intercepted<T extends object>(name: string, port: T, intercept: Intercept): T {
  return new Proxy(port, {
    get(target, method) {
      const value = Reflect.get(target, method, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        intercept(`${name}.${String(method)}`, async () => value.apply(target, args));
    },
  });
}
