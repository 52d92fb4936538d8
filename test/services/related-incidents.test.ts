import { beforeEach, describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../src/adapters/files/deployment-config.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { type IncidentReading, RelatedIncidents } from '../../src/services/related-incidents.ts';
import { GateWorld } from '../gate/gate-world.ts';

const SHIPPED = new CedarPolicy(loadPolicyFiles('config'));
const TWIN = 'this or a related incident is or was P1 or P2: nobody approves text that they ';
const BIG = 'inc-bbbbbbbbbbbbbbbb';
const match = { labels: {}, integrationIds: [], teams: [] };
const SERVICES = [
  { name: 'checkout-api', match, responders: [], components: ['c1'] },
  { name: 'payments', match, responders: [], components: ['c2'] },
  { name: 'gateway', match, responders: [], components: ['c2', 'c3'] },
];
const quiet = { by: 'U0ADA', notify: false } as const;
let world: GateWorld;

async function givenP4(service: string | null): Promise<void> {
  world = new GateWorld({ policy: SHIPPED, services: SERVICES });
  await world.open('P4', service);
}
const approvalOf = async () => {
  const event = (await world.events()).findLast((one) => one.type === 'STATUSPAGE_DRAFT_APPROVED');
  return event?.details;
};

describe('a P4 twin of a P1 (an author who was refused on the P1 declares it, writes, approves)', () => {
  beforeEach(() => givenP4('checkout-api'));

  it('is refused with the rule in words, on record, and nothing is sent', async () => {
    await world.openOther(BIG, 'P1', 'checkout-api');
    const card = await world.draft('All is well.', quiet);
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
      rule: `${TWIN}requested, wrote or edited`,
    });
    expect((await world.events()).at(-1)).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { policyIds: ['related-four-eyes'], rule: `${TWIN}requested, wrote or edited` },
    });
    expect(world.publications.take()).toEqual([]);
  });

  it.each(['the P1', 'the P4'])(
    'is refused though %s was said to be about another service',
    async (which) => {
      await world.openOther(BIG, 'P1', 'checkout-api');
      const details = { from: 'checkout-api', to: 'payments' };
      if (which === 'the P4') await world.append('SERVICE_CHANGED', details);
      else {
        await world.record.run({
          ...{ incidentId: BIG, commandId: 'said', actor: { kind: 'slack_user', id: 'U0ADA' } },
          decide: () => ({ append: 'SERVICE_CHANGED', details }),
        });
      }
      const card = await world.draft('All is well.', quiet);
      expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
        code: 'APPROVER_NOT_PERMITTED',
      });
    },
  );

  it('is refused once it is said to be about the service of the P1', async () => {
    await givenP4('payments');
    await world.openOther(BIG, 'P1', 'checkout-api');
    await world.append('SERVICE_CHANGED', { from: 'payments', to: 'checkout-api' });
    const card = await world.draft('All is well.', quiet);
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
  });

  it('that mails subscribers is refused, with nothing related as well', async () => {
    const card = await world.draft('All is well.', { by: 'U0ADA', notify: true });
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      rule: 'it mails subscribers: nobody approves text that they requested, wrote or edited',
    });
  });

  it('is approved by somebody else, and the record says by which effect it was judged', async () => {
    await world.openOther(BIG, 'P1', 'checkout-api');
    const card = await world.draft('All is well.', quiet);
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toBeUndefined();
    expect((await approvalOf())?.effect).toEqual({
      impact: 'critical',
      worstComponent: 'operational',
      notify: false,
      declaredBy: 'U0DEE',
      relatedSeverity: 'P1',
      related: [BIG],
    });
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('may be approved by its author once the P1 is over', async () => {
    await world.openOther(BIG, 'P1', 'checkout-api');
    await world.record.run({
      incidentId: BIG,
      commandId: 'cancelled',
      actor: { kind: 'slack_user', id: 'U0DEE' },
      decide: () => ({ append: 'INCIDENT_CANCELLED', details: { reason: 'a drill' } }),
    });
    const card = await world.draft('All is well.', quiet);
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toBeUndefined();
  });

  it('is refused also when somebody lowers the P1, or writes P4 into its row', async () => {
    await world.openOther(BIG, 'P1', 'checkout-api');
    await world.record.run({
      incidentId: BIG,
      commandId: 'lower',
      actor: { kind: 'slack_user', id: 'U0DEE' },
      decide: () => ({
        append: 'SEVERITY_CHANGED',
        details: { from: 'P1', to: 'P4', reason: 'smaller' },
      }),
    });
    const { state } = (await world.record.load(BIG))!;
    const edited = { ...state, worstSeverity: 'P4' as const };
    world.rows.listOpen = async () => [edited];
    const card = await world.draft('All is well.', quiet);
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      rule: `${TWIN}requested, wrote or edited`,
    });
  });
});

