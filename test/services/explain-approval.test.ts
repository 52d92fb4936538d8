import { beforeAll, describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../src/adapters/files/deployment-config.ts';
import { loadPolicyTable, loadPolicyTables } from '../../src/adapters/files/policy-tables.ts';
import type { DraftState, IncidentState } from '../../src/domain/incident-state.ts';
import type { PolicyAnswer, PolicyQuestion } from '../../src/services/approval-policy.ts';
import {
  type ApprovalFacts,
  type Explanation,
  explainApproval,
} from '../../src/services/explain-approval.ts';
import { casesOf } from '../../src/services/policy-table.ts';
import type { Person } from '../../src/services/ports.ts';
import { GateWorld } from '../gate/gate-world.ts';

const policy = new CedarPolicy(loadPolicyFiles('config'));
const TABLES = [
  ...loadPolicyTables('config'),
  loadPolicyTable('docs/policy-examples/business-hours.json'),
  loadPolicyTable('docs/policy-examples/two-approvers.json'),
];
const CASES = TABLES.flatMap(({ rows }) => rows.flatMap(casesOf));
const GROUPS = {
  'status-approver': ['status-approvers', 'leads'],
  'incident-commander': ['incident-commanders'],
};
const AT = '2026-11-20T09:10:00.000Z';
const BEN: Person = { id: 'U0BEN', name: 'Ben', email: 'ben@example.com', kind: 'full' };

let incident: IncidentState;
let state: DraftState;
beforeAll(async () => {
  const world = await new GateWorld({ policy }).open('P1');
  await world.draft();
  incident = await world.state();
  state = incident.drafts[0]!;
});

function explain(of: Partial<ApprovalFacts> = {}, draft: Partial<DraftState> = {}) {
  return explainApproval(policy, {
    who: { person: BEN, roles: ['status-approver'] },
    incident,
    state: { ...state, ...draft },
    self: new Set(),
    unknown: new Set(),
    earlier: [],
    around: { declaredBy: 'U0DEE', relatedSeverity: 'P4', related: [] },
    at: AT,
    clockWords: 'Friday 09:10, UTC',
    groupsOf: GROUPS,
    memberOf: ['leads'],
    ...of,
  });
}

function componentsOf({ changesComponents, effect }: PolicyQuestion) {
  return changesComponents ? { c1: effect.worstComponent } : {};
}

/** The situation that leads to a question. */
function factsOf(question: PolicyQuestion): ApprovalFacts {
  const { person, authors, severity, effect } = question;
  const { request } = state;
  const components = componentsOf(question);
  return {
    who: { person: { ...BEN, id: person.id }, roles: [...person.roles] },
    incident: { ...incident, worstSeverity: severity, ic: question.incidentCommander },
    state: {
      ...state,
      action: question.action,
      authors: [...authors],
      expiresAt: '2026-12-31T00:00:00.000Z',
      request: {
        ...request,
        body: {
          incident: {
            ...request.body.incident,
            components,
            component_ids: Object.keys(components),
            deliver_notifications: effect.notify,
            impact_override: effect.impact,
          },
        },
      },
    },
    self: new Set(authors.filter((id) => id === person.id)),
    unknown: new Set(),
    earlier: [],
    around: { ...effect, related: [] },
    at: question.at,
    clockWords: '',
    groupsOf: GROUPS,
    memberOf: [],
  };
}

describe('of every case of every table', () => {
  let explained: { question: PolicyQuestion; answer: PolicyAnswer; said: Explanation }[];
  beforeAll(() => {
    explained = CASES.map((question) => ({
      question,
      answer: policy.decide(question),
      said: explainApproval(policy, factsOf(question)),
    }));
  }, 120_000);

  it('the explanation says what the policy decides', () => {
    const wrong = explained.filter(({ question, answer, said }) => {
      return (question.emergency ? said.mayAlone : said.may) !== answer.allowed;
    });
    expect(explained.length).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  });

  it('its first line and its policies agree with that', () => {
    for (const { question, answer, said } of explained) {
      if (question.emergency) continue;
      const { lines } = said;
      const named = lines.flatMap(
        (line) => /^(?:Permit|Forbid) (\S+) (?:allows|stops)/.exec(line)?.[1] ?? [],
      );
      expect(lines[0]).toMatch(answer.allowed ? /^YES: / : /^NO: /);
      for (const id of answer.policyIds) expect(named).toContain(id);
    }
  });
});

describe('of every case for a new incident on the page', () => {
  const questions = CASES.filter((each) => each.action === 'create' && !each.emergency);
  const distinct = [
    ...new Map(questions.map((each) => [JSON.stringify({ ...each, at: '' }), each])),
  ];

  it('a click leads to what the explanation said, with the same words', async () => {
    for (const [, question] of distinct) {
      const { person, authors, severity, incidentCommander, effect } = question;
      const world = await new GateWorld({ policy }).open(severity, 'checkout-api');
      const { relatedSeverity, impact, notify } = effect;
      if (relatedSeverity !== severity) {
        await world.openOther('inc-bbbbbbbbbbbbbbbb', relatedSeverity, 'checkout-api');
      }
      const id = 'U0BEN';
      world.groups.clear();
      for (const role of ['status-approver', 'incident-commander']) {
        world.groups.set(`${role}s`, new Set(person.roles.includes(role) ? [id] : []));
      }
      if (incidentCommander === person.id) {
        await world.append('ROLE_ASSIGNED', { role: 'ic', slackUserId: id });
      }
      const by = authors.includes(person.id) ? id : 'U0ADA';
      const components = componentsOf(question);
      const card = await world.draft('We see errors.', { by, components, impact, notify });
      const now = await world.state();
      const draft = now.drafts[0]!;
      const said = explain({
        who: { person: BEN, roles: [...person.roles] },
        incident: now,
        state: draft,
        self: new Set(draft.authors.filter((author) => author === id)),
        around: { declaredBy: 'U0DEE', relatedSeverity, related: [] },
        at: new Date(world.nowMs).toISOString(),
      });
      const refused = await world.decide('approve', card);
      expect([said.may, said.refusal?.rule]).toEqual([refused === undefined, refused?.rule]);
    }
  }, 120_000);
});

describe('in words', () => {
  it('says yes, why, and what would follow', () => {
    expect(explain().lines).toEqual([
      `YES: Ben (U0BEN) may approve revision 1 of draft ${state.draftId} now.`,
      'Person: a full member, with a verified e-mail.',
      'Role status-approver: held, as a member of @leads.',
      'Role incident-commander: not held; it comes with @incident-commanders.',
      'Severity: P1, the worst this incident ever had.',
      'Effect: mails subscribers; impact critical; worst state of a component operational.',
      'Related: P1 with what belongs together (nothing else is open around it).',
      'Declared by: U0DEE.',
      'Author: no; this text is by U0ADA.',
      'Time: 2026-11-20T09:10:00.000Z, which is Friday 09:10, UTC.',
      'Permit p1-status-approver allows it: P1: one status-approver who did not write or edit this text.',
      `Draft: pending approval; open until ${state.expiresAt}.`,
      'Approvals that stand: 0, of 1 needed.',
      'With theirs, valid for 30 min, it would be published.',
      'In an emergency: they may approve alone, with a reason, on record.',
    ]);
  });

  it('says which forbid stops an author, under another account too', () => {
    const { may, lines } = explain({ self: new Set(['U0ADA']) });
    expect(may).toBe(false);
    expect(lines[0]).toContain('NO: Ben (U0BEN) may not approve');
    expect(lines).toContain('Author: yes, as U0ADA, an account with the same verified e-mail.');
    expect(lines).toContain(
      'Forbid p1-four-eyes stops it: P1: nobody approves text that they requested, wrote or edited.',
    );
  });

  it('says that an author cannot be told apart, as the click does', () => {
    const { may, refusal, lines } = explain({ unknown: new Set(['U0ADA']) });
    expect([may, refusal?.code]).toEqual([false, 'IDENTITY_UNKNOWN']);
    expect(lines[0]).toContain('nobody can tell whether you wrote this');
  });

  it('says that a role is withheld, as the click does', () => {
    const withheld = { groups: ['leads'], roles: ['status-approver'] };
    const { may, refusal } = explain({ who: { person: BEN, roles: [], withheld } });
    expect([may, refusal?.code]).toEqual([false, 'GROUP_MOVED']);
  });

  it('names who approved before and does not count any more', () => {
    const person = { ...BEN, id: 'U0EVE', name: 'Eve' };
    const lost = {
      who: { person, roles: [] },
      self: new Set<string>(),
      unknown: new Set<string>(),
    };
    const standing = { seq: 4, slackUserId: 'U0EVE', requiredApprovals: 2 };
    const { lines } = explain(
      { earlier: [lost] },
      { approvals: [{ ...standing, expiresAt: '2026-11-20T09:30:00.000Z' }] },
    );
    expect(lines).toContain(
      'Approvals that stand: 1, of 3 needed: ' +
        'U0EVE (valid until 2026-11-20T09:30:00.000Z; does not count any more).',
    );
    expect(lines).toContain('With theirs, valid for 30 min, 1 more would be needed.');
  });

  it('says what else is open around it', () => {
    const around = { declaredBy: null, relatedSeverity: 'P1', related: ['inc-bbbbbbbbbbbbbbbb'] };
    const { lines } = explain({ around: around as never });
    expect(lines).toContain('Related: P1 with what belongs together (inc-bbbbbbbbbbbbbbbb).');
    expect(lines).toContain('Declared by: nobody; an alert opened it.');
  });

  it('says which role is missing and where it comes from', () => {
    const { lines } = explain({ who: { person: BEN, roles: [] }, memberOf: [] });
    expect(lines).toContain(
      'Role status-approver: not held; it comes with @status-approvers or @leads.',
    );
    expect(lines).toContain(
      'Permit p1-status-approver does not apply, as it needs role status-approver: ' +
        'P1: one status-approver who did not write or edit this text.',
    );
    expect(lines).toContain('Approvals that stand: none.');
    expect(lines.at(-1)).toContain('In an emergency: they may not approve alone either: ');
  });

  it('says that a role alone does not do where the conditions do not hold', () => {
    const lines = explain({
      incident: { ...incident, worstSeverity: 'P3', severity: 'P4', ic: 'U0DEE' },
      who: { person: BEN, roles: ['incident-commander'] },
    }).lines;
    expect(lines).toContain(
      'Severity: P3, the worst this incident ever had; it is P4 now, which changes nothing.',
    );
    expect(lines).toContain(
      'Permit p2-p4-incident-commander does not apply, as its conditions do not hold: ' +
        'P2 to P4: the incident commander, if they hold the role incident-commander.',
    );
  });

  it('counts the approvals that stand, and those still needed', () => {
    const standing = { seq: 4, slackUserId: 'U0EVE', requiredApprovals: 3 };
    const { lines } = explain(
      {},
      { approvals: [{ ...standing, expiresAt: '2026-11-20T09:30:00.000Z' }] },
    );
    expect(lines).toContain(
      'Approvals that stand: 1, of 3 needed: U0EVE (valid until 2026-11-20T09:30:00.000Z).',
    );
    expect(lines).toContain('With theirs, valid for 30 min, 1 more would be needed.');
    const over = explain({}, { approvals: [{ ...standing, expiresAt: AT }] }).lines;
    expect(over).toContain(`Approvals that stand: 1, of 3 needed: U0EVE (ran out at ${AT}).`);
  });

  it.each([
    ['published', {}, 'DRAFT_ALREADY_DECIDED'],
    ['publishing', {}, 'PUBLISHING_ALREADY_STARTED'],
    ['pending_approval', { expiresAt: AT }, 'DRAFT_EXPIRED'],
    ['pending_approval', { basedOn: 'pub-gone' }, 'BASE_MOVED'],
  ] as const)('a draft that is %s %o cannot be approved: %s', (status, changed, code) => {
    expect(explain({}, { status, ...changed })).toMatchObject({ may: false, refusal: { code } });
  });

  it('nobody approves twice, nor under two accounts', () => {
    const approvals = [
      { seq: 4, slackUserId: 'U0TWO', requiredApprovals: 2, expiresAt: '2026-11-20T09:30:00.000Z' },
    ];
    const { refusal } = explain({ self: new Set(['U0TWO']) }, { approvals });
    expect(refusal?.rule).toBe('you have approved this already; it needs another person');
  });

  it.each([
    ['guest', 'guests may read the room but not act in it'],
    ['deactivated', 'this account is deactivated'],
    ['foreign', 'only members of this workspace may act'],
  ] as const)('a %s may not, whatever the policy says', (kind, rule) => {
    const who = { person: { ...BEN, kind }, roles: ['status-approver'] };
    const { may, mayAlone, refusal } = explain({ who });
    expect([may, mayAlone, refusal?.rule]).toEqual([false, false, rule]);
  });

  it('nobody without a verified e-mail may', () => {
    const who = { person: { ...BEN, email: null }, roles: ['status-approver'] };
    expect(explain({ who }).refusal?.rule).toBe('approvers need a verified e-mail address');
  });

  it('says so when roles were given and Slack was not asked', () => {
    const { lines } = explain({ memberOf: undefined });
    expect(lines[1]).toContain('as the roles were given');
    expect(lines).toContain('Role status-approver: given.');
    expect(lines).toContain('Role incident-commander: not given.');
  });
});
