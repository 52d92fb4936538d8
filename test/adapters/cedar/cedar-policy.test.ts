import { describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../../src/adapters/files/deployment-config.ts';
import { ConfigError } from '../../../src/config.ts';
import type { PolicyQuestion } from '../../../src/services/approval-policy.ts';

const SHIPPED = loadPolicyFiles('config');
const policy = new CedarPolicy(SHIPPED);
const SCHEMA = SHIPPED.files['status-page.cedarschema']!;

const QUIET = {
  impact: 'none',
  worstComponent: 'operational',
  notify: false,
  declaredBy: null,
  relatedSeverity: 'P4',
} as const;
type Of = Partial<Omit<PolicyQuestion, 'effect'>> & { effect?: Partial<PolicyQuestion['effect']> };
const ask = ({ effect, ...of }: Of = {}) =>
  policy.decide({
    action: 'create',
    severity: 'P1',
    person: { id: 'U0BEN', roles: ['status-approver'] },
    authors: ['U0ADA'],
    incidentCommander: 'U0DEE',
    changesComponents: false,
    emergency: false,
    at: '2026-11-20T09:00:00.000Z',
    ...of,
    effect: { ...QUIET, ...effect },
  });

const APPROVER = { id: 'U0BEN', roles: ['status-approver'] };
const COMMANDER = { id: 'U0DEE', roles: ['incident-commander'] };
const NOBODY = { id: 'U0EVE', roles: [] };

describe('the shipped policy', () => {
  it.each([
    ['P1', APPROVER, ['U0ADA'], true],
    ['P1', APPROVER, ['U0BEN'], false],
    ['P1', APPROVER, [], true],
    ['P1', COMMANDER, ['U0ADA'], false],
    ['P1', { id: 'U0DEE', roles: ['incident-commander', 'status-approver'] }, ['U0ADA'], true],
    ['P1', { id: 'U0DEE', roles: ['incident-commander', 'status-approver'] }, ['U0DEE'], false],
    ['P1', NOBODY, ['U0ADA'], false],
    ['P2', APPROVER, ['U0ADA'], true],
    ['P2', APPROVER, ['U0BEN'], false],
    ['P2', COMMANDER, ['U0ADA'], true],
    ['P2', COMMANDER, ['U0DEE'], false],
    ['P2', { id: 'U0DEE', roles: [] }, ['U0ADA'], false],
    ['P2', { id: 'U0XXX', roles: ['incident-commander'] }, ['U0ADA'], false],
    ['P3', APPROVER, ['U0BEN'], true],
    ['P4', COMMANDER, ['U0ADA'], true],
    ['P4', NOBODY, ['U0ADA'], false],
  ] as const)('%s by %o, written by %o: %s', (severity, person, authors, allowed) => {
    for (const action of ['create', 'update', 'resolve'] as const) {
      expect(ask({ severity, person, authors, action }).allowed).toBe(allowed);
    }
  });

  it('needs one approval for 30 minutes and names what allowed it', () => {
    expect(ask()).toEqual({
      allowed: true,
      policyIds: ['p1-status-approver'],
      requiredApprovals: 1,
      validForS: 1_800,
      rule: 'P1: one status-approver who did not write or edit this text',
    });
  });

  it('tells an author the four-eyes rule, and anybody else who may', () => {
    expect(ask({ authors: ['U0BEN'] })).toEqual({
      allowed: false,
      policyIds: ['p1-four-eyes'],
      rule: 'P1: nobody approves text that they requested, wrote or edited',
    });
    expect(ask({ person: NOBODY, severity: 'P2' })).toEqual({
      allowed: false,
      policyIds: [],
      rule:
        'P2 to P4: one status-approver; or ' +
        'P2 to P4: the incident commander, if they hold the role incident-commander',
    });
  });

  it('without an incident commander nobody is one', () => {
    expect(ask({ severity: 'P2', person: COMMANDER, incidentCommander: null }).allowed).toBe(false);
  });

  it('has the digest of its files', () => {
    expect(policy.digest).toBe(SHIPPED.digest);
    expect(policy.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('denies what it cannot evaluate', () => {
    expect(ask({ action: 'delete' as never })).toEqual({
      allowed: false,
      policyIds: [],
      rule: 'the policy could not be evaluated',
    });
  });
});

const permit = (annotations: string, condition = '') =>
  `${annotations} permit (principal in Role::"status-approver", action in [Action::"create", Action::"update",
   Action::"resolve", Action::"component_change"], resource)${condition};`;
const load = (text: string, schema = SCHEMA) =>
  new CedarPolicy({ files: { 'p.cedar': text, 's.cedarschema': schema }, digest: 'd' });
const GOOD = '@id("one") @approvers("1") @validForS("60")';

describe('of several permits', () => {
  const two = load(
    `${permit('@id("b") @approvers("2") @validForS("600") @severities("P1")')}
     ${permit('@id("a") @approvers("1") @validForS("60")')}`,
  );
  const question: PolicyQuestion = {
    action: 'update',
    severity: 'P1',
    person: APPROVER,
    authors: [],
    incidentCommander: null,
    changesComponents: true,
    emergency: false,
    effect: QUIET,
    at: '2026-11-20T09:00:00.000Z',
  };
  const card = (severity: PolicyQuestion['severity']) =>
    ({ action: 'create', severity, effect: QUIET }) as const;

  it('the most people and the shortest time count', () => {
    expect(two.decide(question)).toEqual({
      allowed: true,
      policyIds: ['a', 'b'],
      requiredApprovals: 2,
      validForS: 60,
      rule: 'a; or b',
    });
  });

  it('the card shows those of the severity, or that there are none', () => {
    expect(two.ruleInWords(card('P1'))).toBe('b');
    expect(two.ruleInWords(card('P2'))).toBe('no policy permits anybody to approve this');
  });

  it('the card says that the most people count, where they differ', () => {
    const both = load(
      `${permit('@id("b") @approvers("2") @validForS("600") @severities("P1")')}
       ${permit('@id("a") @approvers("1") @validForS("60") @severities("P1")')}`,
    );
    expect(both.ruleInWords(card('P1'))).toBe(
      'b; or a. Of those that apply, the most people count',
    );
  });

  it('an error while evaluating denies', () => {
    const failing = load(
      `${permit(GOOD)}
       @id("breaks") forbid (principal, action, resource)
       when { resource.authors.contains(principal) && 9223372036854775807 + 1 == 0 };`,
    );
    expect(failing.decide({ ...question, authors: ['U0BEN'] })).toMatchObject({
      allowed: false,
      rule: 'the policy could not be evaluated',
    });
    expect(failing.decide(question).allowed).toBe(true);
  });
});

describe('a mistake in the policies is named', () => {
  it.each([
    [
      'no annotation',
      'permit (principal, action, resource);',
      /expected @id of 1 to 200 characters/,
    ],
    ['no @id', permit('@approvers("1") @validForS("60")'), /expected @id of 1 to 200 characters/],
    ['an @id without a value', permit('@id @approvers("1") @validForS("60")'), /expected @id/],
    ['a long @id', permit(`@id("${'x'.repeat(201)}") @approvers("1")`), /expected @id/],
    [
      'an @id used twice',
      `${permit(GOOD)} ${permit(GOOD)}`,
      /policies\/p.cedar: @id one is used twice/,
    ],
    [
      'no @approvers',
      permit('@id("one") @validForS("60")'),
      /@approvers to be an integer from 1 to 10/,
    ],
    ['0 approvers', permit('@id("one") @approvers("0") @validForS("60")'), /@approvers/],
    ['11 approvers', permit('@id("one") @approvers("11") @validForS("60")'), /@approvers/],
    ['one and a half', permit('@id("one") @approvers("1.5") @validForS("60")'), /@approvers/],
    [
      'no @validForS',
      permit('@id("one") @approvers("1")'),
      /@validForS to be an integer from 1 to 86400/,
    ],
    ['over a day', permit('@id("one") @approvers("1") @validForS("86401")'), /@validForS/],
    [
      'an unknown severity',
      permit(`${GOOD} @severities("P1 P5")`),
      /@severities of P1 P2 P3 P4, got P5/,
    ],
    [
      'a bad number on a forbid',
      '@id("f") @approvers("x") forbid (principal, action, resource);',
      /policy f/,
    ],
    ['no Cedar at all', 'permit everything', /cannot read policies\/p.cedar/],
    [
      'an unknown attribute',
      permit(GOOD, ' when { resource.colour == "red" }'),
      /policy one: .*colour/,
    ],
    [
      'a template',
      `${permit(GOOD)} @id("t") permit (principal == ?principal, action, resource);`,
      /expected no templates/,
    ],
    [
      '51 policies',
      Array.from({ length: 51 }, (_, i) =>
        permit(`@id("p${i}") @approvers("1") @validForS("60")`),
      ).join(' '),
      /expected at most 50, got 51/,
    ],
  ])('%s', (_what, text, message) => {
    expect(() => load(text)).toThrow(ConfigError);
    expect(() => load(text)).toThrow(message);
  });

  it('a schema that does not parse', () => {
    expect(() => load(permit(GOOD), 'entity ;')).toThrow(/cannot read policies\/s.cedarschema: /);
  });

  it('the limits themselves are fine', () => {
    const edge = `@id("${'x'.repeat(200)}") @approvers("10") @validForS("86400")`;
    expect(() => load(permit(edge))).not.toThrow();
    expect(() =>
      load(
        Array.from({ length: 50 }, (_, i) =>
          permit(`@id("p${i}") @approvers("1") @validForS("1")`),
        ).join(' '),
      ),
    ).not.toThrow();
  });
});
