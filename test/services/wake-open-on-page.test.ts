import { describe, expect, it } from 'vitest';
import type { PublishedIncident } from '../../src/domain/published-texts.ts';
import { MONTHS_LOOKED_BACK, wakeOpenOnPage } from '../../src/services/wake-open-on-page.ts';

const MINUTE_MS = 60_000;
/** The month of this instant is looked at in minutes whose number is a multiple of 24. */
const NOW = Math.floor(Date.parse('2026-11-20T09:00:00.000Z') / (24 * MINUTE_MS)) * 24 * MINUTE_MS;

const entry = (id: string, statuses: string[]): PublishedIncident =>
  ({
    statuspageIncidentId: id,
    incidentId: `inc-${id}`,
    seq: 1,
    publications: statuses.map((status) => ({ status })),
  }) as PublishedIncident;

/** What a run at this instant wakes, and which months it read. */
async function runAt(nowMs: number, published: Record<string, PublishedIncident[]>) {
  const read: string[] = [];
  const sent: { message: unknown; group: string; deduplicationId: string }[] = [];
  const rows = {
    listPublished: async (month: string) => {
      read.push(month);
      return published[month] ?? [];
    },
  };
  const queue = {
    send: async (message: unknown, as: { group: string; deduplicationId: string }) =>
      void sent.push({ message, ...as }),
  };
  const woken = await wakeOpenOnPage({ rows, queue, clock: { nowMs: () => nowMs } }, () => true);
  return { woken, read, sent };
}

describe('wakeOpenOnPage()', () => {
  it('wakes the incidents whose last publication of the month left the page open', async () => {
    const many = Array.from({ length: 12 }, (_, i) => entry(`m${i}`, ['monitoring']));
    const over = entry('over', ['investigating', 'resolved']);
    const { woken, read, sent } = await runAt(NOW, {
      '2026-11': [entry('a', ['resolved', 'investigating']), over, entry('none', []), ...many],
    });
    expect(read).toEqual(['2026-11']);
    expect(woken).toBe(13);
    expect(sent[0]).toMatchObject({
      message: { kind: 'sweep', incidentId: 'inc-a' },
      group: 'work#inc-a',
    });
    expect(new Set(sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(13);
    expect(JSON.stringify(sent)).not.toMatch(/inc-(over|none)/);
  });

  it('looks at one of 24 months each minute, over the turn of the year', async () => {
    const months: string[] = [];
    for (let minute = 0; minute < MONTHS_LOOKED_BACK; minute += 1) {
      months.push(...(await runAt(NOW + minute * MINUTE_MS, {})).read);
    }
    expect(months.slice(0, 3)).toEqual(['2026-11', '2026-10', '2026-09']);
    expect(months[11]).toBe('2025-12');
    expect(months[23]).toBe('2024-12');
  });

  it('leaves it to the next minute when there is no time', async () => {
    const rows = { listPublished: async () => [entry('a', ['investigating'])] };
    const queue = { send: async () => expect.unreachable() };
    const deps = { rows, queue, clock: { nowMs: () => NOW } };
    expect(await wakeOpenOnPage(deps, () => false)).toBe(0);
  });
});
