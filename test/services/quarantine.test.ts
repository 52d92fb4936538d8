import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { IncidentRecord } from '../../src/services/incident-record.ts';
import { Quarantine, quarantineWords } from '../../src/services/quarantine.ts';
import { alertMessage } from './alert-messages.ts';
import { ScheduleKeeper } from './worker-world.ts';

const CHAIN = 'intake-20261120';
const MINUTE = '2026-11-20T09:00';
let trail: MemoryAuditTrail;
let rows: MemoryIncidentRows;
let schedules: ScheduleKeeper;
let quarantine: Quarantine;
let nowMs: number;

beforeEach(() => {
  nowMs = Date.parse(`${MINUTE}:10Z`);
  trail = new MemoryAuditTrail();
  rows = new MemoryIncidentRows();
  schedules = new ScheduleKeeper();
  quarantine = quarantineOver(rows);
});

function quarantineOver(given: MemoryIncidentRows): Quarantine {
  const clock = { nowMs: () => nowMs };
  const record = new IncidentRecord({
    trail,
    rows: given,
    clock,
    pause: { forMs: async () => {} },
  });
  return new Quarantine({ record, rows: given, schedules, clock });
}
const receive = (body: string, by = quarantine) =>
  by.receive(alertMessage(body), { reason: 'NOT_JSON', bytes: Buffer.from(body) });
const flood = async (from: number, to: number) => {
  for (let i = from; i <= to; i += 1) await receive(`garbage ${i}`);
};
const summarise = (minute = MINUTE) => quarantine.summarise({ incidentId: CHAIN, minute });
const details = async () =>
  (await trail.from(CHAIN, 1)).map(
    (event) => event.details as { bodyBase64: string | null; count: number; reason: string },
  );

describe('overdue()', () => {
  const counts = async () => (await details()).filter(({ bodyBase64 }) => bodyBase64 === null);

  it.each([
    [124_999, 0],
    [125_000, 1],
    [3_664_999, 1],
    [3_665_000, 0],
  ])(
    '%i ms after a full minute began, counts it %i times though no schedule came',
    async (ms, n) => {
      await flood(1, 61);
      nowMs = Date.parse(`${MINUTE}:00Z`) + ms;
      await quarantine.overdue(CHAIN);
      await quarantine.overdue(CHAIN);
      expect(await counts()).toHaveLength(n);
    },
  );

  it('counts nothing of a minute that kept all, and of no chain', async () => {
    await quarantine.overdue(CHAIN);
    await flood(1, 60);
    nowMs += 300_000;
    await quarantine.overdue(CHAIN);
    expect(await counts()).toHaveLength(0);
  });
});

describe('receive()', () => {
  it('keeps the same body once, as it came', async () => {
    for (let i = 0; i < 3; i += 1) expect(await receive('garbage')).toBe(CHAIN);
    expect(await details()).toMatchObject([
      {
        path: '/webhooks/grafana-oncall',
        reason: 'NOT_JSON',
        bodyBase64: 'Z2FyYmFnZQ==',
        count: 1,
      },
    ]);
  });

  it('keeps 60 bodies of a minute and counts the 61st', async () => {
    await flood(1, 60);
    expect(schedules.due.size).toBe(0);
    await receive('garbage 61');
    expect(await details()).toHaveLength(60);
    expect([...schedules.due]).toEqual([
      [
        'intake-20261120-counted-0900',
        {
          dueAtMs: Date.parse('2026-11-20T09:01:05Z'),
          message: {
            kind: 'schedule',
            name: 'intake-20261120-counted-0900',
            purpose: 'quarantine_count',
            incidentId: CHAIN,
            minute: MINUTE,
          },
        },
      ],
    ]);
  });

  it('keeps bodies again in the next minute', async () => {
    await flood(1, 61);
    nowMs += 60_000;
    await receive('garbage 62');
    expect(await details()).toHaveLength(61);
  });

  it('keeps no more than 60 of 150 that come at once, and counts the others', async () => {
    const bodies = Array.from({ length: 150 }, (_, i) => receive(`garbage ${i}`).catch(() => null));
    await Promise.all(bodies);
    // The queue delivers again what lost too many races.
    for (let i = 0; i < 150; i += 1) await receive(`garbage ${i}`);
    await summarise();
    const found = await details();
    expect(found).toHaveLength(61);
    expect(found.at(-1)).toMatchObject({ bodyBase64: null, count: 90 });
  });
});

describe('quarantineWords()', () => {
  it.each([
    ['EMPTY', 'its body is empty'],
    ['NOT_UTF8', 'its body is no text'],
    ['NOT_JSON', 'its body is no JSON'],
    ['NO_ENVELOPE', 'its body is not of the form that this path’s sender uses'],
    ['NO_GROUP', 'it names no alert group'],
    ['15 more than were kept', '15 more than were kept'],
    ['constructor', 'constructor'],
  ])('says %s as “%s”', (reason, expected) => {
    expect(quarantineWords(reason)).toBe(expected);
  });
});

describe('summarise()', () => {
  it('puts a minute on record as one event, once, and says what it is', async () => {
    await flood(1, 75);
    await flood(61, 75);
    await summarise();
    await summarise();
    const found = await details();
    expect(found).toHaveLength(61);
    expect(found.at(-1)).toMatchObject({
      path: 'several',
      reason: `15 more than were kept in the minute ${MINUTE}`,
      bytes: 15 * 'garbage 61'.length,
      bodyBase64: null,
      truncated: true,
      count: 15,
    });
  });

  it('says nothing of a minute without a surplus', async () => {
    await flood(1, 2);
    await summarise();
    expect(await details()).toHaveLength(2);
  });

  it('counts a body in the running minute when its own is on record already', async () => {
    await flood(1, 61);
    const dying = Object.create(rows, { countBody: { value: () => Promise.reject(new Error()) } });
    for (const name of ['readStep', 'writeStep', 'appliedSeq', 'readState'] as const) {
      dying[name] = rows[name].bind(rows);
    }
    await expect(receive('late', quarantineOver(dying))).rejects.toThrow();
    nowMs += 70_000;
    await summarise();
    expect((await details()).at(-1)).toMatchObject({ count: 1 });
    await receive('late');
    await summarise('2026-11-20T09:01');
    expect((await details()).slice(-2)).toMatchObject([{ count: 1 }, { count: 1 }]);
    expect([...schedules.due.keys()]).toContain('intake-20261120-counted-0901');
  });

  it('loses no body to a crash between any two calls', async () => {
    await flood(1, 60);
    for (let nth = 1; nth <= 12; nth += 1) {
      let calls = 0;
      const failing = new Proxy(rows, {
        get(target, name) {
          const value = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return async (...given: unknown[]) => {
            calls += 1;
            if (calls === nth) throw new Error('the function died');
            return value.apply(target, given);
          };
        },
      });
      await receive(`late ${nth}`, quarantineOver(failing)).catch(() => {});
      await receive(`late ${nth}`);
    }
    await summarise();
    expect((await details()).at(-1)).toMatchObject({ bodyBase64: null, count: 12 });
  });
});
