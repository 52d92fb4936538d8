import { beforeEach, describe, expect, it } from 'vitest';
import { RunEffects } from '../../src/services/run-effects.ts';
import { clickOf, personRequest } from './person-request.ts';
import { declareCommand, INCIDENT } from './record-world.ts';
import { ANNOUNCEMENTS, chatError, MAYA, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const ROOM = 'C0ROOM1';
const events = () => world.trail.from(INCIDENT, 1);
const types = async () => (await events()).map(({ type }) => type);
const works = () => world.worker().run.run(INCIDENT);

async function declared(): Promise<void> {
  await world.record.run(declareCommand('declare', { service: null }));
}

async function says(text: string) {
  const { requests } = world.worker();
  const request = personRequest({ by: MAYA, channelId: ROOM, text });
  const { answer } = await requests.act(request, undefined);
  await works();
  return answer;
}

describe('an announcement channel that only some people may post in', () => {
  beforeEach(async () => {
    world.chat.closed.set(ANNOUNCEMENTS, {
      code: 'CHAT_REFUSED',
      refusal: 'restricted_action_read_only_channel',
    });
    await declared();
    await works();
  });

  it('keeps no room from being opened and led to its end', async () => {
    expect(world.chat.rooms).toHaveLength(1);
    await says('note Looked at the logs');
    await says('resolve Rolled back');
    expect(world.chat.lines(ROOM).join('\n')).toContain('Looked at the logs');
    expect(world.chat.lines(ROOM).join('\n')).toContain('Rolled back');
    expect(await types()).toEqual(
      expect.arrayContaining(['WAR_ROOM_ASSEMBLED', 'NOTE_ADDED', 'INCIDENT_RESOLVED']),
    );
    const { actedSeq, state } = (await world.record.load(INCIDENT))!;
    expect(actedSeq).toBe(state.version);
  });
});

describe('an announcement channel that takes nothing', () => {
  it.each([
    ['restricted_action_read_only_channel', 'CHAT_REFUSED', 'only some people may post'],
    ['not_in_channel', 'CHAT_ROOM_CLOSED', 'this app was taken out of the channel'],
  ] as const)('is named in the war room, once, with what to do: %s', async (refusal, code, why) => {
    world.chat.closed.set(ANNOUNCEMENTS, { code, refusal });
    await declared();
    await works();
    for (const text of ['note One', 'severity P2 less harm', 'update Two']) await says(text);
    const told = world.chat.lines(ROOM).filter((line) => line.includes(why));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`In #${ANNOUNCEMENTS} `);
    world.chat.closed.clear();
    await world.worker().run.run(INCIDENT, true);
    expect(world.chat.count('announcement', ANNOUNCEMENTS)).toBe(1);
  });
});

