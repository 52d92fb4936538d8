import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../config.ts';
import { isTimeZone } from '../../domain/calendar.ts';
import {
  APPROVAL_STEP_MIN_S,
  DEFAULT_APPROVAL_TIMES,
  problemOfTimes,
} from '../../domain/escalation.ts';
import { canonicalSha256Hex } from '../../domain/ids.ts';
import { COMPONENTS_MAX, DRAFT_VALID_FOR_S } from '../../domain/limits.ts';
import type { Routing } from '../../domain/routing.ts';
import { SEVERITIES } from '../../domain/severity.ts';
import { SERVICE_CONTEXT } from './service-context.ts';

const name = z.string().min(1).max(80);
const labels = z.record(z.string().min(1).max(200), z.string().max(1_000));

/** Seconds that a draft may wait. */
const waitS = z.int().min(APPROVAL_STEP_MIN_S).max(DRAFT_VALID_FOR_S);

/** The shape of routing.json; `config/routing.schema.json` says the same to editors. */
export const ROUTING_SCHEMA = z.strictObject({
  $schema: z.string().optional(),
  services: z
    .array(
      z.strictObject({
        name,
        aliases: z
          .array(name)
          .max(20)
          .default([])
          .describe('What else people call it; declare and service know it by these'),
        match: z.strictObject({
          labels,
          integrationIds: z.array(name).max(100),
          teams: z.array(name).max(100),
        }),
        responders: z.array(z.strictObject({ email: z.email() })).max(100),
        directoryGroups: z
          .array(z.string().regex(/^directory_group_[0-9A-Za-z]{1,40}$/))
          .max(10)
          .default([])
          .describe('Groups of the WorkOS directory whose members are called, by id'),
        slackUserGroups: z
          .array(name)
          .max(10)
          .default([])
          .describe('Slack user groups whose members are called, by handle'),
        components: z.array(name).max(COMPONENTS_MAX),
        context: SERVICE_CONTEXT.optional(),
      }),
    )
    .max(1_000),
  severity: z.array(z.strictObject({ labels, is: z.enum(SEVERITIES) })).max(100),
  components: z.array(z.strictObject({ id: name, name })).max(COMPONENTS_MAX),
  roles: z.record(name, z.strictObject({ slackUserGroups: z.array(name).min(1).max(20) })),
  fallback: z
    .strictObject({ slackUserGroups: z.array(name).max(20).default([]) })
    .prefault({})
    .describe('Who is invited when nobody else could be'),
  checklist: z.array(z.string().min(1).max(140)).max(10),
  join: z
    .enum(['open', 'ask', 'closed'])
    .default('open')
    .describe('Members who were not called: join at a click, ask the room, or only who is called'),
  storm: z.strictObject({ incidents: z.int().min(1), windowS: z.int().min(1) }),
  timeZone: z
    .string()
    .max(80)
    .refine(isTimeZone, 'expected an IANA time zone such as Europe/Lisbon')
    .default('UTC')
    .describe('IANA name of the zone whose clock the approval policy reads'),
  identity: z
    .strictObject({
      foldPlusAddresses: z
        .boolean()
        .default(true)
        .describe('Takes name+tag@ for name@ when it compares the addresses of two accounts'),
    })
    .prefault({})
    .describe('How the account of an approver is told apart from that of an author'),
  approvals: z
    .strictObject({
      remindAfterS: waitS.default(DEFAULT_APPROVAL_TIMES.remindAfterS),
      widenAfterS: waitS.default(DEFAULT_APPROVAL_TIMES.widenAfterS),
      pageAfterS: waitS.default(DEFAULT_APPROVAL_TIMES.pageAfterS),
    })
    .superRefine((times, context) => {
      const message = problemOfTimes(times);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .prefault({})
    .describe('Seconds a draft waits before approvers are reminded, more invited, everybody told'),
});

/** `ROUTING_SCHEMA` for editors: what `config/routing.schema.json` must hold, which a test checks. */
export function routingJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(ROUTING_SCHEMA, { io: 'input' }),
    title: 'Which alert concerns which service, people, components and severity',
  };
}

