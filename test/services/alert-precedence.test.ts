import { beforeEach, describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/domain/errors.ts';
import { AlertPrecedence, type Arrival } from '../../src/services/alert-precedence.ts';
import { alertMessage, onCall } from './alert-messages.ts';

const ROUTING = {
  services: [],
  severity: [
    { labels: { severity: 'critical' }, is: 'P1' },
    { labels: { severity: 'warning' }, is: 'P3' },
  ],
  components: [],
  roles: {},
  checklist: [],
  storm: { incidents: 3, windowS: 300 },
} as never;
const START_MS = Date.parse('2026-11-20T09:00:00Z');
let nowMs: number;
let precedence: AlertPrecedence;

beforeEach(() => {
  nowMs = START_MS;
  precedence = new AlertPrecedence({ routing: ROUTING, clock: { nowMs: () => nowMs } });
});

const of = (type: string, severity: string) =>
  alertMessage({ ...onCall(type), alert_payload: { labels: { severity } } });
const resolve = of('resolve', 'critical');
const warning = of('alert group created', 'warning');
const critical = of('alert group created', 'critical');

/** One alert that was sent `waitedMs` ago. @returns the seconds it is put back for, 0 for none */
function taken(message: typeof resolve, waitedMs: number, of: Partial<Arrival> = {}): number {
  const sentAtMs = nowMs - waitedMs;
  const arrival = { messageId: 'm', receives: 1, sentAtMs, firstReceivedAtMs: nowMs, ...of };
  try {
    precedence.letPass(message, arrival);
    return 0;
  } catch (error) {
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ code: 'NOT_YET', retryable: true });
    return (error as DeliveryError).retryAfterS ?? 0;
  }
}
const backlog = () => {
  for (let late = 0; late < 10; late += 1) expect(taken(resolve, 251)).toBe(0);
};

describe('letPass()', () => {
  it('takes up every alert while none is late, however many come', () => {
    for (let each = 0; each < 100; each += 1) expect(taken(resolve, 250)).toBe(0);
  });

  it('puts back, from the eleventh late one within 5 s on, what opens no P1', () => {
    backlog();
    for (const message of [resolve, warning]) {
      const restS = taken(message, 251);
      expect(restS).toBeGreaterThanOrEqual(6);
      expect(restS).toBeLessThanOrEqual(9);
    }
  });

  it('forgets late ones after 5 s', () => {
    backlog();
    nowMs += 5_001;
    expect(taken(resolve, 251)).toBe(0);
  });

  it('puts back no alert that opens a P1, until they are a storm of their service', () => {
    backlog();
    for (let each = 0; each < 3; each += 1) expect(taken(critical, 251)).toBe(0);
    expect(taken(critical, 251)).toBeGreaterThan(0);
    nowMs += 300_001;
    backlog();
    expect(taken(critical, 251)).toBe(0);
  });

  it('puts back what cannot be read', () => {
    backlog();
    expect(taken(alertMessage('nonsense'), 251)).toBeGreaterThan(0);
    expect(taken(alertMessage({}, { path: '/elsewhere' }), 251)).toBeGreaterThan(0);
  });

  it('measures a later turn from when it began, and takes up every alert after four', () => {
    const firstReceivedAtMs = nowMs;
    nowMs += 6_000;
    backlog();
    expect(taken(resolve, 6_000, { receives: 2, firstReceivedAtMs })).toBe(0);
    nowMs += 3_251;
    expect(taken(resolve, 9_251, { receives: 2, firstReceivedAtMs })).toBeGreaterThanOrEqual(8);
    expect(taken(resolve, 9_251, { receives: 5, firstReceivedAtMs: 0 })).toBe(0);
  });

  it('gives what missed its turns the next one, in 3 s or more', () => {
    backlog();
    const restS = taken(resolve, 60_000, { receives: 2, firstReceivedAtMs: nowMs - 60_000 });
    expect(restS).toBeGreaterThanOrEqual(30);
    expect(restS).toBeLessThanOrEqual(33);
  });
});
