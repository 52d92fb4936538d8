import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnCallClient } from '../../../src/adapters/oncall/oncall-client.ts';
import { OnCallDirectory } from '../../../src/adapters/oncall/oncall-directory.ts';
import { OnCallError } from '../../../src/domain/errors.ts';
import { type EmbeddedOncall, startOncall } from '../../../src/local/oncall/oncall-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

let clock: WorldClock;
let fake: EmbeddedOncall;
let directory: OnCallDirectory;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startOncall({ clock, limits: 'on', tokens: { 'token-1': 'incident-worker' } });
  directory = makeDirectory();
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

function makeDirectory(teamId = 'T04EXAMPLE1'): OnCallDirectory {
  const client = new OnCallClient({ apiUrl: fake.url, token: async () => 'token-1' });
  return new OnCallDirectory({ client, clock, teamId });
}

const PLATFORM = 'RP4VZ8KQH3MTC';
const about = (group: string, source = 'grafana-oncall') => ({
  incidentId: 'inc-aaaaaaaaaaaaaaaa',
  service: null,
  alertGroup: { source, group },
});
const counts = () => fake.board.calls().counts;

describe('OnCallDirectory.peopleFor()', () => {
  it('names the people of a chain, and who is on call in its schedule now', async () => {
    fake.groups.seed({ id: 'I1' });
    expect(await directory.peopleFor(about('I1'))).toEqual({
      people: [
        {
          email: 'maya.ito@example.com',
          reference: 'maya.ito',
          source: 'OnCall',
          userId: 'U04MAYAITO1',
        },
        {
          email: 'jonas.berg@example.com',
          reference: 'jonas.berg',
          source: 'OnCall',
          userId: 'U04JONASBRG',
        },
      ],
      unresolved: [],
    });
  });

  it('names nobody by an id of another chat workspace', async () => {
    fake.groups.seed({ id: 'I1' });
    const answer = await makeDirectory('T0ELSEWHERE').peopleFor(about('I1'));
    expect(answer?.people.map(({ userId }) => userId)).toEqual([undefined, undefined]);
  });

  it('names everybody of a round-robin, and nobody of the step that the API leaves out', async () => {
    fake.groups.seed({ id: 'I1', route_id: PLATFORM });
    const answer = await directory.peopleFor(about('I1'));
    expect(answer?.people.map(({ reference }) => reference)).toEqual([
      'priya.raman',
      'maya.ito',
      'jonas.berg',
    ]);
  });

  it('says which steps it cannot tell the people of', async () => {
    fake.groups.seed({ id: 'I1', route_id: PLATFORM });
    const answer = await directory.peopleFor(about('I1'));
    expect(answer?.unresolved.map(({ who, reason }) => `${who}: ${reason}`)).toEqual([
      'team TPLATFORM0001: OnCall’s API does not tell who is in it',
      'user group GSREONCALL001: OnCall’s API does not tell who is in it',
      'schedule Platform nights: nobody is on call there now',
      'user UGONE00000001: OnCall does not know them any more',
    ]);
  });

  it.each([
    ['another source’s alert', about('I1', 'alertmanager')],
    ['a group that OnCall never had', about('I404')],
    ['a declared incident', { ...about('I1'), alertGroup: null }],
  ])('has nothing to say about %s', async (_what, incident) => {
    fake.groups.seed({ id: 'I1' });
    expect(await directory.peopleFor(incident)).toBeUndefined();
  });

  it('has nothing to say about a route that leads to no chain', async () => {
    fake.groups.seed({ id: 'I1', route_id: 'RNOWHERE0001' });
    expect(await directory.peopleFor(about('I1'))).toBeUndefined();
  });

  it('reads a chain once for the incidents of five minutes, who is on call once a minute', async () => {
    for (const id of ['I1', 'I2', 'I3']) fake.groups.seed({ id });
    await directory.peopleFor(about('I1'));
    clock.advance(59_000);
    await directory.peopleFor(about('I2'));
    expect(counts()).toMatchObject({
      get_alert_group: 2,
      get_route: 1,
      get_schedule: 1,
      get_user: 2,
    });
    clock.advance(1_500);
    await directory.peopleFor(about('I3'));
    expect(counts()).toMatchObject({ get_route: 1, list_escalation_policies: 1, get_schedule: 2 });
    clock.advance(240_000);
    await directory.peopleFor(about('I3'));
    expect(counts()).toMatchObject({ get_route: 2, list_escalation_policies: 2, get_user: 4 });
  });

  it('throws OnCall’s own error, and does not remember it', async () => {
    fake.groups.seed({ id: 'I1' });
    fake.board.plan({ match: 'get_user', status: 500, times: 2 });
    const failed = directory.peopleFor(about('I1'));
    await expect(failed).rejects.toThrowWithCode(OnCallError, 'ONCALL_UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, 5));
    fake.board.clearFaults();
    expect((await directory.peopleFor(about('I1')))?.people).toHaveLength(2);
  });
});
