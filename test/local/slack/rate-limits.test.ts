import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenSlack, type SlackWorld } from './slack-world.ts';

const MAYA = 'U04MAYAITO1';
const ROOM = 'C04EXAMPLE1';

let world: SlackWorld;
beforeEach(async () => {
  world = await givenSlack();
});
afterEach(() => world.close());

describe('faults', () => {
  it('with a status carry Retry-After and do not act unless told to', async () => {
    const where = { match: 'chat.postMessage' };
    await world.post('/_world/faults', { ...where, status: 429, retryAfterS: 7 });
    const post = async () =>
      fetch(`${world.slack.url}/api/chat.postMessage`, {
        method: 'POST',
        headers: { authorization: 'Bearer xoxb-slack-ingress', 'content-type': 'application/json' },
        body: JSON.stringify({ channel: ROOM, text: 'x' }),
      });
    const limited = await post();
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('7');
    expect(await limited.json()).toEqual({ ok: false, error: 'ratelimited' });
    expect(world.slack.workspace.channels.get(ROOM)?.messages).toHaveLength(0);
    await world.post('/_world/faults', { ...where, status: 503, effect: 'done' });
    expect((await post()).status).toBe(503);
    expect(world.slack.workspace.channels.get(ROOM)?.messages).toHaveLength(1);
  });
});

describe('rate limits', () => {
  let limited: SlackWorld;
  beforeEach(async () => {
    limited = await givenSlack({ limits: true });
  });
  afterEach(() => limited.close());

  const raw = (method: string, body: unknown) =>
    fetch(`${limited.slack.url}/api/${method}`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-slack-ingress', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('let 20 calls of a tier 2 method through, then one each 3 s of the world', async () => {
    for (let call = 1; call <= 20; call += 1) {
      expect((await raw('users.list', {})).status).toBe(200);
    }
    const refused = await raw('users.list', {});
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3');
    expect((await raw('users.info', { user: MAYA })).status).toBe(200);
    limited.clock.advance(3_000);
    expect((await raw('users.list', {})).status).toBe(200);
  });

  it('let bursts of 10 messages into a channel, then one a second', async () => {
    const post = async () => (await raw('chat.postMessage', { channel: ROOM, text: 'x' })).status;
    for (let call = 1; call <= 10; call += 1) expect(await post()).toBe(200);
    expect(await post()).toBe(429);
    limited.clock.advance(1_000);
    expect(await post()).toBe(200);
  });
});
