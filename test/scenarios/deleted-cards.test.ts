import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { type CardValue, givenWorld, type Incident } from './war-room.ts';

const stage = givenWorld();
const WAITS = '1 draft waits for approval';
const HEADING = /^Status page update · revision (\d+) · (.*?): /;

type Shown = { ts: string; text: string; blocks?: unknown };

/** Cards of one draft, oldest first. */
async function cardsOf(incident: Incident, { draftId }: CardValue): Promise<Shown[]> {
  const { messages } = await stage.actors.channel(await incident.room());
  const seqs = (await incident.trail()).flatMap(({ seq, type, details }) =>
    (type === 'STATUSPAGE_DRAFT_CREATED' || type === 'STATUSPAGE_DRAFT_REVISED') &&
    (details as { draftId: string }).draftId === draftId
      ? [`${incident.id}#${seq}#approval_card`]
      : [],
  );
  return (messages as Shown[]).filter((message) =>
    seqs.some((effect) => JSON.stringify(message).includes(effect)),
  );
}

/** What the cards of a draft say in their headings, oldest first. */
async function headings(incident: Incident, draft: CardValue): Promise<string[]> {
  const cards = await cardsOf(incident, draft);
  return cards.map(({ text }) => HEADING.exec(text)?.slice(1, 3).join(': ') ?? text);
}

async function deletes(incident: Incident, ts: string): Promise<void> {
  const response = await fetch(`${stage.world.ready.urls.slack}/_world/delete`, {
    method: 'POST',
    body: JSON.stringify({ channel: await incident.room(), ts }),
  });
  expect(response.status).toBe(200);
}

/** The incident's live card and its announcement, each as JSON. */
async function live(incident: Incident): Promise<[string, string]> {
  const room = await incident.room();
  const { messages } = await stage.actors.channel(room);
  const card = messages.find((each) => JSON.stringify(each).includes('#1#incident_card'));
  const announced = (await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID)).messages;
  const announcement = announced.find((each) => JSON.stringify(each).includes(`<#${room}>`));
  return [JSON.stringify(card), JSON.stringify(announcement)];
}

describe('an approval card that somebody deleted', () => {
  it('is back within one sweep, stops no other card, and can be decided on', async () => {
    const incident = await stage.givenP1();
    const first = await incident.givenDraft('maya', 'The first words.');
    const [card] = await cardsOf(incident, first);
    await deletes(incident, card!.ts);
    const second = await incident.givenDraft('maya', 'The second words.');
    await incident.clicks('priya', 'statuspage_approve', { value: JSON.stringify(second) });
    expect(await incident.pageTexts()).toEqual(['The second words.']);
    expect(await headings(incident, second)).toEqual(['1: published']);
    await stage.passes({ minutes: 1 });
    expect(await headings(incident, first)).toEqual(['1: waits for approval']);
    await deletes(incident, (await cardsOf(incident, first))[0]!.ts);
    await stage.passes({ minutes: 1 });
    expect(await headings(incident, first)).toEqual(['1: waits for approval']);
    await stage.passes({ minutes: 2 });
    expect(await headings(incident, first)).toHaveLength(1);
    const [again] = await cardsOf(incident, first);
    await incident.clicks('maya', 'statuspage_withdraw', {
      ts: again!.ts,
      value: JSON.stringify(first),
    });
    expect(await headings(incident, first)).toEqual(['1: withdrawn']);
  });

  it('stays away once it is a receipt', async () => {
    const incident = await stage.givenP1();
    const draft = await incident.givenDraft();
    await incident.clicks('maya', 'statuspage_withdraw');
    await deletes(incident, (await cardsOf(incident, draft))[0]!.ts);
    await incident.says('maya', 'severity P2 it is not that bad');
    await stage.passes({ minutes: 2 });
    expect(await cardsOf(incident, draft)).toEqual([]);
    expect(await incident.count('EFFECT_ABANDONED')).toBe(0);
  });
});

describe('the live card, the announcement and the draft cards show the truth after', () => {
  const rejects = async (incident: Incident) => {
    await incident.clicks('priya', 'statuspage_reject');
    await incident.submits('priya', { reason: 'Not yet.' });
  };
  const edits = async (incident: Incident) => {
    await incident.clicks('maya', 'statuspage_edit');
    await incident.submits('maya', { text: 'Other words.' });
  };
  const approves = (status?: number) => async (incident: Incident) => {
    if (status) stage.fault('statuspage', { match: 'create_incident', times: 0, status });
    await incident.clicks('priya', 'statuspage_approve');
  };
  const withdraws = async (incident: Incident) =>
    void (await incident.clicks('maya', 'statuspage_withdraw'));
  const expires = async () => {
    stage.world.clock.advance(86_400_000 + 5_000);
    await stage.settle();
  };
  it.each([
    ['approve', approves(429), ['1: approved, publishing next'], 0, 'Nothing published'],
    ['reject', rejects, ['1: rejected'], 0, 'Nothing published'],
    [
      'edit',
      edits,
      ['1: replaced by a newer revision', '2: waits for approval'],
      1,
      'Nothing published',
    ],
    ['withdraw', withdraws, ['1: withdrawn'], 0, 'Nothing published'],
    ['expire', expires, ['1: expired'], 0, 'Nothing published'],
    ['publish', approves(), ['1: published'], 0, 'Investigating'],
    ['fail', approves(422), ['1: could not be published'], 0, 'Nothing published'],
  ])('%s', async (_decision, decide, cards, waiting, page) => {
    const incident = await stage.givenP1();
    const draft = await incident.givenDraft();
    for (const shown of await live(incident)) expect(shown).toContain(WAITS);
    await decide(incident);
    for (const shown of await live(incident)) {
      expect(shown.includes(WAITS)).toBe(waiting === 1);
      expect(shown).toContain(page);
    }
    expect(await headings(incident, draft)).toEqual(cards);
  });
});
