import { afterEach, describe, expect, it } from 'vitest';
import { StatuspagePublicPage } from '../../../src/adapters/statuspage-public/statuspage-public-page.ts';
import { type RunningServer, startFakeServer } from '../../../src/local/fake-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function pageAnswering(
  status: number,
  body: string,
  file = 'components.json',
): Promise<StatuspagePublicPage> {
  server = await startFakeServer(async (request) => {
    const found = request.path === `/api/v2/${file}`;
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

describe('StatuspagePublicPage.newestIncidents()', () => {
  const update = {
    id: 'u1',
    status: 'identified',
    body: 'We found it.',
    created_at: '2026-11-20T09:00:00.000Z',
    updated_at: '2026-11-20T10:30:00.000+01:00',
  };
  const incident = {
    id: 'p1',
    name: 'Payments fail',
    status: 'identified',
    created_at: '2026-11-20T09:00:00.000Z',
    updated_at: 'yesterday',
    incident_updates: [update],
  };
  const read = async (answer: unknown, status = 200) => {
    const page = await pageAnswering(status, JSON.stringify(answer), 'incidents.json');
    return page.newestIncidents();
  };

  it('gives each incident with its updates, times as epoch ms', async () => {
    expect(await read({ page: { id: 'page0001' }, incidents: [incident] })).toEqual({
      pageId: 'page0001',
      isWhole: true,
      incidents: [
        {
          id: 'p1',
          name: 'Payments fail',
          status: 'identified',
          createdAtMs: 1_795_165_200_000,
          updatedAtMs: null,
          updates: [
            {
              id: 'u1',
              status: 'identified',
              body: 'We found it.',
              createdAtMs: 1_795_165_200_000,
              updatedAtMs: 1_795_167_000_000,
            },
          ],
        },
      ],
    });
  });

  it('says that a list of 50 may be cut, and one of 49 is not', async () => {
    const many = (count: number) => Array.from({ length: count }, () => incident);
    expect((await read({ incidents: many(49) }))?.isWhole).toBe(true);
    await server?.close();
    expect((await read({ incidents: many(50) }))?.isWhole).toBe(false);
  });

  it('makes texts well-formed, so that they can be hashed', async () => {
    const shown = await read({ incidents: [{ ...incident, name: '\ud800', status: 7 }] });
    expect(shown?.incidents[0]).toMatchObject({ name: '\ufffd', status: '' });
  });

  it('leaves maintenance out', async () => {
    const maintenance = { ...incident, id: 'm1', scheduled_for: '2026-11-21T09:00:00.000Z' };
    expect((await read({ incidents: [maintenance] }))?.incidents).toEqual([]);
  });

  it.each([
    ['nothing', null],
    ['no list', { incidents: {} }],
    ['an incident without id', { incidents: [{ ...incident, id: '' }] }],
    ['an incident without updates', { incidents: [{ ...incident, incident_updates: null }] }],
    ['an update without id', { incidents: [{ ...incident, incident_updates: [{ id: 7 }] }] }],
  ])('is undefined for %s, as half a page would look like a removal', async (_what, answer) => {
    expect(await read(answer)).toBeUndefined();
  });

  it.each([404, 500, 302])('is undefined for status %i', async (status) => {
    expect(await read({ incidents: [] }, status)).toBeUndefined();
  });
});
