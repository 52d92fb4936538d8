import { beforeEach, describe, expect, it } from 'vitest';
import { ChatError, DeliveryError, TrailError } from '../../src/domain/errors.ts';
import type { Command } from '../../src/services/incident-record.ts';
import type { RunEffects } from '../../src/services/run-effects.ts';
import { declareCommand, INCIDENT, noteCommand } from './record-world.ts';
import { ANNOUNCEMENTS, chatError, type Hook, MAYA, useWorker } from './worker-world.ts';

const world = useWorker();
const types = async () => (await world.trail.from(INCIDENT, 1)).map(({ type }) => type);
const MINUTE_MS = 60_000;

/** Fails calls of one port's method; `times` from the first on. */
function failing(method: string, error: () => Error, times = Number.POSITIVE_INFINITY): Hook {
  let left = times;
  return (_port, name, when) => {
    if (name !== method || when !== 'before' || left === 0) return;
    left -= 1;
    throw error();
  };
}

async function append<D>(...commands: Command<D>[]): Promise<void> {
  for (const command of commands) await world.record.run(command);
}

const update = (text: string): Command<never> => ({
  ...noteCommand(text),
  decide: () => ({
    append: 'STATUS_UPDATE_SENT',
    details: { text, nextUpdateDueAt: '2026-11-20T10:00:00.000Z' },
  }),
});

describe('run()', () => {
  it('does nothing for an incident without a trail', async () => {
    await world.worker().run.run(INCIDENT);
    expect(world.chat.rooms).toEqual([]);
  });

  it('shows what was said before there was a room, once there is one', async () => {
    await append(declareCommand(), noteCommand('Disk is full'));
    await world.worker().run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual(['Note by @U0MAYA: Disk is full']);
  });

  it('does not act on an event newer than the state it knows', async () => {
    await append(declareCommand());
    await world.worker().run.run(INCIDENT);
    await append(noteCommand('first'));
    let looks = 0;
    const { run, effects } = world.worker(async (_port, method, when) => {
      if (method !== 'from' || when !== 'before') return;
      looks += 1;
      // Between the look at the state and the look at the open events.
      if (looks === 2) await append(noteCommand('second'));
    });
    const ahead: number[] = [];
    const once = effects.once.bind(effects);
    effects.once = async (effect, event, incident) => {
      ahead.push(event.seq - incident.state.version);
      return once(effect, event, incident);
    };
    await run.run(INCIDENT);
    expect(Math.max(...ahead)).toBe(0);
    expect(world.chat.lines('C0ROOM1')).toHaveLength(2);
  });

  it('takes an incident off the unfinished index when nothing is open', async () => {
    await append(declareCommand());
    expect(await world.rows.listUnfinished(10)).toHaveLength(1);
    await world.worker().run.run(INCIDENT);
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });
});

describe('run(), over hundreds of events', () => {
  // Thousands of calls, which the embedded DynamoDB takes a minute for on a busy machine.
  const many = useWorker('memory');

  it('does the effects of 250 open events in bounded rounds, each once', async () => {
    await many.record.run(declareCommand());
    await many.worker().run.run(INCIDENT);
    for (let i = 0; i < 250; i += 1) await many.record.run(noteCommand(`note ${i}`));
    let queries = 0;
    const { run } = many.worker((port, _method, when) => {
      if (port === 'trail' && when === 'before') queries += 1;
    });
    await run.run(INCIDENT);
    expect(many.chat.lines('C0ROOM1')).toHaveLength(250);
    expect(queries).toBeGreaterThan(0);
    expect(queries).toBeLessThan(20);
  });
});

