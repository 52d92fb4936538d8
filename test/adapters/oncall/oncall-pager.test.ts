import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnCallClient } from '../../../src/adapters/oncall/oncall-client.ts';
import { OnCallPager } from '../../../src/adapters/oncall/oncall-pager.ts';
import { OnCallError } from '../../../src/domain/errors.ts';
import { type EmbeddedOncall, startOncall } from '../../../src/local/oncall/oncall-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

let clock: WorldClock;
let fake: EmbeddedOncall;

beforeEach(async () => {
  clock = new WorldClock();
  fake = await startOncall({ clock, limits: 'on', tokens: { 'token-1': 'incident-worker' } });
  fake.groups.seed({ id: 'I1' });
});

afterEach(async () => {
  await fake.close();
  clock.close();
});

const JONAS = { userId: 'U04JONASBRG', email: null };
const pager = (teamId = 'T04EXAMPLE1', token = 'token-1') =>
  new OnCallPager({
    client: new OnCallClient({ apiUrl: fake.url, token: async () => token }),
    teamId,
  });
const paged = async () => (await fetch(`${fake.url}/_world/pages`)).json();

describe('OnCallPager.page()', () => {
  it('pages on the alert group that there is, by their important rules', async () => {
    expect(await pager().page('I1', [JONAS])).toEqual({ paged: [JONAS.userId], notPaged: [] });
    expect(await paged()).toEqual([
      { alert_group_id: 'I1', users: [{ id: 'U3TYH9LPV6CDS', important: true }] },
    ]);
  });

  it('knows people by their address where OnCall has them in another workspace', async () => {
    const jonas = { ...JONAS, email: 'Jonas.Berg@example.com' };
    const other = pager('T0OTHER');
    expect(await other.page('I1', [jonas])).toMatchObject({ paged: [JONAS.userId] });
    expect(await other.page('I1', [JONAS])).toMatchObject({ paged: [] });
  });

  it('names whom OnCall does not know, and pages the others', async () => {
    const lena = { userId: 'U04LENAFSCH', email: null };
    const reason = 'OnCall knows nobody by their Slack account or address';
    expect(await pager().page('I1', [lena, JONAS])).toEqual({
      paged: [JONAS.userId],
      notPaged: [{ userId: lena.userId, reason }],
    });
    expect(await pager().page('I1', [lena])).toMatchObject({ paged: [] });
    expect(await paged()).toHaveLength(1);
  });

  it.each([
    ['is resolved', { id: 'I1', state: 'resolved' as const }],
    ['OnCall does not have', { id: 'I2' }],
  ])('throws ONCALL_REFUSED for a group that %s', async (_what, seed) => {
    if (seed.id === 'I1') fake.groups.seed(seed);
    await expect(pager().page(seed.id, [JONAS])).rejects.toThrowWithCode(
      OnCallError,
      'ONCALL_REFUSED',
    );
  });

  it.each([
    [403, 'ONCALL_REFUSED'],
    [500, 'ONCALL_UNAVAILABLE'],
    [429, 'ONCALL_RATE_LIMITED'],
  ])('throws for %i: %s', async (status, code) => {
    fake.board.plan({ match: 'escalate', status, times: 0 });
    await expect(pager().page('I1', [JONAS])).rejects.toThrowWithCode(OnCallError, code);
  });
});
