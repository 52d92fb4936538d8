import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { TrailError } from '../../src/domain/errors.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import { STORES, type Stores } from './ports-under-contract.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';

function note(seq: number, of: { text?: string; prevHash?: string } = {}): AuditEvent {
  return sealEvent({
    incidentId: INCIDENT,
    seq,
    type: 'NOTE_ADDED',
    at: '2026-11-20T09:00:00.000Z',
    actor: { kind: 'slack_user', id: 'U0ADA', roles: ['status-approver'] },
    commandId: `command-${seq}`,
    details: { text: of.text ?? `note ${seq} “ü”` },
    prevHash: of.prevHash ?? GENESIS_HASH,
  });
}

describe.each(Object.entries(STORES))('AuditTrail on %s', (_name, open) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await open();
  });
  afterEach(() => stores.close());

  it('gives back what was inserted, field by field', async () => {
    expect(await stores.trail.insert(note(1))).toBe('inserted');
    expect(await stores.trail.get(INCIDENT, 1)).toEqual(note(1));
  });

  it('an existing number is taken, and what stands there stays', async () => {
    await stores.trail.insert(note(1));
    expect(await stores.trail.insert(note(1, { text: 'other' }))).toBe('taken');
    expect(await stores.trail.insert(note(1))).toBe('taken');
    expect(await stores.trail.get(INCIDENT, 1)).toEqual(note(1));
  });

  it('of 20 racing for one number exactly one is inserted', async () => {
    const racers = Array.from({ length: 20 }, (_, i) => note(1, { text: `racer ${i}` }));
    const outcomes = await Promise.all(racers.map((racer) => stores.trail.insert(racer)));
    expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(1);
    const winner = racers[outcomes.indexOf('inserted')];
    expect(await stores.trail.get(INCIDENT, 1)).toEqual(winner);
  });

  it('a chain nobody wrote is empty', async () => {
    expect(await stores.trail.head(INCIDENT)).toBeUndefined();
    expect(await stores.trail.get(INCIDENT, 1)).toBeUndefined();
    expect(await stores.trail.from(INCIDENT, 1)).toEqual([]);
  });

  it('reads in order from any number, and the head, over 100 events', async () => {
    for (let seq = 1; seq <= 101; seq += 1) await stores.trail.insert(note(seq));
    const seqs = (await stores.trail.from(INCIDENT, 1)).map((event) => event.seq);
    expect(seqs).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
    expect((await stores.trail.from(INCIDENT, 100)).map((event) => event.seq)).toEqual([100, 101]);
    expect(await stores.trail.from(INCIDENT, 102)).toEqual([]);
    expect((await stores.trail.from(INCIDENT, 5, 2)).map((event) => event.seq)).toEqual([5, 6]);
    expect((await stores.trail.head(INCIDENT))?.seq).toBe(101);
  });

  it('chains do not mix', async () => {
    await stores.trail.insert(note(1));
    expect(await stores.trail.from('inc-bbbbbbbbbbbbbbbb', 1)).toEqual([]);
  });

  it('a gap is TRAIL_CORRUPT', async () => {
    await stores.trail.insert(note(1));
    await stores.trail.insert(note(3));
    await expect(stores.trail.from(INCIDENT, 1)).rejects.toThrowWithCode(
      TrailError,
      'TRAIL_CORRUPT',
    );
    await expect(stores.trail.from(INCIDENT, 2)).rejects.toThrowWithCode(
      TrailError,
      'TRAIL_CORRUPT',
    );
  });

  it('a changed event is TRAIL_CORRUPT however it is read', async () => {
    await stores.trail.insert(note(1));
    await stores.overwrite({ ...note(1), commandId: 'another' });
    const { trail } = stores;
    for (const read of [trail.head(INCIDENT), trail.get(INCIDENT, 1), trail.from(INCIDENT, 1)]) {
      await expect(read).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    }
  });
});
