/**
 * `npm start`: the whole system on this machine, for a person or, with `--json`, for a program.
 *
 * Exit codes: 0 ended by SIGTERM or Ctrl-C, 2 an option, a port or the configuration is wrong.
 */
import { ConfigError } from '../config.ts';
import { pinnedGroupsOf } from './pinned-groups.ts';
import { TEAM_ID } from './slack/slack-server.ts';
import { startWorld, type World } from './world.ts';
import { removeWorldFile, writeWorldFile } from './world-file.ts';
import { parseStartOptions, type StartOptions, USAGE, UsageError } from './world-options.ts';
import { PortBusyError } from './world-ports.ts';
import { botTokenSecretName } from './world-resources.ts';

let world: World | undefined;
let isEnding = false;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end());

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${USAGE}\n`);
  else await start(options);
} catch (error) {
  const isTheirs =
    error instanceof UsageError || error instanceof PortBusyError || error instanceof ConfigError;
  const text = error instanceof Error ? (isTheirs ? error.message : error.stack) : String(error);
  process.stderr.write(`${isTheirs ? oneLine(text ?? '') : text}\n`);
  process.exit(isTheirs ? 2 : 1);
}

async function start(options: StartOptions): Promise<void> {
  const started = await startWorld(options, { writeLog: options.json ? toStderr : onlyProblems });
  world = started;
  if (isEnding) return finish(started);
  const { urls, region, credentials, tables, keys } = started.ready;
  const slack = {
    apiUrl: `${urls.slack}/api`,
    teamId: TEAM_ID,
    botTokenSecretId: botTokenSecretName('external'),
    pinnedGroups: pinnedGroupsOf(started.slack.workspace.userGroups),
  };
  writeWorldFile({ pid: process.pid, urls, region, credentials, tables, keys, slack });
  process.stdout.write(options.json ? `${JSON.stringify(started.ready)}\n` : welcome(started));
}

/** Ends once, however many signals come; a world still starting ends as soon as it has started. */
function end(): void {
  if (isEnding) return;
  isEnding = true;
  if (world) void finish(world);
}

async function finish(running: World): Promise<void> {
  removeWorldFile(process.pid);
  await running.close();
  process.exit(0);
}

function welcome({ ready: { urls } }: World): string {
  return `
Incident response is running, all of it on this machine and empty.

  Open     ${urls.page}
           fire an alert there, watch the war room fill, approve as someone else
  Send     ${urls.api}/webhooks/grafana-oncall  (your own signed alerts)
  Read     ${urls.statuspage}  (the public status page)
  Check    npm run audit -- verify
  Stop     Ctrl-C

`;
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A person wants to hear of what went wrong, not of every invocation. */
function onlyProblems(line: string): void {
  if (line.startsWith('{"level":"WARN"') || line.startsWith('{"level":"ERROR"')) toStderr(line);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
