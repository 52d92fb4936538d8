import { readArgs, usage } from './command-line.ts';
import { SOURCE_HELP, SOURCE_OPTIONS, type SourceChoice, sourceChoice } from './source-options.ts';

export const POLICY_HELP = `Tests and explains the approval policy. Changes nothing.

usage: npm run policy -- <command> [options]

  test [FILE…]       asks the policy every case of the table tests and compares the answers
  explain            why a person may or may not approve a draft now, in words

for test:
  --tests FILE       a table; may be given several times. Default: all in config/policy-tests/
  --with FILE        adds a .cedar file to the policies, e.g. one of docs/policy-examples/

for explain:
  --user ID          a Slack user id such as U04MAYAITO1
  --draft ID         the draft; its newest revision is explained
  --incident ID      saves looking for the draft
  --roles LIST       role,role instead of asking Slack; '' for none
  --at TIME          another moment than now, e.g. 2026-11-21T03:00:00Z
${SOURCE_HELP}  --json             one JSON document

for both:
  --config DIR       folder of routing.json, policies/ and policy-tests/. Default: config
  --policies DIR     other policies than those in the configuration folder

explain reads people from Slack with the deployment's bot token:
of the running world, else by SLACK_TEAM_ID and SLACK_BOT_TOKEN_SECRET_ID.
Exit codes: 0 every row is as expected, or explained; 1 some are not, or there is no such draft;
2 usage, or policies or tables that cannot be read; 3 the trail or Slack could not be read.
`;

type Shared = { config: string; policies: string | undefined; with: string[] };
export type TestOptions = Shared & { command: 'test'; tests: string[] };
export type ExplainOptions = Shared & {
  command: 'explain';
  user: string;
  draft: string;
  incident: string | undefined;
  roles: string[] | undefined;
  at: string | undefined;
  source: SourceChoice;
  json: boolean;
};
export type PolicyOptions = TestOptions | ExplainOptions | { command: 'help' };

const OF_TEST = ['tests'];
const OF_EXPLAIN = ['user', 'draft', 'incident', 'roles', 'at', 'endpoint', 'world', 'aws', 'json'];

/** Reads the command line. @throws {UsageError} saying what was expected */
export function parsePolicyOptions(args: string[]): PolicyOptions {
  const { values, positionals } = parsed(args);
  const [command, ...words] = positionals;
  if (values.help) return { command: 'help' };
  if (command !== 'test' && command !== 'explain') {
    throw usage('run policy', 'one of test, explain', command);
  }
  const others = command === 'test' ? OF_EXPLAIN : OF_TEST;
  const stray = others.find((name) => values[name as keyof typeof values] !== undefined);
  if (stray !== undefined) throw usage(command, 'an option of that command', `--${stray}`);
  const shared = { config: values.config, policies: values.policies, with: values.with ?? [] };
  if (command === 'test') return { command, ...shared, tests: [...(values.tests ?? []), ...words] };
  if (words[0] !== undefined) throw usage(command, 'no further words', words[0]);
  return {
    command,
    ...shared,
    user: wanted('--user', values.user, /^[UW][A-Z0-9]{2,20}$/),
    draft: wanted('--draft', values.draft, /^\S{1,300}$/),
    incident:
      values.incident === undefined
        ? undefined
        : wanted('--incident', values.incident, /^inc-[a-z2-7]{16}$/),
    roles: values.roles?.split(',').filter(Boolean),
    at: values.at === undefined ? undefined : instant(values.at),
    source: sourceChoice(values),
    json: values.json ?? false,
  };
}

function parsed(args: string[]) {
  return readArgs(args, {
    config: { type: 'string', default: 'config' },
    policies: { type: 'string' },
    with: { type: 'string', multiple: true },
    tests: { type: 'string', multiple: true },
    user: { type: 'string' },
    draft: { type: 'string' },
    incident: { type: 'string' },
    roles: { type: 'string' },
    at: { type: 'string' },
    ...SOURCE_OPTIONS,
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  });
}

function wanted(option: string, given: string | undefined, shape: RegExp): string {
  if (given !== undefined && shape.test(given)) return given;
  throw usage('explain', `${option} with an id`, given);
}

function instant(given: string): string {
  const atMs = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(atMs)) throw usage('use --at', 'an RFC 3339 time', given);
  return new Date(atMs).toISOString();
}
