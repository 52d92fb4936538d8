import { describe, expect, it } from 'vitest';
import { startProblem, worstSeverityOf } from '../../src/domain/publication-replay.ts';
import {
  about,
  approved,
  chained,
  draft,
  drift,
  type Fact,
  notExecuted,
  opened,
  published,
  refused,
  type StartedEvent,
  severity,
  started,
} from './gate-story.ts';

const A = draft('drf-a');
const B = draft('drf-b');

/** Judges the last fact, an attempt, after the others; every approval's signature is valid. */
function problemAfter(facts: readonly Fact[], valid?: readonly number[]): string | undefined {
  const events = chained(facts);
  const all = events.map(({ seq }) => seq);
  const last = events.at(-1) as StartedEvent;
  return startProblem(last, events.slice(0, -1), new Set(valid ?? all));
}

describe('startProblem() finds nothing wrong', () => {
  it('after one valid approval', () => {
    expect(problemAfter([opened, A, approved(A), started(A)])).toBeUndefined();
  });

  it('after two distinct people where two are needed', () => {
    const two = [approved(A, { required: 2 }), approved(A, { id: 'U0LINA', required: 2 })];
    expect(problemAfter([opened, A, ...two, started(A)])).toBeUndefined();
  });

  it('in a second attempt, the first not executed', () => {
    const first = [opened, A, approved(A), started(A), notExecuted(A)];
    expect(problemAfter([...first, started(A, 2)])).toBeUndefined();
  });

  it('when a publication before it has ended and it follows that one', () => {
    const first = [opened, A, approved(A), started(A), published(A)];
    const basedOn = (A.details as { publicationId: string }).publicationId;
    const next = draft('drf-c', { basedOn });
    expect(problemAfter([...first, next, approved(next), started(next)])).toBeUndefined();
  });

  it('when a publication before it failed', () => {
    const { publicationId } = B.details as { publicationId: string };
    const failed = about(B, 'STATUSPAGE_PUBLISH_FAILED', { publicationId, reason: '' });
    const before = [opened, A, B, approved(B), started(B), failed];
    expect(problemAfter([...before, approved(A), started(A)])).toBeUndefined();
  });

  it('whatever an approval of one person alone asks for that did not verify', () => {
    const beside = approved(A, { id: 'U0LINA', required: 2 });
    const alone = { ...beside, details: { ...(beside.details as object), breakGlass: true } };
    expect(problemAfter([opened, A, approved(A), alone, started(A)], [3])).toBeUndefined();
  });

  it('when another draft was rejected', () => {
    const rejected = about(B, 'STATUSPAGE_APPROVAL_REJECTED', { digest: '', reason: '' });
    expect(problemAfter([opened, A, B, approved(A), rejected, started(A)])).toBeUndefined();
  });
});

