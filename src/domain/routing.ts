import type { AlertSignal } from './alert-signal.ts';
import type { ApprovalTimes } from './escalation.ts';
import { DEFAULT_SEVERITY, type Severity, worse } from './severity.ts';
import { cutText } from './well-formed.ts';

/** `config/routing.json`: which alert concerns which service, people, components and severity. */
export type Routing = {
  services: ServiceRoute[];
  severity: { labels: Record<string, string>; is: Severity }[];
  components: { id: string; name: string }[];
  /** Role → Slack user groups, any of which grants it. */
  roles: Record<string, { slackUserGroups: string[] }>;
  checklist: string[];
  /** Who is invited when nobody else could be. */
  fallback: { slackUserGroups: string[] };
  /** Whether members who were not called may join a war room. @default open */
  join?: JoinPolicy;
  storm: { incidents: number; windowS: number };
  /** IANA name of the zone whose clock the approval policy reads. */
  timeZone: string;
  /** How accounts are told apart; absent: `name+tag@` is the mailbox `name@`. */
  identity?: { foldPlusAddresses: boolean };
  /** When a draft that nobody decides asks for more people. */
  approvals: ApprovalTimes;
};
/** `open`: whoever wants to is invited; `ask`: the room decides; `closed`: only who is called. */
export type JoinPolicy = 'open' | 'ask' | 'closed';
export type ServiceRoute = {
  name: string;
  /** What else people call it. */
  aliases?: string[];
  match: { labels: Record<string, string>; integrationIds: string[]; teams: string[] };
  responders: { email: string }[];
  /** Groups of the company's directory, by the id it gave them. */
  directoryGroups?: string[];
  /** User groups of the chat workspace, by handle. */
  slackUserGroups?: string[];
  components: string[];
  /** What is asked about the service when its incident opens. */
  context?: ServiceContext | undefined;
};

/** Queries have places for what the alert says: `{{service}}`, `{{labels.NAME}}`. */
export type ServiceContext = {
  /** PromQL. */
  metrics?: { name: string; query: string; unit?: string | undefined }[] | undefined;
  /** LogQL that finds lines. */
  logs?: { name: string; query: string }[] | undefined;
  /** TraceQL. */
  traces?: { name: string; query: string }[] | undefined;
  runbook?: string | undefined;
  dashboard?: string | undefined;
  /** Where the service's code is and what is deployed from it. */
  repository?:
    | {
        /** `owner/name`. */
        name: string;
        /** Of deployments; absent: all. */
        environment?: string | undefined;
        /** Whose owners are named; absent: those of the last `*` rule. */
        path?: string | undefined;
      }
    | undefined;
};

/** The first service whose labels, integration or team match the alert. */
export function serviceOf(
  routing: Routing,
  alert: Pick<AlertSignal, 'labels' | 'integrationId' | 'team'>,
): ServiceRoute | undefined {
  return (
    routing.services.find((service) => labelsMatch(service.match.labels, alert.labels)) ??
    routing.services.find(
      ({ match }) => alert.integrationId && match.integrationIds.includes(alert.integrationId),
    ) ??
    routing.services.find(({ match }) => alert.team && match.teams.includes(alert.team))
  );
}

/** Labels by which alerts commonly name their service. */
const SERVICE_LABELS = ['service_name', 'service', 'app', 'job'];

/** The service that an alert names itself, for one that no route knows; empty: it names none. */
export function serviceNamedIn({
  labels,
  firingLabels = [],
}: Pick<AlertSignal, 'labels' | 'firingLabels'>): string {
  const all = { ...firingLabels[0], ...labels };
  const name = SERVICE_LABELS.find((label) => Object.hasOwn(all, label));
  return name === undefined ? '' : cutText(all[name]!, 100);
}

/** The severity that the labels say, else the default, marked as such. */
export function severityOf(
  routing: Routing,
  alert: Pick<AlertSignal, 'labels' | 'firingLabels'>,
): { severity: Severity; isDefault: boolean } {
  const severity = saidSeverity(routing, alert);
  return severity === undefined
    ? { severity: DEFAULT_SEVERITY, isDefault: true }
    : { severity, isDefault: false };
}

/**
 * The severity that the labels say: of a group the worst of its firing alerts, as far as they say one.
 * @returns undefined when no rule fits any of them
 */
export function saidSeverity(
  routing: Routing,
  { labels, firingLabels = [] }: Pick<AlertSignal, 'labels' | 'firingLabels'>,
): Severity | undefined {
  const sets = firingLabels.length > 0 ? firingLabels : [{}];
  const said = sets.flatMap((own) => {
    const all = { ...labels, ...own };
    return routing.severity.find((rule) => labelsMatch(rule.labels, all))?.is ?? [];
  });
  return said.length > 0 ? said.reduce(worse) : undefined;
}

/** True when every wanted label is there with that value; no wanted label matches nothing. */
function labelsMatch(wanted: Record<string, string>, given: Record<string, string>): boolean {
  const pairs = Object.entries(wanted);
  return pairs.length > 0 && pairs.every(([name, value]) => given[name] === value);
}
