import { beforeEach, describe, expect, it } from 'vitest';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';
import { hintedClaims, SharedComponents } from '../../src/services/shared-components.ts';
import { told } from '../text-of.ts';
import { chatError } from './worker-world.ts';

type Open = Pick<IncidentState, 'incidentId'> & Partial<IncidentState>;

let open: IncidentState[];
let posted: { channelId: string; name: string; text: string; url: string | undefined }[];
let gone: Set<string>;
let rows: MemoryIncidentRows;
let shared: SharedComponents;

beforeEach(() => {
  open = [];
  posted = [];
  gone = new Set();
  rows = new MemoryIncidentRows();
  shared = new SharedComponents({
    rows: {
      listOpen: async () => open,
      writeStep: (...given) => rows.writeStep(...given),
    },
    posts: {
      once: async (of, name, channelId, message: RoomMessage) => {
        if (gone.has(channelId)) throw chatError('CHAT_NOT_FOUND');
        const { text, link } = told(message as Extract<RoomMessage, { kind: 'line' }>);
        const known = posted.find((one) => one.channelId === channelId && one.name === name);
        if (!known) posted.push({ channelId, name: `${of.seq} ${name}`, text, url: link?.url });
        return '1.0';
      },
    },
    routing: {
      services: [
        { name: 'payments', components: ['c2'] },
        { name: 'checkout', components: ['c1'] },
      ],
      components: [
        { id: 'c1', name: 'Checkout' },
        { id: 'c2', name: 'Payments' },
      ],
    } as never,
    log: { note() {}, warn() {}, error() {}, count() {} },
  });
});

function incident(of: Open): IncidentState {
  const page = { statuspageIncidentId: null, lastPublication: null };
  const room = { channelId: `C0${of.incidentId.at(-1)?.toUpperCase()}`, channelName: 'inc' };
  const known = { service: null, drafts: [], page, room, title: `Title ${of.incidentId}` };
  const made = { ...known, severity: 'P2', ...of } as unknown as IncidentState;
  open.push(made);
  return made;
}

describe('two open incidents on one component', () => {
  it('are named to each other in both rooms', async () => {
    const own = incident({ incidentId: 'inc-a', service: 'payments' });
    incident({ incidentId: 'inc-b', service: 'payments' });
    await shared.name(own);
    expect(posted.map(({ channelId, name }) => [channelId, name])).toEqual([
      ['C0A', '1 shared#inc-b'],
      ['C0B', '1 shared#inc-a'],
    ]);
    expect(posted[0]?.text).toBe(
      'Another open incident is about Payments too: “Title inc-b” (P2), #C0B. ' +
        'What one of you publishes of it, the other must know.',
    );
  });

  it('by what one last published and what the other drafts, with what customers read', async () => {
    const lastPublication = {
      link: 'https://status.example.com/1',
      request: { body: { incident: { name: 'Problems' } } },
    };
    const page = { statuspageIncidentId: 'p1', claims: { c1: 'major_outage' }, lastPublication };
    incident({ incidentId: 'inc-b', page: page as never });
    const request = {
      body: { incident: { components: { c1: 'operational' }, component_ids: [] } },
    };
    const own = incident({ incidentId: 'inc-a', drafts: [{ request }] as never });
    await shared.name(own);
    expect(posted[0]).toMatchObject({ channelId: 'C0A', url: 'https://status.example.com/1' });
    // A form is filled by what the other says.
    expect(await hintedClaims(rows, 'inc-a')).toEqual([
      { incidentId: 'inc-b', componentId: 'c1', state: 'major_outage', title: 'Problems' },
    ]);
    expect(await hintedClaims(rows, 'inc-b')).toEqual([]);
  });

  it('not those that share nothing, nor one with itself', async () => {
    incident({ incidentId: 'inc-b', service: 'checkout' });
    await shared.name(incident({ incidentId: 'inc-a', service: 'payments' }));
    await shared.name(incident({ incidentId: 'inc-c' }));
    expect(posted).toEqual([]);
  });

  it('at most three others, the newest; a storm is no reason to fill a room', async () => {
    for (const id of 'bcdef') incident({ incidentId: `inc-${id}`, service: 'payments' });
    await shared.name(incident({ incidentId: 'inc-a', service: 'payments' }));
    expect(posted.filter(({ channelId }) => channelId === 'C0A')).toHaveLength(3);
  });

  it('a room that is gone holds up nobody; a chat that is out is asked again', async () => {
    const own = incident({ incidentId: 'inc-a', service: 'payments' });
    incident({ incidentId: 'inc-b', service: 'payments' });
    gone.add('C0B');
    await shared.name(own);
    expect(posted.map(({ channelId }) => channelId)).toEqual(['C0A']);
  });
});

describe('what forms are told of others', () => {
  it.each([undefined, 'not JSON', '{}', '[null]', '[{"state":"on_fire"}]'])(
    'is nothing when the row says %s',
    async (claims) => {
      const result = claims === undefined ? {} : { claims };
      await rows.writeStep('inc-a', 0, 'claims_of_others', { done: true, result });
      expect(await hintedClaims(rows, 'inc-a')).toEqual([]);
    },
  );
});
