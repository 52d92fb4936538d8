import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { FORGERIES } from '../gate/forged-trail.ts';
import { toldTrail } from '../gate/told-trail.ts';
import { verifiedEvents } from '../gate/verified-events.ts';

const TRAILS = 60;

let trails: AuditEvent[][];
beforeAll(async () => {
  trails = [];
  for (let seed = 0; seed < TRAILS; seed += 1) trails.push((await toldTrail(seed)).events);
});

describe('verifyTrail()', () => {
  it(`verifies ${TRAILS} honest trails: storms, notes, two days, break-glass, reopened, cancelled`, async () => {
    const told = new Set(trails.flat().map(({ type }) => type));
    for (const type of [
      'ALERT_LINKED',
      'CHAIN_NOTED',
      'BREAK_GLASS_USED',
      'INCIDENT_REOPENED',
      'STATUSPAGE_OBLIGATION_OPENED',
    ]) {
      expect(told).toContain(type);
    }
    const doubted = [];
    for (const [seed, events] of trails.entries()) {
      const verdict = await verifiedEvents(events);
      if (verdict !== 'verified') doubted.push(`${seed}: ${verdict}`);
    }
    expect(doubted).toEqual([]);
  });

  it.each(Object.keys(FORGERIES))('names it when %s', async (kind) => {
    let forged = 0;
    const missed: number[] = [];
    for (const [seed, events] of trails.entries()) {
      const rows = await FORGERIES[kind]!(events);
      if (!rows) continue;
      forged += 1;
      if ((await verifiedEvents(rows)) === 'verified') missed.push(seed);
    }
    expect(forged).toBeGreaterThan(3);
    expect(missed).toEqual([]);
  });
});
