import {
  type AwsAccess,
  ConfigError,
  readAwsAccess,
  readSlackReaderConfig,
} from '../src/config.ts';
import { applyEvent } from '../src/domain/apply-event.ts';
import type { DraftState, IncidentState } from '../src/domain/incident-state.ts';
import type { Routing } from '../src/domain/routing.ts';
import { composePeople } from '../src/handlers/compose-people.ts';
import { chainOf, findEvents } from '../src/services/audit-listing.ts';
import type { Who } from '../src/services/decision-rules.ts';
import type { AuditSource, SourceDeps } from './audit-source.ts';
import type { ExplainOptions } from './policy-options.ts';

/** The draft as the trail gives it. */
export type FoundDraft = {
  incident: IncidentState;
  state: DraftState;
  problems: string[];
  at: string;
};
/** A person, their roles, and where those come from. */
export type FoundPerson = {
  who: Who;
  self: ReadonlySet<string>;
  /** Undefined: the roles were given, nobody was asked. */
  memberOf: string[] | undefined;
};

/**
 * Reads a draft from the audit trail itself, not from a projection of it.
 * @throws {Error} when there is none
 */
export async function findDraft(source: AuditSource, of: ExplainOptions): Promise<FoundDraft> {
  const incidentId = of.incident ?? (await incidentWith(source, of.draft));
  const { events, problems } = await chainOf(source, incidentId);
  let incident: IncidentState | undefined;
  for (const event of events) incident = applyEvent(incident, event);
  const state = incident?.drafts.find(({ draftId }) => draftId === of.draft);
  if (!incident || !state) throw unknownDraft(of.draft);
  return {
    incident,
    state,
    problems: problems.map(({ seq, reason }) => `event ${seq}: ${reason}`),
    at: events.at(-1)?.at ?? '',
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
  { state }: FoundDraft,
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
    return { who: { person, roles: of.roles }, self, memberOf: undefined };
  }
  const { access, slack } = slackOf(of, source, deps);
  const people = composePeople({ access, slack, routing });
  const teamId = slack.SLACK_TEAM_ID;
  const person = await people.identify({ userId: of.user, userTeamId: teamId, teamId });
  const memberOf = await people.grantingGroupsOf(of.user);
  const self = new Set(await people.samePersonAs(person, accounts));
  return { who: { person, roles: people.rolesGrantedBy(memberOf) }, self, memberOf };
}

/** People come from where the trail comes from: another workspace would explain another draft. */
function slackOf(of: ExplainOptions, { world }: AuditSource, deps: SourceDeps) {
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
    };
  }
  if (named) return { access: { ...access, endpoint }, slack: named };
  throw new ConfigError(
    'cannot ask Slack who this is: expected a running world (npm start), SLACK_TEAM_ID and ' +
      'SLACK_BOT_TOKEN_SECRET_ID, or --roles, got none of them',
  );
}
