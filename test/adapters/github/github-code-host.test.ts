import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GitHubCodeHost, webUrlOf } from '../../../src/adapters/github/github-code-host.ts';
import { type EmbeddedGitHub, startGitHub } from '../../../src/local/github/github-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

const clock = new WorldClock();
let github: EmbeddedGitHub;
beforeAll(async () => {
  github = await startGitHub({ clock, tokens: { github_pat_one: 'incident-worker' } });
});
beforeEach(() => github.board.clearCalls());
afterEach(async () => {
  github.board.clearFaults();
  await fetch(`${github.url}/_world/repositories`, { method: 'DELETE' });
});
afterAll(async () => {
  await github.close();
  clock.close();
});

const host = (of: { token?: string; timeoutMs?: number } = {}) =>
  new GitHubCodeHost({
    apiUrl: github.url,
    token: async () => of.token ?? 'github_pat_one',
    ...(of.timeoutMs === undefined ? {} : { timeoutMs: of.timeoutMs }),
  });
const deploys = (repository: string, of: { environment?: string; timeoutMs?: number } = {}) =>
  host(of).recentDeploys({ repository, environment: of.environment, nowMs: clock.nowMs() });
const owners = (repository: string, path: string | null = null) =>
  host().owners({ repository, path });
const put = async (what: 'deployments' | 'files', seed: unknown) =>
  fetch(`${github.url}/_world/${what}`, { method: 'POST', body: JSON.stringify(seed) });

const NEW = '4be19c0f2a7d5e8136b09f4c2d7a1e5580c3f6b9';
const OLD = 'a07c35d9e1f2486bb5c80d9e7f1a2b3c4d5e6f70';

describe('GitHubCodeHost.recentDeploys()', () => {
  it('tells what was deployed, how it went, and links what it changed', async () => {
    const answer = await deploys('acme/checkout-api', { environment: 'production' });
    expect(answer).toEqual({
      status: 'ok',
      values: [
        {
          label: 'production',
          value: 'succeeded, main, by jonas-berg, “Retry card authorisation on time-out”',
          before: null,
          id: NEW,
          at: expect.stringMatching(/Z$/),
          link: `${github.url}/acme/checkout-api/compare/${OLD}...${NEW}`,
        },
        {
          label: 'production',
          value: 'replaced, main, by maya-ito',
          before: null,
          id: OLD,
          at: expect.stringMatching(/Z$/),
          link: `${github.url}/acme/checkout-api/commit/${OLD}`,
        },
      ],
      more: 0,
      isPartial: false,
    });
  });

  it('has an answer for a repository from which nothing was deployed', async () => {
    expect(await deploys('acme/web-frontend')).toMatchObject({ status: 'ok', values: [] });
  });

  it('leaves out other environments and what is older than a day, and counts the rest', async () => {
    const one = (ageS: number, environment = 'production') => ({ sha: OLD, ageS, environment });
    const deployments = [
      ...[1, 2, 3, 4, 5, 6, 7].map((minutes) => one(minutes * 60)),
      one(90, 'staging'),
      one(86_460),
    ];
    await put('deployments', { repository: 'acme/many', deployments });
    const answer = await deploys('acme/many', { environment: 'production' });
    expect(answer).toMatchObject({ status: 'ok', more: 2 });
    expect(answer.status === 'ok' && answer.values).toHaveLength(5);
  });

  it('says so when it cannot be asked how a deployment went', async () => {
    github.board.plan({ match: 'list_deployment_statuses', times: 0, status: 500 });
    expect(await deploys('acme/payments-worker')).toMatchObject({
      values: [{ value: 'outcome unknown, main, by jonas-berg' }],
    });
  });

  it.each([
    [{ status: 401 }, 'UNAUTHORIZED'],
    [{ status: 403 }, 'FORBIDDEN'],
    [{ status: 403, retryAfterS: 60 }, 'RATE_LIMITED'],
    [{ status: 429 }, 'RATE_LIMITED'],
    [{ status: 301 }, 'UNAVAILABLE'],
    [{ status: 500 }, 'UNAVAILABLE'],
    [{ answer: 'drop' }, 'UNREACHABLE'],
  ])('%j is unknown: %s', async (fault, reason) => {
    github.board.plan({ match: 'list_deployments', times: 0, ...fault });
    expect(await deploys('acme/checkout-api')).toEqual({ status: 'unknown', reason });
  });

  it.each(['acme/unheard-of', 'acme/..', '../etc', 'acme/a/b', 'acme/x?y', 'acme', ''])(
    'does not find “%s”: NOT_FOUND',
    async (repository) => {
      expect(await deploys(repository)).toEqual({ status: 'unknown', reason: 'NOT_FOUND' });
    },
  );

  it('keeps to one deadline for all its calls: TIMED_OUT', async () => {
    github.board.plan({ match: 'list_deployment_statuses', times: 0, answer: 'never' });
    expect(await deploys('acme/checkout-api', { timeoutMs: 100 })).toEqual({
      status: 'unknown',
      reason: 'TIMED_OUT',
    });
  });

  it('is refused with another token: UNAUTHORIZED', async () => {
    const answer = await host({ token: 'github_pat_two' }).recentDeploys({
      repository: 'acme/checkout-api',
      nowMs: clock.nowMs(),
    });
    expect(answer).toEqual({ status: 'unknown', reason: 'UNAUTHORIZED' });
  });

  it('cannot read a commit that is none: ANSWER_UNREADABLE', async () => {
    const deployments = [{ sha: '../../x', ageS: 60 }];
    await put('deployments', { repository: 'acme/odd', deployments });
    expect(await deploys('acme/odd')).toEqual({ status: 'unknown', reason: 'ANSWER_UNREADABLE' });
  });
});

