import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadPinnedGroups,
  loadRouting,
  PINNED_GROUPS_FILE,
} from '../src/adapters/files/deployment-config.ts';
import { realSystem } from '../src/adapters/system/system.ts';
import { ConfigError, processEnvironment } from '../src/config.ts';
import type { Routing } from '../src/domain/routing.ts';
import { composeChat } from '../src/handlers/compose-people.ts';
import { readWorldFile } from '../src/local/world-file.ts';
import type { AuditDeps } from './audit.ts';
import { readArgs, UsageError } from './command-line.ts';
import { slackOf } from './policy-source.ts';
import { NO_LOG } from './terminal.ts';

const HELP = `Pins the Slack user groups of a configuration: writes the id of each into ${PINNED_GROUPS_FILE}.

usage: npm run pin-groups -- [--config DIR] [--move HANDLE]… [--endpoint URL]

  --config DIR     folder of routing.json. Default: config
  --move HANDLE    pins this handle anew, though it names another group by now
  --endpoint URL   instead of AWS, e.g. "urls.aws" of the embedded world

Slack is asked with the deployment's bot token: SLACK_TEAM_ID and SLACK_BOT_TOKEN_SECRET_ID.
A handle that is pinned keeps its id: safe to repeat. What is pinned counts once it is deployed.
Exit codes: 0 all are pinned; 1 a group is missing or has moved, or Slack could not be read; 2 usage.
`;

/** @returns the exit code */
export async function pinGroups(args: string[], deps: AuditDeps): Promise<number> {
  try {
    const { values } = readArgs(args, {
      config: { type: 'string', default: 'config' },
      move: { type: 'string', multiple: true },
      endpoint: { type: 'string' },
      help: { type: 'boolean' },
    });
    if (values.help) {
      deps.out(HELP);
      return 0;
    }
    const { config, endpoint, move = [] } = values;
    const handles = handlesOf(loadRouting(config));
    const file = join(config, PINNED_GROUPS_FILE);
    const before = loadPinnedGroups(file);
    const { access, slack } = slackOf(
      { source: { endpoint }, config },
      worldAt(endpoint, deps),
      deps,
    );
    const ids = await composeChat({ access, slack }).groupIds(handles);
    const { pinned, problems } = pinnedNow({ handles, before, ids, move });
    for (const problem of problems) deps.err(`${problem}\n`);
    const text = `${JSON.stringify(pinned, null, 2)}\n`;
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
    for (const [handle, id] of Object.entries(pinned)) deps.out(`@${handle} ${id}\n`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

/** Every user group that a configuration names. */
function handlesOf({ roles, fallback, services }: Routing): string[] {
  const named = [...Object.values(roles), fallback, ...services];
  return [...new Set(named.flatMap((one) => one.slackUserGroups ?? []))].sort();
}

function pinnedNow(of: {
  handles: readonly string[];
  before: Readonly<Record<string, string>>;
  ids: ReadonlyMap<string, string>;
  move: readonly string[];
}): { pinned: Record<string, string>; problems: string[] } {
  const pinned: Record<string, string> = {};
  const problems: string[] = [];
  for (const handle of of.handles) {
    const [was, is] = [of.before[handle], of.ids.get(handle)];
    const moved = was !== undefined && is !== undefined && was !== is;
    const kept = moved && !of.move.includes(handle);
    if (kept) {
      problems.push(
        `@${handle} was pinned as ${was} and is ${is} now. If that is right: --move ${handle}`,
      );
    } else if (was === undefined && is === undefined) {
      problems.push(`@${handle}: expected a user group of that handle, got none`);
    }
    const id = kept ? was : (is ?? was);
    if (id !== undefined) pinned[handle] = id;
  }
  return { pinned, problems };
}

/** The running embedded world, unless the endpoint names something else. */
function worldAt(endpoint: string | undefined, deps: Pick<AuditDeps, 'world'>) {
  const world = deps.world();
  return endpoint === undefined || endpoint === world?.urls.aws ? world : undefined;
}

if (import.meta.main) {
  process.exitCode = await pinGroups(process.argv.slice(2), {
    environment: processEnvironment(),
    world: readWorldFile,
    clock: realSystem(NO_LOG).clock,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
