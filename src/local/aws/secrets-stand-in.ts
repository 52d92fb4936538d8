import type { WorldClock } from '../world-clock.ts';
import { ACCOUNT_ID, type AwsCall, type AwsService, REGION, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';

type Input = Record<string, unknown>;

/** One version of a secret. `stages` holds `AWSCURRENT` and the like. */
type Version = { id: string; text: string; stages: Set<string>; createdAtMs: number };

type Secret = {
  name: string;
  arn: string;
  createdAtMs: number;
  changedAtMs: number;
  /** Callers that may read and write the value; undefined means every caller. */
  readers: readonly string[] | undefined;
  versions: Map<string, Version>;
};

/**
 * Secrets Manager in memory. `CreatedDate` is the world's time.
 *
 * A secret with `readers` is a world's stand-in for its IAM policy: other callers, `external`
 * among them, get `AccessDeniedException` for its value, and still see it described.
 */
export class SecretsStandIn implements AwsService {
  readonly operationPrefix = 'secretsmanager';
  readonly #clock: WorldClock;
  readonly #secrets = new Map<string, Secret>();
  #lastNumber = 0;

  constructor(deps: { clock: WorldClock }) {
    this.#clock = deps.clock;
  }

  /** @throws {AwsError} `ResourceExistsException` */
  createSecret(
    name: string,
    text: string,
    options: { readers?: readonly string[]; versionId?: string } = {},
  ): { arn: string; versionId: string } {
    if (this.#secrets.has(name)) {
      throw new AwsError('ResourceExistsException', `the secret ${name} already exists`);
    }
    this.#lastNumber += 1;
    const suffix = this.#lastNumber.toString(36).padStart(6, 'A');
    const nowMs = this.#clock.nowMs();
    const secret: Secret = {
      name,
      arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${name}-${suffix}`,
      createdAtMs: nowMs,
      changedAtMs: nowMs,
      readers: options.readers,
      versions: new Map(),
    };
    this.#secrets.set(name, secret);
    return { arn: secret.arn, versionId: this.#put(secret, text, options.versionId).id };
  }

  /** Makes `text` the current value; the old one becomes `AWSPREVIOUS`. @returns the version id */
  putSecretValue(nameOrArn: string, text: string): string {
    return this.#put(this.#find(nameOrArn), text).id;
  }

  /** The current value, in process: no call log, no faults, no readers check. */
  currentValue(nameOrArn: string): string {
    return this.#version(this.#find(nameOrArn), {}).text;
  }

  recordedArgs(_action: string, input: Input): unknown {
    const kept = ['VersionId', 'VersionStage', 'RemoveFromVersionId', 'MoveToVersionId'];
    const args: Input = { secret: input.SecretId ?? input.Name };
    for (const name of kept) if (input[name] !== undefined) args[name] = input[name];
    return args;
  }

  async perform({ action, caller, input }: AwsCall): Promise<Input> {
    switch (action) {
      case 'ListSecrets':
        return { SecretList: [...this.#secrets.values()].map(described) };
      case 'CreateSecret': {
        const versionId = input.ClientRequestToken as string | undefined;
        const options = versionId === undefined ? {} : { versionId };
        const created = this.createSecret(String(input.Name), textOf(input), options);
        return { ARN: created.arn, Name: input.Name, VersionId: created.versionId };
      }
      case 'DescribeSecret':
        return described(this.#find(input.SecretId));
      case 'ListSecretVersionIds':
        return listed(this.#find(input.SecretId), input.IncludeDeprecated === true);
      case 'GetSecretValue':
        return this.#get(this.#allowed(caller, action, input), input);
      case 'PutSecretValue': {
        const secret = this.#allowed(caller, action, input);
        const token = input.ClientRequestToken as string | undefined;
        const stages = input.VersionStages as string[] | undefined;
        const version = this.#put(secret, textOf(input), token, stages);
        return { ...identity(secret), VersionId: version.id, VersionStages: [...version.stages] };
      }
      case 'UpdateSecretVersionStage':
        return this.#moveStage(this.#allowed(caller, action, input), input);
      default:
        throw unknownOperation(`secretsmanager:${action}`);
    }
  }

  #allowed(caller: string, action: string, input: Input): Secret {
    const secret = this.#find(input.SecretId);
    if (secret.readers === undefined || secret.readers.includes(caller)) return secret;
    throw new AwsError(
      'AccessDeniedException',
      `${caller} is not authorized to perform: secretsmanager:${action} on ${secret.name}`,
    );
  }

  #find(id: unknown): Secret {
    for (const secret of this.#secrets.values()) {
      const partialArn = secret.arn.slice(0, -7);
      if (id === secret.name || id === secret.arn || id === partialArn) return secret;
    }
    throw notFound('secret');
  }

  #get(secret: Secret, input: Input): Input {
    const version = this.#version(secret, input);
    return {
      ...identity(secret),
      VersionId: version.id,
      SecretString: version.text,
      VersionStages: [...version.stages],
      CreatedDate: version.createdAtMs / 1000,
    };
  }

  #version(secret: Secret, input: Input): Version {
    const id = input.VersionId as string | undefined;
    const stage = (input.VersionStage as string | undefined) ?? (id ? undefined : 'AWSCURRENT');
    for (const version of secret.versions.values()) {
      const idMatches = id === undefined || version.id === id;
      if (idMatches && (stage === undefined || version.stages.has(stage))) return version;
    }
    throw notFound(`secret value for ${id ? `VersionId: ${id}` : `staging label: ${stage}`}`);
  }

  #put(secret: Secret, text: string, token?: string, stages: string[] = ['AWSCURRENT']): Version {
    const known = token === undefined ? undefined : secret.versions.get(token);
    if (known) {
      if (known.text === text) return known;
      throw new AwsError('ResourceExistsException', 'this version has another value already');
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber.toString(16).padStart(12, '0');
    const version: Version = {
      id: token ?? `00000000-0000-4000-9000-${number}`,
      text,
      stages: new Set(),
      createdAtMs: this.#clock.nowMs(),
    };
    secret.versions.set(version.id, version);
    secret.changedAtMs = version.createdAtMs;
    // A secret's first version is always its current one.
    const wanted = secret.versions.size === 1 ? new Set([...stages, 'AWSCURRENT']) : stages;
    for (const stage of wanted) attach(secret, stage, version);
    return version;
  }

  #moveStage(secret: Secret, input: Input): Input {
    const stage = String(input.VersionStage);
    const holder = [...secret.versions.values()].find(({ stages }) => stages.has(stage));
    const from = input.RemoveFromVersionId as string | undefined;
    const to = input.MoveToVersionId as string | undefined;
    if (from === undefined ? holder && holder.id !== to : holder?.id !== from) {
      throw new AwsError(
        'InvalidParameterException',
        `The staging label ${stage} is attached to another version; give RemoveFromVersionId.`,
      );
    }
    if (to === undefined) {
      if (stage === 'AWSCURRENT') {
        throw new AwsError('InvalidParameterException', 'AWSCURRENT can only be moved.');
      }
      holder?.stages.delete(stage);
    } else {
      const target = secret.versions.get(to);
      if (!target) throw notFound(`secret value for VersionId: ${to}`);
      attach(secret, stage, target);
    }
    secret.changedAtMs = this.#clock.nowMs();
    return identity(secret);
  }
}

/** Puts a stage on a version; when `AWSCURRENT` moves, its old holder becomes `AWSPREVIOUS`. */
function attach(secret: Secret, stage: string, version: Version): void {
  for (const other of secret.versions.values()) {
    if (other === version || !other.stages.delete(stage)) continue;
    if (stage === 'AWSCURRENT') attach(secret, 'AWSPREVIOUS', other);
  }
  version.stages.add(stage);
  if (stage === 'AWSCURRENT') version.stages.delete('AWSPREVIOUS');
}

function identity(secret: Secret): Input {
  return { ARN: secret.arn, Name: secret.name };
}

function described(secret: Secret): Input {
  const staged = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return {
    ...identity(secret),
    CreatedDate: secret.createdAtMs / 1000,
    LastChangedDate: secret.changedAtMs / 1000,
    VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, [...stages]])),
  };
}

function listed(secret: Secret, includeDeprecated: boolean): Input {
  const all = [...secret.versions.values()];
  const shown = includeDeprecated ? all : all.filter(({ stages }) => stages.size > 0);
  return {
    ...identity(secret),
    Versions: shown.map(({ id, stages, createdAtMs }) => ({
      VersionId: id,
      VersionStages: [...stages],
      CreatedDate: createdAtMs / 1000,
    })),
  };
}

function textOf(input: Input): string {
  if (typeof input.SecretString === 'string') return input.SecretString;
  throw new AwsError('InvalidParameterException', 'the local endpoint keeps SecretString only');
}

function notFound(what: string): AwsError {
  const message = `Secrets Manager can't find the specified ${what}.`;
  return new AwsError('ResourceNotFoundException', message);
}