/** Everything in the configuration folder, checked. */
export type DeploymentConfig = {
  routing: Routing;
  policies: PolicyFiles;
  pinnedGroups: Record<string, string>;
};
/** Policy files by name, and the digest that stands in every approval. */
export type PolicyFiles = { files: Record<string, string>; digest: string };

/** Of a configuration folder: ids of the chat's user groups by handle, as `pin-groups` wrote them. */
export const PINNED_GROUPS_FILE = 'user-groups.json';
const PINNED_GROUPS = z.record(name, z.string().regex(/^S[A-Z0-9]{2,20}$/, 'expected a group id'));

/**
 * Reads the file that pins user groups. One that is not there pins none.
 * @throws {ConfigError} with file, path and reason
 */
export function loadPinnedGroups(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  return checkedJson(file, PINNED_GROUPS);
}

/**
 * Reads and checks `routing.json`, `policies/` and `user-groups.json` of a folder.
 * @throws {ConfigError} with file, path inside it and reason
 */
export function loadDeploymentConfig(folder: string): DeploymentConfig {
  return {
    routing: loadRouting(folder),
    policies: loadPolicyFiles(folder),
    pinnedGroups: loadPinnedGroups(join(folder, PINNED_GROUPS_FILE)),
  };
}

/** Of the routing, what a policy is checked against and told. */
export function policySurroundings({ roles, timeZone }: Routing) {
  return { roles: Object.keys(roles), timeZone };
}

/** @throws {ConfigError} with file, path and reason */
export function loadRouting(folder: string): Routing {
  const file = join(folder, 'routing.json');
  const { $schema: _schema, ...routing } = checkedJson(file, ROUTING_SCHEMA);
  const known = new Set(routing.components.map((component) => component.id));
  for (const [index, service] of routing.services.entries()) {
    const unknown = service.components.find((id) => !known.has(id));
    if (unknown !== undefined) {
      throw new ConfigError(
        `cannot read ${file}: at services.${index}.components: expected an id listed in ` +
          `components, got ${unknown}`,
      );
    }
  }
  return routing;
}

/** @throws {ConfigError} with file, path and reason */
function checkedJson<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${(error as Error).message}`);
  }
  const checked = schema.safeParse(parsed);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw new ConfigError(
    `cannot read ${file}: at ${issue?.path.join('.') || '(top)'}: ${issue?.message}`,
  );
}

/** @throws {ConfigError} when the folder is missing or holds no policy */
export function loadPolicyFiles(folder: string): PolicyFiles {
  return readPolicyFiles(join(folder, 'policies'));
}

/**
 * Reads every file of a folder of policies, and further files as if they lay in it.
 * @throws {ConfigError} as `loadPolicyFiles`, and for a further file of a name that is taken
 */
export function readPolicyFiles(policies: string, further: readonly string[] = []): PolicyFiles {
  let names: string[];
  try {
    // Every file counts: one that is not read today may be imported by tomorrow's policy.
    const entries = readdirSync(policies, { withFileTypes: true });
    names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    throw new ConfigError(`cannot read ${policies}: ${(error as Error).message}`);
  }
  if (!names.some((file) => file.endsWith('.cedar'))) {
    throw new ConfigError(`cannot read ${policies}: expected at least one .cedar file, got none`);
  }
  const files: Record<string, string> = {};
  for (const file of names.sort()) files[file] = readFileSync(join(policies, file), 'utf8');
  for (const file of further) {
    const name = basename(file);
    if (files[name] !== undefined) {
      throw new ConfigError(`cannot add ${file}: ${policies} holds a file of this name`);
    }
    try {
      files[name] = readFileSync(file, 'utf8');
    } catch (error) {
      throw new ConfigError(`cannot read ${file}: ${(error as Error).message}`);
    }
  }
  return { files, digest: canonicalSha256Hex(files) };
}
