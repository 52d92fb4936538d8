import { describe, expect, it } from 'vitest';
import { textOf } from '../../src/domain/sentence.ts';
import { clickOf, personRequest, plain } from './person-request.ts';
import { chatError, type Hook, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const [ANA, SAM] = ['U0ANA', 'U0SAM'];
const ELSEWHERE = 'C0ELSEWHERE';
const REPLY = 'https://hooks.slack.com/commands/1';
const declaration = (by: string, title: string, responseUrl: string | undefined = REPLY) =>
  personRequest({
    ...{ by, channelId: ELSEWHERE, text: `declare ${title}` },
    ...(responseUrl === '' ? {} : { responseUrl }),
  });
const act = (request: ReturnType<typeof declaration> | ReturnType<typeof clickOf>) =>
  world.worker().requests.act(request, undefined);
const opened = async () => {
  const open = await world.rows.listOpen(10);
  return open.map(({ incidentId }) => incidentId);
};
const twinLines = (room: string) =>
  world.chat.lines(room).filter((text) => text.startsWith('Another incident may be the same'));

/** Ana declares first, and her room is open. */
async function givenFirst(title = 'Checkout is down'): Promise<string> {
  const { incidentId } = await act(declaration(ANA, title));
  await world.worker().run.run(incidentId ?? '');
  world.clock.advance(120_000);
  return incidentId ?? '';
}

describe('who declares what may be open since minutes', () => {
  it('is shown the first incident with a way in, and opens none', async () => {
    const first = await givenFirst();
    const { answer, incidentId } = await act(declaration(SAM, 'checkout is broken'));
    expect(plain(answer)).toEqual({
      kind: 'line',
      text:
        '@U0ANA declared “Checkout is down” (P1) 2 min ago: #C0ROOM1. If that is it, join. If ' +
        'yours is another one, declare it anyway. Your words are noted there.',
      buttons: [
        {
          actionId: 'incident_join',
          label: 'Join',
          value: JSON.stringify({ incidentId: first }),
          style: 'primary',
        },
        {
          actionId: 'incident_declare_anyway',
          label: 'Declare anyway',
          value: '{"title":"checkout is broken","service":null,"severity":null}',
        },
      ],
    });
    expect(incidentId).toBe(first);
    expect(await opened()).toEqual([first]);
  });

  it('has their words noted in the first room, once', async () => {
    const first = await givenFirst();
    const request = declaration(SAM, 'checkout is broken');
    await act(request);
    await act(request);
    await world.worker().run.run(first);
    expect(world.chat.lines('C0ROOM1').filter((text) => text.startsWith('Note by'))).toEqual([
      'Note by @U0SAM: declared it too, and was shown this incident: “checkout is broken”',
    ]);
  });

  it('declares anyway at a click, and both rooms are told of each other, once', async () => {
    const first = await givenFirst();
    const { answer } = await act(declaration(SAM, 'checkout is broken'));
    const value = answer?.kind === 'line' ? JSON.parse(answer.buttons?.[1]?.value ?? '') : {};
    const actionId = 'incident_declare_anyway';
    const { incidentId } = await act(clickOf({ by: SAM, channelId: ELSEWHERE, actionId, value }));
    expect(await opened()).toHaveLength(2);
    await world.worker().run.run(incidentId ?? '');
    await world.worker().run.run(first);
    expect(twinLines('C0ROOM1')).toEqual([
      'Another incident may be the same: “checkout is broken” (P1), #C0ROOM2, led by @U0SAM. If it ' +
        'is, go on in one of them and cancel the other.',
    ]);
    expect(twinLines('C0ROOM2')).toHaveLength(1);
  });

  it('is not held back by what was opened ten minutes before, or is about something else', async () => {
    await givenFirst();
    await act(declaration(SAM, 'Search is slow'));
    world.clock.advance(480_000);
    await act(declaration(SAM, 'checkout is broken'));
    expect(await opened()).toHaveLength(3);
  });

  it('is shown what an alert opened, too', async () => {
    await givenFirst();
    const alert = { ...(await world.rows.listOpen(1))[0], declaredBy: null };
    world.rows.listOpen = async () => [alert as never];
    const { answer } = await act(declaration(SAM, 'checkout is broken'));
    expect(plain(answer)).toMatchObject({
      text: expect.stringMatching(/^An alert opened “Checkout is down”/),
    });
  });
});

describe('a declaration is never lost', () => {
  it('delivered again after somebody else declared the same, it is the one it was', async () => {
    const mine = declaration(SAM, 'checkout is broken');
    const { incidentId } = await act(mine);
    await act(declaration(ANA, 'Search is slow'));
    expect((await act(mine)).incidentId).toBe(incidentId);
    expect(await opened()).toHaveLength(2);
  });

  it('whose author cannot be told of the first opens a room, and both are told of each other', async () => {
    const first = await givenFirst();
    const { incidentId } = await act(declaration(SAM, 'checkout is broken', ''));
    expect(incidentId).not.toBe(first);
    await world.worker().run.run(incidentId ?? '');
    expect(twinLines('C0ROOM1')).toHaveLength(1);
    expect(twinLines('C0ROOM2')).toHaveLength(1);
  });

  it('two at the same instant, neither of which sees the other, are told of each other', async () => {
    const { listOpen } = world.rows;
    world.rows.listOpen = async () => [];
    const both = await Promise.all([
      act(declaration(ANA, 'Checkout is down')),
      act(declaration(SAM, 'checkout is broken')),
    ]);
    world.rows.listOpen = listOpen.bind(world.rows);
    expect(new Set(both.map(({ incidentId }) => incidentId)).size).toBe(2);
    for (const { incidentId } of both) await world.worker().run.run(incidentId ?? '');
    expect(twinLines('C0ROOM1')).toHaveLength(1);
    expect(twinLines('C0ROOM2')).toHaveLength(1);
  });

  it('opens its room though the other room cannot be told', async () => {
    await givenFirst();
    const { incidentId } = await act(declaration(SAM, 'checkout is broken', ''));
    const refused: Hook = (_port, method, when) => {
      if (method === 'post' && when === 'before' && world.chat.rooms.length > 1) {
        const said = world.chat.posts.at(-1);
        if (
          said?.message.kind === 'line' &&
          textOf(said.message.text).startsWith('Another incident')
        ) {
          throw chatError('CHAT_REFUSED');
        }
      }
    };
    await world.worker(refused).run.run(incidentId ?? '');
    expect(twinLines('C0ROOM2')).toHaveLength(1);
    expect(twinLines('C0ROOM1')).toHaveLength(0);
    expect((await world.trail.from(incidentId ?? '', 1)).at(-1)?.type).not.toBe('EFFECT_ABANDONED');
  });

  it('a button that holds no title says so', async () => {
    const click = clickOf({
      ...{ by: MAYA, channelId: ELSEWHERE, actionId: 'incident_declare_anyway', value: {} },
    });
    expect(plain((await act(click)).answer)).toEqual({
      kind: 'refusal',
      text: 'This button is out of date. Please type the command instead.',
    });
  });
});
