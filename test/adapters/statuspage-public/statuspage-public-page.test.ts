import { afterEach, describe, expect, it } from 'vitest';
import { StatuspagePublicPage } from '../../../src/adapters/statuspage-public/statuspage-public-page.ts';
import { type RunningServer, startFakeServer } from '../../../src/local/fake-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function pageAnswering(status: number, body: string): Promise<StatuspagePublicPage> {
  server = await startFakeServer(async (request) => {
    const found = request.path === '/api/v2/components.json';
    return { status: found ? status : 404, body };
  });
  return new StatuspagePublicPage(server.url);
}

describe('StatuspagePublicPage.componentStates()', () => {
  it('gives the state of each component by id', async () => {
    const components = [
      { id: 'c1', name: 'Checkout', status: 'operational' },
      { id: 'c2', name: 'Payments', status: 'major_outage' },
    ];
    const page = await pageAnswering(200, JSON.stringify({ components }));
    expect(await page.componentStates()).toEqual({ c1: 'operational', c2: 'major_outage' });
  });

  it('leaves out what it cannot read', async () => {
    const components = [null, 7, { id: 'c1', status: 'on fire' }, { id: 2, status: 'operational' }];
    const page = await pageAnswering(200, JSON.stringify({ components }));
    expect(await page.componentStates()).toEqual({});
  });

  it.each([
    [500, '{}'],
    [200, 'not JSON'],
    [200, 'null'],
    [200, '{"components":{}}'],
  ])('is undefined for %i %s', async (status, body) => {
    const page = await pageAnswering(status, body);
    expect(await page.componentStates()).toBeUndefined();
  });

  it('is undefined when nobody answers', async () => {
    expect(await new StatuspagePublicPage('http://127.0.0.1:9').componentStates()).toBeUndefined();
  });
});
