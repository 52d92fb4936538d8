import { afterEach, describe, expect, it } from 'vitest';
import {
  ControlError,
  json,
  type RunningServer,
  startFakeServer,
} from '../../../src/local/fake-server.ts';
import { startPage } from '../../../src/local/page/page-server.ts';
import type { TrailView } from '../../../src/local/page/read-trail.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('the page server', () => {
  it('serves the page, its script and its style from itself alone', async () => {
    const { url } = await givenPage();
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('<script type="module" src="/page.js">');
    const script = await fetch(`${url}/page.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await script.text()).length).toBeGreaterThan(10_000);
    const style = await fetch(`${url}/page.css`);
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  it('passes on control calls, with their status and body', async () => {
    const { url, received } = await givenPage();
    const answer = await fetch(`${url}/slack/_world/click`, {
      method: 'POST',
      body: '{"user":"U1"}',
    });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toEqual({ error: 'not a member' });
    expect(received).toEqual(['POST /_world/click {"user":"U1"}']);
  });

  it('passes on nothing but what the page needs', async () => {
    const { url, received } = await givenPage();
    for (const path of [
      '/slack/api/chat.postMessage',
      '/slack/_world/faults',
      '/statuspage/v1/pages/p/incidents',
      '/world/_world/other',
    ]) {
      expect((await fetch(url + path, { method: 'POST', body: '{}' })).status).toBe(404);
    }
    expect(received).toEqual([]);
  });

  it('refuses an action that another site asks for', async () => {
    const { url, fired } = await givenPage();
    const fire = (origin: string) =>
      fetch(`${url}/api/fire`, {
        method: 'POST',
        headers: { origin },
        body: '{"sample":"checkout-errors"}',
      });
    expect((await fire('https://elsewhere.example')).status).toBe(403);
    expect(fired).toEqual([]);
    expect((await fire(url)).status).toBe(200);
    expect(fired).toEqual(['checkout-errors']);
  });

  it('answers 404 for a sample that does not exist', async () => {
    const { url } = await givenPage();
    const answer = await fetch(`${url}/api/fire`, { method: 'POST', body: '{"sample":"none"}' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: 'cannot fire none: no such sample' });
  });

  it('sends every part of the world to a new watcher, then only what changed', async () => {
    const { url, setTrail } = await givenPage();
    const feed = await fetch(`${url}/api/changes`);
    const next = partsOf(feed);
    const first = new Set<string>();
    while (first.size < 8) first.add((await next()).name);
    expect([...first].sort()).toEqual([
      'channel:C1',
      'clock',
      'ephemerals',
      'functions',
      'mailed',
      'page',
      'users',
      'views',
    ]);
    setTrail({ chains: [{ id: 'inc-1', events: [], verdict: { ok: true, eventCount: 0 } }] });
    expect(await next()).toEqual({
      name: 'chain:inc-1',
      value: { id: 'inc-1', events: [], verdict: { ok: true, eventCount: 0 } },
    });
  });
});

/** A page over one server that plays Slack, Statuspage and the world's own control API. */
async function givenPage() {
  const received: string[] = [];
  const fired: string[] = [];
  let trail: TrailView | undefined;
  const fake = await startFakeServer(async ({ method, path, body }) => {
    if (method !== 'GET') {
      received.push(`${method} ${path} ${body}`);
      return json(409, { error: 'not a member' });
    }
    return json(200, ANSWERS[path] ?? []);
  });
  const { url: fakeUrl } = fake;
  const page = await startPage({
    port: 0,
    urls: { slack: fakeUrl, statuspage: fakeUrl, world: fakeUrl },
    command: '/incident-response',
    fireAlert: async (sample) => {
      if (sample === 'none') throw new ControlError(404, 'cannot fire none: no such sample');
      fired.push(sample);
      return { status: 200 };
    },
    readTrail: async () => {
      const read = trail;
      trail = undefined;
      return read;
    },
  });
  servers.push(page, fake);
  const setTrail = (view: TrailView) => {
    trail = view;
  };
  return { url: page.url, received, fired, setTrail };
}

const ANSWERS: Record<string, unknown> = {
  '/_world/channels': [{ id: 'C1', name: 'incidents' }],
  '/_world/views': {},
  '/_world/functions': {},
  '/_world/clock': { nowMs: 1_773_480_432_589 },
  '/api/v2/summary.json': { components: [] },
  '/api/v2/incidents.json': { incidents: [] },
};

/** Reads server-sent events one by one. */
function partsOf(response: Response): () => Promise<{ name: string; value: unknown }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async () => {
    for (;;) {
      const found = /data: (.*)\ndata: (.*)\n\n/.exec(text);
      if (found) {
        text = text.slice(found.index + found[0].length);
        return { name: JSON.parse(found[1]!), value: JSON.parse(found[2]!) };
      }
      const { value, done } = await reader.read();
      if (done) throw new Error('cannot read the feed: it ended');
      text += value;
    }
  };
}
