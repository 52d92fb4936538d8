import { compactVerify, importSPKI } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { approvalFactSha256 } from '../../src/domain/approval-token.ts';
import type { AuditEvent, DetailsOf } from '../../src/domain/audit-event.ts';
import { DeliveryError, SecretError } from '../../src/domain/errors.ts';
import type { ApprovalPolicy, PolicyQuestion } from '../../src/services/approval-policy.ts';
import { DecisionRules } from '../../src/services/decision-rules.ts';
import type { DecisionVerb } from '../../src/services/draft-decisions.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { SharedReadings } from '../../src/services/shared-readings.ts';
import { GateWorld, PEOPLE, publicPem, START_MS, tablePolicy } from '../gate/gate-world.ts';

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft();
});

async function last(chainId?: string): Promise<AuditEvent> {
  return (await world.events(chainId)).at(-1)!;
}

async function lastDenial(): Promise<DetailsOf<'STATUSPAGE_APPROVAL_DENIED'>> {
  const event = await last();
  if (event.type !== 'STATUSPAGE_APPROVAL_DENIED') throw new Error(`got ${event.type}`);
  return event.details;
}

async function unconfirm(): Promise<void> {
  world.page.fates.push('vanished');
  expect(await world.publish(card)).toEqual(['unconfirmed']);
}

