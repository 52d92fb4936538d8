import type { Workspace } from './workspace.ts';

/** A call's arguments: form strings, with JSON fields already parsed. */
export type Args = Record<string, unknown>;

/** What a method works on. `baseUrl` is this fake's own address, for upload URLs. */
export type MethodContext = { workspace: Workspace; baseUrl: string };

/** One Web API method: returns the answer without `ok`. @throws {SlackError} */
export type Method = (context: MethodContext, args: Args) => Record<string, unknown>;

/** `true`, `"true"`, `1` and `"1"` are true, as Slack reads forms. */
export function flag(value: unknown): boolean {
  return value === true || value === 'true' || value === 1 || value === '1';
}
