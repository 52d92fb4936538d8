import { describe, expect, it } from 'vitest';
import { absenceProblem } from '../../src/domain/absence-replay.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';

type Judged = Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED' }>;

const event = (type: string, details: object, at = '2026-11-20T09:00:00.000Z') =>
  ({ type, at, details: { publicationId: 'pub-a', attemptId: 'attempt-1', ...details } }) as never;
const started = event('STATUSPAGE_PUBLISH_STARTED', { deadline: '2026-11-20T09:00:10.000Z' });
const looked = (looks: number) => event('STATUSPAGE_PUBLISH_UNCONFIRMED', { looks });
const absent = (absentLooks: number | undefined, at = '2026-11-20T09:01:18.000Z') =>
  event('STATUSPAGE_PUBLISH_NOT_EXECUTED', { absentLooks }, at) as Judged;
const LOOKS = [started, looked(0), looked(1), looked(2)];

describe('absenceProblem() finds nothing wrong', () => {
  it('with three looks of which two left their own event', () => {
    expect(absenceProblem(absent(3), LOOKS)).toBeUndefined();
  });

  it('with a page that said itself that it did nothing', () => {
    expect(absenceProblem(absent(undefined), [])).toBeUndefined();
  });

  it('a millisecond after the deadline', () => {
    expect(absenceProblem(absent(2, '2026-11-20T09:00:10.001Z'), LOOKS)).toBeUndefined();
  });
});

describe('absenceProblem() names', () => {
  it('looks that are not on record', () => {
    expect(absenceProblem(absent(3), [started, looked(0), looked(1)])).toBe(
      'it claims 3 looks and the record shows 2',
    );
    expect(absenceProblem(absent(2), [started])).toBe('it claims 2 looks and the record shows 0');
  });

  it('looks for another attempt', () => {
    const other = event('STATUSPAGE_PUBLISH_UNCONFIRMED', { looks: 5, attemptId: 'attempt-2' });
    expect(absenceProblem(absent(2), [started, other])).toBe(
      'it claims 2 looks and the record shows 0',
    );
  });

  it('a single look', () => {
    expect(absenceProblem(absent(1), LOOKS)).toBe('it was found absent by 1 look(s)');
  });

  it('an attempt that might still have sent', () => {
    expect(absenceProblem(absent(3, '2026-11-20T09:00:10.000Z'), LOOKS)).toBe(
      'it was found absent before its deadline',
    );
  });

  it('an attempt that never was', () => {
    expect(absenceProblem(absent(3), LOOKS.slice(1))).toBe('it is about no attempt before it');
  });

  it.each([
    ['was asked', event('STATUSPAGE_PUBLISH_UNCONFIRMED', { looks: 2, nextLookAt: null })],
    ['asked for a look', event('COMMAND_RECEIVED', { command: 'statuspage_adopt' })],
  ])('an attempt about which a person %s', (_what, left) => {
    expect(absenceProblem(absent(3), [...LOOKS, left])).toBe(
      'it was found absent after it was left to a person',
    );
    // Before it started, or of another attempt, that says nothing.
    expect(absenceProblem(absent(3), [left, ...LOOKS])).toBeUndefined();
  });

  it.each([
    event('STATUSPAGE_PUBLISH_UNCONFIRMED', { looks: 2, nextLookAt: null, attemptId: 'attempt-2' }),
    event('COMMAND_RECEIVED', { command: 'statuspage_adopt', publicationId: 'pub-b' }),
    event('COMMAND_RECEIVED', { command: 'note' }),
  ])('but not one of which nobody was asked %#', (other) => {
    expect(absenceProblem(absent(3), [...LOOKS, other])).toBeUndefined();
  });

  it('a second absence of one publication', () => {
    const first = event('STATUSPAGE_PUBLISH_NOT_EXECUTED', {
      absentLooks: 3,
      attemptId: 'attempt-0',
    });
    expect(absenceProblem(absent(3), [first, ...LOOKS])).toBe(
      'its publication was found absent before, and no person decided',
    );
  });

  it('but not the absence, or the later start, of another publication', () => {
    const other = { publicationId: 'pub-b', attemptId: 'attempt-2' };
    const deadline = '2026-11-20T10:00:00.000Z';
    const before = [
      event('STATUSPAGE_PUBLISH_NOT_EXECUTED', { ...other, absentLooks: 3 }),
      ...LOOKS,
      event('STATUSPAGE_PUBLISH_STARTED', { ...other, deadline }),
    ];
    expect(absenceProblem(absent(3), before)).toBeUndefined();
  });

  it('but not one that the page itself said was not executed', () => {
    const busy = event('STATUSPAGE_PUBLISH_NOT_EXECUTED', { attemptId: 'attempt-0' });
    expect(absenceProblem(absent(3), [busy, ...LOOKS])).toBeUndefined();
  });
});