describe('approve', () => {
  it('appends one approval by the person with their roles and asks the publisher', async () => {
    expect(await world.decide('approve', card, { click: 'c1' })).toBeUndefined();
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_DRAFT_APPROVED',
      actor: { kind: 'slack_user', id: 'U0BEN', roles: ['status-approver'] },
      details: {
        draftId: card.draftId,
        revision: 1,
        digest: card.digest,
        action: 'create',
        severity: 'P1',
        requiredApprovals: 1,
        policyIds: ['permit'],
        approverRoles: ['status-approver'],
        expiresAt: '2026-11-20T09:30:00.000Z',
      },
    });
    expect(world.publications.take()).toEqual([
      { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId: card.draftId, revision: 1 },
    ]);
  });

  it('signs what was approved, by whom, and its own place in the chain', async () => {
    await world.decide('approve', card, { click: 'c1' });
    const event = (await last()) as Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;
    const key = await importSPKI(publicPem('approval'), 'ES256');
    const { payload, protectedHeader } = await compactVerify(event.details.approvalJws, key);
    expect(protectedHeader).toEqual({
      alg: 'ES256',
      kid: 'key-approval',
      typ: 'incident-response-approval+jwt',
    });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
      deployment: 'test',
      pageId: 'page0001',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      seq: 4,
      prevHash: event.prevHash,
      decision: 'approve',
      draftId: card.draftId,
      revision: 1,
      digest: card.digest,
      action: 'create',
      severity: 'P1',
      requiredApprovals: 1,
      policyDigest: world.identity.policyDigest,
      slackRequestSha256: event.commandId,
      approver: 'T0HOME:U0BEN',
      excludedAuthors: ['U0ADA'],
      factSha256: approvalFactSha256(event),
      iat: START_MS / 1000,
      exp: START_MS / 1000 + 1_800,
      jti: event.commandId,
    });
  });

  it('the same click delivered again gives the first result and no further event', async () => {
    await world.decide('approve', card, { click: 'c1' });
    const before = await world.types();
    expect(await world.decide('approve', card, { click: 'c1' })).toBeUndefined();
    expect(await world.types()).toEqual(before);
    expect(world.publications.take()).toHaveLength(1);
  });

  it('a click that was applied is repeated without asking the workspace, however old', async () => {
    await world.decide('approve', card, { click: 'c1' });
    delete world.people.U0BEN;
    world.nowMs += 3_600_000;
    expect(await world.decide('approve', card, { click: 'c1', ageS: 3_600 })).toBeUndefined();
  });

  it('another click of the same person on what they approved gives the first result', async () => {
    await world.decide('approve', card);
    const before = await world.types();
    expect(await world.decide('approve', card)).toBeUndefined();
    await world.deliverAll();
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await world.types()).toEqual([
      ...before,
      'STATUSPAGE_PUBLISH_STARTED',
      'STATUSPAGE_PUBLISHED',
    ]);
  });

  it('another click of the same person while it is being published, or nobody knows, too', async () => {
    world.page.fates.push('vanished');
    let again: unknown = 'not asked';
    world.intercept = async (call, perform) => {
      if (call === 'page.publish') again = await world.decide('approve', card);
      return perform();
    };
    expect(await world.publish(card)).toEqual(['unconfirmed']);
    expect(again).toBeUndefined();
    const before = await world.types();
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await world.types()).toEqual(before);
    expect(before).not.toContain('STATUSPAGE_APPROVAL_DENIED');
  });

  it('a second person on an approved draft is refused by name, on record', async () => {
    await world.decide('approve', card);
    expect(await world.decide('approve', card, { by: 'U0CAL', click: 'c2' })).toEqual({
      code: 'DRAFT_ALREADY_DECIDED',
      rule: 'this draft has been decided already (approved)',
    });
    expect(await lastDenial()).toMatchObject({
      decision: 'approve',
      reason: 'DRAFT_ALREADY_DECIDED',
      rule: 'this draft has been decided already (approved)',
    });
    expect(world.publications.take()).toHaveLength(1);
  });

  it('a denied click delivered again is told the same and adds nothing', async () => {
    const first = await world.decide('approve', card, { by: 'U0EVE', click: 'c1' });
    const before = await world.types();
    expect(await world.decide('approve', card, { by: 'U0EVE', click: 'c1' })).toEqual(first);
    expect(await world.types()).toEqual(before);
  });

  it.each([
    ['U0ADA', 'the author of a P1'],
    ['U0ADA2', 'another account of the author'],
    ['U0EVE', 'somebody without a role'],
    ['U0DEE', 'the incident commander of a P1'],
  ])('%s, %s, is denied with the rule', async (by) => {
    expect(await world.decide('approve', card, { by })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'the rule',
    });
    expect(await lastDenial()).toMatchObject({
      reason: 'APPROVER_NOT_PERMITTED',
      rule: 'the rule',
    });
    expect(world.publications.take()).toEqual([]);
  });

  it.each([
    ['U0GUEST', 'guests may read the room but not act in it'],
    ['U0NOMAIL', 'approvers need a verified e-mail address'],
  ])('%s is denied: %s', async (by, rule) => {
    expect(await world.decide('approve', card, { by })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule,
    });
  });

  it('the policy sees the worst severity the incident ever had', async () => {
    await world.append('SEVERITY_CHANGED', { from: 'P1', to: 'P3', reason: '' });
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
  });

  it('a role lost between card and click counts', async () => {
    world.groups.set('status-approvers', new Set());
    expect(await world.decide('approve', card)).toMatchObject({ code: 'APPROVER_NOT_PERMITTED' });
  });

  it('an older revision is DRAFT_SUPERSEDED, other text of the same revision DRAFT_STALE', async () => {
    await world.edit(card, 'We see more errors.');
    expect(await world.decide('approve', card)).toMatchObject({ code: 'DRAFT_SUPERSEDED' });
    const newest = await world.card(card.draftId);
    const altered = { ...newest, digest: card.digest };
    expect(await world.decide('approve', altered)).toMatchObject({ code: 'DRAFT_STALE' });
    expect(world.publications.take()).toEqual([]);
  });

  it('600 s after it was signed a click counts, at 601 s it is recorded as expired', async () => {
    expect(await world.decide('approve', card, { ageS: 601 })).toEqual({
      code: 'DECISION_TOO_OLD',
      rule: 'your click took more than ten minutes to reach us; please click again',
    });
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_EXPIRED',
      details: { of: 'decision', draftId: card.draftId, revision: 1 },
    });
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
    expect(await world.decide('approve', card, { ageS: 600, waited: 1 })).toBeUndefined();
  });

  it('10 s after it was signed an approval counts at once, at 11 s once others have passed', async () => {
    const late = { click: 'late', ageS: 11 };
    await expect(world.decide('approve', card, late)).rejects.toThrowWithCode(
      DeliveryError,
      'BEHIND_OTHERS',
    );
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
    expect(await world.decide('approve', card, { ...late, waited: 1 })).toBeUndefined();
    const other = await world.draft('Another text.');
    expect(await world.decide('approve', other, { ageS: 10 })).toBeUndefined();
  });

  it.each(['reject', 'withdraw'] as const)('a late %s counts at once', async (verb) => {
    expect(await world.decide(verb, card, { by: 'U0ADA', ageS: 300 })).toBeUndefined();
  });

  it('a draft that waited 24 h is DRAFT_EXPIRED, a millisecond less is not', async () => {
    world.nowMs = START_MS + 86_400_000;
    expect(await world.decide('approve', card)).toMatchObject({ code: 'DRAFT_EXPIRED' });
    world.nowMs -= 1;
    expect(await world.decide('approve', card)).toBeUndefined();
  });

  it('a draft whose base moved is BASE_MOVED and approvable after an edit', async () => {
    const other = await world.draft('Another text.');
    await world.publish(card);
    expect(await world.decide('approve', other)).toMatchObject({ code: 'BASE_MOVED' });
    await world.edit(other, 'Another text, newer.');
    expect(await world.decide('approve', await world.card(other.draftId))).toBeUndefined();
  });

  it('of an unknown draft is denied on the incident, of an unknown incident on the day', async () => {
    const unknown = { ...card, draftId: `drf-${'\ud800'}${'x'.repeat(400)}` };
    expect(await world.decide('approve', unknown)).toMatchObject({ code: 'DRAFT_UNKNOWN' });
    expect((await lastDenial()).draftId).toBe(`drf-\ufffd${'x'.repeat(295)}`);
    const nowhere = { ...card, incidentId: 'inc-bbbbbbbbbbbbbbbb' };
    expect(await world.decide('approve', nowhere)).toEqual({
      code: 'DRAFT_UNKNOWN',
      rule: 'this draft does not exist any more',
    });
    expect(await world.types('intake-20261120')).toEqual(['STATUSPAGE_APPROVAL_DENIED']);
    expect((await last('intake-20261120')).details).toMatchObject({
      decision: 'approve',
      reason: 'DRAFT_UNKNOWN',
      rule: 'this draft does not exist any more',
    });
  });

  it('a key service that does not answer is retried, and nothing is on the trail', async () => {
    const before = await world.types();
    const down = new SecretError({
      code: 'SECRET_UNAVAILABLE',
      message: 'cannot sign',
      retryable: true,
    });
    world.intercept = (call, perform) =>
      call === 'signer.sign' ? Promise.reject(down) : perform();
    await expect(world.decide('approve', card, { click: 'c1' })).rejects.toThrowWithCode(
      SecretError,
      'SECRET_UNAVAILABLE',
    );
    expect(await world.types()).toEqual(before);
    world.intercept = (_call, perform) => perform();
    expect(await world.decide('approve', card, { click: 'c1' })).toBeUndefined();
  });

  it('that lost its place to a note is decided again without asking the workspace again', async () => {
    const asked: string[] = [];
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call.startsWith('chat.')) asked.push(call);
      if (call === 'trail.insert' && !raced) {
        raced = true;
        await world.append('NOTE_ADDED', { text: 'busy' });
      }
      return perform();
    };
    expect(await world.decide('approve', card)).toBeUndefined();
    expect((await last()).seq).toBe(5);
    // Who clicks, their groups, and the author.
    expect(asked).toEqual(['chat.person', 'chat.groupMembers', 'chat.person']);
  });

  it('on P2 the commander who holds the role may, and on a quiet P3 the author', async () => {
    world = await new GateWorld().open('P2');
    card = await world.draft();
    expect(await world.decide('approve', card, { by: 'U0DEE' })).toBeUndefined();
    world = await new GateWorld().open('P3');
    card = await world.draft('Second.', { notify: false });
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toBeUndefined();
  });
});

