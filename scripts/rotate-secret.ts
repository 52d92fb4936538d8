import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEPLOYMENT_FILE, readDeploymentParameters } from '../cdk/deployment-parameters.ts';
import { resourceNames, type SecretName } from '../cdk/resource-names.ts';
import { realSystem } from '../src/adapters/system/system.ts';
import { processEnvironment } from '../src/config.ts';
import type { Clock, Pause } from '../src/services/ports.ts';
import { SECRET_TTL_MS } from '../src/services/secret-cache.ts';
import {
  checkedValue,
  exitCodeOf,
  generatedSecret,
  hasOverlap,
  SECRET_RULES,
  secretName,
  UsageError,
} from './secret-rules.ts';
import { SecretStore, type SecretVersions } from './secret-store.ts';
import { NO_LOG, processTerminal, type Terminal } from './terminal.ts';

const HELP = `Changes one secret of a deployment, in the order in which nothing is refused.

usage: npm run rotate-secret -- <name> [--revoke [--compromised]]
                                [--deployment FILE] [--endpoint URL]

1. puts the new value; the old one stays accepted
2. waits until every function knows the new value (5 minutes)
3. says what to switch, and where
4. with --revoke, later: ends the overlap, so that the old value is refused

  --revoke           ends the overlap of a rotation whose sender has been switched
  --compromised      with --revoke: does not wait for step 2; requests may be refused meanwhile
  --deployment FILE  default ${DEPLOYMENT_FILE}
  --endpoint URL     instead of AWS, e.g. "urls.aws" of the embedded world

A webhook secret is generated; a vendor's key is asked for without echo, or read from stdin.
Interrupted? The same command goes on where it was. No value is ever printed.
`;

/** What the command needs of the world; tests bring their own. */
export type RotateDeps = {
  store: (endpoint: string | undefined) => Pick<SecretStore, 'versions' | 'put' | 'dropPrevious'>;
  terminal: Terminal;
  clock: Clock;
  pause: Pause;
  newSecret: (name: SecretName) => string;
  newToken: () => string;
};

/** How often the wait says that it is still waiting. */
const PROGRESS_MS = 30_000;

type Rotation = {
  name: SecretName;
  secretId: string;
  overlapMs: number;
  store: ReturnType<RotateDeps['store']>;
};

