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

  it('does the effects of 250 open events in bounded rounds, each once', async () => {
    await append(declareCommand());
    await world.worker().run.run(INCIDENT);
    for (let i = 0; i < 250; i += 1) await append(noteCommand(`note ${i}`));
    const before = world.calls('dynamodb:Query');
    await world.worker().run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toHaveLength(250);
    expect(world.calls('dynamodb:Query') - before).toBeLessThan(20);
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
    const refused = failing('post', () => chatError('CHAT_REFUSED'), 1);
    await world.worker(refused).run.run(INCIDENT);
    expect(world.chat.lines('C0ROOM1')).toEqual(['Note by @U0MAYA: second']);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'Gave up on “line” in #C0ROOM1. The record is complete; the room may not be.',
    ]);
    const abandoned = (await world.trail.from(INCIDENT, 1)).at(-1);
    expect(abandoned).toMatchObject({
      type: 'EFFECT_ABANDONED',
      details: { effect: 'line', reason: 'cannot call chat: got CHAT_REFUSED' },
    });
    expect(world.counted).toContain('EffectAbandoned');
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it.each([
    ['a retryable error', () => chatError('CHAT_UNAVAILABLE', true)],
    ['an error nobody planned', () => new TypeError('secret text')],
    [
      'a schedule that is not taken',
      () => new DeliveryError({ code: 'SCHEDULE_UNAVAILABLE', message: 'no', retryable: true }),
    ],
  ])('tries again for 60 min after %s, then abandons it', async (_name, error) => {
    await append(noteCommand('never'));
    const { run } = world.worker(failing('post', error));
    world.clock.advance(60 * MINUTE_MS - 5_000);
    await expect(run.run(INCIDENT)).rejects.toThrow();
    expect(await types()).not.toContain('EFFECT_ABANDONED');
    expect(await world.rows.listUnfinished(10)).toHaveLength(1);
    world.clock.advance(5_000);
    // The notice that it was abandoned fails too, and is tried for as long.
    await expect(run.run(INCIDENT)).rejects.toThrow();
    expect(JSON.stringify(await world.trail.from(INCIDENT, 1))).not.toContain('secret text');
    expect((await types()).filter((type) => type === 'EFFECT_ABANDONED')).toHaveLength(1);
    await world.worker().run.run(INCIDENT);
    expect(world.chat.lines(ANNOUNCEMENTS)).toHaveLength(1);
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
    world.clock.advance(5_001);
    await expect(fails.run(INCIDENT)).rejects.toThrow();
    expect(await types()).toContain('EFFECT_ABANDONED');
  });

  it('does not abandon anything over a notice that cannot be posted', async () => {
    await append(noteCommand('never'));
    await world.worker(failing('post', () => chatError('CHAT_REFUSED'))).run.run(INCIDENT);
    expect((await types()).filter((type) => type === 'EFFECT_ABANDONED')).toHaveLength(1);
    expect(await world.rows.listUnfinished(10)).toEqual([]);
  });

  it('throws and abandons nothing when the trail itself cannot be written', async () => {
    await append(noteCommand('never'));
    world.clock.advance(90 * MINUTE_MS);
    const { run } = world.worker((port, method) => {
      if (method === 'post') throw chatError('CHAT_UNAVAILABLE', true);
      if (port === 'trail' && method === 'insert') {
        throw new TrailError({ code: 'TRAIL_UNAVAILABLE', message: 'no', retryable: true });
      }
    });
    await expect(run.run(INCIDENT)).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
  });

  it('abandons a refresh that is refused, and does the others', async () => {
    await append(update('Rolling back'));
    await world.worker(failing('setTopic', () => chatError('CHAT_REFUSED'))).run.run(INCIDENT);
    const abandoned = (await world.trail.from(INCIDENT, 1)).at(-1);
    expect(abandoned?.details).toMatchObject({
      effect: 'refresh incident_card topic announcement update_reminder',
    });
    expect(world.schedules.due.get(`${INCIDENT}-update-due`)?.dueAtMs).toBe(
      Date.parse('2026-11-20T10:00:00Z'),
    );
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
    expect(world.schedules.due.size).toBe(0);
  });
});

describe('run(), when the room can only be opened in part', () => {
  it.each([
    ['setTopic', 'assemble topic'],
    ['addBookmarks', 'assemble bookmarks'],
    ['pin', 'assemble checklist'],
  ])('opens it though %s is refused, with that on record', async (method, effect) => {
    await append(declareCommand());
    const refused = failing(method, () => chatError('CHAT_REFUSED'), 1);
    await world.worker(refused).run.run(INCIDENT);
    expect(await types()).toContain('WAR_ROOM_ASSEMBLED');
    const abandoned = (await world.trail.from(INCIDENT, 1)).find(
      ({ type }) => type === 'EFFECT_ABANDONED',
    );
    expect(abandoned?.details).toMatchObject({ effect: expect.stringMatching(/^assemble /) });
    if (method !== 'pin') expect(abandoned?.details).toMatchObject({ effect });
  });

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

  it('says in the announcement channel that it could not be opened at all', async () => {
    await append(declareCommand());
    const refused = failing('createRoom', () => chatError('CHAT_NAME_TAKEN'));
    await world.worker(refused).run.run(INCIDENT);
    expect(await types()).toEqual(['INCIDENT_DECLARED', 'ASSEMBLY_FAILED']);
    expect(world.chat.lines(ANNOUNCEMENTS)).toEqual([
      'The war room for “Checkout is down” (P1) could not be opened.',
    ]);
    expect((await world.record.load(INCIDENT))?.state.status).toBe('assembly_failed');
  });

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