describe('startProblem() names', () => {
  const rejected = about(A, 'STATUSPAGE_APPROVAL_REJECTED', { digest: '', reason: '' });
  const withdrawn = about(A, 'STATUSPAGE_DRAFT_WITHDRAWN', { reason: '' });
  const failed = about(A, 'STATUSPAGE_PUBLISH_FAILED', { publicationId: '', reason: '' });
  const late = { expiresAt: '2026-11-20T09:00:03.000Z' };
  const cases: [string, Fact[], string][] = [
    ['a revision that is not there', [opened, started(A)], 'it publishes a revision that is not'],
    [
      'another text',
      [
        opened,
        A,
        approved(A),
        { ...started(A), details: { ...(started(A).details as object), digest: 'e'.repeat(64) } },
      ],
      'it publishes another text than its revision',
    ],
    [
      'another publication id',
      [
        opened,
        A,
        approved(A),
        { ...started(A), details: { ...(started(A).details as object), publicationId: 'pub-x' } },
      ],
      'it publishes another text than its revision',
    ],
    ['no approval', [opened, A, started(A)], 'it needed 1 valid approval(s) and had 0'],
    [
      'the same person twice',
      [opened, A, approved(A, { required: 2 }), approved(A, { required: 2 }), started(A)],
      'it needed 2 valid approval(s) and had 1',
    ],
    [
      'an approval that expired that moment',
      [opened, A, approved(A, late), started(A)],
      'it needed 1 valid approval(s) and had 0',
    ],
    [
      'an approval that a refusal voided',
      [opened, A, approved(A), refused(A), started(A)],
      'it needed 1 valid approval(s) and had 0',
    ],
    [
      'approval of another draft',
      [opened, A, B, approved(B), started(A)],
      'it needed 1 valid approval(s) and had 0',
    ],
    ['a rejection', [opened, A, approved(A), rejected, started(A)], 'its revision was rejected'],
    ['a withdrawal', [opened, A, approved(A), withdrawn, started(A)], 'its revision was withdrawn'],
    ['a failure', [opened, A, approved(A), failed, started(A)], 'its revision was failed before'],
    [
      'a newer revision',
      [opened, A, approved(A), draft('drf-a', { revision: 2 }), started(A)],
      'its revision was superseded before',
    ],
    [
      'a publication that is done',
      [opened, A, approved(A), started(A), published(A), started(A, 2)],
      'its revision was published before',
    ],
    [
      'an attempt under way',
      [opened, A, approved(A), started(A), started(A, 2)],
      'an earlier attempt had not ended',
    ],
    [
      'another publication under way',
      [opened, A, B, approved(A), approved(B), started(B), started(A)],
      'another publication of this incident had not ended',
    ],
    [
      'a moved base',
      [opened, A, B, approved(A), approved(B), started(B), published(B), started(A)],
      'something was published since it was written',
    ],
  ];

  it.each(cases)('%s', (_name, facts, reason) => {
    expect(problemAfter(facts)).toContain(reason);
  });

  it('an approval whose signature did not verify', () => {
    expect(problemAfter([opened, A, approved(A), started(A)], [])).toBe(
      'it needed 1 valid approval(s) and had 0',
    );
  });
});

describe('worstSeverityOf()', () => {
  it('is the worst the incident ever had', () => {
    expect(worstSeverityOf(chained([opened]))).toBe('P2');
    expect(worstSeverityOf(chained([opened, severity('P3')]))).toBe('P2');
    expect(worstSeverityOf(chained([opened, severity('P1'), severity('P3')]))).toBe('P1');
    expect(worstSeverityOf([])).toBeUndefined();
  });
});

describe('startProblem(), when the incident on the page was removed by another hand', () => {
  const first = [opened, A, approved(A), started(A), published(A)];
  const { publicationId: basedOn } = A.details as { publicationId: string };
  const removed = drift('removed', { whole: true });
  const problemOf = (facts: readonly Fact[], of: Parameters<typeof draft>[1]) => {
    const next = draft('drf-c', { basedOn, ...of });
    return problemAfter([...first, ...facts, next, approved(next), started(next)]);
  };
  const replaces = { statuspageIncidentId: 'p1', removedSeq: 6 };

  it('finds nothing wrong with a new one that says what it replaces', () => {
    expect(problemOf([removed], { onPage: null, replaces })).toBeUndefined();
    expect(problemOf([removed, removed], { onPage: null, replaces })).toBeUndefined();
    const again = [removed, drift('returned'), removed];
    expect(problemOf(again, { onPage: null, replaces })).toBeUndefined();
  });

  it('finds nothing wrong with an update when only an update was removed, or another incident', () => {
    expect(problemOf([drift('removed')], {})).toBeUndefined();
    expect(problemOf([drift('removed', { whole: true, id: 'p2' })], {})).toBeUndefined();
    expect(problemOf([removed, drift('returned')], {})).toBeUndefined();
  });

  it.each([
    ['it opens a second incident on the page', [], { onPage: null }],
    ['it replaces an incident that was not removed', [], { onPage: null, replaces }],
    [
      'it replaces an incident that was not removed',
      [removed, drift('returned')],
      { onPage: null, replaces },
    ],
    ['it adds to an incident that was removed', [removed], {}],
    ['it adds to another incident', [], { onPage: 'p2' }],
    ['it does not say which removed incident it replaces', [removed], { onPage: null }],
    [
      'it does not say which removed incident it replaces',
      [removed],
      { onPage: null, replaces: { ...replaces, removedSeq: 5 } },
    ],
    [
      'it does not say which removed incident it replaces',
      [removed],
      { onPage: null, replaces: { ...replaces, statuspageIncidentId: 'p2' } },
    ],
  ] as const)('says %s', (problem, facts, of) => {
    expect(problemOf(facts, of)).toBe(problem);
  });
});
