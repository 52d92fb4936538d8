import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, startGitHub } from '../../../src/local/github/github-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

const clock = new WorldClock();
let github: EmbeddedGitHub;
beforeAll(async () => {
  github = await startGitHub({ clock, tokens: { ghs_one: 'incident-worker' } });
});
beforeEach(() => control('/_world/repositories', undefined, 'DELETE'));
afterAll(async () => {
  await github.close();
  clock.close();
});

const HEADERS = { authorization: 'Bearer ghs_one', 'user-agent': 'test' };
const get = async (path: string, headers: Record<string, string> = HEADERS) => {
  const response = await fetch(`${github.url}${path}`, { headers });
  const text = await response.text();
  const left = response.headers.get('x-ratelimit-remaining');
  return { status: response.status, left, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
};
const control = (path: string, body?: unknown, method = 'POST') =>
  fetch(`${github.url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });

describe('the fake GitHub', () => {
  it('lists deployments, newest first, and the status of each', async () => {
    const listed = await get('/repos/acme/checkout-api/deployments?per_page=1');
    expect(listed).toMatchObject({ status: 200, left: '4999' });
    expect(listed.body).toMatchObject([
      { id: 2, ref: 'main', environment: 'production', creator: { login: 'jonas-berg' } },
    ]);
    const statuses = await get('/repos/acme/checkout-api/deployments/1/statuses');
    expect(statuses.body).toMatchObject([{ state: 'inactive' }]);
  });

  it('lists those of one environment', async () => {
    const path = '/repos/acme/checkout-api/deployments?environment=staging';
    expect((await get(path)).body).toEqual([]);
  });

  it('gives a file as its text', async () => {
    const { body } = await get('/repos/acme/payments-worker/contents/CODEOWNERS');
    expect(body).toBe('* @acme/payments\n');
  });

  it.each([
    ['/repos/acme/nothing/deployments'],
    ['/repos/acme/checkout-api/contents/CODEOWNERS'],
    ['/repos/acme/checkout-api/deployments/9/statuses'],
    ['/user'],
  ])('does not find %s: 404', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });

  it('refuses another token: 401', async () => {
    const headers = { ...HEADERS, authorization: 'Bearer ghs_two' };
    const { status } = await get('/repos/acme/checkout-api/deployments', headers);
    expect(status).toBe(401);
  });

  it('plans a secondary rate limit as it comes: 403 with a delay', async () => {
    await control('/_world/faults', { match: 'list_deployments', status: 403, retryAfterS: 60 });
    const response = await fetch(`${github.url}/repos/acme/checkout-api/deployments`, {
      headers: HEADERS,
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([403, '60']);
  });

  it('refuses mistakes at its control API', async () => {
    expect((await control('/_world/deployments', { deployments: [] })).status).toBe(400);
    expect((await control('/_world/nothing', {})).status).toBe(404);
  });
});
