import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { type Sentence, textOf } from '../../src/domain/sentence.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import type { ChatWorkspace } from '../../src/services/ports.ts';
import { RoomFurnishing } from '../../src/services/room-furnishing.ts';
import { chatError } from './worker-world.ts';

const INCIDENT = {
  ...{ incidentId: 'inc-a', severity: 'P1', status: 'active', ic: null, nudge: null },
  room: { channelId: 'C0ROOM', channelName: 'inc' },
} as IncidentState;
const LINKS = [
  { title: 'Alert', url: 'https://grafana.example.com' },
  { title: 'Public status page', url: 'https://status.example.com' },
];

let calls: string[];
let refused: Set<string>;
let rows: MemoryIncidentRows;
let furnishing: RoomFurnishing;
beforeEach(() => {
  calls = [];
  refused = new Set();
  const call = async (what: string) => {
    if (refused.has(what)) throw chatError('CHAT_RATE_LIMITED', true);
    calls.push(what);
  };
  const chat = {
    pin: (_channel: string, ts: string) => call(`pin ${ts}`),
    setTopic: (_channel: string, topic: Sentence) => call(`topic ${textOf(topic)}`),
    addBookmarks: (_channel: string, [link]: typeof LINKS, isNew: boolean) =>
      call(`bookmark ${link?.title}`).then(() => void (isNew || calls.push('after a look'))),
  } as unknown as ChatWorkspace;
  rows = new MemoryIncidentRows();
  furnishing = new RoomFurnishing({ chat, rows });
});

describe('RoomFurnishing', () => {
  it('pins, bookmarks and names each thing once', async () => {
    for (let time = 0; time < 3; time += 1) {
      await furnishing.pin(INCIDENT, 'incident_card', '1.0');
      await furnishing.bookmarks(INCIDENT, LINKS, true);
      await furnishing.topic(INCIDENT);
    }
    expect(calls).toEqual([
      'pin 1.0',
      'bookmark Alert',
      'bookmark Public status page',
      'topic P1 | active | no IC yet',
    ]);
  });

  it('a bookmark that had to wait is set later without a look, as nothing can be there', async () => {
    refused.add('bookmark Public status page');
    await expect(furnishing.bookmarks(INCIDENT, LINKS, true)).rejects.toMatchObject({
      code: 'CHAT_RATE_LIMITED',
    });
    expect(calls).toEqual(['bookmark Alert']);
    refused.clear();
    await furnishing.bookmarks(INCIDENT, LINKS, false);
    expect(calls).toEqual(['bookmark Alert', 'bookmark Public status page']);
  });

  it('pins what was posted anew in the place of a pinned message', async () => {
    await furnishing.pin(INCIDENT, 'incident_card', '1.0');
    await furnishing.pin(INCIDENT, 'incident_card', '2.0');
    await furnishing.pin(INCIDENT, 'incident_card', '2.0');
    expect(calls).toEqual(['pin 1.0', 'pin 2.0']);
  });

  it('takes a pin for done whose row does not say of which message', async () => {
    await rows.writeStep(INCIDENT.incidentId, 1, 'pin#incident_card', { done: true, result: {} });
    await furnishing.pin(INCIDENT, 'incident_card', '1.0');
    expect(calls).toEqual([]);
  });

  it('looks before it sets a bookmark again that may be there', async () => {
    await furnishing.bookmarks(INCIDENT, LINKS.slice(0, 1), false);
    expect(calls).toEqual(['bookmark Alert', 'after a look']);
  });
});
