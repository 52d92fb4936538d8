import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/domain/ids.ts';
import { contentOf, GateWorld } from '../gate/gate-world.ts';

/*
 * Two open incidents on one component: nothing is published that shows it better than the other one
 * says, unless a person overrode that in words, which were approved with the text.
 */
let own: GateWorld;
let other: GateWorld;

beforeEach(async () => {
  own = await new GateWorld().open('P2');
  other = await new GateWorld({ beside: own }).open('P2');
});

const saying = (
  state: 'operational' | 'degraded_performance' | 'partial_outage' | 'major_outage',
) => ({ components: { c2: state } }) as const;
const CLAIMED =
  'Payments: Major outage, says the open incident “Problems with Checkout”; keep that state, or ' +
  'edit the draft and say why customers may be shown a better one';

/** The other incident says on the page that Payments is out. */
async function givenClaim(): Promise<void> {
  expect(await other.publish(await other.draft('It is out.', saying('major_outage')))).toEqual([
    'published',
  ]);
}

function write(state: Parameters<typeof saying>[0], overrideReason?: string) {
  return own.drafts.create({
    incidentId: own.incidentId,
    commandId: sha256Hex(`${state} ${overrideReason}`),
    actor: { kind: 'slack_user', id: 'U0ADA' },
    authors: ['U0ADA'],
    content: contentOf('We watch.', saying(state)),
    source: { origin: 'words', ai: null },
    overrideReason,
  });
}

describe('a draft', () => {
  it('better than another open incident says is refused, with whose word it is', async () => {
    await givenClaim();
    expect(await write('degraded_performance')).toEqual({
      code: 'COMPONENT_CLAIMED',
      rule: CLAIMED,
    });
    expect(await own.types()).not.toContain('STATUSPAGE_DRAFT_CREATED');
  });

  it('as bad as that is taken, and so is one that does not name the component', async () => {
    await givenClaim();
    expect(await write('major_outage')).toBeUndefined();
    await own.draft('Other.', { components: { c1: 'operational' } });
  });

  it('with a reason is taken, and keeps the reason and what was claimed', async () => {
    await givenClaim();
    expect(await write('operational', 'we moved to the other provider')).toBeUndefined();
    const [draft] = (await own.state()).drafts;
    expect(draft?.overrides).toEqual([
      {
        componentId: 'c2',
        claimed: 'major_outage',
        incidentId: other.incidentId,
        reason: 'we moved to the other provider',
      },
    ]);
    expect(await own.publish(await own.card())).toEqual(['published']);
  });

  it('a reason that nothing needs overrides nothing', async () => {
    expect(await write('operational', 'just in case')).toBeUndefined();
    expect((await own.state()).drafts[0]).not.toHaveProperty('overrides');
  });

  it('an edit into one is refused on record', async () => {
    await givenClaim();
    await write('major_outage');
    const refused = await own.drafts.revise({
      incidentId: own.incidentId,
      commandId: sha256Hex('edit'),
      actor: { kind: 'slack_user', id: 'U0ADA' },
      seen: await own.card(),
      content: contentOf('Better.', saying('operational')),
      source: { origin: 'words', ai: null },
    });
    expect(refused).toEqual({ rule: CLAIMED });
    expect((await own.events()).at(-1)).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { decision: 'edit', reason: 'COMPONENT_CLAIMED' },
    });
  });
});

describe('the click', () => {
  it('is refused when another incident claimed the component since', async () => {
    await write('degraded_performance');
    const card = await own.card();
    await givenClaim();
    // Somebody sets it back by hand, so that only the claim is left.
    own.page.states.c2 = 'operational';
    expect(await own.decide('approve', card)).toEqual({
      code: 'COMPONENT_CLAIMED',
      rule: CLAIMED,
    });
    expect((await own.events()).at(-1)).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { reason: 'COMPONENT_CLAIMED' },
    });
  });

  it('passes once the other incident ended its own on the page', async () => {
    await write('degraded_performance');
    const card = await own.card();
    await givenClaim();
    const end = { status: 'resolved', ...saying('operational') } as const;
    await other.publish(await other.draft('Works.', end));
    expect(await own.publish(card)).toEqual(['published']);
  });
});

describe('the claim of the publisher', () => {
  it('asks the page: what another incident said after the click voids the approval', async () => {
    await write('degraded_performance');
    await own.decide('approve', await own.card());
    await givenClaim();
    own.page.states.c2 = 'operational';
    expect(await own.deliverAll()).toEqual(['refused']);
    expect((await own.events()).at(-1)).toMatchObject({
      details: {
        reason: 'COMPONENT_CLAIMED',
        kind: 'recoverable',
        difference: 'c2: Major outage, says the open incident “Problems with Checkout”',
      },
    });
    expect(own.page.sent).toHaveLength(1);
  });

  it('an override that the claim outgrew covers nothing', async () => {
    await other.publish(await other.draft('Partly.', saying('partial_outage')));
    await write('operational', 'we moved to the other provider');
    await own.decide('approve', await own.card());
    const worse = await other.draft('It is out.', saying('major_outage'));
    await other.publish(worse);
    own.page.states.c2 = 'partial_outage';
    expect(await own.deliverAll()).toEqual(['refused']);
  });

  it('its own claim stands in nobody’s way', async () => {
    await own.publish(await own.draft('Out.', saying('major_outage')));
    const next = await own.draft('Works.', { status: 'resolved', ...saying('operational') });
    expect(await own.publish(next)).toEqual(['published']);
  });

  it('an override covered by no approval of this revision: the edit takes it away', async () => {
    await givenClaim();
    await write('operational', 'we moved to the other provider');
    const edited = await own.drafts.revise({
      incidentId: own.incidentId,
      commandId: sha256Hex('edit'),
      actor: { kind: 'slack_user', id: 'U0ADA' },
      seen: await own.card(),
      content: contentOf('Better words.', saying('operational')),
      source: { origin: 'words', ai: null },
    });
    expect(edited).toEqual({ rule: CLAIMED });
  });
});
