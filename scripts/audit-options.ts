import { EVENT_TYPES } from '../src/domain/audit-event.ts';
import type { AuditFilter } from '../src/services/audit-listing.ts';
import { FORMATS, type Format } from './audit-output.ts';
import { readArgs, usage } from './command-line.ts';
import { SOURCE_HELP, SOURCE_OPTIONS, type SourceChoice, sourceChoice } from './source-options.ts';

export const AUDIT_HELP = `Reads and verifies the audit trail. Changes nothing.

usage: npm run audit -- <command> [options]

  list               one line for each incident; with --actor or --type, each matching event
  show ID            everything that happened in one incident (inc-…) or intake chain (intake-…)
  verify [ID]        recomputes every chain and checks every signature
  approvals          who approved which text by which rule, and what became of it

  --from TIME        2026-11-01 or 2026-11-01T09:00:00Z; UTC, included
  --to TIME          as above; a day is included whole
  --actor WHO        a Slack user id, or kind:id such as system:publisher
  --type TYPE        an event type such as COMMAND_DENIED
  --quarantined      with list: bodies that were authentic but not understood
  --format FORMAT    table (default), json or csv
  --page [URL]       with verify: also asks the public status page which incidents it shows
  --file FILE        an exported trail (npm run export-trail), with the keys it brings
${SOURCE_HELP}Exit codes: 0 done, for verify also valid; 1 verify found something; 2 usage; 3 could not be read.
`;

export const AUDIT_COMMANDS = ['list', 'show', 'verify', 'approvals'] as const;

export type AuditOptions = {
  command: (typeof AUDIT_COMMANDS)[number] | 'help';
  incidentId: string | undefined;
  filter: AuditFilter;
  quarantined: boolean;
  format: Format;
  source: SourceChoice;
  /** Asks the page at this address; an empty one is the deployment's own. */
  page: string | undefined;
};

/** Reads the command line. @throws {UsageError} saying what was expected */
export function parseAuditOptions(args: string[]): AuditOptions {
  const { values, positionals } = parsed(args);
  const [word, incidentId, ...rest] = positionals;
  const command = values.help ? 'help' : AUDIT_COMMANDS.find((known) => known === word);
  if (command === undefined) {
    throw usage('run audit', `one of ${AUDIT_COMMANDS.join(', ')}`, word);
  }
  const mayName = command === 'show' || command === 'verify';
  if (rest.length > 0 || (incidentId !== undefined && !mayName && command !== 'help')) {
    throw usage(command, 'no further words', rest[0] ?? incidentId);
  }
  if (command === 'show' && incidentId === undefined) throw usage('show', 'an incident id');
  if (
    incidentId !== undefined &&
    !/^(inc-[a-z2-7]{16}|intake-\d{8}(?:-\d{2})?)$/.test(incidentId)
  ) {
    throw usage(command, 'an id such as inc-abcdefgh234567ab or intake-20261101', incidentId);
  }
  if (values.page !== undefined && command !== 'verify')
    throw usage('use --page', 'command verify');
  if (values.quarantined && command !== 'list') throw usage('use --quarantined', 'command list');
  return {
    command,
    incidentId,
    filter: filterOf(values),
    quarantined: values.quarantined,
    format: oneOf('--format', FORMATS, values.format),
    source: sourceChoice(values),
    page: values.page,
  };
}

function parsed(args: string[]) {
  return readArgs(pageNamed(args), {
    from: { type: 'string' },
    to: { type: 'string' },
    actor: { type: 'string' },
    type: { type: 'string' },
    quarantined: { type: 'boolean', default: false },
    format: { type: 'string', default: 'table' },
    page: { type: 'string' },
    file: { type: 'string' },
    ...SOURCE_OPTIONS,
    help: { type: 'boolean', default: false },
  });
}

/** `--page` alone asks the deployment's own page. */
function pageNamed(args: string[]): string[] {
  return args.map((word, index) => {
    const isAlone = word === '--page' && !/^https?:/.test(args[index + 1] ?? '');
    return isAlone ? '--page=' : word;
  });
}

function filterOf(values: {
  from?: string | undefined;
  to?: string | undefined;
  actor?: string | undefined;
  type?: string | undefined;
}): AuditFilter {
  const { from, to, actor, type } = values;
  return {
    ...(from === undefined ? {} : { from: instant('--from', from, '00:00:00.000Z') }),
    ...(to === undefined ? {} : { to: instant('--to', to, '23:59:59.999Z') }),
    ...(actor === undefined ? {} : { actor: actor.replace(/^@/, '') }),
    ...(type === undefined ? {} : { type: oneOf('--type', EVENT_TYPES, type.toUpperCase()) }),
  };
}

function instant(option: string, text: string, timeOfDay: string): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const atMs = isDay || isTime ? Date.parse(isDay ? `${text}T${timeOfDay}` : text) : Number.NaN;
  if (Number.isNaN(atMs)) throw usage(`use ${option}`, 'a day or an RFC 3339 time', text);
  return new Date(atMs).toISOString();
}

function oneOf<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((value) => value === given);
  if (found === undefined) {
    const listed = known.length > 10 ? 'an event type of docs/audit-queries.md' : known.join(', ');
    throw usage(`use ${option}`, listed, given);
  }
  return found;
}
