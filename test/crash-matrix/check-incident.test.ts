import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/audit-event.ts';
import type { IncidentObservation } from './check-incident.ts';
import { incidentPromises, repeatedLines } from './check-incident.ts';
import { commandsStory } from './incident-stories.ts';
import type { IncidentTelling } from './incident-telling.ts';
import { MatrixWorld } from './matrix-world.ts';

/*
 * What judges the matrix of the intake must be able to find something: each promise is broken on
 * purpose in a copy of what a real story left behind.
 */
let real: IncidentObservation;
let world: MatrixWorld;

beforeAll(async () => {
  world = await MatrixWorld.open({ functions: 'inline' });
  const telling = (await commandsStory.begin(world)) as IncidentTelling;
  for (const act of ['ic', 'severity', 'update']) {
    await telling.prepare(act);
    await telling.perform(act);
    expect(await telling.recover()).toEqual([]);
    expect(await telling.judge()).toEqual([]);
  }
  const everything = [...(await world.actors.trails()).values()].flat();
  const alert = everything.find(({ type }) => type === 'ALERT_RECEIVED');
  const { rawSha256 = '' } = (alert?.details ?? {}) as { rawSha256?: string };
  real = { ...(await telling.observation()), everything, accepted: [rawSha256] };
}, 120_000);

afterAll(() => world.close());

/** A copy of what was observed, in which something is otherwise. */
function but(change: (copy: IncidentObservation) => void): string[] {
  const copy = structuredClone(real);
  change(copy);
  return incidentPromises(copy);
}

function without(of: IncidentObservation, type: EventType): void {
  of.events = of.events.filter((event) => event.type !== type);
}

/** What carries an effect of this name is in the list once more. */
function again(messages: IncidentObservation['announcements'], name: string): void {
  const found = messages.find(({ metadata }) =>
    String(metadata?.event_payload?.effect).endsWith(`#${name}`),
  );
  if (!found) throw new Error(`expected a message that carries ${name}`);
  messages.push(found);
}

it('incidentPromises() finds nothing in a story that kept all of them', () => {
  expect(incidentPromises(real)).toEqual([]);
  expect(repeatedLines(real)).toEqual([]);
});

describe('incidentPromises() names what was lost', () => {
  it('when an accepted alert is on no trail', () => {
    expect(but((copy) => copy.accepted.push('0'.repeat(64)))).toEqual(['lost: an accepted alert']);
  });

  it('when what somebody was promised is not on record', () => {
    const broken = but((copy) => copy.facts.push({ type: 'NOTE_ADDED', least: 1, most: 1 }));
    expect(broken).toEqual(['lost: NOTE_ADDED, 0 of 1']);
  });
});

describe('incidentPromises() names what is there twice', () => {
  it('when an alert is on two trails', () => {
    const broken = but((copy) => {
      copy.everything.push(...copy.everything.filter(({ type }) => type === 'ALERT_RECEIVED'));
    });
    expect(broken).toEqual(['twice: ALERT_RECEIVED,ALERT_RECEIVED']);
  });

  it('when one request made two facts', () => {
    const broken = but((copy) => {
      const last = copy.events.findLast(({ type }) => type === 'SEVERITY_CHANGED');
      if (last) copy.events.push({ ...last, seq: copy.events.length + 1 });
    });
    expect(broken).toEqual(
      expect.arrayContaining([
        'twice: SEVERITY_CHANGED, 2 for 1 requests',
        expect.stringMatching(/^twice: command/),
      ]),
    );
  });

  it('when somebody was invited twice', () => {
    const broken = but((copy) => {
      const one = copy.events.find(({ type }) => type === 'RESPONDER_INVITED');
      if (one) copy.events.push({ ...one, seq: copy.events.length + 1, commandId: 'other' });
    });
    expect(broken).toEqual(
      expect.arrayContaining([expect.stringMatching(/^twice: invitation of U/)]),
    );
  });

  it('when there are two rooms, two cards, two announcements', () => {
    expect(but((copy) => copy.rooms.push('C0OTHER'))).toEqual(['room: 2 rooms of one incident']);
    expect(but((copy) => again(copy.room.messages, 'incident_card'))).toEqual(
      expect.arrayContaining(['room: 2 incident cards']),
    );
    expect(but((copy) => again(copy.announcements, 'announcement'))).toEqual(
      expect.arrayContaining(['room: 2 announcements']),
    );
  });
});

