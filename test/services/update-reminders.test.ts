import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { textOf } from '../../src/domain/sentence.ts';
import { UpdateReminders } from '../../src/services/update-reminders.ts';
import { chatError } from './worker-world.ts';

const AT = '2026-11-20T10:08:00.000Z';
let told: { to: string; text: string }[];
let whisperError: Error | undefined;
let nowMs: number;
let reminders: UpdateReminders;

beforeEach(() => {
  told = [];
  whisperError = undefined;
  nowMs = Date.parse(AT);
  reminders = new UpdateReminders({
    posts: {
      once: async (_event, _name, channel, message) => {
        told.push({
          to: channel,
          text: message.kind === 'line' ? textOf(message.text) : message.kind,
        });
        return '1.0';
      },
    },
    chat: {
      whisper: async (_channel, to, message) => {
        if (whisperError) throw whisperError;
        told.push({
          to,
          text: message.kind === 'update_due' ? textOf(message.last) : message.kind,
        });
      },
    },
    clock: { nowMs: () => nowMs },
    announcementChannelId: 'C0ALL',
  });
});

const incident = (of: Partial<IncidentState> = {}): IncidentState =>
  ({
    incidentId: 'inc-a',
    severity: 'P1',
    title: 'Checkout fails',
    ic: 'U0MAYA',
    invited: ['U0BEN', 'U0MAYA'],
    openedAt: '2026-11-20T08:00:00.000Z',
    lastUpdate: { at: '2026-11-20T09:00:00.000Z', text: 't', by: 'U0MAYA' },
    room: { channelId: 'C0ROOM', channelName: 'inc' },
    ...of,
  }) as IncidentState;
const sent = (slackUserId: string | null = 'U0MAYA') =>
  ({ type: 'STATUS_REMINDER_SENT', at: AT, details: { slackUserId } }) as AuditEvent;
const escalated = (to: 'room' | 'announcement') =>
  ({ type: 'STATUS_REMINDER_ESCALATED', at: AT, details: { to } }) as AuditEvent;

describe('ask()', () => {
  it('asks nobody once the next reminder is due, and asks up to then', async () => {
    const nextUpdateDueAt = '2026-11-20T10:38:00.000Z';
    const event = { ...sent(), details: { slackUserId: 'U0MAYA', nextUpdateDueAt } } as AuditEvent;
    const nudge = (dueAt: string) => incident({ nudge: { dueAt, silencedUntil: null } });
    await reminders.ask(event, nudge('2026-11-20T11:08:00.000Z'));
    expect(told).toEqual([]);
    await reminders.ask(event, nudge(nextUpdateDueAt));
    expect(told).toHaveLength(1);
  });

  it.each([
    ['2026-11-20T10:08:00.000Z', 'the last one was 68 min ago'],
    ['2026-11-20T10:20:00.000Z', 'the last one was 80 min ago'],
    ['2026-11-20T08:59:00.000Z', 'the last one was 0 min ago'],
  ])('told at %s says %s, whatever the setting and however late it comes', async (at, words) => {
    nowMs = Date.parse(at);
    await reminders.ask(sent(), incident());
    expect(told).toEqual([{ to: 'U0MAYA', text: words }]);
  });

  it('without any update counts from the opening', async () => {
    await reminders.ask(sent(), incident({ lastUpdate: null }));
    const text = 'the last one was 128 min ago, when the incident opened';
    expect(told).toEqual([{ to: 'U0MAYA', text }]);
  });

  it('asks the room when there is no commander, or one who is not in it', async () => {
    await reminders.ask(sent(null), incident({ ic: null }));
    whisperError = chatError('CHAT_REFUSED');
    await reminders.ask(sent(), incident());
    expect(told).toEqual([
      {
        to: 'C0ROOM',
        text:
          'An update is due, and nobody is incident commander: the last one was 68 min ago. ' +
          'Take the role and send one.',
      },
      { to: 'C0ROOM', text: '@U0MAYA: an update is due: the last one was 68 min ago.' },
    ]);
    whisperError = chatError('CHAT_UNAVAILABLE', true);
    await expect(reminders.ask(sent(), incident())).rejects.toThrow('CHAT_UNAVAILABLE');
  });

  it('unanswered names the commander and everybody called in, then tells the announcement channel', async () => {
    await reminders.ask(escalated('room'), incident());
    await reminders.ask(escalated('announcement'), incident());
    await reminders.ask(escalated('room'), incident({ ic: null, invited: [] }));
    await reminders.ask(escalated('announcement'), incident({ ic: null }));
    expect(told.map(({ to }) => to)).toEqual(['C0ROOM', 'C0ALL', 'C0ROOM', 'C0ALL']);
    expect(told[0]?.text).toMatch(
      /^@U0MAYA, @U0BEN: an update is overdue: the last one was 68 min ago/,
    );
    expect(told[1]?.text).toBe(
      'No update on P1 “Checkout fails”: the last one was 68 min ago, and @U0MAYA is incident ' +
        'commander. Whoever can help, please look into #C0ROOM.',
    );
    expect(told[2]?.text).toMatch(/^An update is overdue/);
    expect(told[3]?.text).toContain('nobody is incident commander');
  });

  it('asks nobody once there was an update, or without a room', async () => {
    const lastUpdate = { at: '2026-11-20T10:08:00.001Z', text: 't', by: 'U0MAYA' };
    await reminders.ask(sent(), incident({ lastUpdate }));
    await reminders.ask(escalated('room'), incident({ room: null }));
    expect(told).toEqual([]);
  });
});
