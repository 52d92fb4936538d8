import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { givenWorld, type Incident } from './war-room.ts';

/*
 * When an incident opens, what is known about its service is asked of Grafana and GitHub, and posted
 * to the room when it is there. No room waits for it, and what could not be asked is never a zero.
 */
const stage = givenWorld();

/** The cards in the room that say what is known, as text. */
async function cards(incident: Incident): Promise<string[]> {
  const { messages } = await stage.actors.channel(await incident.room());
  return messages
    .filter(({ metadata }) => JSON.stringify(metadata ?? {}).includes('#context_card'))
    .map(({ blocks }) => JSON.stringify(blocks));
}

async function snapshotOf(incident: Incident) {
  return (await incident.last('CONTEXT_SNAPSHOT_ATTACHED')).details;
}

describe('an incident of a service that the configuration knows', () => {
  it('shows what Grafana and GitHub say, once, and keeps it on the trail', async () => {
    const incident = await stage.fires('checkout-errors');
    const [card = '', ...others] = await cards(incident);
    expect(others).toEqual([]);
    for (const words of [
      'Context: checkout-api',
      'Failed requests: 7.318%, 0.1215% half an hour before',
      'Latency, 95th percentile: 2214 ms, 187.2 ms half an hour before',
      'payment intent failed',
      'checkout-api: POST /v1/orders: 5204 ms',
      '21 min before, production: succeeded, main, by jonas-berg',
      'src/payments/: @acme/payments @acme/checkout',
      'https://runbooks.example.com/checkout-api',
    ]) {
      expect(card).toContain(words);
    }
    const { summary, sources } = await snapshotOf(incident);
    expect(summary).toBe('6 of 6 sources answered');
    expect(sources.map(({ source, status }) => `${source} ${status}`)).toEqual([
      'metrics ok',
      'metrics ok',
      'logs ok',
      'traces ok',
      'deploys ok',
      'owners ok',
    ]);
    expect(await incident.count('CONTEXT_SNAPSHOT_ATTACHED')).toBe(1);
  });

  it('shows no customer’s address that a log line holds', async () => {
    const incident = await stage.fires('checkout-errors');
    const kept = JSON.stringify([await cards(incident), await incident.trail()]);
    expect(kept).toContain('card declined for [email-1]');
    expect(kept).not.toContain('shopper.example');
  });

  it('is asked about once, whoever repeats the question', async () => {
    const incident = await stage.fires('checkout-errors');
    const asked = stage.countOf('grafana', 'prometheus_query');
    await stage.sends('incidents', { kind: 'context', incidentId: incident.id }, 'again');
    await stage.settle();
    expect(stage.countOf('grafana', 'prometheus_query')).toBe(asked);
    expect(await incident.count('CONTEXT_SNAPSHOT_ATTACHED')).toBe(1);
    expect(await cards(incident)).toHaveLength(1);
  });
});

describe('a source that does not answer', () => {
  it('keeps nobody waiting: the room is whole and commands are answered meanwhile', async () => {
    stage.fault('grafana', { match: 'loki_query', times: 0, answer: 'never' });
    const firing = await stage.actors.fires('checkout-errors', 'escalation');
    await stage.until('the room is whole', async () => {
      const [id] = await stage.incidentsOf(firing.key);
      const trail = id ? await stage.actors.trail(id) : [];
      return trail.some(({ type }) => type === 'WAR_ROOM_ASSEMBLED');
    });
    const incident = await stage.incidentOf(firing);
    await stage.actors.clicks('U04MAYAITO1', await incident.room(), { action: 'incident_take_ic' });
    await stage.until('the click counts', async () => (await incident.count('ROLE_ASSIGNED')) > 0);
    // All that before the source's time was up.
    expect(await incident.count('CONTEXT_SNAPSHOT_ATTACHED')).toBe(0);
    await stage.settle(20_000);
    const [card = ''] = await cards(incident);
    expect(card).toContain(': unknown (no answer in time)');
    expect(card).toContain('Failed requests: 7.318%');
    expect((await snapshotOf(incident)).summary).toBe(
      '5 of 6 sources answered; unknown: logs “Errors”',
    );
  });

  it('is shown as unknown with the reason when all are down, and never as zero', async () => {
    stage.fault('grafana', { match: '*', times: 0, status: 503 });
    stage.fault('github', { match: '*', times: 0, status: 403, retryAfterS: 60 });
    const incident = await stage.fires('checkout-errors');
    const [card = ''] = await cards(incident);
    for (const words of [
      '"text":"Metrics"',
      ': unknown (it answered with an error)',
      'unknown (its rate limit is used up)',
      'https://runbooks.example.com/checkout-api',
    ]) {
      expect(card).toContain(words);
    }
    expect(card).not.toMatch(/: 0[ %"]/);
    expect((await snapshotOf(incident)).summary).toMatch(/^0 of 6 sources answered; unknown: /);
    expect(await incident.count('WAR_ROOM_ASSEMBLED')).toBe(1);
  });
});

describe('Slack loses the answer to the card', () => {
  it('and the card is found again, not posted twice', async () => {
    stage.fault('grafana', { match: 'tempo_search', delayMs: 1_500 });
    const firing = await stage.actors.fires('checkout-errors', 'escalation');
    await stage.until('the room is whole', async () => {
      const [id] = await stage.incidentsOf(firing.key);
      const trail = id ? await stage.actors.trail(id) : [];
      return trail.some(({ type }) => type === 'WAR_ROOM_ASSEMBLED');
    });
    await stage.world.idle(200);
    stage.fault('slack', { match: 'chat.postMessage', effect: 'done', answer: 'drop' });
    const incident = await stage.incidentOf(firing);
    await stage.until('the card is there', async () => (await cards(incident)).length > 0);
    await stage.passes({ seconds: 30 });
    expect(stage.world.slack.board.faults()).toMatchObject([{ hits: 1 }]);
    expect(await cards(incident)).toHaveLength(1);
    expect(await incident.count('CONTEXT_SNAPSHOT_ATTACHED')).toBe(1);
    expect(await incident.count('EFFECT_ABANDONED')).toBe(0);
  });
});

describe('a declared incident', () => {
  it('is asked about by the service that its form names', async () => {
    await stage.actors.says('U04SAMOKAFR', ANNOUNCEMENT_CHANNEL_ID, 'declare');
    await stage.actors.submits('U04SAMOKAFR', {
      title: 'Payments look odd',
      service: 'payments-worker',
      severity: 'P2',
    });
    await stage.settle();
    const trail = [...(await stage.actors.trails()).values()].find(
      ([first]) => first?.type === 'INCIDENT_DECLARED',
    );
    const attached = trail?.find(({ type }) => type === 'CONTEXT_SNAPSHOT_ATTACHED');
    expect(attached?.details).toMatchObject({
      service: 'payments-worker',
      summary: '7 of 7 sources answered',
    });
  });
});
