import { describe, expect, it } from 'vitest';
import { givenWorld, type Incident } from './war-room.ts';

/*
 * Two of our incidents are about one component of the page. The cards know what the page shows, and no
 * incident says that all is well while the other says it is not.
 */
const stage = givenWorld();

const stateOf = (id: string) => stage.world.statuspage.state.component(id).status;

/** Two P2 of one service; Priya, who may approve, is in both rooms. */
async function givenTwo(): Promise<[Incident, Incident]> {
  const first = await stage.fires('payments-latency');
  await first.joins('priya');
  const second = await stage.fires('payments-queue');
  await second.joins('priya');
  return [first, second];
}

async function ends(incident: Incident): Promise<void> {
  await incident.says('jonas', 'resolve works again');
  await incident.clicks('priya', 'statuspage_approve');
}

describe('the page shows another state than the card (R5)', () => {
  it('refuses the click by name, shows the card anew, and publishes nothing', async () => {
    const [a, b] = await givenTwo();
    await a.says('jonas', 'draft monitoring We watch it.');
    const old = await stage.actors.channel(await a.room());
    expect(JSON.stringify(old.messages)).toContain('Payments: Operational → Degraded performance');
    await b.says('jonas', 'draft investigating Payments fail.');
    await b.clicks('priya', 'statuspage_approve');
    expect(stateOf('c2')).toBe('partial_outage');

    await a.clicks('priya', 'statuspage_approve');
    expect((await a.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      reason: 'COMPONENTS_CHANGED',
      rule: 'Payments was Operational and is Partial outage now; decide on the newest card',
    });
    const anew = await stage.actors.channel(await a.room());
    expect(JSON.stringify(anew.messages)).toContain(
      'Payments: Partial outage → Degraded performance',
    );
    await a.expectPage([]);

    // The refreshed card shows it; now it is the word of the other incident that stands against it.
    await a.clicks('priya', 'statuspage_approve');
    expect((await a.last('STATUSPAGE_APPROVAL_DENIED')).details).toMatchObject({
      reason: 'COMPONENT_CLAIMED',
    });
    expect(stateOf('c2')).toBe('partial_outage');
    await ends(b);
    await a.says('jonas', 'draft investigating Still slow.');
    await a.clicks('priya', 'statuspage_approve');
    await ends(a);
    expect(stateOf('c2')).toBe('operational');
  });
});

describe('one of two ends (R6)', () => {
  it('its proposal keeps the state that the other one claims, and says so on the card', async () => {
    const [a, b] = await givenTwo();
    for (const incident of [a, b]) {
      await incident.says('jonas', 'draft investigating Payments fail.');
      await incident.clicks('priya', 'statuspage_approve');
    }
    await a.expectRoomPost(/Another open incident is about Payments too/);
    await b.expectRoomPost(/Another open incident is about Payments too/);

    await ends(a);
    expect(await a.pageTexts()).toHaveLength(2);
    expect(stateOf('c2')).toBe('partial_outage');
    await ends(b);
    expect(stateOf('c2')).toBe('operational');
  });

  it('a person may say better, in words that the card shows and the approval covers', async () => {
    const [a, b] = await givenTwo();
    for (const incident of [a, b]) {
      await incident.says('jonas', 'draft investigating Payments fail.');
      await incident.clicks('priya', 'statuspage_approve');
    }
    await a.says('jonas', 'resolve works again');
    await a.clicks('jonas', 'statuspage_edit');
    await a.submits('jonas', { 'component:c2': 'operational' });
    await a.expectTold('jonas', 'Payments: Partial outage, says the open incident');
    await a.clicks('jonas', 'statuspage_edit');
    await a.submits('jonas', {
      'component:c2': 'operational',
      override_reason: 'the other one is about refunds only',
    });
    const { messages } = await stage.actors.channel(await a.room());
    expect(JSON.stringify(messages)).toContain('because: the other one is about refunds only');
    await a.clicks('priya', 'statuspage_approve');
    expect(stateOf('c2')).toBe('operational');
    await ends(b);
  });
});
