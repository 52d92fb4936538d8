import { StatuspagePublicPage } from '../src/adapters/statuspage-public/statuspage-public-page.ts';
import { realSystem } from '../src/adapters/system/system.ts';
import { ConfigError, processEnvironment, readPublicUrl } from '../src/config.ts';
import { pageProblems } from '../src/domain/page-replay.ts';
import type { TrailProblem } from '../src/domain/trail-rows.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import { listApprovals } from '../src/services/approval-listing.ts';
import { chainOf, findEvents, listedEvent, listIncidents } from '../src/services/audit-listing.ts';
import { type Verification, verifyTrail } from '../src/services/verify-trail.ts';
import { AUDIT_HELP, type AuditOptions, parseAuditOptions } from './audit-options.ts';
import { type Line, renderLines } from './audit-output.ts';
import { type AuditSource, openSource, type SourceDeps } from './audit-source.ts';
import { EXIT, exitCodeOf, UsageError } from './command-line.ts';
import { NO_LOG } from './terminal.ts';

/** What the command needs of the machine; tests bring their own. */
export type AuditDeps = SourceDeps & {
  out(text: string): void;
  err(text: string): void;
  /** A terminal that shows colours reads what is printed. */
  inColour?: boolean;
};
type Asked = AuditOptions & { inColour: boolean };

/** What a command found: a JSON document, and the same as lines. */
type Answer = { document: unknown; text: string; exitCode: number };

/**
 * The reviewer's command.
 * @returns the exit code: 0 done or valid, 1 not valid, 2 usage, 3 could not be read
 */
export async function audit(args: string[], deps: AuditDeps): Promise<number> {
  let source: AuditSource | undefined;
  try {
    const options: Asked = { ...parseAuditOptions(args), inColour: deps.inColour ?? false };
    if (options.command === 'help') {
      deps.out(AUDIT_HELP);
      return 0;
    }
    source = await openSource(options.source, deps);
    deps.err(`Reading ${source.said}\n`);
    const answer = await answerOf(options, source, deps);
    const isJson = options.format === 'json';
    deps.out(isJson ? `${JSON.stringify(answer.document)}\n` : answer.text);
    return answer.exitCode;
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    return exitCodeOf(error);
  } finally {
    source?.close();
  }
}

function answerOf(options: Asked, source: AuditSource, deps: AuditDeps): Promise<Answer> {
  switch (options.command) {
    case 'list':
      if (options.quarantined) return quarantined(options, source);
      return list(options, source);
    case 'show':
      return show(options, source);
    case 'approvals':
      return approvals(options, source);
    default:
      return verify(options, source, deps);
  }
}

async function list(options: Asked, source: AuditSource): Promise<Answer> {
  const { filter } = options;
  const incidents = await listIncidents(source, filter);
  if (filter.actor === undefined && filter.type === undefined) {
    return answer(options, { incidents }, incidents, INCIDENT_COLUMNS);
  }
  const events = await findEvents(source, filter);
  const lines = events.map(listedEvent);
  return answer(options, { incidents, events }, lines, EVENT_COLUMNS);
}

async function quarantined(options: Asked, source: AuditSource): Promise<Answer> {
  const filter = { ...options.filter, type: 'ALERT_QUARANTINED' };
  const bodies = (await findEvents(source, filter)).flatMap((event) =>
    event.type === 'ALERT_QUARANTINED'
      ? [{ at: event.at, incidentId: event.incidentId, seq: event.seq, ...event.details }]
      : [],
  );
  const lines = bodies.map(({ bodyBase64, ...line }) => ({ ...line, body: opening(bodyBase64) }));
  return answer(options, { quarantined: bodies }, lines, QUARANTINE_COLUMNS);
}

async function show(options: Asked, source: AuditSource): Promise<Answer> {
  const incidentId = options.incidentId ?? '';
  const chain = await chainOf(source, incidentId);
  if (chain.events.length === 0 && chain.problems.length === 0) {
    throw new UsageError(`cannot show ${incidentId}: expected an incident on the trail, got none`);
  }
  const { from, to, actor, type } = options.filter;
  const events = chain.events.filter(
    (event) =>
      (from === undefined || event.at >= from) &&
      (to === undefined || event.at <= to) &&
      (type === undefined || event.type === type) &&
      (actor === undefined ||
        [event.actor.id, `${event.actor.kind}:${event.actor.id}`].includes(actor)),
  );
  const document = { incidentId, events, problems: chain.problems };
  const lines = events.map(listedEvent);
  if (options.format !== 'table') return answer(options, document, lines, EVENT_COLUMNS);
  const bad = chain.problems.map(({ seq, reason }) => `Event ${seq} is not sound: ${reason}\n`);
  const columns = EVENT_COLUMNS.filter((column) => column !== 'incidentId');
  return answer(options, document, lines, columns, bad.join(''));
}

