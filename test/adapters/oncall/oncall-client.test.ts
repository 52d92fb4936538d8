import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnCallClient } from '../../../src/adapters/oncall/oncall-client.ts';
import { OnCallError } from '../../../src/domain/errors.ts';
import { type EmbeddedOncall, startOncall } from '../../../src/local/oncall/oncall-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

let clock: WorldClock;
let fake: EmbeddedOncall;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startOncall({ clock, limits: 'on', tokens: { 'token-1': 'incident-worker' } });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

const client = (token = 'token-1', timeoutMs = 2_000) =>
  new OnCallClient({ apiUrl: fake.url, token: async () => token, timeoutMs });

const seed = async (group: unknown) =>
  fetch(`${fake.url}/_world/alert_groups`, { method: 'POST', body: JSON.stringify(group) });

const plan = (fault: unknown) =>
  fetch(`${fake.url}/_world/faults`, { method: 'POST', body: JSON.stringify(fault) });

const callsMade = () => fake.board.calls().calls.length;

describe('OnCallClient.get()', () => {
  it('reads one alert group with the bare token', async () => {
    await seed({ id: 'I1', title: 'A' });
    expect(await client().get('alert_groups/I1')).toMatchObject({ id: 'I1', title: 'A' });
  });

  it('gives undefined for what OnCall does not know', async () => {
    expect(await client().get('alert_groups/I404')).toBeUndefined();
  });

  it('asks nothing for an id that could lead to another place', async () => {
    for (const id of ['../users', 'I1?state=new', 'I1/../../x', '', 'I 1', 'a'.repeat(65)]) {
      expect(await client().get(`alert_groups/${id}`)).toBeUndefined();
    }
    expect(callsMade()).toBe(0);
  });

  it('says for how long OnCall wants to be left alone', async () => {
    await plan({ match: '*', status: 429, retryAfterS: 17 });
    const error = await client()
      .get('alert_groups')
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ONCALL_RATE_LIMITED',
      retryAfterS: 17,
      retryable: true,
    });
    expect(callsMade()).toBe(1);
  });

  it('takes a refused token for an API that cannot be asked', async () => {
    await expect(client('stale').get('alert_groups/I1')).rejects.toThrowWithCode(
      OnCallError,
      'ONCALL_UNAVAILABLE',
    );
  });

  it('tries a token that was rotated meanwhile, once', async () => {
    await seed({ id: 'I1' });
    const rotating = new OnCallClient({
      apiUrl: fake.url,
      token: async (refused) => (refused === 'stale' ? 'token-1' : 'stale'),
    });
    expect(await rotating.get('alert_groups/I1')).toMatchObject({ id: 'I1' });
  });

  it('asks once and gives up on 5xx, a cut answer and a late one', async () => {
    for (const fault of [{ status: 500 }, { answer: 'drop' }, { answer: 'never' }]) {
      const before = callsMade();
      await plan({ match: '*', ...fault });
      await expect(client('token-1', 200).get('alert_groups/I1')).rejects.toThrowWithCode(
        OnCallError,
        'ONCALL_UNAVAILABLE',
      );
      expect(callsMade()).toBe(before + 1);
    }
  });

  it('tells nothing of the token in an error', async () => {
    const error = await client('s3cret')
      .get('users')
      .catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('s3cret');
  });

  it('is unavailable when there is no token to ask with', async () => {
    const none = new OnCallClient({
      apiUrl: fake.url,
      token: () => Promise.reject(new Error('no secret')),
    });
    await expect(none.get('users')).rejects.toThrowWithCode(OnCallError, 'ONCALL_UNAVAILABLE');
  });
});

describe('OnCallClient.pages()', () => {
  it('follows `next` to the last page and no further', async () => {
    for (let n = 1; n <= 5; n += 1) await seed({ id: `I${n}` });
    const pages: string[][] = [];
    for await (const rows of client().pages('alert_groups', { perpage: '2' })) {
      pages.push((rows as { id: string }[]).map(({ id }) => id));
    }
    expect(pages).toEqual([['I5', 'I4'], ['I3', 'I2'], ['I1']]);
  });

  it('reads no more pages than it was allowed', async () => {
    for (let n = 1; n <= 5; n += 1) await seed({ id: `I${n}` });
    let pages = 0;
    for await (const _ of client().pages('alert_groups', { perpage: '1' }, 2)) pages += 1;
    expect(pages).toBe(2);
  });
});

describe('OnCallClient at an odd server', () => {
  let server: Server;
  let url: string;
  let asked: { url: string; headers: Record<string, unknown> }[];
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push({ url: request.url ?? '', headers: request.headers });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const odd = () =>
    new OnCallClient({ apiUrl: url, stackUrl: 'https://acme.grafana.net', token: async () => 't' });
  const unavailable = [OnCallError, 'ONCALL_UNAVAILABLE'] as const;

  it('names the stack of a service account', async () => {
    answer = (response) => response.end('{}');
    await odd().get('users/current');
    expect(asked[0]).toMatchObject({
      url: '/api/v1/users/current',
      headers: { authorization: 't', 'x-grafana-url': 'https://acme.grafana.net' },
    });
  });

  it('takes a sign-in page, a redirect and a bare word for no answer', async () => {
    for (const text of ['<!doctype html><title>Grafana</title>', '"ok"', 'null', '']) {
      answer = (response) => response.end(text);
      await expect(odd().get('users')).rejects.toThrowWithCode(...unavailable);
    }
    answer = (response) => response.writeHead(302, { location: 'https://example.com' }).end();
    await expect(odd().get('users')).rejects.toThrowWithCode(...unavailable);
  });

  it('stops reading an answer that does not end', async () => {
    answer = (response) => {
      const chunk = 'x'.repeat(1_000_000);
      const more = () => {
        if (response.destroyed) return;
        if (response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    };
    await expect(odd().get('users')).rejects.toThrowWithCode(...unavailable);
  });

  it('reads RateLimit-Reset where there is no Retry-After', async () => {
    answer = (response) => response.writeHead(429, { 'ratelimit-reset': '42' }).end('{}');
    await expect(odd().get('users')).rejects.toMatchObject({ retryAfterS: 42 });
  });

  it('never leaves its own address, whatever `next` says, and asks no page twice', async () => {
    answer = (response) =>
      response.end(
        JSON.stringify({ results: [1], next: 'https://evil.example.com/api/v1/users?page=2' }),
      );
    const rows: unknown[] = [];
    for await (const page of odd().pages('users')) rows.push(...page);
    expect(asked.map((request) => request.url)).toEqual(['/api/v1/users', '/api/v1/users?page=2']);
    expect(rows).toEqual([1, 1]);
  });

  it('ends where `next` leads to another list', async () => {
    answer = (response) =>
      response.end(JSON.stringify({ results: [], next: `${url}/api/v1/users?page=2` }));
    for await (const _ of odd().pages('schedules')) expect(_).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('refuses a list without results', async () => {
    answer = (response) => response.end('{"detail":"?"}');
    await expect(odd().pages('users').next()).rejects.toThrowWithCode(...unavailable);
  });
});

describe('OnCallClient within a budget', () => {
  it('asks nothing when no place is left', async () => {
    const places = [true, false];
    const within = new OnCallClient({
      apiUrl: fake.url,
      token: async () => 'token-1',
      takePlace: async () => places.shift() ?? false,
    });
    expect(await within.get('alert_groups/I404')).toBeUndefined();
    await expect(within.get('alert_groups/I404')).rejects.toThrowWithCode(
      OnCallError,
      'ONCALL_RATE_LIMITED',
    );
    expect(callsMade()).toBe(1);
  });
});