describe('run(), when an effect fails', () => {
  let opened: RunEffects;

  beforeEach(async () => {
    await append(declareCommand());
    opened = world.worker().run;
    await opened.run(INCIDENT);
  });

  it('abandons what is refused for good at first sight, says so, and goes on', async () => {
    await append(noteCommand('first'), noteCommand('second'));
    const refused = failing('post', () => chatError('CHAT_REFUSED', false, 'msg_too_long'), 1);
    await world.worker(refused).run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual(['Note by @U0MAYA: second']);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'In #C0ROOM1 of “Checkout is down” (P1) one thing could not be shown and is not tried again: ' +
        'a line about what happened (the message is too long for Slack). The record is complete.',
    ]);
    const abandoned = (await world.trail.from(INCIDENT, 1)).at(-1);
    expect(abandoned).toMatchObject({
      type: 'EFFECT_ABANDONED',
      details: { effect: 'line', reason: 'cannot call chat: expected ok, got msg_too_long' },
    });
    expect(world.counted).toContain('EffectAbandoned');
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it('names a part that is kept in line as people call it when it is given up', async () => {
    await append(update('All is well'));
    const refused = failing('setTopic', () => chatError('CHAT_REFUSED', false, 'too_long'), 1);
    await world.worker(refused).run.run(INCIDENT);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'In #C0ROOM1 of “Checkout is down” (P1) one thing could not be shown and is not tried again: ' +
        'the topic of the room (it is too long for Slack). The record is complete.',
    ]);
  });

  it.each([
    ['a retryable error', () => chatError('CHAT_UNAVAILABLE', true)],
    ['an error nobody planned', () => new TypeError('secret text')],
    [
      'a schedule that is not taken',
      () => new DeliveryError({ code: 'SCHEDULE_UNAVAILABLE', message: 'no', retryable: true }),
    ],
  ])('tries again for 60 min after %s, then puts it aside and goes on', async (_name, error) => {
    await append(noteCommand('late'));
    let fails = true;
    const { run } = world.worker((_port, method, when) => {
      if (fails && method === 'post' && when === 'before') throw error();
    });
    world.clock.advance(60 * MINUTE_MS - 5_000);
    await expect(run.run(INCIDENT)).rejects.toThrow();
    world.clock.advance(5_001);
    await run.run(INCIDENT);
    expect((await world.rows.readState(INCIDENT))?.actedSeq).toBeGreaterThan(1);
    expect(await types()).not.toContain('EFFECT_ABANDONED');
    expect(await world.rows.listUnfinished(10)).toHaveLength(1);
    expect(world.counted).toContain('EffectPutAside');
    fails = false;
    world.clock.advance(MINUTE_MS);
    await run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual(['Note by @U0MAYA: late']);
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it('tells why and what to do once a cause, and catches up in order when it is over', async () => {
    let cause: string | undefined = 'restricted_action';
    const { run } = world.worker((_port, method, when) => {
      const isInRoom = method === 'post' && when === 'before' && cause !== undefined;
      // The announcement channel still takes what the room does not.
      if (isInRoom && posts++ % 2 === 0) throw chatError('CHAT_REFUSED', false, cause);
    });
    let posts = 0;
    for (const text of ['first', 'second']) {
      await append(noteCommand(text));
      await run.run(INCIDENT);
    }
    expect(world.chat.lines('C0ROOM1')).toEqual([]);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'In #C0ROOM1 of “Checkout is down” (P1) not everything can be shown for now, first of all ' +
        'a line about what happened: a setting of the Slack workspace does not allow this to apps. ' +
        'Ask an owner of the Slack workspace to allow it to this app. It is tried again by itself; ' +
        'the record is complete.',
    ]);
    cause = undefined;
    await append(noteCommand('third'));
    await run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual([
      'Note by @U0MAYA: first',
      'Note by @U0MAYA: second',
      'Note by @U0MAYA: third',
    ]);
    expect(await types()).not.toContain('EFFECT_ABANDONED');
  });

  it.each([
    [7 * 24 * 60 * MINUTE_MS - 60_000, 0],
    [7 * 24 * 60 * MINUTE_MS + 60_000, 1],
  ])('gives up what was put aside %i ms ago and fails again: %i times', async (ms, times) => {
    await append(noteCommand('never'));
    const revoked = () => chatError('CHAT_REFUSED', false, 'token_revoked');
    const { run } = world.worker(failing('post', revoked));
    await run.run(INCIDENT);
    world.clock.advance(ms);
    await run.run(INCIDENT);
    expect((await types()).filter((type) => type === 'EFFECT_ABANDONED')).toHaveLength(times);
  });

  it('does not count the time that an effect, or one before it, waited for its turn', async () => {
    await append(noteCommand('late'), noteCommand('behind'));
    const waits = world.worker(failing('post', () => chatError('CHAT_RATE_LIMITED', true))).run;
    let posts = 0;
    const fails = world.worker((_port, method, when) => {
      if (method !== 'post' || when !== 'before') return;
      posts += 1;
      if (posts > 1) throw chatError('CHAT_UNAVAILABLE', true);
    }).run;
    world.clock.advance(90 * MINUTE_MS);
    await expect(waits.run(INCIDENT)).rejects.toThrowWithCode(ChatError, 'CHAT_RATE_LIMITED');
    world.clock.advance(60 * MINUTE_MS - 5_000);
    await expect(fails.run(INCIDENT)).rejects.toThrow();
    expect(world.chat.lines('C0ROOM1')).toEqual(['Note by @U0MAYA: late']);
    expect(await types()).not.toContain('EFFECT_ABANDONED');
    expect(world.counted).not.toContain('EffectPutAside');
    world.clock.advance(5_001);
    await fails.run(INCIDENT);
    expect(world.counted).toContain('EffectPutAside');
  });

  it('does not abandon anything over a notice that cannot be posted', async () => {
    await append(noteCommand('never'));
    const tooLong = () => chatError('CHAT_REFUSED', false, 'msg_too_long');
    await world.worker(failing('post', tooLong)).run.run(INCIDENT);
    expect((await types()).filter((type) => type === 'EFFECT_ABANDONED')).toHaveLength(1);
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it('throws and abandons nothing when the trail itself cannot be written', async () => {
    await append(noteCommand('never'));
    world.clock.advance(90 * MINUTE_MS);
    const { run } = world.worker((port, method) => {
      if (method === 'post') throw chatError('CHAT_REFUSED', false, 'msg_too_long');
      if (port === 'trail' && method === 'insert') {
        throw new TrailError({ code: 'TRAIL_UNAVAILABLE', message: 'no', retryable: true });
      }
    });
    await expect(run.run(INCIDENT)).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
  });

  it('puts aside the one part that is refused, says so once, and does the others', async () => {
    let isRefused = true;
    const { run } = world.worker((_port, method, when) => {
      if (!isRefused || method !== 'setTopic' || when !== 'before') return;
      throw chatError('CHAT_REFUSED', false, 'restricted_action');
    });
    for (let i = 0; i < 6; i += 1) {
      await append({
        ...update(`Rolling back ${i}`),
        commandId: `update ${i}`,
        decide: () => ({
          append: 'STATUS_UPDATE_SENT',
          details: { text: 'Rolling back', nextUpdateDueAt: `2026-11-20T10:0${i}:00.000Z` },
        }),
      });
      await run.run(INCIDENT);
    }
    expect(world.schedules.due.get(`${INCIDENT}-update-due`)?.dueAtMs).toBe(
      Date.parse('2026-11-20T10:05:00Z'),
    );
    expect(world.chat.lines(ANNOUNCEMENTS)).toHaveLength(1);
    expect(world.chat.lines(ANNOUNCEMENTS)[0]).toContain('first of all the topic of the room:');
    isRefused = false;
    world.clock.advance(MINUTE_MS);
    await run.run(INCIDENT);
    expect(world.chat.topics.at(-1)).toContain('next update 10:05Z');
    expect(await types()).not.toContain('EFFECT_ABANDONED');
  });

  it('waits for every refresh to end before it throws', async () => {
    await append(update('Rolling back'));
    let updated = 0;
    const { run } = world.worker((_port, method, when) => {
      if (method === 'setTopic') throw chatError('CHAT_RATE_LIMITED', true);
      if (method === 'update' && when === 'after') updated += 1;
    });
    await expect(run.run(INCIDENT)).rejects.toThrow();
    expect(updated).toBe(2);
  });

  it('posts the card again after somebody deleted it', async () => {
    const card = world.chat.posts.find(({ message }) => message.kind === 'incident_card')!;
    world.chat.deleted.add(card.ts);
    await append(update('Rolling back'));
    await opened.run(INCIDENT);
    expect(world.chat.count('incident_card')).toBe(2);
    expect(await types()).not.toContain('EFFECT_ABANDONED');
    await append(update('Rolled back'));
    await opened.run(INCIDENT);
    expect(world.chat.count('incident_card')).toBe(2);
  });

  it('reminds in the room when the incident commander cannot be told alone', async () => {
    await append({
      ...noteCommand('due'),
      decide: () => ({
        append: 'STATUS_REMINDER_SENT',
        details: {
          dueAt: '2026-11-20T09:30:00.000Z',
          slackUserId: MAYA,
          nextUpdateDueAt: '2026-11-20T10:00:00.000Z',
        },
      }),
    });
    await world.worker(failing('whisper', () => chatError('CHAT_REFUSED'))).run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual([
      '@U0MAYA: an update is due: the last one was 0 min ago, when the incident opened.',
    ]);
    expect(await types()).not.toContain('EFFECT_ABANDONED');
  });

  it('keeps a published resolution apart from the postmortem and posts it once', async () => {
    await append({
      ...noteCommand('resolve'),
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Rolled back.' } }),
    });
    await opened.run(INCIDENT);
    await opened.run(INCIDENT);
    expect(world.chat.files).toEqual([`postmortem-${INCIDENT}.md`]);
    expect(await world.rows.readPostmortem(INCIDENT)).toContain('> Rolled back.');
    expect(world.schedules.due.has(`${INCIDENT}-update-due`)).toBe(false);
  });
});

