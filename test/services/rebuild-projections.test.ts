import { describe, expect, it } from 'vitest';
import { keysOf } from '../../src/domain/event-keys.ts';
import { newestPointers, projectionRowsOf } from '../../src/domain/projection-rows.ts';
import { rebuildProjections } from '../../src/services/rebuild-projections.ts';
import { chained, INCIDENT, opened } from '../domain/gate-story.ts';
import { type LooseRow, StoredTrail } from './stored-trail.ts';

const note = { type: 'NOTE_ADDED', details: { text: 'later' } } as const;
const events = chained([opened, note, { ...note, details: { text: 'by the publisher' } }]);
const audit = (): LooseRow[] => events.map((event) => ({ ...event, ...keysOf(event) }));
const rows = (upToSeq?: number): LooseRow[] => structuredClone(projectionRowsOf(events, upToSeq));

describe('projectionRowsOf()', () => {
  it('gives STATE, a row for each command, and the pointer of the alert group', () => {
    expect(rows().map((row) => row.sk)).toEqual([
      'STATE',
      'CMD#command-1',
      'EPISODE',
      'CMD#command-2',
      'CMD#command-3',
    ]);
    expect(rows()[0]).toMatchObject({ version: 3, open: '1' });
    expect(projectionRowsOf([])).toEqual([]);
  });

  it('points an alert group at its newest episode, in whatever order they are read', () => {
    const pointer = (episode: number) => ({ pk: 'ALERTGROUP#x', sk: 'EPISODE', episode });
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const kept = newestPointers(order.map(pointer));
      expect([...kept.values()]).toEqual([pointer(2)]);
    }
  });
});

describe('rebuildProjections() when only checking', () => {
  const check = (incidents: LooseRow[]) =>
    rebuildProjections({ reader: new StoredTrail({ audit: audit(), incidents }) });

  it('accepts a STATE that is behind only by what the publisher appended', async () => {
    const behind = rows(2);
    expect((await check(behind)).differences).toEqual([]);
  });

  it('accepts a command row that was written before its STATE', async () => {
    const behind = [...rows(2), { pk: `INCIDENT#${INCIDENT}`, sk: 'CMD#command-3', seq: 3 }];
    expect((await check(behind)).differences).toEqual([]);
  });

  it('names a STATE that is missing', async () => {
    const without = rows().filter((row) => row.sk !== 'STATE');
    expect((await check(without)).differences).toEqual([
      { row: `INCIDENT#${INCIDENT} / STATE`, reason: 'it is missing' },
    ]);
  });

  it('is refused where the projections may not be read', async () => {
    const reader = new StoredTrail({ audit: audit(), incidents: [] });
    reader.mayReadProjections = false;
    await expect(rebuildProjections({ reader })).rejects.toThrow(
      'cannot rebuild: expected permission to read the projections',
    );
  });
});
