import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEPLOYMENT_FILE, readDeploymentParameters } from '../cdk/deployment-parameters.ts';
import { resourceNames, SECRET_NAMES, type SecretName } from '../cdk/resource-names.ts';
import { wantedSecrets } from '../cdk/wanted-secrets.ts';
import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import {
  checkedValue,
  exitCodeOf,
  generatedSecret,
  SECRET_RULES,
  UsageError,
} from './secret-rules.ts';
import { SecretStore } from './secret-store.ts';
import { NO_LOG, processTerminal, type Terminal } from './terminal.ts';

const HELP = `Puts the first value into each secret of a deployment.

usage: npm run seed-secrets -- [--deployment FILE] [--endpoint URL]

  --deployment FILE  default ${DEPLOYMENT_FILE}
  --endpoint URL     instead of AWS, e.g. "urls.aws" of the embedded world

Webhook secrets are generated. Vendors' keys are asked for without echo, or read from stdin, one a
line: slack-signing=…, slack-bot-token=…, statuspage-api-key=…, pagerduty=…, grafana-irm=…
Without PagerDuty or Grafana IRM leave its key empty: its path is closed until you rotate the secret.
A secret that has a value keeps it: safe to repeat. To change one use "npm run rotate-secret".
No value is ever printed.
`;

/** What the command needs of the world; tests bring their own. */
export type SeedDeps = {
  store: (endpoint: string | undefined) => Pick<SecretStore, 'versions' | 'put'>;
  terminal: Terminal;
  newSecret: (name: SecretName) => string;
  newToken: () => string;
};

/** How often a mistyped value is asked for again. */
const ASKS_MAX = 3;

/**
 * Gives every secret without a value its first one.
 *
 * Piped values are all checked before the first is stored.
 * @returns the exit code: 0 all secrets have values, 1 some are missing, 2 usage
 */
export async function seedSecrets(args: string[], deps: SeedDeps): Promise<number> {
  const { terminal } = deps;
  try {
    const { values } = parseArgs({
      args,
      options: {
        deployment: { type: 'string', default: DEPLOYMENT_FILE },
        endpoint: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      terminal.say(HELP);
      return 0;
    }
    const parameters = readDeploymentParameters(resolve(values.deployment));
    const names = resourceNames(parameters.deploymentId);
    const given = terminal.interactive ? new Map() : parsePiped(await terminal.piped());
    const store = deps.store(values.endpoint);
    const missing: SecretName[] = [];
    for (const name of wantedSecrets(parameters)) {
      const secretId = names.secret(name);
      if ((await store.versions(secretId)).current) {
        terminal.say(`${name}: kept, it has a value`);
        continue;
      }
      const value = await firstValue(name, given, deps);
      if (value === undefined) {
        terminal.say(`${name}: still missing, from ${whereFrom(name)}`);
        missing.push(name);
        continue;
      }
      await store.put(secretId, value.text, deps.newToken());
      terminal.say(`${name}: stored as ${secretId}${nextStep(name, value)}`);
    }
    return missing.length === 0 ? 0 : 1;
  } catch (error) {
    terminal.complain(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

function parsePiped(text: string): Map<SecretName, string> {
  const given = new Map<SecretName, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = line.indexOf('=');
    // The line may hold nothing but a secret, so it is named by number.
    if (at < 1) throw new UsageError(`cannot read line ${index + 1}: expected name=value`);
    const name = SECRET_NAMES.find((known) => known === line.slice(0, at).trim());
    if (!name || SECRET_RULES[name].origin !== 'vendor') {
      throw new UsageError(`cannot read line ${index + 1}: expected the name of a vendor's key`);
    }
    given.set(name, checkedValue(name, line.slice(at + 1)));
  }
  return given;
}

/** `isClosed`: a value that nobody knows, for a sender that this deployment does not have. */
type FirstValue = { text: string; isClosed: boolean };

async function firstValue(
  name: SecretName,
  given: ReadonlyMap<SecretName, string>,
  deps: SeedDeps,
): Promise<FirstValue | undefined> {
  const rule = SECRET_RULES[name];
  if (rule.origin === 'generated') return { text: deps.newSecret(name), isClosed: false };
  const text = deps.terminal.interactive ? await askFor(name, deps) : given.get(name);
  if (text !== undefined) return { text, isClosed: false };
  // A path without any value would be an outage that a stranger can cause by asking for it.
  return rule.isWebhook ? { text: deps.newSecret(name), isClosed: true } : undefined;
}

async function askFor(name: SecretName, { terminal }: SeedDeps): Promise<string | undefined> {
  for (let asked = 0; asked < ASKS_MAX; asked += 1) {
    const answer = await terminal.askHidden(`${name}, from ${whereFrom(name)} (empty: later): `);
    if (answer.trim() === '') return undefined;
    try {
      return checkedValue(name, answer);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      terminal.complain(error.message);
    }
  }
  return undefined;
}

function whereFrom(name: SecretName): string {
  const rule = SECRET_RULES[name];
  return rule.origin === 'vendor' ? rule.where : 'this command';
}

function nextStep(name: SecretName, { isClosed }: FirstValue): string {
  const rule = SECRET_RULES[name];
  if (isClosed) return `, closed: open it with "npm run rotate-secret -- ${name}"`;
  return rule.origin === 'generated' ? `; give it to ${rule.sender}` : '';
}

if (import.meta.main) {
  const { ids } = realSystem(NO_LOG);
  process.exitCode = await seedSecrets(process.argv.slice(2), {
    store: (endpoint) => new SecretStore(processEnvironment(), endpoint),
    terminal: processTerminal(),
    newSecret: generatedSecret,
    newToken: () => ids.unique(),
  });
}