describe('run(), when the room can only be opened in part', () => {
  it.each(['setTopic', 'addBookmarks', 'pin'])(
    'opens it though %s is refused, says so once, and does it when it can be done',
    async (method) => {
      await append(declareCommand());
      let isRefused = true;
      const { run } = world.worker((_port, name, when) => {
        if (!isRefused || name !== method || when !== 'before') return;
        throw chatError('CHAT_REFUSED', false, 'restricted_action');
      });
      await run.run(INCIDENT);
      expect((await world.record.load(INCIDENT))?.state.status).toBe('active');
      expect(world.chat.lines(ANNOUNCEMENTS)).toHaveLength(1);
      isRefused = false;
      world.clock.advance(MINUTE_MS);
      await run.run(INCIDENT);
      expect(world.chat.topics).toHaveLength(1);
      expect(world.chat.pins.size).toBe(2);
      expect(world.chat.bookmarks.size).toBe(1);
      expect(await types()).not.toContain('EFFECT_ABANDONED');
      expect(await world.rows.listUnfinished(10)).toEqual([]);
    },
  );

  it('opens it and names a responder who cannot be looked up', async () => {
    await append(declareCommand());
    const refused = failing('personByEmail', () =>
      chatError('CHAT_REFUSED', false, 'missing_scope'),
    );
    await world.worker(refused).run.run(INCIDENT);
    expect(await types()).toContain('WAR_ROOM_ASSEMBLED');
    expect(world.chat.lines('C0ROOM1')).toEqual([
      'Could not invite responder 1 of checkout-api (from the configuration): this app lacks a permission in Slack.',
    ]);
  });

  it('records and tells that there is no room, goes on, and catches up when there is', async () => {
    let isRefused = true;
    const { run } = world.worker((_port, name, when) => {
      if (!isRefused || name !== 'createRoom' || when !== 'before') return;
      throw chatError('CHAT_REFUSED', false, 'token_revoked');
    });
    await append(declareCommand());
    await run.run(INCIDENT);
    expect(await types()).toEqual([
      'INCIDENT_DECLARED',
      'RESPONDER_INVITE_FAILED',
      'ASSEMBLY_FAILED',
    ]);
    const [, failed] = await world.trail.from(INCIDENT, 1);
    expect(failed?.details).toEqual({
      who: MAYA,
      source: 'routing',
      reason: 'there is no war room: this app’s bot token was revoked',
    });
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'There is no war room for “Checkout is down” (P1): this app’s bot token was revoked. ' +
        'Install the app again and store its new bot token (runbook, “Slack refuses the token”). ' +
        'It is tried again by itself, and at once when the alert fires again. ' +
        'Not invited: @U0MAYA. Meet in this channel until then, and drive the incident here: ' +
        `“/ir update ${INCIDENT} <text>”, or note, ic, severity, mitigate, resolve.`,
    ]);
    expect((await world.record.load(INCIDENT))?.state.status).toBe('assembly_failed');
    expect(world.counted).toContain('RoomLate');
    await append(noteCommand('first'), noteCommand('second'));
    await run.run(INCIDENT);
    expect(await world.rows.listUnfinished(10)).toMatchObject([
      { roomlessSinceMs: expect.any(Number) },
    ]);
    isRefused = false;
    world.clock.advance(3 * 24 * 60 * MINUTE_MS);
    await run.run(INCIDENT);
    expect((await world.record.load(INCIDENT))?.state.status).toBe('active');
    expect(world.chat.members.get('C0ROOM1')).toEqual(new Set([MAYA]));
    expect(world.chat.lines('C0ROOM1')).toEqual([
      'Note by @U0MAYA: first',
      'Note by @U0MAYA: second',
    ]);
    expect(world.chat.lines(ANNOUNCEMENTS).at(-1)).toBe(
      'The war room of “Checkout is down” (P1) is complete now: #C0ROOM1. Please go on there.',
    );
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it('leaves an incident that ended without a room alone, and opens it when it is reopened', async () => {
    let isRefused = true;
    const { run } = world.worker((_port, name, when) => {
      if (!isRefused || name !== 'createRoom' || when !== 'before') return;
      throw chatError('CHAT_REFUSED', false, 'missing_scope');
    });
    await append(declareCommand());
    await run.run(INCIDENT);
    await append({
      ...noteCommand('resolve'),
      decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Rolled back.' } }),
    });
    await run.run(INCIDENT);
    expect(await world.rows.listUnfinished(10)).toEqual([]);
    isRefused = false;
    world.clock.advance(60 * MINUTE_MS);
    await run.run(INCIDENT, true);
    expect(world.chat.rooms).toEqual([]);
    await append({
      ...noteCommand('reopen'),
      decide: () => ({ append: 'INCIDENT_REOPENED', details: { reason: 'again' } }),
    });
    await run.run(INCIDENT);
    expect(world.chat.rooms).toHaveLength(1);
    expect(world.chat.files).toHaveLength(1);
  });

  it.each([
    ['answers 500', true, 3 * MINUTE_MS + 1],
    ['is refused', false, 0],
  ])(
    'names whom it could not invite while that %s, and invites them afterwards',
    async (...row) => {
      const [, retryable, afterMs] = row;
      let fails = true;
      const { run } = world.worker((_port, name, when) => {
        if (!fails || name !== 'invite' || when !== 'before') return;
        throw retryable
          ? chatError('CHAT_UNAVAILABLE', true, 'no_usable_answer')
          : chatError('CHAT_REFUSED', false, 'missing_scope');
      });
      await append(declareCommand());
      if (retryable) {
        await expect(run.run(INCIDENT)).rejects.toThrowWithCode(ChatError, 'CHAT_UNAVAILABLE');
        expect((await world.record.load(INCIDENT))?.state.status).toBe('assembling');
      }
      world.clock.advance(afterMs);
      await run.run(INCIDENT);
      expect((await world.record.load(INCIDENT))?.state.status).toBe('assembly_failed');
      const failed = (await world.trail.from(INCIDENT, 1)).filter(
        ({ type }) => type === 'RESPONDER_INVITE_FAILED',
      );
      expect(failed).toMatchObject([{ details: { who: MAYA, source: 'routing' } }]);
      expect(world.chat.lines(ANNOUNCEMENTS)[0]).toMatch(
        /^The war room #C0ROOM1 of “Checkout is down” \(P1\) is not complete: .*Not invited: @U0MAYA\./,
      );
      fails = false;
      world.clock.advance(MINUTE_MS);
      await run.run(INCIDENT);
      expect(world.chat.members.get('C0ROOM1')).toEqual(new Set([MAYA]));
      expect((await world.record.load(INCIDENT))?.state.status).toBe('active');
      expect(world.chat.count('incident_card')).toBe(1);
      expect(world.chat.pins.size).toBe(2);
    },
  );

  it('asks the announcement channel for help when nobody could be reached', async () => {
    world.chat.people.clear();
    await append({
      ...declareCommand(),
      actor: { kind: 'system', id: 'nobody' },
    });
    const refused = failing('person', () => chatError('CHAT_NOT_FOUND'));
    await world.worker(refused).run.run(INCIDENT);
    expect(world.chat.count('call_for_help', ANNOUNCEMENTS)).toBe(1);
    expect(world.counted).toContain('NobodyReachable');
  });
});
