import { join } from 'node:path';
import { loadPinnedGroups, PINNED_GROUPS_FILE } from '../src/adapters/files/deployment-config.ts';
import {
  type AwsAccess,
  ConfigError,
  readAwsAccess,
  readSlackReaderConfig,
} from '../src/config.ts';
import { applyEvent } from '../src/domain/apply-event.ts';
import type { AuditEvent } from '../src/domain/audit-event.ts';
import type { Surroundings } from '../src/domain/effect.ts';
import type { DraftState, IncidentState } from '../src/domain/incident-state.ts';
import type { Routing } from '../src/domain/routing.ts';
import { composePeople } from '../src/handlers/compose-people.ts';
import type { WorldFile } from '../src/local/world-file.ts';
import { chainOf, findEvents } from '../src/services/audit-listing.ts';
import type { EarlierApprover, Who } from '../src/services/decision-rules.ts';
import { earlierApprovers } from '../src/services/earlier-approvers.ts';
import { openingOf } from '../src/services/incident-record.ts';
import type { HeldRoles } from '../src/services/people.ts';
import { type IncidentReading, RelatedIncidents } from '../src/services/related-incidents.ts';
import type { AuditSource, SourceDeps } from './audit-source.ts';
import type { ExplainOptions } from './policy-options.ts';
import type { SourceChoice } from './source-options.ts';

/** The draft as the trail gives it. */
export type FoundDraft = {
  incident: IncidentState;
  state: DraftState;
  /** What else is open around its text. */
  around: Surroundings;
  problems: string[];
  at: string;
};
/** A person, their roles, and where those come from. */
export type FoundPerson = {
  who: Who;
  self: ReadonlySet<string>;
  unknown: ReadonlySet<string>;
  earlier: EarlierApprover[];
  /** Undefined: the roles were given, nobody was asked. */
  memberOf: string[] | undefined;
};

/**
 * Reads a draft from the audit trail itself, not from a projection of it.
 * @throws {Error} when there is none
 */
export async function findDraft(
  source: AuditSource,
  of: ExplainOptions,
  routing: Routing,
): Promise<FoundDraft> {
  const incidentId = of.incident ?? (await incidentWith(source, of.draft));
  const { events, problems } = await chainOf(source, incidentId);
  const incident = folded(events);
  const state = incident?.drafts.find(({ draftId }) => draftId === of.draft);
  if (!incident || !state) throw unknownDraft(of.draft);
  const related = new RelatedIncidents({ reading: readingOf(source), routing });
  return {
    incident,
    state,
    around: await related.around(incident, state),
    problems: problems.map(({ seq, reason }) => `event ${seq}: ${reason}`),
    at: events.at(-1)?.at ?? '',
  };
}

function folded(events: readonly AuditEvent[]): IncidentState | undefined {
  let incident: IncidentState | undefined;
  for (const event of events) incident = applyEvent(incident, event);
  return incident;
}

/** Which incidents are open the rows say, as they do to the worker; the rest is on the trail. */
function readingOf(source: AuditSource): IncidentReading {
  return {
    listOpen: async (limit) => {
      const rows = await source.reader.projections();
      if (!rows) throw new ConfigError('cannot explain: expected to read the open incidents');
      const open = rows.filter(({ sk, open }) => sk === 'STATE' && open !== undefined);
      return open
        .map(({ state }) => state as IncidentState)
        .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
        .slice(0, limit);
    },
    worstSeverity: async (id) => {
      const { events } = await chainOf(source, id);
      return folded(events)?.worstSeverity ?? 'P1';
    },
    opening: async (id) => {
      const [first] = (await chainOf(source, id)).events;
      return first ? openingOf(first) : { service: null, declaredBy: null };
    },
  };
}

async function incidentWith(source: AuditSource, draftId: string): Promise<string> {
  const created = await findEvents(source, { type: 'STATUSPAGE_DRAFT_CREATED' });
  const found = created.find(
    (event) => event.type === 'STATUSPAGE_DRAFT_CREATED' && event.details.draftId === draftId,
  );
  if (!found) throw unknownDraft(draftId);
  return found.incidentId;
}

function unknownDraft(draftId: string): Error {
  return new Error(`cannot explain ${draftId}: expected a draft on the trail, got none`);
}

/**
 * Reads who somebody is and what they may do from Slack, now; or takes the roles as given.
 * @throws {ConfigError} when nothing says how to reach Slack, or a given role does not exist
 * @throws {ChatError}, {SecretError} when they cannot be read: nobody gets a role by an outage
 */
export async function findPerson(
  of: ExplainOptions,
  { state, at }: FoundDraft,
  { routing, source, deps }: { routing: Routing; source: AuditSource; deps: SourceDeps },
): Promise<FoundPerson> {
  const accounts = [...state.authors, ...state.approvals.map(({ slackUserId }) => slackUserId)];
  if (of.roles) {
    const known = Object.keys(routing.roles);
    const unknown = of.roles.find((role) => !known.includes(role));
    if (unknown !== undefined) {
      throw new ConfigError(
        `cannot explain: expected roles of routing.json (${known.join(' ')}), got ${unknown}`,
      );
    }
    const person = { id: of.user, name: of.user, email: 'given', kind: 'full' as const };
    const self = new Set(accounts.filter((id) => id === of.user));
    const nobody = { unknown: new Set<string>(), earlier: [] };
    return { who: { person, roles: of.roles }, self, ...nobody, memberOf: undefined };
  }
  const people = composePeople({ ...slackOf(of, source.world, deps), routing });
  const person = await people.identify({ userId: of.user });
  const [{ groups: memberOf, ...held }] = (await people.rolesOfEach([of.user])) as [HeldRoles];
  const { self, unknown } = await people.tellApart(person, accounts);
  return {
    who: { person, ...held },
    self: new Set(self),
    unknown: new Set(unknown),
    earlier: await earlierApprovers(people, { userId: of.user, state, at }),
    memberOf,
  };
}

/**
 * How a tool reaches the workspace: that of the world it reads, or the one that the environment names.
 * People come from where the trail comes from: another workspace would explain another draft.
 * @throws {ConfigError} when there is neither
 */
export function slackOf(
  of: { source: SourceChoice; config: string },
  world: WorldFile | undefined,
  deps: Pick<SourceDeps, 'environment'>,
) {
  const access = readAwsAccess(deps.environment);
  const named = readSlackReaderConfig(deps.environment);
  const endpoint = of.source.endpoint ?? access.endpoint;
  if (world && !named) {
    const { region, credentials, slack } = world;
    const ofWorld: AwsAccess = { region, endpoint: world.urls.aws, credentials };
    return {
      access: ofWorld,
      slack: {
        SLACK_API_URL: slack.apiUrl,
        SLACK_TEAM_ID: slack.teamId,
        SLACK_BOT_TOKEN_SECRET_ID: slack.botTokenSecretId,
      },
      pinnedGroups: slack.pinnedGroups ?? {},
    };
  }
  const pinnedGroups = loadPinnedGroups(join(of.config, PINNED_GROUPS_FILE));
  if (named) return { access: { ...access, endpoint }, slack: named, pinnedGroups };
  throw new ConfigError(
    'cannot ask Slack who this is: expected a running world (npm start), SLACK_TEAM_ID and ' +
      'SLACK_BOT_TOKEN_SECRET_ID, or --roles, got none of them',
  );
}