describe('GitHubCodeHost.owners()', () => {
  it.each([
    ['acme/checkout-api', 'src/payments/', '@acme/payments @acme/checkout', '.github/CODEOWNERS'],
    ['acme/checkout-api', null, '@acme/checkout', '.github/CODEOWNERS'],
    ['acme/payments-worker', null, '@acme/payments', 'CODEOWNERS'],
    ['acme/web-frontend', null, '@acme/web maya.ito@example.com', 'docs/CODEOWNERS'],
  ])('names the owners in %s of %s', async (repository, path, value, file) => {
    expect(await owners(repository, path)).toEqual({
      status: 'ok',
      values: [
        {
          ...{ label: path ?? 'all code', value, before: null, id: null, at: null },
          link: `${github.url}/${repository}/blob/HEAD/${file}`,
        },
      ],
      more: 0,
      isPartial: false,
    });
  });

  it('has an answer when the file names nobody', async () => {
    await put('files', { repository: 'acme/free', files: { CODEOWNERS: '/src/ @acme/src' } });
    expect(await owners('acme/free')).toMatchObject({ status: 'ok', values: [] });
  });

  it('calls owners unknown when there is no file, or none that the token may see', async () => {
    await put('files', { repository: 'acme/free', files: {} });
    expect(await owners('acme/free')).toEqual({ status: 'unknown', reason: 'NOT_FOUND' });
    expect(github.board.calls().counts.get_contents).toBe(3);
  });

  it('does not take the next file for one that could not be read', async () => {
    github.board.plan({ match: 'get_contents', status: 503 });
    expect(await owners('acme/payments-worker')).toEqual({
      status: 'unknown',
      reason: 'UNAVAILABLE',
    });
    expect(github.board.calls().counts.get_contents).toBe(1);
  });

  it('reads a million bytes and no more: ANSWER_TOO_LARGE', async () => {
    const files = { CODEOWNERS: '# x\n'.repeat(260_000) };
    await put('files', { repository: 'acme/large', files });
    expect(await owners('acme/large')).toEqual({ status: 'unknown', reason: 'ANSWER_TOO_LARGE' });
  });
});

describe('webUrlOf()', () => {
  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://git.example.com/api/v3', 'https://git.example.com'],
  ])('people look at what %s tells at %s', (apiUrl, webUrl) => {
    expect(webUrlOf(apiUrl)).toBe(webUrl);
  });
});
