import { describe, expect, it } from 'vitest';
import { calendarIn, isTimeZone } from '../../src/domain/calendar.ts';

const at = (timeZone: string, instant: string) => calendarIn(timeZone)(instant);

describe('calendarIn()', () => {
  it.each([
    ['2026-11-16T00:00:00.000Z', 1, 0],
    ['2026-11-17T00:00:59.999Z', 2, 0],
    ['2026-11-18T00:01:00.000Z', 3, 1],
    ['2026-11-19T12:00:00.000Z', 4, 720],
    ['2026-11-20T08:00:00.000Z', 5, 480],
    ['2026-11-21T23:59:59.999Z', 6, 1_439],
    ['2026-11-22T23:59:59.999Z', 7, 1_439],
  ])('%s in UTC is day %i, minute %i', (instant, weekday, minuteOfDay) => {
    expect(at('UTC', instant)).toEqual({ weekday, minuteOfDay });
  });

  it('changes the day at midnight of the zone, not of UTC', () => {
    expect(at('Asia/Tokyo', '2026-11-20T14:59:59.999Z')).toEqual({
      weekday: 5,
      minuteOfDay: 1_439,
    });
    expect(at('Asia/Tokyo', '2026-11-20T15:00:00.000Z')).toEqual({ weekday: 6, minuteOfDay: 0 });
    expect(at('America/Los_Angeles', '2026-11-23T07:59:59.999Z')).toEqual({
      weekday: 7,
      minuteOfDay: 1_439,
    });
    expect(at('America/Los_Angeles', '2026-11-23T08:00:00.000Z')).toEqual({
      weekday: 1,
      minuteOfDay: 0,
    });
  });

  it('follows summer time: the hour that is skipped, and the hour that comes twice', () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00.
    expect(at('Europe/Berlin', '2026-03-29T00:59:00.000Z').minuteOfDay).toBe(119);
    expect(at('Europe/Berlin', '2026-03-29T01:00:00.000Z').minuteOfDay).toBe(180);
    // Berlin, 25 October 2026: 03:00 becomes 02:00.
    expect(at('Europe/Berlin', '2026-10-25T00:59:00.000Z').minuteOfDay).toBe(179);
    expect(at('Europe/Berlin', '2026-10-25T01:00:00.000Z').minuteOfDay).toBe(120);
  });

  it('opens at the same hour on the wall in summer and in winter', () => {
    expect(at('Europe/Berlin', '2026-07-01T06:00:00.000Z').minuteOfDay).toBe(480);
    expect(at('Europe/Berlin', '2026-12-01T07:00:00.000Z').minuteOfDay).toBe(480);
  });

  it('knows zones whose offset is no whole hour', () => {
    expect(at('Asia/Kathmandu', '2026-11-20T18:14:59.999Z')).toEqual({
      weekday: 5,
      minuteOfDay: 1_439,
    });
    expect(at('Asia/Kathmandu', '2026-11-20T18:15:00.000Z')).toEqual({
      weekday: 6,
      minuteOfDay: 0,
    });
  });

  it('takes an instant with an offset, and throws RangeError for none', () => {
    expect(at('UTC', '2026-11-21T01:00:00+02:00')).toEqual({ weekday: 5, minuteOfDay: 1_380 });
    expect(() => at('UTC', 'noon')).toThrow(RangeError);
  });
});

describe('isTimeZone()', () => {
  it.each(['UTC', 'Europe/Lisbon', 'America/Argentina/Buenos_Aires'])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', 'Europe/Atlantis', '+01:00', '-0300', '0', ' UTC'])('“%s” is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
