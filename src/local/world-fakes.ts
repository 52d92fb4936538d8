import { type EmbeddedAws, startAws } from './aws/aws-server.ts';
import { PAGE_ID, ROOT_COMMAND } from './function-environments.ts';
import { mayCall } from './function-permissions.ts';
import { type EmbeddedGitHub, startGitHub } from './github/github-server.ts';
import { type EmbeddedGrafana, startGrafana } from './grafana/grafana-server.ts';
import { type EmbeddedOncall, startOncall } from './oncall/oncall-server.ts';
import { type EmbeddedSlack, startSlack } from './slack/slack-server.ts';
import { type EmbeddedStatuspage, startStatuspage } from './statuspage/statuspage-server.ts';
import { type EmbeddedWorkOs, startWorkOs } from './workos/workos-server.ts';
import type { WorldClock } from './world-clock.ts';
import { onPort } from './world-ports.ts';
import { type Identities, SECRET_NAMES } from './world-resources.ts';

/** Everything the product talks to. */
export type Fakes = {
  aws: EmbeddedAws;
  slack: EmbeddedSlack;
  statuspage: EmbeddedStatuspage;
  oncall: EmbeddedOncall;
  grafana: EmbeddedGrafana;
  github: EmbeddedGitHub;
  workos: EmbeddedWorkOs;
};

/** What the fakes are started with. */
export type FakesOptions = {
  /** Of the page; 0 picks free ports. */
  port: number;
  limits: 'on' | 'off';
  clock: WorldClock;
  identities: Identities;
  components: readonly { id: string; name: string }[];
  /** Ends a function's process; undefined when functions run inline. */
  kill: ((caller: string) => void) | undefined;
  /** The product's HTTP API; asked only when Slack sends something. */
  apiUrl: () => string;
  /** Told how to end each server, as it starts. */
  onStarted: (close: () => Promise<void>) => void;
};

/** Starts AWS, Slack, Statuspage and OnCall. @throws {PortBusyError} `PORT_BUSY` */
export async function startFakes(options: FakesOptions): Promise<Fakes> {
  const { port, clock, identities, kill, limits, onStarted } = options;
  const aws = await onPort(port, 'aws', (own) =>
    startAws({ clock, port: own, kill, callers: callersOf(identities), authorize: mayCall }),
  );
  onStarted(aws.close);
  const slack = await onPort(port, 'slack', (own) =>
    startSlack({
      clock,
      port: own,
      limits: limits === 'on',
      ...(kill ? { kill } : {}),
      tokens: Object.fromEntries(
        Object.entries(identities.botTokens).map(([name, token]) => [token, name]),
      ),
      signingSecrets: () => aws.secrets.currentValue(SECRET_NAMES.slackSigning),
      command: ROOT_COMMAND,
      targets: () => ({
        commands: `${options.apiUrl()}/slack/commands`,
        interactions: `${options.apiUrl()}/slack/interactions`,
        events: `${options.apiUrl()}/slack/events`,
      }),
    }),
  );
  onStarted(slack.close);
  const statuspage = await onPort(port, 'statuspage', (own) =>
    startStatuspage({
      clock,
      port: own,
      limits,
      kill,
      tokens: { [identities.statuspageApiKey]: 'publisher' },
      pageId: PAGE_ID,
      components: options.components,
    }),
  );
  onStarted(statuspage.close);
  const oncall = await onPort(port, 'oncall', (own) =>
    startOncall({
      clock,
      port: own,
      limits,
      kill,
      tokens: Object.fromEntries(
        Object.entries(identities.oncallTokens).map(([name, token]) => [token, name]),
      ),
    }),
  );
  onStarted(oncall.close);
  oncall.groups.knowSample();
  const { grafana, github } = await startContextFakes(options);
  const workos = await onPort(port, 'workos', (own) =>
    startWorkOs({
      clock,
      port: own,
      limits,
      kill,
      tokens: { [identities.workosKey]: 'incident-worker' },
    }),
  );
  onStarted(workos.close);
  return { aws, slack, statuspage, oncall, grafana, github, workos };
}

/** What an incident's context is read from. */
async function startContextFakes(
  options: FakesOptions,
): Promise<Pick<Fakes, 'grafana' | 'github'>> {
  const { port, clock, kill, identities, onStarted } = options;
  const tokensOf = (token: string) => ({ [token]: 'incident-worker' });
  const grafana = await onPort(port, 'grafana', (own) =>
    startGrafana({ clock, port: own, kill, tokens: tokensOf(identities.grafanaToken) }),
  );
  onStarted(grafana.close);
  const github = await onPort(port, 'github', (own) =>
    startGitHub({ clock, port: own, kill, tokens: tokensOf(identities.githubToken) }),
  );
  onStarted(github.close);
  return { grafana, github };
}

function callersOf(identities: Identities): Record<string, string> {
  return Object.fromEntries(
    Object.entries(identities.accessKeys).map(([name, { accessKeyId }]) => [accessKeyId, name]),
  );
}
