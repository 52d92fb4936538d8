import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy, PolicyAnswer } from '../../src/services/approval-policy.ts';
import {
  caseInWords,
  casesOf,
  type PolicyTable,
  parsePolicyTable,
  runPolicyTable,
} from '../../src/services/policy-table.ts';

const ROW = {
  name: 'somebody',
  action: 'create',
  severity: 'P1',
  roles: ['status-approver'],
  expect: { allowed: true },
};
const ALLOWED: PolicyAnswer = {
  allowed: true,
  policyIds: ['a', 'b'],
  requiredApprovals: 2,
  validForS: 600,
  rule: 'two',
};

function table(...rows: object[]): PolicyTable {
  const parsed = parsePolicyTable('t.json', rows);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

function answering(answer: PolicyAnswer): ApprovalPolicy {
  return {
    digest: 'd',
    decide: () => answer,
    ruleInWords: () => '',
    breakGlassInWords: () => undefined,
  };
}

describe('casesOf()', () => {
  it('of a plain row is one question: not an author, somebody else leads, Wednesday noon', () => {
    expect(casesOf(table(ROW).rows[0]!)).toEqual([
      {
        action: 'create',
        emergency: false,
        severity: 'P1',
        person: { id: 'U0PERSON', roles: ['status-approver'] },
        authors: ['U0SOMEBODY'],
        incidentCommander: 'U0SOMEBODY',
        changesComponents: false,
        effect: {
          impact: 'none',
          worstComponent: 'operational',
          notify: false,
          declaredBy: null,
          relatedSeverity: 'P1',
        },
        at: '2026-11-18T12:00:00.000Z',
      },
    ]);
  });

  it('of an author who leads names them as both', () => {
    const row = { ...ROW, author: true, incidentCommander: true, changesComponents: true };
    expect(casesOf(table(row).rows[0]!)).toMatchObject([
      {
        authors: ['U0SOMEBODY', 'U0PERSON'],
        incidentCommander: 'U0PERSON',
        changesComponents: true,
      },
    ]);
  });

  it('of break_glass is an emergency', () => {
    expect(casesOf(table({ ...ROW, action: 'break_glass' }).rows[0]!)).toMatchObject([
      { emergency: true, action: 'create' },
    ]);
  });

  it('takes every combination of lists, and a list of role lists as several people', () => {
    const row = {
      ...ROW,
      action: ['create', 'update', 'resolve'],
      severity: ['P1', 'P2'],
      roles: [[], ['a'], ['a', 'b']],
      author: [true, false],
      at: ['2026-11-18T12:00:00Z', '2026-11-21T12:00:00+01:00'],
    };
    const cases = casesOf(table(row).rows[0]!);
    expect(cases).toHaveLength(3 * 2 * 3 * 2 * 2);
    expect(new Set(cases.map((each) => JSON.stringify(each))).size).toBe(72);
  });

  it('of nobody with a role is one person without any', () => {
    expect(casesOf(table({ ...ROW, roles: [] }).rows[0]!)).toMatchObject([
      { person: { roles: [] } },
    ]);
  });
});

describe('runPolicyTable()', () => {
  const differences = (expected: object, answer: PolicyAnswer) =>
    runPolicyTable(table({ ...ROW, expect: expected }), answering(answer))[0]!.cases.map(
      ({ difference }) => difference,
    );

  it.each([
    { allowed: true },
    { allowed: true, approvers: 2 },
    { allowed: true, validForS: 600 },
    { allowed: true, approvers: 2, validForS: 600, policyIds: ['b', 'a'] },
  ])('accepts an answer that is as expected, in what is expected: %o', (expected) => {
    expect(differences(expected, ALLOWED)).toEqual([undefined]);
  });

  it.each([
    { allowed: false },
    { allowed: true, approvers: 1 },
    { allowed: true, approvers: 3 },
    { allowed: true, validForS: 601 },
    { allowed: true, policyIds: ['a'] },
    { allowed: true, policyIds: ['a', 'b', 'c'] },
    { allowed: true, policyIds: [] },
  ])('finds an answer that is not: %o', (expected) => {
    expect(differences(expected, ALLOWED)[0]).toContain(
      'got {"allowed":true,"approvers":2,"validForS":600,"policyIds":["a","b"]}',
    );
  });

  it('finds a denial by another policy', () => {
    const denied: PolicyAnswer = { allowed: false, policyIds: ['four-eyes'], rule: 'no' };
    expect(differences({ allowed: false, policyIds: ['four-eyes'] }, denied)).toEqual([undefined]);
    expect(differences({ allowed: false, policyIds: [] }, denied)[0]).toBe(
      'expected {"allowed":false,"policyIds":[]}, got {"allowed":false,"policyIds":["four-eyes"]}',
    );
  });
});

describe('parsePolicyTable() names the row that is wrong', () => {
  it.each([
    [[], /^at the top: /],
    [{}, /^at the top: /],
    [[ROW, { ...ROW, severity: 'P5' }], /^at row 2 \(somebody\)\.severity: /],
    [[{ ...ROW, roles: 'status-approver' }], /^at row 1 \(somebody\)\.roles: /],
    [[{ ...ROW, action: 'component_change' }], /^at row 1 \(somebody\)\.action: /],
    [[{ ...ROW, autor: true }], /^at row 1 \(somebody\): .*autor/],
    [[{ ...ROW, expect: {} }], /^at row 1 \(somebody\)\.expect\.allowed: /],
    [[{ ...ROW, expect: { allowed: true, approvers: 0 } }], /expect\.approvers: /],
    [[{ ...ROW, at: 'noon' }], /^at row 1 \(somebody\)\.at: /],
    [[{ ...ROW, severity: [] }], /severity: /],
    [[{ action: 'create' }], /^at row 1\.name: /],
  ])('%o', (json, words) => {
    expect(parsePolicyTable('t.json', json)).toMatch(words);
  });
});

describe('caseInWords()', () => {
  it('says everything that was asked, and a time only if it is another', () => {
    const row = { ...ROW, changesComponents: true, author: true, at: '2026-11-21T03:00:00Z' };
    const [question] = casesOf(table(row).rows[0]!);
    expect(caseInWords(question!)).toBe(
      'create, P1, roles [status-approver], author, not incident commander, changes components, ' +
        '2026-11-21T03:00:00Z',
    );
    const [glass] = casesOf(table({ ...ROW, action: 'break_glass', roles: [] }).rows[0]!);
    expect(caseInWords(glass!)).toBe(
      'break_glass, P1, roles [], not author, not incident commander',
    );
  });
});