async function approvals(options: Asked, source: AuditSource): Promise<Answer> {
  const { type } = options.filter;
  if (type !== undefined && type !== 'STATUSPAGE_DRAFT_APPROVED') {
    throw new UsageError(`cannot use --type with approvals: expected list --type ${type}`);
  }
  const found = await listApprovals(source, options.filter);
  const lines = found.map((approval) =>
    options.format === 'table'
      ? { ...approval, policy: brief(approval.policyDigest), digest: brief(approval.digest) }
      : { ...approval, policy: approval.policyDigest },
  );
  return answer(options, { approvals: found }, lines, APPROVAL_COLUMNS);
}

async function verify(options: Asked, source: AuditSource, deps: AuditDeps): Promise<Answer> {
  const verdict = await verifyTrail(source, { incidentId: options.incidentId });
  if (!verdict.projectionsCompared) {
    deps.err(
      'The projections could not be read with these permissions: unsigned events that were cut off ' +
        'the end of a trail would not be noticed.\n',
    );
  }
  return verifyAnswer(
    options,
    options.page === undefined ? verdict : await withPage(verdict, { options, source, deps }),
  );
}

/** The verdict with what the public page shows and the trail does not tell. */
async function withPage(
  verdict: Verification,
  { options, source, deps }: { options: Asked; source: AuditSource; deps: AuditDeps },
): Promise<Verification> {
  const url = pageUrlOf(options.page ?? '', source, deps);
  deps.err(`Asking the public page ${url}\n`);
  const shown = await new StatuspagePublicPage(url).newestIncidents();
  if (!shown) throw new Error(`cannot read the public page: expected its incidents at ${url}`);
  const found = pageProblems(await findEvents(source, {}), shown);
  const what = found.length === 0 ? 'the trail explains each' : `${found.length} not explained`;
  deps.err(`The page shows ${shown.incidents.length} incident(s): ${what}.\n`);
  if (found.length === 0) return verdict;
  const problems = [...(verdict.ok ? [] : verdict.problems), ...found];
  return { ...verdict, ok: false, firstBad: problems[0] as TrailProblem, problems };
}

/** @throws {ConfigError} when nothing says where the page is */
function pageUrlOf(given: string, { world }: AuditSource, { environment }: AuditDeps): string {
  const url = given || readPublicUrl(environment) || world?.urls.statuspage;
  if (url && URL.canParse(url)) return url.replace(/\/$/, '');
  throw new ConfigError(
    'cannot ask the public page: expected --page URL, STATUSPAGE_PUBLIC_URL or a running world',
  );
}

function verifyAnswer(options: Asked, verdict: Verification): Answer {
  const exitCode = verdict.ok ? EXIT.done : EXIT.notValid;
  if (options.format !== 'csv') return { document: verdict, text: verdictText(verdict), exitCode };
  const problems = verdict.ok ? [] : verdict.problems;
  return { ...answer(options, verdict, problems, PROBLEM_COLUMNS), exitCode };
}

function verdictText(verdict: Verification): string {
  const { chains, events, approvals: approved, publications } = verdict;
  const counts =
    `${chains} chain(s), ${events} event(s), ${approved} signed approval(s), ` +
    `${publications} signed publication(s)`;
  if (verdict.ok) return `The audit trail verifies: ${counts}.\n`;
  const { incidentId, seq, reason } = verdict.firstBad;
  const first = `The audit trail does NOT verify. First: ${incidentId} event ${seq}: ${reason}\n`;
  const all = renderLines(verdict.problems, PROBLEM_COLUMNS, 'table');
  return `${first}\n${all}\nRead ${counts}.\n`;
}

const INCIDENT_COLUMNS = [
  'incidentId',
  'openedAt',
  'severity',
  'status',
  'title',
  'events',
  'published',
  'page',
  'breakGlass',
  'problems',
];
const EVENT_COLUMNS = ['at', 'incidentId', 'seq', 'type', 'actor', 'what', 'breakGlass'];
const QUARANTINE_COLUMNS = [
  'at',
  'incidentId',
  'seq',
  'path',
  'reason',
  'bytes',
  'rawSha256',
  'body',
];
const PROBLEM_COLUMNS = ['incidentId', 'seq', 'reason'];
const APPROVAL_COLUMNS = [
  'at',
  'incidentId',
  'seq',
  'approver',
  'breakGlass',
  'roles',
  'rules',
  'policy',
  'digest',
  'title',
  'outcome',
  'publishedAt',
  'link',
];

function answer(
  { format, inColour }: Asked,
  document: unknown,
  lines: readonly Line[],
  columns: readonly string[],
  remarks = '',
): Answer {
  const text = format === 'json' ? '' : renderLines(lines, columns, format, inColour) + remarks;
  return { document, text, exitCode: 0 };
}

/** The beginning of a quarantined body, as text; the table and CSV escape it further. */
function opening(bodyBase64: string | null): string {
  return Buffer.from(bodyBase64 ?? '', 'base64')
    .subarray(0, 200)
    .toString('utf8');
}

function brief(digest: string): string {
  return digest.slice(0, 12);
}

if (import.meta.main) {
  const environment = processEnvironment();
  process.exitCode = await audit(process.argv.slice(2), {
    environment,
    // https://no-color.org
    inColour: process.stdout.isTTY === true && !environment.NO_COLOR,
    world: readWorldFile,
    clock: realSystem(NO_LOG).clock,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
