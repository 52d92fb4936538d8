import { CODEOWNERS_PATHS, ownersOf } from '../../domain/code-owners.ts';
import {
  CONTEXT_VALUES_MAX,
  type ContextValue,
  type UnknownReason,
} from '../../domain/context-snapshot.ts';
import type { CodeHost, SourceAnswer } from '../../services/context-sources.ts';
import { askWithToken, type TokenSource } from '../http/ask-with-token.ts';
import { sendOnce } from '../http/send-once.ts';
import { jsonOf, withinMs } from '../http/unknown-reason.ts';
import { type Deployment, deploymentOf, deployValue, stateOf } from './deployment.ts';

/** One question, every call that it takes included. Unit: ms. */
export const GITHUB_TIMEOUT_MS = 4_000;
/** Largest answer read. GitHub ignores a CODEOWNERS file over 3 MB; ours are far smaller. */
const ANSWER_MAX_BYTES = 1_000_000;
/** Deployments asked for, and how far back they may be. */
const LISTED_MAX = 20;
const WINDOW_MS = 24 * 3_600_000;
/** Statuses of one deployment that are asked for. */
const STATUSES_MAX = 10;
/** `owner/name`, which must never lead to another place of the API. */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

export type GitHubOptions = {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  apiUrl: string;
  /** Fine-grained, with `deployments: read` and `contents: read`; or an app's installation token. */
  token: TokenSource;
  timeoutMs?: number;
};

/**
 * GitHub: recent deployments and code owners of a repository. Asks only its configured address, and
 * links lead only to the host of that. Never rejects.
 * @see https://docs.github.com/en/rest/deployments/deployments
 */
export class GitHubCodeHost implements CodeHost {
  readonly #options: Required<GitHubOptions>;
  readonly #webUrl: string;

  constructor(options: GitHubOptions) {
    this.#options = { timeoutMs: GITHUB_TIMEOUT_MS, ...options };
    this.#webUrl = webUrlOf(options.apiUrl);
  }

  async recentDeploys(of: Parameters<CodeHost['recentDeploys']>[0]): Promise<SourceAnswer> {
    const { timeoutMs } = this.#options;
    return withinMs(this.#deploys(of), timeoutMs, { status: 'unknown', reason: 'TIMED_OUT' });
  }

  async owners(of: Parameters<CodeHost['owners']>[0]): Promise<SourceAnswer> {
    const { timeoutMs } = this.#options;
    return withinMs(this.#owners(of), timeoutMs, { status: 'unknown', reason: 'TIMED_OUT' });
  }

  async #deploys(of: Parameters<CodeHost['recentDeploys']>[0]): Promise<SourceAnswer> {
    const { repository, environment, nowMs } = of;
    const query = new URLSearchParams({
      per_page: String(LISTED_MAX),
      ...(environment === undefined ? {} : { environment }),
    });
    const read = await this.#json(repository, `deployments?${query}`);
    if ('reason' in read) return { status: 'unknown', reason: read.reason };
    const listed = Array.isArray(read.json) ? read.json.map(deploymentOf) : [undefined];
    if (listed.includes(undefined)) return { status: 'unknown', reason: 'ANSWER_UNREADABLE' };
    const all = (listed as Deployment[]).sort((a, b) => b.atMs - a.atMs);
    const recent = all.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const shown = recent.slice(0, CONTEXT_VALUES_MAX);
    const values = await Promise.all(shown.map((each) => this.#shown(repository, each, all)));
    return { status: 'ok', values, more: recent.length - shown.length, isPartial: false };
  }

  /** One deployment with the newest word on how it went. */
  async #shown(
    repository: string,
    deployment: Deployment,
    all: readonly Deployment[],
  ): Promise<ContextValue> {
    const path = `deployments/${deployment.id}/statuses?per_page=${STATUSES_MAX}`;
    const read = await this.#json(repository, path);
    const state = 'reason' in read ? undefined : stateOf(read.json);
    const before = all.find(
      ({ atMs, environment, sha }) =>
        atMs < deployment.atMs && environment === deployment.environment && sha !== deployment.sha,
    );
    const at = `${this.#webUrl}/${repository}`;
    const { sha } = deployment;
    const link = before ? `${at}/compare/${before.sha}...${sha}` : `${at}/commit/${sha}`;
    return deployValue(deployment, { state, link });
  }

  async #owners(of: Parameters<CodeHost['owners']>[0]): Promise<SourceAnswer> {
    const { repository, path } = of;
    let reason: UnknownReason = 'NOT_FOUND';
    for (const place of CODEOWNERS_PATHS) {
      const read = await this.#text(repository, `contents/${place}`, 'raw+json');
      if ('reason' in read) {
        reason = read.reason;
        // Only a file that is not there leads on to the next place.
        if (reason !== 'NOT_FOUND') break;
        continue;
      }
      return ownersAnswer(ownersOf(read.text, path) ?? [], {
        label: path ?? 'all code',
        link: `${this.#webUrl}/${repository}/blob/HEAD/${place}`,
      });
    }
    return { status: 'unknown', reason };
  }

  async #json(
    repository: string,
    path: string,
  ): Promise<{ json: unknown } | { reason: UnknownReason }> {
    const read = await this.#text(repository, path, 'json');
    if ('reason' in read) return read;
    const json = jsonOf(read.text);
    return json === undefined ? { reason: 'ANSWER_UNREADABLE' } : { json };
  }

  async #text(
    repository: string,
    path: string,
    form: 'json' | 'raw+json',
  ): Promise<{ text: string } | { reason: UnknownReason }> {
    if (!REPOSITORY.test(repository)) return { reason: 'NOT_FOUND' };
    const { apiUrl, token, timeoutMs } = this.#options;
    const asked = await askWithToken({
      token,
      timeoutMs,
      ask: (bearer) =>
        sendOnce({
          url: `${apiUrl}/repos/${repository}/${path}`,
          method: 'GET',
          headers: {
            accept: `application/vnd.github.${form}`,
            authorization: `Bearer ${bearer}`,
            'x-github-api-version': '2022-11-28',
            // GitHub refuses requests without one.
            'user-agent': 'incident-response',
          },
          timeoutMs,
          answerMaxBytes: ANSWER_MAX_BYTES,
        }),
    });
    return asked.kind === 'unknown' ? { reason: asked.reason } : { text: asked.answer.text };
  }
}

function ownersAnswer(owners: string[], of: { label: string; link: string }): SourceAnswer {
  const { label, link } = of;
  const text = owners.join(' ');
  const values =
    text === '' ? [] : [{ label, value: text, before: null, id: null, at: null, link }];
  return { status: 'ok', values, more: 0, isPartial: false };
}

/** Where people look at what the API tells: github.com, or the Enterprise Server itself. */
export function webUrlOf(apiUrl: string): string {
  const { origin, host } = new URL(apiUrl);
  return host === 'api.github.com' ? 'https://github.com' : origin;
}
