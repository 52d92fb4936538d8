import type { ContextValue } from '../../domain/context-snapshot.ts';
import { fieldsOf } from '../http/unknown-reason.ts';

/** One entry of `GET /repos/{owner}/{repo}/deployments`. */
export type Deployment = {
  id: number;
  sha: string;
  ref: string;
  environment: string;
  description: string;
  by: string;
  at: string;
  atMs: number;
};

/** https://docs.github.com/en/rest/deployments/statuses */
const STATES = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;
type DeployState = (typeof STATES)[number];

const STATE_WORDS: Record<DeployState, string> = {
  error: 'error',
  failure: 'failed',
  inactive: 'replaced',
  in_progress: 'in progress',
  queued: 'queued',
  pending: 'pending',
  success: 'succeeded',
};

/** Longest of any text that is looked at. Unit: UTF-16 units. */
const TEXT_MAX = 200;

/** Reads one deployment; undefined when it is none. */
export function deploymentOf(value: unknown): Deployment | undefined {
  const { id, sha, ref, environment, description, creator, created_at } = fieldsOf(value);
  const atMs = typeof created_at === 'string' ? Date.parse(created_at) : Number.NaN;
  if (!Number.isSafeInteger(id) || Number.isNaN(atMs)) return undefined;
  if (typeof sha !== 'string' || !/^[0-9a-f]{40,64}$/.test(sha)) return undefined;
  return {
    id: id as number,
    sha,
    ref: textOf(ref),
    environment: textOf(environment),
    description: textOf(description),
    by: textOf(fieldsOf(creator).login),
    at: new Date(atMs).toISOString(),
    atMs,
  };
}

/** The newest status of a list; undefined when it says none that we know. */
export function stateOf(statuses: unknown): DeployState | 'none' | undefined {
  if (!Array.isArray(statuses)) return undefined;
  if (statuses.length === 0) return 'none';
  // GitHub lists the newest first, but does not promise to.
  const newest = statuses.map(fieldsOf).reduce((a, b) => (timeOf(b) > timeOf(a) ? b : a));
  return STATES.find((known) => known === newest.state);
}

/** @param of.state - undefined: GitHub could not be asked how it went */
export function deployValue(
  { sha, ref, environment, description, by, at }: Deployment,
  of: { state: DeployState | 'none' | undefined; link: string },
): ContextValue {
  const { state, link } = of;
  const outcome =
    state === undefined
      ? 'outcome unknown'
      : state === 'none'
        ? 'outcome not told'
        : STATE_WORDS[state];
  const isCommit = sha.startsWith(ref) && ref !== '';
  const words = [
    outcome,
    ...(ref === '' || isCommit ? [] : [ref]),
    ...(by === '' ? [] : [`by ${by}`]),
    ...(description === '' ? [] : [`“${description}”`]),
  ];
  return { label: environment, value: words.join(', '), before: null, id: sha, at, link };
}

function timeOf({ created_at }: Record<string, unknown>): number {
  return typeof created_at === 'string' ? Date.parse(created_at) || 0 : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : '';
}
