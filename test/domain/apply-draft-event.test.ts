import { beforeEach, describe, expect, it } from 'vitest';
import { defaultDraftContent } from '../../src/domain/draft-defaults.ts';
import { contentOf, GateWorld } from '../gate/gate-world.ts';

let world: GateWorld;

beforeEach(async () => {
  world = await new GateWorld().open('P2');
});

describe('the drafts of an incident', () => {
  it('are at most 20; the oldest that are over go, one that waits never does', async () => {
    const first = await world.draft('Waits.');
    for (let i = 0; i < 20; i += 1) {
      const card = await world.draft(`Draft ${i}.`);
      await world.decide('withdraw', card, { by: 'U0ADA' });
    }
    const { drafts } = await world.state();
    expect(drafts).toHaveLength(20);
    expect(drafts[0]?.draftId).toBe(first.draftId);
    expect(drafts[1]?.request.body.incident.body).toBe('Draft 1.');
  });

  it('are at most ten that wait; the end of the incident proposes its own all the same', async () => {
    const cards = [];
    for (let i = 0; i < 10; i += 1) cards.push(await world.draft(`Draft ${i}.`));
    await expect(world.draft('One more.')).rejects.toThrow(
      '10 drafts of this incident wait already: decide or withdraw one of them first',
    );
    const refused = await world.drafts.create({
      incidentId: world.incidentId,
      commandId: 'resolution_draft',
      actor: { kind: 'system', id: 'incident-worker' },
      authors: [],
      content: contentOf('It works again.', {}),
      source: { origin: 'template', ai: null },
    });
    expect(refused).toBeUndefined();
    for (const card of cards.slice(0, 2)) await world.decide('withdraw', card, { by: 'U0ADA' });
    await world.draft('One more.');
    expect((await world.state()).drafts).toHaveLength(12);
  });

  it('show who approved, what was published, and where', async () => {
    const card = await world.draft();
    await world.decide('approve', card, { by: 'U0BEN' });
    const [approved] = (await world.state()).drafts;
    expect(approved).toMatchObject({ status: 'approved', decidedBy: 'U0BEN', reason: null });
    expect(approved?.approvals).toEqual([
      {
        seq: 4,
        slackUserId: 'U0BEN',
        expiresAt: '2026-11-20T09:30:00.000Z',
        requiredApprovals: 1,
      },
    ]);
    await world.deliverAll();
    const state = await world.state();
    expect(state.drafts[0]).toMatchObject({
      status: 'published',
      attempt: null,
      attempts: 1,
      publishedLink: 'https://status.example/1',
      publishedAt: '2026-11-20T09:00:00.000Z',
    });
    expect(state.page).toMatchObject({
      statuspageIncidentId: 'page1',
      lastPublication: { draftId: card.draftId, revision: 1, link: 'https://status.example/1' },
    });
  });

  it('remember the newest proposal behind their words, when people edit it too', async () => {
    const card = await world.draft();
    expect((await world.state()).drafts[0]).not.toHaveProperty('aiProposal');
    const inputSha256 = 'a'.repeat(64);
    const ai = { modelId: 'model', promptVersion: 'p1', inputSha256, redactionCount: 0 };
    await world.drafts.revise({
      incidentId: world.incidentId,
      commandId: 'proposal',
      actor: { kind: 'slack_user', id: 'U0CAL' },
      seen: card,
      content: contentOf('Errors are seen.'),
      source: { origin: 'proposal', ai },
    });
    const proposal = { revision: 2, modelId: 'model', promptVersion: 'p1' };
    expect((await world.state()).drafts[0]?.aiProposal).toEqual(proposal);
    const byModel = (await world.events()).at(-1)?.details;
    expect(byModel).toMatchObject({ ai });
    expect(byModel).not.toHaveProperty('aiBefore');
    for (const text of ['Errors.', 'Many errors.']) {
      await world.edit(await world.card(card.draftId), text);
      expect((await world.state()).drafts[0]).toMatchObject({
        aiProposal: proposal,
        aiModelId: null,
      });
      const byPerson = (await world.events()).at(-1)?.details;
      expect(byPerson).toMatchObject({ ai: null, aiBefore: proposal });
    }
  });

  it('show an attempt while it is under way, and why it ended', async () => {
    const card = await world.draft();
    await world.decide('approve', card);
    world.page.fates.push('busy');
    await world.deliverAll();
    expect((await world.state()).drafts[0]).toMatchObject({
      status: 'approved',
      reason: 'the status page was busy and did nothing',
      attempts: 1,
      attempt: {
        attemptId: 'attempt-1',
        startedSeq: 5,
        looks: 0,
        retryAt: '2026-11-20T09:00:05.000Z',
      },
    });
    world.nowMs += 5_000;
    world.page.fates.push('vanished');
    await world.deliver(card);
    expect((await world.state()).drafts[0]).toMatchObject({
      status: 'unconfirmed',
      reason: 'the status page did not answer',
      attempts: 2,
      attempt: {
        looks: 0,
        unasked: 0,
        unconfirmedAt: '2026-11-20T09:00:05.000Z',
        nextLookAt: '2026-11-20T09:00:23.000Z',
      },
    });
    world.nowMs += 18_000;
    await world.deliver(card);
    expect((await world.state()).drafts[0]?.attempt).toMatchObject({
      looks: 1,
      unconfirmedAt: '2026-11-20T09:00:05.000Z',
      nextLookAt: '2026-11-20T09:00:53.000Z',
    });
  });
});

describe('defaultDraftContent()', () => {
  const routing = {
    services: [
      {
        name: 'checkout-api',
        match: { labels: {}, integrationIds: [], teams: [] },
        responders: [],
        components: ['c1', 'c2'],
      },
    ],
    components: [
      { id: 'c1', name: 'Checkout' },
      { id: 'c2', name: 'Payments' },
      { id: 'c3', name: 'Search' },
    ],
  };
  const content = async (
    status: 'investigating' | 'monitoring' | 'resolved',
    service: string | null,
  ) =>
    defaultDraftContent({
      incident: { ...(await world.state()), service },
      routing,
      status,
      text: 'Words.',
    });

  it('names the components of the service, in the state and impact of the severity', async () => {
    expect(await content('investigating', 'checkout-api')).toEqual({
      title: 'Problems with Checkout, Payments',
      text: 'Words.',
      status: 'investigating',
      impact: 'major',
      notify: true,
      components: { c1: 'partial_outage', c2: 'partial_outage' },
    });
    expect((await content('monitoring', 'checkout-api')).components).toEqual({
      c1: 'degraded_performance',
      c2: 'degraded_performance',
    });
  });

  it('names no component for an unknown service', async () => {
    expect(await content('investigating', null)).toMatchObject({
      title: 'Service disruption',
      components: {},
    });
  });

  it('keeps the public title, and puts back only what this incident put on the page', async () => {
    const components = { c3: 'major_outage' } as const;
    await world.publish(await world.draft('Out.', { title: 'Search is down', components }));
    await world.draft('Never published.', { components: { c1: 'major_outage' } });
    expect(await content('resolved', 'checkout-api')).toMatchObject({
      title: 'Search is down',
      components: { c3: 'operational' },
    });
  });
});
