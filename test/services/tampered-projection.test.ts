import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { checkpointOf, standingOf } from '../../src/domain/standing.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';

/*
 * Whoever can edit a row of table `incidents` must change nothing that is published: which rule holds,
 * who leads, and what a text adds to are read from the trail.
 */
let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft('We see errors.', { by: 'U0ADA' });
});

function edit(change: (state: IncidentState) => void): void {
  world.rows.tamper(world.incidentId, (state) => change(state));
}

describe('a STATE row that somebody edited', () => {
  it('to worstSeverity P4 on a P1: the author is refused by the rule of a P1', async () => {
    edit((state) => {
      state.worstSeverity = 'P4';
      state.severity = 'P4';
    });
    const refused = await world.decide('approve', card, { by: 'U0ADA' });
    expect(refused?.code).toBe('APPROVER_NOT_PERMITTED');
    expect(await world.deliverAll()).toEqual([]);
    expect(world.page.sent).toEqual([]);
  });

  it('to another incident commander: who is none stays none', async () => {
    edit((state) => {
      state.ic = 'U0EVE';
    });
    const refused = await world.decide('approve', card, { by: 'U0EVE' });
    expect(refused?.code).toBe('APPROVER_NOT_PERMITTED');
    expect(world.page.sent).toEqual([]);
  });

  it('to no publication yet: the next draft makes no second incident on the page', async () => {
    await world.publish(card);
    await world.state();
    edit((state) => {
      state.page = { statuspageIncidentId: null, lastPublication: null };
    });
    const second = await world.draft('We see more.', { by: 'U0ADA' });
    await world.decide('approve', second, { by: 'U0BEN' });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toHaveLength(1);
  });

  it('to another incident on the page: nothing is added to that one', async () => {
    await world.publish(card);
    await world.state();
    edit((state) => {
      state.page.statuspageIncidentId = 'someoneelses';
    });
    const second = await world.draft('We see more.', { by: 'U0ADA' });
    await world.decide('approve', second, { by: 'U0BEN' });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toHaveLength(1);
  });
});

describe('checkpoints', () => {
  async function notes(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) await world.append('NOTE_ADDED', { text: `note ${n}` });
  }
  const numbered = (events: AuditEvent[]) =>
    events.flatMap((event) => (checkpointOf(event) ? [event.seq] : []));

  it('every 64th event repeats the standing, also where the projection says another', async () => {
    await notes(50);
    edit((state) => {
      state.worstSeverity = 'P4';
      state.ic = 'U0EVE';
    });
    await notes(80);
    const events = await world.events();
    expect(numbered(events)).toEqual([64, 128]);
    expect(checkpointOf(events[63]!)).toEqual({
      worstSeverity: 'P1',
      ic: 'U0DEE',
      status: 'triggered',
      page: null,
      openPublicationId: null,
    });
  });

  it('what is read from one is what is read from the beginning', async () => {
    await world.publish(card);
    await notes(130);
    const events = await world.events();
    expect(standingOf(events.slice(127))).toEqual(standingOf(events));
    expect(standingOf(events.slice(126))).toBeUndefined();
  });

  it('that repeats something else than came before it stops the publication', async () => {
    await notes(61);
    await world.decide('approve', card, { by: 'U0BEN' });
    const forged = (await world.events()).find(({ seq }) => seq === 64)!;
    world.trail.tamper(world.incidentId, 64, () => {
      const copy = structuredClone(forged);
      (
        copy.details as unknown as { checkpoint: { worstSeverity: string } }
      ).checkpoint.worstSeverity = 'P4';
      return copy;
    });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toEqual([]);
  });
});
