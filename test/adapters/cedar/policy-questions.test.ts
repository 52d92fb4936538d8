import { describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../../src/adapters/files/deployment-config.ts';
import { ConfigError } from '../../../src/config.ts';
import type { Severity } from '../../../src/domain/severity.ts';
import type { PolicyQuestion, RuleQuestion } from '../../../src/services/approval-policy.ts';

const SHIPPED = loadPolicyFiles('config');
const SCHEMA = SHIPPED.files['status-page.cedarschema']!;
const QUESTION: PolicyQuestion = {
  action: 'update',
  emergency: false,
  severity: 'P3',
  person: { id: 'U0BEN', roles: ['status-approver'] },
  authors: ['U0ADA'],
  incidentCommander: null,
  changesComponents: false,
  effect: {
    impact: 'none',
    worstComponent: 'operational',
    notify: false,
    declaredBy: null,
    relatedSeverity: 'P3',
  },
  at: '2026-11-20T17:59:59.999Z',
};
const card = (
  severity: Severity,
  effect: Partial<PolicyQuestion['effect']> = {},
): RuleQuestion => ({
  action: 'create',
  severity,
  effect: { ...QUESTION.effect, relatedSeverity: severity, ...effect },
});
const ACTIONS = 'action in [Action::"create", Action::"update", Action::"resolve"]';
const permit = (id: string, scope: string, rest = '') =>
  `@id("${id}") @approvers("1") @validForS("600") @severities("P3")
   permit (principal in Role::"status-approver", ${scope}, resource)${rest};`;
const load = (text: string, of: ConstructorParameters<typeof CedarPolicy>[1] = {}) =>
  new CedarPolicy({ files: { 'p.cedar': text, 's.cedarschema': SCHEMA }, digest: 'd' }, of);

describe('a draft that changes components', () => {
  const components = 'action == Action::"component_change"';
  const changing = { ...QUESTION, changesComponents: true };

  it('is denied where only the text is permitted', () => {
    const policy = load(permit('text', ACTIONS));
    expect(policy.decide(QUESTION).allowed).toBe(true);
    expect(policy.decide(changing)).toEqual({
      allowed: false,
      policyIds: [],
      rule: 'no policy permits anybody to approve this',
    });
  });

  it('is denied where only the change is permitted', () => {
    expect(load(permit('change', components)).decide(changing).allowed).toBe(false);
  });

  it('takes the most people and the shortest time of both, and names every policy', () => {
    const policy = load(
      `${permit('text', ACTIONS)}
       @id("change") @approvers("2") @validForS("900") @rule("two for components")
       permit (principal in Role::"status-approver", ${components}, resource);`,
    );
    expect(policy.decide(changing)).toEqual({
      allowed: true,
      policyIds: ['change', 'text'],
      requiredApprovals: 2,
      validForS: 600,
      rule: 'text; and two for components',
    });
    expect(policy.decide(QUESTION)).toMatchObject({ requiredApprovals: 1, policyIds: ['text'] });
  });
});

describe('an emergency', () => {
  const emergency = { ...QUESTION, severity: 'P1' as const, emergency: true };

  it('is answered by the permits to break glass alone, authors included', () => {
    const policy = new CedarPolicy(SHIPPED);
    expect(policy.decide({ ...emergency, authors: ['U0BEN'], changesComponents: true })).toEqual({
      allowed: true,
      policyIds: ['break-glass-status-approver'],
      requiredApprovals: 1,
      validForS: 900,
      rule: 'in an emergency: one status-approver alone, with a reason',
    });
  });

  it('is said in words on the cards of P1 and P2, and of P3 and P4 where four eyes bind', () => {
    const policy = new CedarPolicy(SHIPPED);
    const wordsOf = (effect: Partial<PolicyQuestion['effect']> = {}) =>
      (['P1', 'P2', 'P3', 'P4'] as const).map((each) =>
        policy.breakGlassInWords(card(each, effect)),
      );
    const words = wordsOf();
    expect(words[0]).toContain('one status-approver alone');
    expect(words.map((each) => each !== undefined)).toEqual([true, true, false, false]);
    for (const loud of [
      { notify: true },
      { worstComponent: 'partial_outage' },
      { relatedSeverity: 'P2' },
    ] as const) {
      expect(wordsOf(loud)).toEqual([words[0], words[0], words[0], words[0]]);
    }
    expect(policy.decide({ ...emergency, severity: 'P3' })).toMatchObject({
      allowed: false,
      rule: 'nobody may approve this alone',
    });
  });

  it('is nobody’s in a deployment that removed those permits', () => {
    const without = load(permit('text', ACTIONS));
    expect(without.decide(emergency).allowed).toBe(false);
    expect(without.breakGlassInWords(card('P1'))).toBeUndefined();
  });

  it('is no part of the rule on a card', () => {
    const policy = new CedarPolicy(SHIPPED);
    expect(policy.ruleInWords(card('P1'))).toBe(
      'P1: one status-approver who did not write or edit this text',
    );
  });
});

describe('the hour', () => {
  const officeHours = ' when { context.weekday <= 5 && context.minuteOfDay < 1080 }';
  const text = permit('office', ACTIONS, officeHours);

  it.each([
    ['UTC', '2026-11-20T17:59:59.999Z', true],
    ['UTC', '2026-11-20T18:00:00.000Z', false],
    ['UTC', '2026-11-21T12:00:00.000Z', false],
    ['Europe/Berlin', '2026-11-20T16:59:59.999Z', true],
    ['Europe/Berlin', '2026-11-20T17:00:00.000Z', false],
    // In Berlin it is Monday already.
    ['Europe/Berlin', '2026-11-22T23:00:00.000Z', true],
  ])('is read on the clock of %s: at %s allowed is %s', (timeZone, at, allowed) => {
    expect(load(text, { timeZone }).decide({ ...QUESTION, at }).allowed).toBe(allowed);
  });

  it('of a zone that does not exist is a mistake', () => {
    expect(() => load(text, { timeZone: 'Europe/Atlantis' })).toThrowWithCode(
      ConfigError,
      'CONFIG_INVALID',
    );
  });
});

describe('findings()', () => {
  it('tells permits and forbids that apply apart from those that do not', () => {
    const policy = new CedarPolicy(SHIPPED);
    const found = policy.findings({ ...QUESTION, severity: 'P1', authors: ['U0BEN'] });
    const by = new Map(found.map((finding) => [finding.policyId, finding]));
    expect(by.get('p1-status-approver')).toMatchObject({ effect: 'permit', applies: true });
    expect(by.get('p1-four-eyes')).toMatchObject({ effect: 'forbid', applies: true });
    expect(by.get('p2-p4-status-approver')).toMatchObject({ applies: false, concerns: false });
    expect(by.get('break-glass-status-approver')).toMatchObject({ concerns: false });
  });

  it('says which role a permit asks for', () => {
    const policy = new CedarPolicy(SHIPPED);
    const found = policy.findings({ ...QUESTION, person: { id: 'U0EVE', roles: [] } });
    expect(found.filter(({ concerns, effect }) => concerns && effect === 'permit')).toEqual([
      expect.objectContaining({ applies: false, needsRole: 'status-approver' }),
      expect.objectContaining({ applies: false, needsRole: 'incident-commander' }),
    ]);
  });

  it('asks for components as well when the draft changes some', () => {
    const policy = new CedarPolicy(SHIPPED);
    const asked = policy
      .findings({ ...QUESTION, changesComponents: true })
      .filter(({ applies }) => applies)
      .map((finding) => [finding.policyId, finding.asked]);
    expect(asked).toEqual([
      ['p2-p4-status-approver', 'update'],
      ['p2-p4-status-approver', 'component_change'],
    ]);
  });
});

describe('what would be a rule that nobody meant is a mistake, named with file and policy', () => {
  const roles = ['status-approver', 'incident-commander'];
  it.each([
    [
      'a role that no user group grants',
      permit('one', ACTIONS).replace('status-approver', 'status-aprover'),
      /policies\/p\.cedar: policy one: expected a role .*got Role::"status-aprover"/,
    ],
    [
      'such a role in a condition',
      permit('one', ACTIONS, ' unless { principal in Role::"intern" }'),
      /policy one: expected a role .*got Role::"intern"/,
    ],
    [
      'a severity that does not exist',
      permit('one', ACTIONS, ' when { resource.severity == "p3" }'),
      /policy one: expected severity to be compared with P1 P2 P3 P4, got "p3"/,
    ],
    [
      'the same on the other side',
      permit('one', ACTIONS, ' when { "P9" != resource.severity }'),
      /policy one: expected severity .*got "P9"/,
    ],
    [
      'a kind that does not exist',
      permit('one', ACTIONS, ' when { resource.kind == "created" }'),
      /policy one: expected kind .*got "created"/,
    ],
    [
      'a permit for all actions, to break glass among them',
      permit('one', 'action'),
      /policy one: expected a permit to name its actions/,
    ],
    [
      'an action that does not exist',
      permit('one', 'action == Action::"delete"'),
      /policies\/p\.cedar: policy one: /,
    ],
    [
      'an attribute that does not exist',
      permit('one', ACTIONS, ' when { resource.colour == "red" }'),
      /policies\/p\.cedar: policy one: .*colour/,
    ],
    [
      'a permit that can never apply',
      permit('one', ACTIONS, ' when { principal == Action::"create" }'),
      /policies\/p\.cedar: policy one: /,
    ],
    [
      'a text compared with a number',
      permit('one', ACTIONS, ' when { context.weekday == "Monday" }'),
      /policies\/p\.cedar: policy one: /,
    ],
  ])('%s', (_what, text, message) => {
    expect(() => load(text, { roles })).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => load(text, { roles })).toThrow(message);
  });

  it('a forbid may concern everything', () => {
    const freeze = '@id("freeze") forbid (principal, action, resource);';
    const policy = load(`${permit('one', ACTIONS)} ${freeze}`, { roles });
    expect(policy.decide(QUESTION)).toMatchObject({ allowed: false, policyIds: ['freeze'] });
  });

  it('of several forbids that stop it, all are told', () => {
    const policy = load(
      `${permit('one', ACTIONS)}
       @id("a") @rule("not now") forbid (principal, action, resource);
       @id("b") @rule("not you") forbid (principal, action, resource);`,
    );
    expect(policy.decide(QUESTION)).toEqual({
      allowed: false,
      policyIds: ['a', 'b'],
      rule: 'not now; not you',
    });
  });
});
