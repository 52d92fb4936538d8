import { describe, expect, it } from 'vitest';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { givenWorld, Incident, PEOPLE } from './war-room.ts';

/*
 * Who is called, from every source that answers, and what is said of the others.
 */
const stage = givenWorld();
/** A route to a chain with every kind of step; the embedded OnCall has it. */
const PLATFORM = 'RP4VZ8KQH3MTC';

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`cannot post: ${await response.text()}`);
}

/** An alert of a group that OnCall routes elsewhere. */
async function firesOn(group: string, routeId: string): Promise<Incident> {
  const { urls } = stage.world.ready;
  await post(`${urls.oncall}/_world/alert_groups`, { id: group, route_id: routeId });
  const text = Buffer.from(fixtureBytes('oncall.created.json')).toString('latin1');
  const body = Buffer.from(text.replaceAll('I7FQ3N5ZK8WTB', group), 'latin1');
  expect(await stage.posts('/webhooks/grafana-oncall', body)).toBe(202);
  await stage.settle(60_000);
  const [id] = await stage.incidentsOf(group);
  return new Incident(stage, id ?? '', { key: group } as Incident['firing']);
}

async function invited(incident: Incident): Promise<Record<string, string>> {
  const trail = await incident.trail();
  return Object.fromEntries(
    trail.flatMap((event) =>
      event.type === 'RESPONDER_INVITED' ? [[event.details.slackUserId, event.details.source]] : [],
    ),
  );
}

describe('a source that is down', () => {
  it('is named in the room and on record, and the room is complete without it', async () => {
    const { urls } = stage.world.ready;
    await post(`${urls.workos}/_world/faults`, { match: '*', times: 0, status: 503 });
    const incident = await stage.fires('checkout-errors', 'escalation');
    await fetch(`${urls.workos}/_world/faults`, { method: 'DELETE' });
    expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
    expect(Object.keys(await invited(incident)).sort()).toEqual([PEOPLE.jonas, PEOPLE.maya]);
    await incident.expectRoomPost('WorkOS could not be asked for responders');
    expect((await incident.last('DIRECTORY_LOOKUP_FAILED')).details.source).toBe('WorkOS');
  });
});

describe('nobody who can be invited', () => {
  it('notifies everybody in the announcement channel, and invites the fallback group', async () => {
    const { urls } = stage.world.ready;
    await post(`${urls.oncall}/_world/faults`, { match: '*', times: 0, status: 500 });
    // Whoever is remembered is not looked up again.
    stage.world.clock.advance(25 * 3_600_000);
    stage.fault('slack', { match: 'users.lookupByEmail', times: 0, error: 'users_not_found' });
    const incident = await stage.fires('website-errors', 'escalation');
    await fetch(`${urls.oncall}/_world/faults`, { method: 'DELETE' });
    expect(await incident.count('NOBODY_REACHED')).toBe(1);
    expect(await invited(incident)).toEqual({
      [PEOPLE.lena]: 'fallback',
      [PEOPLE.tomas]: 'fallback',
    });
    const { messages } = await stage.actors.channel('incidents');
    const called = messages.filter(({ text }) => text.includes('Nobody could be reached'));
    expect(called).toHaveLength(1);
    expect(called[0]?.text).toContain('<!channel>');
  });
});

describe('people of an escalation chain', () => {
  it('are invited though nobody else names them, and what cannot be told is said in one line', async () => {
    // What was learned while nobody could be looked up is forgotten by then.
    stage.world.clock.advance(660_000);
    const incident = await firesOn('GPLATFORM0001', PLATFORM);
    expect(await invited(incident)).toMatchObject({ [PEOPLE.priya]: 'OnCall' });
    const room = await stage.actors.channel(await incident.room());
    expect(room.members).toEqual(expect.arrayContaining([PEOPLE.priya, PEOPLE.maya]));
    const posts = await incident.posts();
    const said = posts.filter((text) => text.includes('Could not invite'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/team TPLATFORM0001.*user group GSREONCALL001.*Platform nights/);
  });
});
