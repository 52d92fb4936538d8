import { describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../src/adapters/files/deployment-config.ts';
import { mailboxOf } from '../../src/domain/mailbox.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { reviewRule } from '../../src/services/break-glass.ts';
import { People } from '../../src/services/people.ts';
import { GateWorld, PEOPLE } from '../gate/gate-world.ts';

const SHIPPED = new CedarPolicy(loadPolicyFiles('config'));
const NOBODY_KNOWS =
  '@U0NOMAIL has no verified e-mail address, so nobody can tell whether you wrote this: verify ' +
  'the address, or somebody with a verified address must draft it anew; in an emergency you may ' +
  'break the glass';
const REASON = 'nobody else is awake, and customers cannot pay';
let world: GateWorld;

async function given(severity: Severity): Promise<void> {
  world = await new GateWorld({ policy: SHIPPED }).open(severity);
}

describe('mailboxOf()', () => {
  it.each([
    ['Ada@Example.com', true, 'ada@example.com'],
    ['ada+oncall@example.com', true, 'ada@example.com'],
    ['ada+a+b@example.com', true, 'ada@example.com'],
    ['ada+@example.com', true, 'ada@example.com'],
    ['+ada@example.com', true, '+ada@example.com'],
    ['ada@plus+example.com', true, 'ada@plus+example.com'],
    ['Ada+OnCall@example.com', false, 'ada+oncall@example.com'],
  ])('%s, folded %s, is %s', (email, foldPlusAddresses, mailbox) => {
    expect(mailboxOf(email, { foldPlusAddresses })).toBe(mailbox);
  });
});

describe('an author without a verified address cannot be told apart from an approver', () => {
  it.each(['P1', 'P2', 'P3'] as const)(
    'of a %s text that mails: IDENTITY_UNKNOWN in words, on record, nothing sent',
    async (severity) => {
      await given(severity);
      const card = await world.draft('We see errors.', { by: 'U0NOMAIL' });
      const refused = { code: 'IDENTITY_UNKNOWN', rule: NOBODY_KNOWS };
      expect(await world.decide('approve', card, { by: 'U0BEN' })).toMatchObject(refused);
      expect((await world.events()).at(-1)).toMatchObject({
        type: 'STATUSPAGE_APPROVAL_DENIED',
        details: { reason: 'IDENTITY_UNKNOWN', rule: NOBODY_KNOWS },
      });
      expect(world.publications.take()).toEqual([]);
    },
  );

  it('also when they only edited it, and when their account is gone', async () => {
    await given('P1');
    const card = await world.draft('We see errors.', { by: 'U0CAL' });
    await world.edit(card, 'We see more errors.', 'U0NOMAIL');
    const edited = await world.card();
    expect(await world.decide('approve', edited, { by: 'U0BEN' })).toMatchObject({
      code: 'IDENTITY_UNKNOWN',
    });
  });

  it('of a quiet P3 nothing depends on it', async () => {
    await given('P3');
    const card = await world.draft('We look.', { by: 'U0NOMAIL', notify: false });
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toBeUndefined();
  });

  it('each way out that the words name is one: drafted anew, verified, the glass broken', async () => {
    await given('P1');
    const card = await world.draft('We see errors.', { by: 'U0NOMAIL' });
    const anew = await world.draft('We see errors.', { by: 'U0CAL' });
    expect(await world.decide('approve', anew, { by: 'U0BEN' })).toBeUndefined();
    await given('P1');
    const verified = await world.draft('We see errors.', { by: 'U0NOMAIL' });
    world.people.U0NOMAIL = { ...world.people.U0NOMAIL!, email: 'nomail@example.com' };
    expect(await world.decide('approve', verified, { by: 'U0BEN' })).toBeUndefined();
    await given('P1');
    await world.draft('We see errors.', { by: 'U0NOMAIL' });
    const alone = await world.card();
    expect(alone.digest).toBe(card.digest);
    expect(await world.decide('break_glass', alone, { reason: REASON })).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('an approver at a tagged address of the author is the author', async () => {
    await given('P1');
    world.people.U0BEN = { ...world.people.U0BEN!, email: 'ada+oncall@example.com' };
    const card = await world.draft('We see errors.', { by: 'U0ADA' });
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'P1: nobody approves text that they requested, wrote or edited',
    });
  });
});

describe('where two approve, the roles of the first are read again when the second does', () => {
  const approvals = async () =>
    (await world.events()).flatMap((event) =>
      event.type === 'STATUSPAGE_DRAFT_APPROVED' ? [event.details] : [],
    );
  async function approvedByBen() {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    const card = await world.draft();
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toBeUndefined();
    return card;
  }
  const without = (id: string) => {
    const holders = [...world.groups.get('status-approvers')!].filter((each) => each !== id);
    world.groups.set('status-approvers', new Set(holders));
  };

  it('who holds it still counts, and both complete it', async () => {
    const card = await approvedByBen();
    expect(await world.decide('approve', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
    expect((await approvals()).map(({ notCounted }) => notCounted)).toEqual([undefined, undefined]);
  });

  it('who lost it does not count: named on record, not completed, until a third approves', async () => {
    const card = await approvedByBen();
    without('U0BEN');
    expect(await world.decide('approve', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
    expect((await approvals())[1]).toMatchObject({ requiredApprovals: 3, notCounted: ['U0BEN'] });
    expect(world.publications.take()).toEqual([]);
    world.groups.set('status-approvers', new Set(['U0CAL', 'U0EVE']));
    expect(await world.decide('approve', card, { by: 'U0EVE' })).toBeUndefined();
    expect((await approvals())[2]).toMatchObject({ requiredApprovals: 3, notCounted: ['U0BEN'] });
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it.each([
    ['is deactivated', { kind: 'deactivated' }],
    ['has no verified address any more', { email: null }],
    ['turns out to be the author', { email: 'ada@example.com' }],
  ] as const)('who %s does not count either', async (_what, change) => {
    const card = await approvedByBen();
    world.people.U0BEN = { ...world.people.U0BEN!, ...change };
    const refused = await world.decide('approve', card, { by: 'U0CAL' });
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
    if (refused) {
      expect(refused.rule).toContain('nobody can tell whether you approved this');
      expect(refused.rule).toContain('somebody must edit it, so that its approvals begin anew');
    } else expect((await approvals())[1]).toMatchObject({ notCounted: ['U0BEN'] });
  });
});

describe('a role whose pinned user group is another one by now is withheld from everybody', () => {
  const MOVED =
    '@status-approvers is not the user group that was pinned, so it grants nobody a role: an ' +
    'administrator must look at it, and pin it anew if it is right';

  it.each(['approve', 'reject'] as const)('%s: GROUP_MOVED in words, on record', async (verb) => {
    await given('P1');
    const card = await world.draft();
    world.groups.delete('status-approvers');
    const refused = { code: 'GROUP_MOVED', rule: MOVED };
    expect(await world.decide(verb, card, { by: 'U0BEN' })).toMatchObject(refused);
    expect((await world.events()).at(-1)).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: { reason: 'GROUP_MOVED', rule: MOVED },
    });
    expect(world.publications.take()).toEqual([]);
  });

  it('break_glass: refused as well', async () => {
    await given('P1');
    const card = await world.draft();
    world.groups.delete('status-approvers');
    expect(await world.decide('break_glass', card, { reason: REASON })).toMatchObject({
      code: 'GROUP_MOVED',
    });
  });

  it('an author is told of the rule about authors, which no group changes', async () => {
    await given('P1');
    const card = await world.draft('We see errors.', { by: 'U0ADA' });
    world.groups.delete('status-approvers');
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
  });

  it('what another group grants still counts', async () => {
    await given('P2');
    const card = await world.draft();
    world.groups.delete('status-approvers');
    expect(await world.decide('approve', card, { by: 'U0DEE' })).toBeUndefined();
  });
});

describe('reviewRule()', () => {
  const ruleFor = (email: string | null) => {
    const person = { id: 'U0BEN2', name: 'Ben', email, kind: 'full' as const };
    const chat = {
      person: async (id: string) => (id === 'U0BEN2' ? person : PEOPLE[id]!),
      groupMembers: async () => new Map([['approvers', new Set(['U0BEN2'])]]),
    };
    const routing = { roles: { 'status-approver': { slackUserGroups: ['approvers'] } } };
    const people = new People({ chat: chat as never, routing: routing as never });
    return reviewRule(people, new GateWorld().request({ by: 'U0BEN2' }))('U0BEN');
  };

  it.each([
    ['ben@example.com', 'whoever broke the glass cannot review it: somebody else has to'],
    ['ben+2@example.com', 'whoever broke the glass cannot review it: somebody else has to'],
    [null, 'without a verified e-mail address nobody can tell you from whoever broke the glass'],
    ['other@example.com', undefined],
  ])('whose address is %s, after ben@example.com broke the glass: %s', async (email, rule) => {
    expect(await ruleFor(email)).toBe(rule);
  });
});
