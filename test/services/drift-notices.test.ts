import { describe, expect, it } from 'vitest';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import { ChatError } from '../../src/domain/errors.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { DriftNotices } from '../../src/services/drift-notices.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { told } from '../text-of.ts';

const room = (channelId: string) => ({ room: { channelId, channelName: 'inc' } }) as IncidentState;
const NO_ROOM = { room: null } as IncidentState;

function drift(of: Partial<DetailsOf<'STATUSPAGE_DRIFT_FOUND'>> = {}): AuditEvent {
  const details = {
    statuspageIncidentId: 'p1',
    kind: 'edited',
    publicationId: 'pub-1',
    difference: 'the title of the incident was changed',
    link: 'https://status.example.com/incidents/p1',
    ...of,
  };
  return { incidentId: 'inc-a', seq: 9, type: 'STATUSPAGE_DRIFT_FOUND', details } as AuditEvent;
}

function givenRooms(of: { open?: IncidentState[]; refused?: string; retryable?: boolean } = {}) {
  const posted: { name: string; channelId: string; message: RoomMessage }[] = [];
  const limits: number[] = [];
  const notices = new DriftNotices({
    posts: {
      once: async (_event: unknown, name: string, channelId: string, message: RoomMessage) => {
        if (channelId === of.refused) {
          const retryable = of.retryable ?? false;
          throw new ChatError({ code: 'CHAT_REFUSED', message: 'no', retryable });
        }
        posted.push({ name, channelId, message });
        return 'ts';
      },
    } as never,
    rows: {
      listOpen: async (limit) => {
        limits.push(limit);
        return of.open ?? [];
      },
    },
    log: { note() {}, warn() {}, error() {}, count() {} },
    announcementChannelId: 'C0ALL',
  });
  const channels = () => posted.map(({ channelId }) => channelId);
  return { notices, posted, channels, limits };
}

describe('DriftNotices.post()', () => {
  it('tells the incident’s room in red, with the page and what to do', async () => {
    const { notices, posted } = givenRooms();
    await notices.post(drift(), room('C0ROOM'));
    expect(told(posted)).toEqual([
      {
        name: 'drift_notice#C0ROOM',
        channelId: 'C0ROOM',
        message: {
          kind: 'line',
          text:
            '🔴 The status page is not what was published: the title of the incident was ' +
            'changed. Nothing is changed automatically. Find out who did it, in Statuspage’s own ' +
            'activity log. If it is wrong, draft an update here that says what is right.',
          link: { title: 'See the page', url: 'https://status.example.com/incidents/p1' },
        },
      },
    ]);
  });

  it('leaves out a link that is none', async () => {
    const { notices, posted } = givenRooms();
    await notices.post(drift({ link: '' }), room('C0ROOM'));
    expect(posted[0]?.message).not.toHaveProperty('link');
  });

  it('tells everybody, and the rooms of ten open incidents, of an incident by another hand', async () => {
    const { notices, channels, limits } = givenRooms({
      open: [room('C1'), NO_ROOM, { ...room('C9'), status: 'resolved' }, room('C2')],
    });
    await notices.post(drift({ kind: 'foreign_incident', publicationId: null }), NO_ROOM);
    expect(channels()).toEqual(['C1', 'C2', 'C0ALL']);
    expect(limits).toEqual([50]);
  });

  it('tells everybody when there is no room, or it is closed', async () => {
    const none = givenRooms();
    await none.notices.post(drift(), NO_ROOM);
    expect(none.channels()).toEqual(['C0ALL']);
    const closed = givenRooms({ refused: 'C0ROOM' });
    await closed.notices.post(drift(), room('C0ROOM'));
    expect(closed.channels()).toEqual(['C0ALL']);
  });

  it('comes back when the workspace could not be reached', async () => {
    const { notices, channels } = givenRooms({ refused: 'C0ROOM', retryable: true });
    await expect(notices.post(drift(), room('C0ROOM'))).rejects.toThrowWithCode(
      ChatError,
      'CHAT_REFUSED',
    );
    expect(channels()).toEqual([]);
  });
});