describe('readings of the groups', () => {
  let readings: number;
  beforeEach(() => {
    readings = 0;
    const shared = new SharedReadings({ nowMs: () => world.nowMs });
    world.readGroups = (readAfterMs = Number.POSITIVE_INFINITY) =>
      shared.get('all', readAfterMs, async () => {
        readings += 1;
        return new Map(world.groups);
      });
  });

  it('serve all clicks that were signed before: twenty of the author share one', async () => {
    world.nowMs = START_MS + 12_000;
    for (let i = 0; i < 20; i += 1) {
      const ageS = 12 - Math.floor(i / 2);
      const refused = await world.decide('approve', card, { by: 'U0ADA', ageS, waited: 1 });
      expect(refused).toMatchObject({ code: 'APPROVER_NOT_PERMITTED' });
    }
    expect(readings).toBe(1);
  });

  it('from before a click do not count: whoever left the group may not approve', async () => {
    world.nowMs = START_MS + 12_000;
    await world.decide('approve', card, { by: 'U0ADA', ageS: 5 });
    world.groups.set('status-approvers', new Set(['U0CAL']));
    expect(await world.decide('approve', card, { by: 'U0BEN', ageS: 1 })).toBeDefined();
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      actor: { roles: [] },
    });
    expect(readings).toBe(2);
  });
});