/** @returns the exit code: 0 done, 1 refused or failed, 2 usage */
export async function rotateSecret(args: string[], deps: RotateDeps): Promise<number> {
  const { terminal } = deps;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        deployment: { type: 'string', default: DEPLOYMENT_FILE },
        endpoint: { type: 'string' },
        revoke: { type: 'boolean', default: false },
        compromised: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      terminal.say(HELP);
      return 0;
    }
    if (positionals.length > 1) throw new UsageError('expected one secret at a time');
    if (values.compromised && !values.revoke) throw new UsageError('expected --revoke as well');
    const name = secretName(positionals[0]);
    const parameters = readDeploymentParameters(resolve(values.deployment));
    const rotation: Rotation = {
      name,
      secretId: resourceNames(parameters.deploymentId).secret(name),
      overlapMs: parameters.webhookSecretOverlapS * 1000,
      store: deps.store(values.endpoint),
    };
    const versions = await rotation.store.versions(rotation.secretId);
    if (values.revoke) return await revoke(rotation, versions, values.compromised, deps);
    return await rotate(rotation, versions, deps);
  } catch (error) {
    terminal.complain(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

async function rotate(of: Rotation, versions: SecretVersions, deps: RotateDeps): Promise<number> {
  const { terminal, clock } = deps;
  const { name, secretId, store } = of;
  if (!versions.current) {
    terminal.complain(`cannot rotate ${name}: expected a value, got none; run seed-secrets first`);
    return 1;
  }
  if (SECRET_RULES[name].origin === 'generated' && of.overlapMs <= SECRET_TTL_MS) {
    terminal.complain(
      `cannot rotate ${name}: expected webhookSecretOverlapS over ${SECRET_TTL_MS / 1000}, ` +
        `got ${of.overlapMs / 1000}: the sender would be refused before it can be switched`,
    );
    return 1;
  }
  let createdAtMs = versions.current.createdAtMs;
  if (isUnderWay(of, versions, clock)) {
    // Putting a third value would push out the one that the sender still uses.
    terminal.say(`${name}: a rotation is under way; going on with it`);
  } else {
    await store.put(secretId, await newValue(name, deps), deps.newToken());
    createdAtMs = clock.nowMs();
    terminal.say(`${name}: the new value is stored; the old one stays accepted`);
  }
  await waitUntilKnown(createdAtMs, deps);
  terminal.say(nextSteps(of));
  return 0;
}

/** A rotation is over when the old value is no longer accepted, or was revoked. */
function isUnderWay(of: Rotation, versions: SecretVersions, clock: Clock): boolean {
  if (!versions.previousVersionId || !versions.current) return false;
  const acceptedForMs = hasOverlap(of.name) ? of.overlapMs : SECRET_TTL_MS;
  return clock.nowMs() - versions.current.createdAtMs < acceptedForMs;
}

async function newValue(name: SecretName, { terminal, newSecret }: RotateDeps): Promise<string> {
  const rule = SECRET_RULES[name];
  if (rule.origin === 'generated') return newSecret(name);
  const given = terminal.interactive
    ? await terminal.askHidden(`the new value, from ${rule.where}: `)
    : await terminal.piped();
  return checkedValue(name, given);
}

/** Waits out the functions' secret cache. Clocks that disagree make it no longer than that. */
async function waitUntilKnown(createdAtMs: number, deps: RotateDeps): Promise<void> {
  const { clock, pause, terminal } = deps;
  const startedAtMs = clock.nowMs();
  const knownAtMs = Math.min(createdAtMs, startedAtMs) + SECRET_TTL_MS;
  for (let left = knownAtMs - startedAtMs; left > 0; left = knownAtMs - clock.nowMs()) {
    terminal.say(`waiting ${Math.ceil(left / 1000)} s until every function knows it`);
    await pause.forMs(Math.min(left, PROGRESS_MS));
  }
}

function nextSteps({ name, secretId, overlapMs }: Rotation): string {
  const rule = SECRET_RULES[name];
  const then = `then:  npm run rotate-secret -- ${name} --revoke`;
  if (rule.origin === 'vendor') {
    return [
      `${name}: every function uses the new value.`,
      `now:   revoke the old value where it came from, if that is not done: ${rule.where}`,
      then,
    ].join('\n');
  }
  return [
    `${name}: every function accepts the new value.`,
    `The old one is accepted until ${overlapMs / 3_600_000} h after the change.`,
    `now:   switch ${rule.sender}. The value, for your clipboard and nowhere else:`,
    `       aws secretsmanager get-secret-value --secret-id ${secretId} \\`,
    '         --query SecretString --output text',
    then,
  ].join('\n');
}

async function revoke(
  { name, secretId, store }: Rotation,
  { current, previousVersionId }: SecretVersions,
  compromised: boolean,
  { terminal, clock }: RotateDeps,
): Promise<number> {
  if (!current || !previousVersionId) {
    terminal.say(`${name}: nothing to revoke, only one value is accepted`);
    return 0;
  }
  const ageMs = clock.nowMs() - current.createdAtMs;
  if (ageMs < SECRET_TTL_MS && !compromised) {
    terminal.complain(
      `cannot revoke the old ${name}: expected the new one to be known to every function, ` +
        `${SECRET_TTL_MS / 1000} s after it was stored, got ${Math.floor(ageMs / 1000)} s; ` +
        'wait, or add --compromised',
    );
    return 1;
  }
  await store.dropPrevious(secretId, previousVersionId);
  terminal.say(
    `${name}: revoked; the old value is refused within ${SECRET_TTL_MS / 60_000} minutes`,
  );
  return 0;
}

if (import.meta.main) {
  const { clock, pause, ids } = realSystem(NO_LOG);
  process.exitCode = await rotateSecret(process.argv.slice(2), {
    store: (endpoint) => new SecretStore(processEnvironment(), endpoint),
    terminal: processTerminal(),
    clock,
    pause,
    newSecret: generatedSecret,
    newToken: () => ids.unique(),
  });
}