describe('incidents belong together', () => {
  it.each([
    ['of one service', 'checkout-api', 'checkout-api', {}, 'P1'],
    ['of services that share a component', 'payments', 'gateway', {}, 'P1'],
    ['by a component that the text names', null, 'gateway', { c3: 'operational' }, 'P1'],
    ['not of two services', 'checkout-api', 'payments', {}, 'P4'],
    ['not as both have no service', null, null, {}, 'P4'],
  ] as const)('%s', async (_what, own, other, components, relatedSeverity) => {
    await givenP4(own);
    await world.openOther(BIG, 'P1', other);
    const card = await world.draft('Hello.', { ...quiet, components });
    await world.decide('approve', card, { by: 'U0BEN' });
    const related = relatedSeverity === 'P1' ? [BIG] : [];
    expect((await approvalOf())?.effect).toMatchObject({ relatedSeverity, related });
  });
});

it('a card of a P1 reads no other incident, as nothing is worse', async () => {
  const reading: IncidentReading = {
    listOpen: () => Promise.reject(new Error('not asked for')),
    opening: async () => ({ service: 'checkout-api', declaredBy: 'U0DEE' }),
    worstSeverity: () => Promise.reject(new Error('not asked for')),
  };
  const related = new RelatedIncidents({ reading, routing: { services: SERVICES } });
  const incident = { incidentId: 'inc-aaaaaaaaaaaaaaaa', worstSeverity: 'P1' } as IncidentState;
  expect(await related.around(incident, {} as never, { named: false })).toEqual({
    declaredBy: 'U0DEE',
    relatedSeverity: 'P1',
    related: [],
  });
});

describe('what cannot be read counts as a P1', () => {
  const incident = { incidentId: 'inc-aaaaaaaaaaaaaaaa', worstSeverity: 'P4' } as IncidentState;
  const page = { statuspageIncidentId: null, lastPublication: null };
  const request = { body: { incident: { component_ids: ['c1'], components: {} } } } as never;
  const others = (count: number, service: string) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ incidentId: `inc-${String(i)}`, service, drafts: [], page },
    })) as unknown as IncidentState[];
  const around = (open: IncidentState[], severity: Severity = 'P4') => {
    const reading: IncidentReading = {
      listOpen: async (limit) => open.slice(0, limit),
      opening: async () => ({ service: null, declaredBy: null }),
      worstSeverity: async () => severity,
    };
    const related = new RelatedIncidents({ reading, routing: { services: SERVICES } });
    return related.around(incident, { request });
  };

  it('20 related incidents are read, 21 are too many', async () => {
    expect((await around(others(20, 'checkout-api'))).relatedSeverity).toBe('P4');
    const many = await around(others(21, 'checkout-api'));
    expect([many.relatedSeverity, many.related.length]).toEqual(['P1', 20]);
  });

  it('among 99 open incidents the related are found, among 100 there may be more', async () => {
    expect((await around(others(99, 'payments'))).relatedSeverity).toBe('P4');
    expect((await around(others(100, 'payments'))).relatedSeverity).toBe('P1');
  });

  it('an index entry without a trail', async () => {
    await givenP4('checkout-api');
    const [ghost] = others(1, 'checkout-api') as [IncidentState];
    world.rows.listOpen = async () => [{ ...ghost, incidentId: 'inc-cccccccccccccccc' }];
    const card = await world.draft('Hello.', quiet);
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      rule: `${TWIN}requested, wrote or edited`,
    });
  });

  it('a related trail that is damaged', async () => {
    await givenP4('checkout-api');
    await world.openOther(BIG, 'P4', 'checkout-api');
    await world.draft('Hello.', quiet);
    const title = 'Another title';
    world.trail.tamper(BIG, 1, (row) => ({ ...row, details: { ...row.details, title } }));
    const refused = await world.decide('approve', await world.card(), { by: 'U0ADA' });
    expect(refused?.rule).toContain('a related incident is or was P1 or P2');
  });
});