describe('two approvers', () => {
  beforeEach(async () => {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    card = await world.draft();
  });

  it('only the second distinct person completes it', async () => {
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toBeUndefined();
    expect(world.publications.take()).toEqual([]);
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
    expect(await world.decide('approve', card, { by: 'U0CAL' })).toBeUndefined();
    for (const by of ['U0BEN', 'U0CAL']) {
      expect(await world.decide('approve', card, { by })).toBeUndefined();
    }
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it.each(['U0BEN', 'U0BEN2'])('%s is the same person as the first and is refused', async (by) => {
    await world.decide('approve', card, { by: 'U0BEN' });
    expect(await world.decide('approve', card, { by })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'you have approved this already; it needs another person',
    });
    expect(world.publications.take()).toEqual([]);
  });

  it('whoever let theirs run out may renew it, from the very moment on', async () => {
    await world.decide('approve', card, { by: 'U0BEN' });
    const { expiresAt } = (await world.state()).drafts[0]!.approvals[0]!;
    world.nowMs = Date.parse(expiresAt) - 1;
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
    world.nowMs += 1;
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toBeUndefined();
    expect((await world.state()).drafts[0]!.approvals).toHaveLength(1);
    expect(await world.decide('approve', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('two accounts of one person racing each other make one approval', async () => {
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert' && !raced) {
        raced = true;
        await world.decide('approve', card, { by: 'U0BEN2' });
      }
      return perform();
    };
    expect(await world.decide('approve', card, { by: 'U0BEN' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
    const types = await world.types();
    expect(types.filter((type) => type === 'STATUSPAGE_DRAFT_APPROVED')).toHaveLength(1);
  });
});

describe('what the policy is asked', () => {
  /** A world whose policy remembers every question. */
  async function remembering(): Promise<PolicyQuestion[]> {
    const questions: PolicyQuestion[] = [];
    const { decide, ...rest } = tablePolicy(1);
    const policy: ApprovalPolicy = {
      ...rest,
      decide: (question) => {
        questions.push(question);
        return decide(question);
      },
    };
    world = await new GateWorld({ policy }).open('P1');
    return questions;
  }

  it.each([
    ['changes no component', {}, false, 'operational', true],
    ['changes one, and mails nobody', { c1: 'major_outage' as const }, true, 'major_outage', false],
  ])('tells whether the draft %s', async (_name, components, changesComponents, worst, notify) => {
    const questions = await remembering();
    card = await world.draft('We see errors.', { components, notify });
    await world.decide('approve', card);
    expect(questions.length).toBeGreaterThan(0);
    for (const question of questions) {
      expect(question).toEqual({
        action: 'create',
        severity: 'P1',
        person: { id: 'U0BEN', roles: ['status-approver'] },
        authors: ['U0ADA'],
        incidentCommander: 'U0DEE',
        changesComponents,
        effect: {
          impact: 'critical',
          worstComponent: worst,
          notify,
          declaredBy: 'U0DEE',
          relatedSeverity: 'P1',
        },
        emergency: false,
        at: '2026-11-20T09:00:00.000Z',
      });
    }
  });

  it('of an author who rejects: first with the authors, then as if there were none', async () => {
    const questions = await remembering();
    card = await world.draft();
    expect(await world.decide('reject', card, { by: 'U0ADA' })).toBeUndefined();
    expect(questions.map(({ authors }) => authors)).toEqual([['U0ADA'], []]);
  });

  it('is nothing about somebody without a verified e-mail address, whom no policy permits', () => {
    const decide = () => {
      throw new Error('asked');
    };
    const rules = new DecisionRules({
      policy: { ...tablePolicy(1), decide },
      clock: { nowMs: () => START_MS },
    });
    const nobody = {
      incident: {},
      state: { authors: [] },
      who: { person: { email: null } },
      self: new Set(),
    };
    expect(rules.ask(nobody as never)).toEqual({
      allowed: false,
      policyIds: [],
      rule: 'approvers need a verified e-mail address',
    });
  });
});

describe('reject', () => {
  it.each(['U0BEN', 'U0ADA'])(
    '%s, who may approve in general, may; with the reason',
    async (by) => {
      const reason = `too vague ${'\ud83d\ude00'.repeat(1_500)}`;
      expect(await world.decide('reject', card, { by, reason })).toBeUndefined();
      const event = await last();
      expect(event.type).toBe('STATUSPAGE_APPROVAL_REJECTED');
      expect((event.details as { reason: string }).reason).toHaveLength(3_000);
      expect(await world.statusOf(card.draftId)).toBe('rejected');
    },
  );

  it('without a reason is on record with an empty one', async () => {
    expect(await world.decide('reject', card)).toBeUndefined();
    expect((await last()).details).toMatchObject({ reason: '' });
  });

  it('somebody who may not approve may not reject', async () => {
    expect(await world.decide('reject', card, { by: 'U0EVE' })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'the rule',
    });
  });

  it('by who approved before really rejects', async () => {
    await world.decide('approve', card);
    expect(await world.decide('reject', card)).toBeUndefined();
    expect(await world.statusOf(card.draftId)).toBe('rejected');
  });

  it('stops an approved draft; the same again is the first result, another is refused', async () => {
    await world.decide('approve', card);
    expect(await world.decide('reject', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.decide('reject', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.decide('reject', card, { by: 'U0BEN' })).toMatchObject({
      code: 'DRAFT_ALREADY_DECIDED',
    });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toEqual([]);
    expect((await last()).details).toMatchObject({ reason: 'DRAFT_REJECTED', kind: 'recoverable' });
  });
});

describe('withdraw', () => {
  it.each(['U0ADA', 'U0ADA2', 'U0DEE'])('%s, author or commander, may', async (by) => {
    expect(await world.decide('withdraw', card, { by })).toBeUndefined();
    expect(await world.decide('withdraw', card, { by })).toBeUndefined();
    expect(await world.statusOf(card.draftId)).toBe('withdrawn');
    expect(await world.decide('withdraw', card, { by: 'U0CAL' })).toMatchObject({
      code: 'DRAFT_ALREADY_DECIDED',
    });
  });

  it('by who rejected it comes too late, and is no repetition', async () => {
    expect(await world.decide('reject', card, { by: 'U0ADA' })).toBeUndefined();
    expect(await world.decide('withdraw', card, { by: 'U0ADA' })).toMatchObject({
      code: 'DRAFT_ALREADY_DECIDED',
    });
  });

  it('an approver who is neither may not', async () => {
    expect(await world.decide('withdraw', card, { by: 'U0BEN' })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'only an author of this text or the incident commander',
    });
  });
});

describe('after publishing started', () => {
  it.each<DecisionVerb>(['approve', 'reject', 'withdraw'])('%s is too late', async (verb) => {
    await unconfirm();
    expect(await world.decide(verb, card, { by: 'U0DEE' })).toEqual({
      code: 'PUBLISHING_ALREADY_STARTED',
      rule: 'too late: publishing has started (unconfirmed)',
    });
  });

  it('a rejection that loses the race to STARTED is too late', async () => {
    await world.decide('approve', card);
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call === 'page.publish' && !raced) {
        raced = true;
        expect(await world.decide('reject', card, { by: 'U0CAL' })).toMatchObject({
          code: 'PUBLISHING_ALREADY_STARTED',
        });
        expect(await world.edit(card, 'Too late.')).toEqual({
          rule: 'too late: publishing has started (publishing)',
        });
      }
      return perform();
    };
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('an edit of a published draft is refused, on record', async () => {
    await world.publish(card);
    expect(await world.edit(card, 'Late.')).toEqual({
      rule: 'this draft has been decided already (published)',
    });
    expect(await lastDenial()).toMatchObject({ decision: 'edit', reason: 'DRAFT_ALREADY_DECIDED' });
  });
});

describe('adopt and declare absent', () => {
  it('are for unknown outcomes only', async () => {
    for (const verb of ['adopt', 'declare_absent'] as const) {
      expect(await world.decide(verb, card, { by: 'U0DEE' })).toMatchObject({
        code: 'DRAFT_ALREADY_DECIDED',
      });
    }
  });

  it('are for the incident commander only, by role or by place', async () => {
    await unconfirm();
    expect(await world.decide('adopt', card, { by: 'U0BEN' })).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'only the incident commander, or who holds that role, decides what is public',
    });
    world.groups.set('incident-commanders', new Set(['U0CAL']));
    expect(await world.decide('adopt', card, { by: 'U0DEE' })).toBeUndefined();
    expect(await world.decide('adopt', card, { by: 'U0CAL' })).toBeUndefined();
    expect(world.publications.take()).toHaveLength(2);
  });

  it('absent may be declared as soon as the outcome is unknown, once', async () => {
    await unconfirm();
    expect(await world.decide('declare_absent', card, { by: 'U0DEE' })).toBeUndefined();
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_PUBLISH_FAILED',
      actor: { kind: 'slack_user', id: 'U0DEE' },
      details: { attempt: 1, attemptId: 'attempt-1', reason: 'declared absent by @U0DEE' },
    });
    expect(await world.statusOf(card.draftId)).toBe('publication_failed');
    expect(await world.decide('declare_absent', card, { by: 'U0DEE' })).toMatchObject({
      code: 'DRAFT_ALREADY_DECIDED',
    });
  });
});

describe('adopt and declare absent of what was published meanwhile', () => {
  beforeEach(async () => {
    await unconfirm();
    await world.decide('adopt', card, { by: 'U0DEE' });
    const { publicationId } = (await world.state()).drafts[0]!;
    const updates = [{ id: 'u1', body: 'We see errors.', status: 'investigating' }];
    const { incidentId } = world;
    const words = { name: 'Problems with Checkout', status: 'investigating', updates, incidentId };
    world.page.incidents.push({ statuspageIncidentId: 'page1', link: '', publicationId, ...words });
    expect(await world.deliver(card)).toBe('published');
    world.publications.take();
  });

  it('adopting is done already: nothing is recorded, and the publisher is not asked', async () => {
    const before = await world.types();
    expect(await world.decide('adopt', card, { by: 'U0DEE' })).toBeUndefined();
    expect(await world.types()).toEqual(before);
    expect(world.publications.take()).toEqual([]);
  });

  it('declaring it absent is refused by name, and it stays published', async () => {
    expect(await world.decide('declare_absent', card, { by: 'U0DEE' })).toEqual({
      code: 'DRAFT_ALREADY_DECIDED',
      rule: 'this draft has been decided already (published)',
    });
    expect(await world.statusOf(card.draftId)).toBe('published');
  });
});

describe('drafts', () => {
  it('need an incident to be written or edited', async () => {
    const elsewhere = new GateWorld();
    await expect(elsewhere.draft()).rejects.toThrow('this incident does not exist');
    expect(await elsewhere.edit(card, 'x')).toMatchObject({ code: 'DRAFT_UNKNOWN' });
  });

  it('an edit is the next revision, voids approvals and keeps every author', async () => {
    await world.decide('approve', card);
    expect(await world.edit(card, 'New words.')).toBeUndefined();
    const [draft] = (await world.state()).drafts;
    expect(draft).toMatchObject({
      revision: 2,
      status: 'pending_approval',
      approvals: [],
      authors: ['U0ADA', 'U0CAL'],
    });
    expect(await world.decide('approve', await world.card(), { by: 'U0CAL' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
  });

  it('one author of several, under another account, may withdraw but not approve', async () => {
    await world.edit(card, 'New words.');
    const newest = await world.card();
    expect(await world.decide('approve', newest, { by: 'U0ADA2' })).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
    });
    expect(await world.decide('withdraw', newest, { by: 'U0ADA2' })).toBeUndefined();
    expect(await world.statusOf(card.draftId)).toBe('withdrawn');
  });

  it('an edit from an old card, or of an unknown draft, is refused on record', async () => {
    await world.edit(card, 'New words.');
    expect(await world.edit(card, 'Newer words.')).toEqual({
      rule: 'a newer revision replaced this one; decide on the newest card',
    });
    expect(await lastDenial()).toMatchObject({ decision: 'edit', reason: 'DRAFT_SUPERSEDED' });
    expect(await world.edit({ ...card, draftId: 'drf-none' }, 'x')).toEqual({
      rule: 'this draft does not exist any more',
    });
  });

  it('name the publication of this incident that is under way', async () => {
    await unconfirm();
    const other = await world.draft('Another.');
    const events = await world.events();
    const { publicationId } = (await world.state()).drafts[0]!;
    expect(events.at(-1)?.details).toMatchObject({ openPublicationId: publicationId });
    expect(await world.decide('approve', other)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['refused']);
    expect((await last()).details).toMatchObject({ reason: 'ANOTHER_PUBLICATION_OPEN' });
  });
});

it('the people of these tests are as the stories say', () => {
  expect(PEOPLE.U0ADA?.email).toBe(PEOPLE.U0ADA2?.email);
});