describe('incidentPromises() names what is missing', () => {
  it('when the timeline has a gap', () => {
    expect(but((copy) => void copy.events.splice(2, 1))).toContain('timeline: a gap before 4');
  });

  it('when somebody who was called is not in the room', () => {
    const nobody = { id: 'U0NOBODY', source: null };
    expect(but((copy) => copy.called.push(nobody))).toEqual([
      'people: U0NOBODY is not on record as invited',
    ]);
    const outside = but((copy) => {
      copy.room.members = copy.room.members.filter((id) => id !== copy.called[0]?.id);
    });
    expect(outside).toEqual([`people: ${real.called[0]?.id} is not in the room`]);
  });

  it('when a directory could not be asked and nobody is told', () => {
    const broken = but((copy) => {
      copy.called.push({ id: 'U0NOBODY', source: 'WorkOS' });
      const [first] = copy.events;
      const fact = { type: 'DIRECTORY_LOOKUP_FAILED', details: { source: 'WorkOS', reason: '' } };
      const seq = copy.events.length + 1;
      copy.events.push({ ...first, ...fact, seq, commandId: 'lookup' } as (typeof copy.events)[0]);
    });
    expect(broken).toEqual(['people: nobody is told why U0NOBODY is not called']);
  });

  it('when the room was not told, or its topic says something else', () => {
    const untold = but((copy) => {
      const seq = copy.events.find(({ type }) => type === 'STATUS_UPDATE_SENT')?.seq;
      copy.room.messages = copy.room.messages.filter(
        ({ metadata }) => metadata?.event_payload?.effect !== `${copy.incidentId}#${seq}#line`,
      );
    });
    expect(untold).toEqual(['room: not told of STATUS_UPDATE_SENT']);
    const old = but((copy) => {
      copy.room.topic = 'P1 | active';
    });
    expect(old).toEqual(['room: its topic says “P1 | active”, it is P2 active']);
  });
});

describe('incidentPromises() names what hangs', () => {
  it('when the room is not complete', () => {
    expect(but((copy) => without(copy, 'WAR_ROOM_ASSEMBLED'))).toContain(
      'hangs: the room is not complete',
    );
  });

  it('when effects are open, the sweeper comes back for ever, or a message waits', () => {
    const broken = but((copy) => {
      const [chain] = copy.chains;
      if (chain) Object.assign(chain, { actedSeq: chain.head - 1, isUnfinished: true });
      copy.left.push({ queue: 'incidents-dlq.fifo', body: '{}' });
      copy.outbox = 2;
    });
    const { incidentId, chains } = real;
    expect(broken).toEqual([
      `hangs: ${incidentId} is acted on up to ${(chains[0]?.head ?? 0) - 1} of ${chains[0]?.head}`,
      `hangs: ${incidentId} is unfinished`,
      'hangs: incidents-dlq.fifo holds {}',
      'hangs: 2 alerts wait in the outbox',
    ]);
  });

  it('when nobody will be reminded', () => {
    const broken = but((copy) => {
      copy.schedules = [];
    });
    expect(broken).toEqual(['reminder: not scheduled']);
  });
});

it('repeatedLines() counts a line that is there twice, and forbids it not', () => {
  const copy = structuredClone(real);
  again(copy.room.messages, 'line');
  expect(incidentPromises(copy)).toEqual([]);
  expect(repeatedLines(copy)).toEqual(['a line repeated']);
});