describe('a war room that the app was taken out of', () => {
  const CLOSED = { code: 'CHAT_ROOM_CLOSED' } as const;
  const told = () => world.chat.lines(ANNOUNCEMENTS).filter((line) => line.includes('/invite'));
  beforeEach(async () => {
    await declared();
    await works();
    world.chat.posts = world.chat.posts.filter(({ message }) => message.kind !== 'line');
    world.chat.topics = [];
  });

  describe.each(['not_in_channel', 'channel_not_found', 'is_archived', 'is_inactive'])(
    'as Slack says %s',
    (refusal) => {
      it('is named once; what was missed comes in its order, once, when it is back', async () => {
        world.chat.closed.set(ROOM, { ...CLOSED, refusal });
        for (const text of ['note One', 'severity P2 less harm', 'note Two', 'mitigate Three']) {
          await says(text);
        }
        expect(world.chat.lines(ROOM)).toEqual([]);
        expect(told()).toHaveLength(1);
        world.chat.closed.clear();
        for (let runs = 0; runs < 2; runs += 1) await world.worker().run.run(INCIDENT, true);
        expect(world.chat.lines(ROOM).map((line) => line.split(' ').at(-1))).toEqual([
          'One',
          'harm.',
          'Two',
          'Three',
        ]);
        expect(world.chat.topics.at(-1)).toContain('P2 | mitigated');
        expect(world.chat.count('incident_card', ROOM)).toBe(1);
        expect(told()).toHaveLength(1);
        expect(await types()).not.toContain('EFFECT_ABANDONED');
      });
    },
  );

  it('is named again when it is left again', async () => {
    for (let times = 1; times <= 2; times += 1) {
      world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'not_in_channel' });
      world.clock.advance(60_000);
      await says(`note ${times}`);
      expect(told()).toHaveLength(times);
      world.chat.closed.clear();
      await world.worker().run.run(INCIDENT, true);
    }
  });

  it('answers whoever acts in it that it counts, and why nothing is shown', async () => {
    world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'not_in_channel' });
    const answer = await says('note One');
    expect(answer).toMatchObject({ kind: 'line' });
    expect(JSON.stringify(answer)).toContain('Done, and on record. It is not shown here yet');
    const value = { incidentId: INCIDENT, index: 0, done: true };
    const pressed = clickOf({ by: MAYA, channelId: ROOM, actionId: 'checklist_toggle', value });
    const { answer: ticked } = await world.worker().requests.act(pressed, undefined);
    expect(JSON.stringify(ticked)).toContain('Done, and on record. It is not shown here yet');
    // A form that is open says enough.
    expect(await says('note')).toBeNull();
  });

  it('is led from the announcement channel by its id, and by its id only while it is closed', async () => {
    const request = () =>
      personRequest({
        by: MAYA,
        channelId: ANNOUNCEMENTS,
        text: `resolve ${INCIDENT} Rolled back`,
      });
    const open = await world.worker().requests.act(request(), undefined);
    expect(JSON.stringify(open.answer)).toContain('say it there');
    expect(await types()).not.toContain('INCIDENT_RESOLVED');
    world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'is_archived' });
    await world.worker().requests.act(request(), undefined);
    expect(await types()).toContain('INCIDENT_RESOLVED');
  });

  it('is put away without a word once all is over, as teams archive their rooms', async () => {
    await says('resolve Rolled back');
    world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'is_archived' });
    await says('note After the end');
    expect(told()).toEqual([]);
    world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'not_in_channel' });
    await says('note Still after the end');
    expect(told()).toHaveLength(1);
  });

  it('keeps from nobody the calls that go to everybody, and asks once when it is back', async () => {
    world.chat.closed.set(ROOM, { ...CLOSED, refusal: 'not_in_channel' });
    const actor = { kind: 'schedule', id: 'update-due' } as const;
    const at = (minutes: number) => new Date(world.clock.nowMs() + minutes * 60_000).toISOString();
    const due = (minutes: number) => ({ dueAt: at(minutes), nextUpdateDueAt: at(minutes + 30) });
    for (const [index, append] of [
      { append: 'STATUS_REMINDER_SENT', details: { slackUserId: MAYA, ...due(0) } },
      { append: 'STATUS_REMINDER_ESCALATED', details: { reason: 'r', to: 'room', ...due(30) } },
      {
        append: 'STATUS_REMINDER_ESCALATED',
        details: { reason: 'r', to: 'announcement', ...due(60) },
      },
    ].entries()) {
      const decide = () => append as never;
      await world.record.run({
        ...{ incidentId: INCIDENT, commandId: `due ${index}`, actor, decide },
      });
      await works();
    }
    const asked = (channelId: string) =>
      world.chat.lines(channelId).filter((line) => line.includes('the last one was'));
    expect(asked(ANNOUNCEMENTS)).toHaveLength(1);
    world.chat.closed.clear();
    await world.worker().run.run(INCIDENT, true);
    expect(asked(ROOM)).toEqual([]);
    expect(asked(ANNOUNCEMENTS)).toHaveLength(1);
  });

  it.each([
    ['STATUSPAGE_APPROVAL_ESCALATED', 'escalation', true],
    ['NOTE_ADDED', 'line', false],
  ] as const)('tries %s though one before it failed: %s, %s', async (type, effect, isTried) => {
    const tried: number[] = [];
    const run = new RunEffects({
      ...{ record: world.record, trail: world.trail, rows: world.rows, clock: world.clock },
      log: { note() {}, warn() {}, error() {}, count() {} },
      effects: {
        once: async (name, event) => {
          if (name !== effect) return;
          tried.push(event.seq);
          if (tried.length === 1) throw chatError('CHAT_ROOM_CLOSED', false, 'not_in_channel');
        },
        refresh: async () => {},
        putAside: async () => {},
      },
    });
    const { version } = (await world.record.load(INCIDENT))!.state;
    const escalated = { draftId: 'drf-1', revision: 1, stage: 'paged' };
    const details = type === 'NOTE_ADDED' ? { text: 'x' } : escalated;
    for (const commandId of ['first', 'second']) {
      const actor = { kind: 'system', id: 'test' } as const;
      const decide = () => ({ append: type, details }) as never;
      await world.record.run({ incidentId: INCIDENT, commandId, actor, decide });
    }
    await run.run(INCIDENT);
    expect(tried).toEqual(isTried ? [version + 1, version + 2] : [version + 1]);
  });
});
