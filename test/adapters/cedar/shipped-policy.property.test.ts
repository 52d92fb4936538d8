import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CedarPolicy } from '../../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../../src/adapters/files/deployment-config.ts';
import type { PolicyQuestion } from '../../../src/services/approval-policy.ts';

const policy = new CedarPolicy(loadPolicyFiles('config'));
const PEOPLE = ['U0ADA', 'U0BEN', 'U0DEE'] as const;
const severity = fc.constantFrom('P1', 'P2', 'P3', 'P4');
const somebody = fc.option(fc.constantFrom(...PEOPLE));

const question: fc.Arbitrary<PolicyQuestion> = fc.record({
  action: fc.constantFrom('create', 'update', 'resolve'),
  emergency: fc.boolean(),
  severity,
  person: fc.record({
    id: fc.constantFrom(...PEOPLE),
    roles: fc.subarray(['status-approver', 'incident-commander', 'visitor']),
  }),
  authors: fc.subarray([...PEOPLE]),
  incidentCommander: somebody,
  changesComponents: fc.boolean(),
  effect: fc.record({
    impact: fc.constantFrom('none', 'minor', 'major', 'critical'),
    worstComponent: fc.constantFrom(
      'operational',
      'degraded_performance',
      'under_maintenance',
      'partial_outage',
      'major_outage',
    ),
    notify: fc.boolean(),
    declaredBy: somebody,
    relatedSeverity: severity,
  }),
  at: fc
    .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

/** The rule as docs/policy.md says it, in plain code. */
function mayApprove({ emergency, severity, person, ...of }: PolicyQuestion): boolean {
  const isBig = ['P1', 'P2'].includes(severity) || ['P1', 'P2'].includes(of.effect.relatedSeverity);
  const isWorse = !['operational', 'degraded_performance'].includes(of.effect.worstComponent);
  const takesFourEyes = isBig || isWorse || of.effect.notify;
  const isApprover = person.roles.includes('status-approver');
  const isCommander = person.roles.includes('incident-commander');
  if (emergency) return takesFourEyes && (isApprover || isCommander);
  if (takesFourEyes && of.authors.includes(person.id)) return false;
  return isApprover || (severity !== 'P1' && isCommander && of.incidentCommander === person.id);
}

it('the shipped policy decides as the rule in docs/policy.md, whatever is asked', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const answer = policy.decide(asked);
      expect(answer.allowed).toBe(mayApprove(asked));
      if (answer.allowed) {
        expect(answer.requiredApprovals).toBe(1);
        expect(answer.validForS).toBe(asked.emergency ? 900 : 1_800);
      }
    }),
    { numRuns: 1_000 },
  );
}, 120_000);

it('a card offers to break the glass exactly where the rule on it keeps authors from approving', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const author = { ...asked, emergency: false, authors: [asked.person.id] };
      const both = { ...asked.person, roles: ['status-approver', 'incident-commander'] };
      const leads = { ...author, person: both, incidentCommander: asked.person.id };
      const mayAlone = policy.decide(leads).allowed;
      expect(policy.breakGlassInWords(asked) === undefined).toBe(mayAlone);
      const keepsAuthors = /nobody approves text|did not write/.test(policy.ruleInWords(asked));
      expect(keepsAuthors).toBe(!mayAlone);
    }),
    { numRuns: 200 },
  );
}, 120_000);
