import { compactVerify, importSPKI } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import { AutoPublishNotPermittedError } from '../../src/domain/errors.ts';
import { gateView } from '../../src/domain/gate-view.ts';
import { sha256Hex } from '../../src/domain/ids.ts';
import { checkPublishable } from '../../src/services/approval-checks.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld, publicPem } from '../gate/gate-world.ts';

const REASON = 'Nobody else answers and customers cannot pay.';
const CLICK = { by: 'U0ADA', click: 'glass', reason: REASON };

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft();
});

async function all<T extends EventType>(type: T): Promise<Extract<AuditEvent, { type: T }>[]> {
  const found = (await world.events()).filter((event) => event.type === type);
  return found as Extract<AuditEvent, { type: T }>[];
}

describe('break_glass', () => {
  it('lets the author of a P1 publish alone, and says why before the approval', async () => {
    expect(await world.decide('break_glass', card, CLICK)).toBeUndefined();
    const [glass, approval] = (await world.events()).slice(-2);
    expect(glass).toMatchObject({
      type: 'BREAK_GLASS_USED',
      actor: { id: 'U0ADA', roles: ['status-approver'] },
      commandId: sha256Hex('glass'),
      details: { reason: REASON, digest: card.digest, slackRequestSha256: sha256Hex('glass') },
    });
    expect(approval).toMatchObject({
      type: 'STATUSPAGE_DRAFT_APPROVED',
      actor: { id: 'U0ADA' },
      commandId: `${sha256Hex('glass')}#approved`,
      details: {
        breakGlass: true,
        requiredApprovals: 1,
        policyIds: ['break-glass'],
        rule: 'the emergency rule',
        expiresAt: '2026-11-20T09:15:00.000Z',
      },
    });
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('signs that it was alone, and the SHA-256 of the reason', async () => {
    await world.decide('break_glass', card, CLICK);
    const [approval] = await all('STATUSPAGE_DRAFT_APPROVED');
    const key = await importSPKI(publicPem('approval'), 'ES256');
    const { payload } = await compactVerify(approval!.details.approvalJws, key);
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      breakGlass: true,
      breakGlassReasonSha256: sha256Hex(REASON),
      approver: 'T0HOME:U0ADA',
      jti: approval?.commandId,
    });
  });

  it('is enough where the rule needs two, also when the other one ran out', async () => {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    card = await world.draft();
    await world.decide('approve', card, { by: 'U0BEN' });
    world.nowMs += 1_795_000;
    expect(await world.decide('break_glass', card, CLICK)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('may come from somebody who approved before and waits for a second person', async () => {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    card = await world.draft();
    await world.decide('approve', card, { by: 'U0BEN' });
    expect(await world.deliverAll()).toEqual([]);
    const given = { ...CLICK, by: 'U0BEN' };
    expect(await world.decide('break_glass', card, given)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it.each([
    ['', 0],
    ['x'.repeat(19), 19],
    [`  ${'y'.repeat(10)}${' '.repeat(20)}z  `, 12],
    ['\u200b'.repeat(30), 0],
  ])('is refused with reason %j, on record', async (reason, length) => {
    expect(await world.decide('break_glass', card, { ...CLICK, reason })).toEqual({
      code: 'REASON_TOO_SHORT',
      rule: `Say in at least 20 characters why nobody else can approve this now; these are ${length}.`,
    });
    expect((await all('STATUSPAGE_APPROVAL_DENIED')).at(-1)?.details.decision).toBe('break_glass');
    expect(await all('BREAK_GLASS_USED')).toEqual([]);
  });

  it('takes a reason of 20 characters', async () => {
    const given = { ...CLICK, reason: ` ${'x'.repeat(20)} ` };
    expect(await world.decide('break_glass', card, given)).toBeUndefined();
  });

  it.each([
    ['U0EVE', 'somebody without a role'],
    ['U0GUEST', 'a guest'],
    ['U0NOMAIL', 'somebody without a verified e-mail address'],
  ])('is denied to %s, %s', async (by) => {
    const refused = await world.decide('break_glass', card, { ...CLICK, by });
    expect(refused).toMatchObject({ code: 'APPROVER_NOT_PERMITTED' });
    expect(await all('BREAK_GLASS_USED')).toEqual([]);
  });

  it('is denied for a quiet P3, where no second person is needed', async () => {
    world = await new GateWorld().open('P3');
    card = await world.draft('We look into it.', { notify: false });
    expect(await world.decide('break_glass', card, CLICK)).toMatchObject({
      code: 'APPROVER_NOT_PERMITTED',
      rule: 'the emergency rule',
    });
  });

  it('is possible for a P3 that mails subscribers, as four eyes bind there', async () => {
    world = await new GateWorld().open('P3');
    card = await world.draft('We look into it.', { notify: true, by: 'U0BEN' });
    expect(await world.decide('approve', card)).toMatchObject({ code: 'APPROVER_NOT_PERMITTED' });
    expect(await world.decide('break_glass', card, CLICK)).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('is denied on another revision, on other text, and after somebody decided', async () => {
    await world.edit(card, 'We see more errors.');
    expect(await world.decide('break_glass', card, CLICK)).toMatchObject({
      code: 'DRAFT_SUPERSEDED',
    });
    const newest = await world.card(card.draftId);
    const altered = { ...newest, digest: card.digest };
    expect(await world.decide('break_glass', altered, { ...CLICK, click: 'c2' })).toMatchObject({
      code: 'DRAFT_STALE',
    });
    await world.decide('reject', newest, { by: 'U0BEN' });
    expect(await world.decide('break_glass', newest, { ...CLICK, click: 'c3' })).toMatchObject({
      code: 'DRAFT_ALREADY_DECIDED',
    });
  });

  it('is denied on text that was written before something else was published', async () => {
    const other = await world.draft('Another text.');
    expect(await world.publish(card)).toEqual(['published']);
    expect(await world.decide('break_glass', other, CLICK)).toMatchObject({ code: 'BASE_MOVED' });
    expect(await all('BREAK_GLASS_USED')).toEqual([]);
  });

  it('is too late 601 s after it was signed, and not at 600 s', async () => {
    expect(await world.decide('break_glass', card, { ...CLICK, ageS: 601 })).toMatchObject({
      code: 'DECISION_TOO_OLD',
    });
    const inTime = { ...CLICK, click: 'in time', ageS: 600, waited: 1 };
    expect(await world.decide('break_glass', card, inTime)).toBeUndefined();
  });

  it('counts the alarm before the approval, and again when it is delivered again', async () => {
    await world.decide('break_glass', card, CLICK);
    expect(world.metrics).toEqual(['BreakGlassUsed']);
    await world.decide('break_glass', card, CLICK);
    expect(world.metrics).toEqual(['BreakGlassUsed', 'BreakGlassUsed']);
    expect(await all('STATUSPAGE_DRAFT_APPROVED')).toHaveLength(1);
  });

  it('another click of the same person on what they approved adds nothing', async () => {
    await world.decide('break_glass', card, CLICK);
    const before = await world.types();
    expect(await world.decide('break_glass', card, { ...CLICK, click: 'again' })).toBeUndefined();
    expect(await world.types()).toEqual(before);
  });

  it('is refused when twenty reviews wait for somebody else', async () => {
    for (let n = 0; n < 20; n += 1) {
      await world.append(
        'BREAK_GLASS_USED',
        {
          draftId: `drf-${n}`,
          revision: 1,
          digest: card.digest,
          reason: REASON,
          slackRequestSha256: sha256Hex(`earlier ${n}`),
        },
        'U0ADA',
      );
    }
    expect(await world.decide('break_glass', card, CLICK)).toEqual({
      code: 'APPROVER_NOT_PERMITTED',
      rule: '20 reviews wait for somebody else',
    });
  });
});

describe('an approval that was given alone is void', () => {
  it.each([
    ['the policy changed', 'f'.repeat(64), 0],
    ['it ran out', undefined, 841_000],
  ])('when %s', async (_what, policyDigest, passedMs) => {
    await world.decide('break_glass', card, CLICK);
    if (policyDigest) world.identity.policyDigest = policyDigest;
    world.nowMs += passedMs;
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(await world.statusOf(card.draftId)).toBe('pending_approval');
  });

  it('when the incident got worse', async () => {
    world = await new GateWorld().open('P2');
    card = await world.draft();
    await world.decide('break_glass', card, CLICK);
    await world.append('SEVERITY_CHANGED', { from: 'P2', to: 'P1', reason: '' });
    expect(await world.deliverAll()).toEqual(['refused']);
  });

  it('when it was rejected before the publisher came', async () => {
    await world.decide('break_glass', card, CLICK);
    await world.decide('reject', card, { by: 'U0BEN' });
    expect(await world.deliverAll()).toEqual(['refused']);
    expect(world.page.sent).toEqual([]);
  });
});

describe('phase two takes an approval that was given alone', () => {
  /** The check of the publisher, on a trail as somebody changed it. */
  async function checked(change: (event: AuditEvent) => AuditEvent[]): Promise<void> {
    const events = await world.events();
    const own = events.flatMap(change);
    await checkPublishable(gateView(own, card)!, { identity: world.identity, nowMs: world.nowMs });
  }
  type Glass = Extract<AuditEvent, { type: 'BREAK_GLASS_USED' }>;
  const glassWith = (change: (glass: Glass) => Partial<Glass>) => (event: AuditEvent) =>
    event.type === 'BREAK_GLASS_USED' ? [{ ...event, ...change(event) }] : [event];

  beforeEach(async () => {
    await world.decide('break_glass', card, CLICK);
  });

  it('with the reason that it was signed with', async () => {
    await expect(checked((event) => [event])).resolves.toBeUndefined();
  });

  it.each<[string, (event: AuditEvent) => AuditEvent[]]>([
    ['without a reason', (event) => (event.type === 'BREAK_GLASS_USED' ? [] : [event])],
    [
      'with another reason',
      glassWith(({ details }) => ({ details: { ...details, reason: `${details.reason}!` } })),
    ],
    [
      'with the reason of another person',
      glassWith(() => ({ actor: { kind: 'slack_user', id: 'U0BEN' } })),
    ],
    [
      'with the reason of another click',
      glassWith(({ details }) => ({
        details: { ...details, slackRequestSha256: sha256Hex('other') },
      })),
    ],
    [
      'with a reason for another text',
      glassWith(({ details }) => ({ details: { ...details, digest: sha256Hex('other') } })),
    ],
    ['with a reason that came after it', glassWith(({ seq }) => ({ seq: seq + 2 }))],
    [
      'that does not say it was alone',
      (event) => {
        if (event.type !== 'STATUSPAGE_DRAFT_APPROVED') return [event];
        const { breakGlass: _alone, ...details } = event.details;
        return [{ ...event, details }];
      },
    ],
  ])('but never %s', async (_what, change) => {
    await expect(checked(change)).rejects.toThrowWithCode(
      AutoPublishNotPermittedError,
      'APPROVAL_INVALID',
    );
  });

  it('and never an ordinary one that says it was alone', async () => {
    world = await new GateWorld().open('P1');
    card = await world.draft();
    await world.decide('approve', card);
    const claimed = checked((event) =>
      event.type === 'STATUSPAGE_DRAFT_APPROVED'
        ? [{ ...event, details: { ...event.details, breakGlass: true } }]
        : [event],
    );
    await expect(claimed).rejects.toThrowWithCode(AutoPublishNotPermittedError, 'APPROVAL_INVALID');
  });
});
