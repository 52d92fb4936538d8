import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { ChainNotes } from '../../src/services/chain-notes.ts';
import { GateWorld } from '../gate/gate-world.ts';

const DAY_MS = 86_400_000;
const NOTE = { incidentId: 'inc-aaaaaaaaaaaaaaaa', seq: 1, noted: 'INCIDENT_DECLARED' } as const;
const UNMATCHED = {
  source: 'grafana-oncall' as const,
  group: 'G',
  rawType: 'resolve',
  occurredAt: null,
  title: 't',
  groupState: null,
  by: null,
  link: null,
  alerts: [],
  rawSha256: 'a'.repeat(64),
  truncated: false,
  reason: 'no open incident for this alert group',
};
let world: GateWorld;
let notes: ChainNotes;
beforeEach(async () => {
  world = await new GateWorld().open();
  const { record, trail, rows } = world;
  notes = new ChainNotes({ record, trail, rows });
});

const first = async () => (await world.events())[0] as AuditEvent;
const details = async (chain: string) =>
  (await world.events(chain)).map((event) => event.details as Record<string, unknown>);

describe('ChainNotes', () => {
  it('notes an opening on the chain of its day, once however often it is asked', async () => {
    const { incidentId, seq, hash } = await first();
    await notes.note(await first());
    await notes.note(await first());
    const [noted, ...others] = await world.events('intake-20261120');
    expect(noted).toMatchObject({
      type: 'CHAIN_NOTED',
      actor: { kind: 'system', id: 'incident-worker' },
      commandId: `note#${incidentId}#1`,
      details: { incidentId, seq, hash, noted: 'INCIDENT_DECLARED' },
    });
    expect(others).toEqual([]);
  });

  it('notes approvals and publications, and nothing else', async () => {
    await world.publish(await world.draft());
    for (const event of await world.events()) await notes.note(event);
    expect((await details('intake-20261120')).map(({ noted }) => noted)).toEqual([
      'INCIDENT_DECLARED',
      'STATUSPAGE_DRAFT_APPROVED',
      'STATUSPAGE_PUBLISHED',
    ]);
  });

  it('names the newest event of the day before with the first note of a day only', async () => {
    await notes.note(await first());
    const before = (await world.events('intake-20261120'))[0];
    world.nowMs += DAY_MS;
    const card = await world.draft();
    await world.publish(card);
    for (const event of (await world.events()).slice(1)) await notes.note(event);
    const [one, two] = await details('intake-20261121');
    const { incidentId, seq, hash } = before as AuditEvent;
    expect(one).toMatchObject({ noted: 'STATUSPAGE_DRAFT_APPROVED' });
    expect(one?.dayBefore).toEqual({ incidentId, seq, hash });
    expect(two).toMatchObject({ noted: 'STATUSPAGE_PUBLISHED' });
    expect(two).not.toHaveProperty('dayBefore');
  });

  it('notes where a further chain of the day begins, and where it ended the day before', async () => {
    const unmatched = async (day: string, commandId: string) => {
      const outcome = await world.record.run({
        incidentId: `intake-${day}-07`,
        commandId,
        actor: { kind: 'alert_source', id: 'grafana-oncall' },
        decide: () => ({ append: 'ALERT_UNMATCHED', details: UNMATCHED }),
      });
      if (outcome.kind !== 'appended') throw new Error('expected an event');
      await notes.note(outcome.event);
      return outcome.event;
    };
    const one = await unmatched('20261120', 'one');
    const two = await unmatched('20261120', 'two');
    expect(await details('intake-20261120')).toMatchObject([
      { incidentId: 'intake-20261120-07', seq: 1, hash: one.hash, noted: 'ALERT_UNMATCHED' },
    ]);
    world.nowMs += DAY_MS;
    await notes.note(await first());
    await world.record.run({
      incidentId: 'intake-20261121',
      commandId: 'first of the day',
      actor: { kind: 'system', id: 'incident-worker' },
      decide: () => ({ append: 'CHAIN_NOTED', details: { ...NOTE, hash: one.hash } }),
    });
    await unmatched('20261121', 'three');
    expect((await details('intake-20261121')).at(-1)).toMatchObject({
      incidentId: 'intake-20261121-07',
      dayBefore: { incidentId: 'intake-20261120-07', seq: 2, hash: two.hash },
    });
  });

  it('leaves nothing for the sweeper, but what it found there unfinished', async () => {
    await notes.note(await first());
    const unfinished = async () =>
      (await world.rows.listUnfinished(10)).map(({ incidentId }) => incidentId);
    expect(await unfinished()).not.toContain('intake-20261120');
    await world.record.run({
      incidentId: 'intake-20261120',
      commandId: 'else',
      actor: { kind: 'system', id: 'incident-worker' },
      decide: () => ({ append: 'NOTE_ADDED', details: { text: 'something with effects' } }),
    });
    await world.publish(await world.draft());
    for (const event of await world.events()) await notes.note(event);
    expect(await unfinished()).toContain('intake-20261120');
  });
});
