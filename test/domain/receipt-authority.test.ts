import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { gateView } from '../../src/domain/gate-view.ts';
import { type Receipt, receiptOf } from '../../src/domain/receipt.ts';
import { receiptProblem } from '../../src/domain/receipt-authority.ts';
import {
  about,
  approved,
  chained,
  draft,
  type Fact,
  notExecuted,
  opened,
  type PublishedEvent,
  published,
  refused,
  type StartedEvent,
  started,
} from './gate-story.ts';

const A = draft('drf-a');
const B = draft('drf-b');
const REASON = 'Nobody else answers the pager.';
const AI = { modelId: 'model', promptVersion: 'p1' };

function changed(fact: Fact, details: object): Fact {
  return { ...fact, details: { ...(fact.details as object), ...details } };
}

/** A JWS that says something and is signed by nobody: signatures are judged elsewhere. */
function saying(claims: object): string {
  return `aa.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.cc`;
}

/** An approval whose signature names its person, as the real ones do. */
function yes(id = 'U0JONAS', of = A, required = 1): Fact {
  return changed(approved(of, { id, required }), {
    approvalJws: saying({ approver: `T0TEST:${id}` }),
  });
}

function done(of = A, attempt = 1): Fact {
  const publicationJws = saying({ deployment: 'test', pageId: 'page0001' });
  return changed(published(of, attempt), { publicationJws });
}

function glass(by = 'U0JONAS', reason = REASON, of = A): Fact {
  const { draftId, revision, digest } = of.details as Record<string, unknown>;
  const details = { draftId, revision, digest, reason, slackRequestSha256: 'c'.repeat(64) };
  return { type: 'BREAK_GLASS_USED', actor: { kind: 'slack_user', id: by }, details };
}

const alone = (id = 'U0JONAS') => changed(yes(id), { breakGlass: true });

type Story = { before: AuditEvent[]; event: PublishedEvent; receipt: Receipt };

/** Facts that end in a publication, and the receipt that an honest publisher makes of it. */
function story(facts: readonly Fact[], of: { short?: boolean } = {}): Story {
  const events = chained(facts);
  const event = events.at(-1) as PublishedEvent;
  const before = events.slice(0, -1);
  const attempt = before.find(
    (each): each is StartedEvent =>
      each.type === 'STATUSPAGE_PUBLISH_STARTED' &&
      each.details.attemptId === event.details.attemptId,
  );
  const view = gateView(before, event.details)!;
  const receipt = receiptOf({
    view,
    started: attempt!,
    deployment: 'test',
    pageId: 'page0001',
    page: event.details,
    next: event,
    ...of,
  });
  return { before, event, receipt };
}

const judged = ({ event, receipt, before }: Story, change: Partial<Receipt> = {}) =>
  receiptProblem(event, { ...receipt, ...change }, before);

describe('receiptProblem() finds nothing wrong with the honest receipt', () => {
  const withAi = { ...AI, inputSha256: 'a'.repeat(64), redactionCount: 0 };
  const aiBefore = { ...AI, revision: 1 };

  it.each<[string, Fact[]]>([
    ['of a publication', [opened, A, yes(), started(A), done()]],
    ['of the model’s own words', [opened, changed(A, { ai: withAi }), yes(), started(A), done()]],
    [
      'of the model’s own words for a revision that followed others of it',
      [opened, changed(A, { ai: withAi, aiBefore }), yes(), started(A), done()],
    ],
    [
      'of words that people edited after the model',
      [opened, changed(A, { aiBefore }), yes(), started(A), done()],
    ],
    [
      'of a second attempt',
      [opened, A, yes(), started(A), notExecuted(A), started(A, 2), done(A, 2)],
    ],
    [
      'beside approvals of another draft',
      [opened, A, B, yes('U0LINA', B), yes(), started(A), done()],
    ],
    ['beside a refusal of another draft', [opened, A, B, yes(), refused(B), started(A), done()]],
    [
      'after a refusal voided an approval',
      [opened, A, yes('U0LINA'), refused(A), yes(), started(A), done()],
    ],
    ['of what one person approved alone', [opened, A, glass(), alone(), started(A), done()]],
    [
      'of what one person approved alone, with a reason that is on record no more',
      [opened, A, alone(), started(A), done()],
    ],
    [
      'when others broke the glass before and after',
      [opened, A, glass(), glass('U0MAYA', 'I am not sure who may.'), alone(), started(A), done()],
    ],
    [
      'when the same person did something else in between',
      [
        opened,
        A,
        glass(),
        { ...about(A, 'STATUSPAGE_APPROVAL_DENIED', {}), actor: glass().actor! },
        alone(),
        started(A),
        done(),
      ],
    ],
  ])('%s', (_what, facts) => {
    expect(judged(story(facts))).toBeUndefined();
  });

  it('without its long parts', () => {
    const short = story([opened, A, changed(yes(), { rule: 'One.' }), started(A), done()], {
      short: true,
    });
    expect(short.receipt.approvals).toMatchObject([{ rule: null, approvalJws: null }]);
    expect(judged(short)).toBeUndefined();
  });

  it('when the long parts of one approval were left out, and those of another not', () => {
    const rule = { rule: 'Two people.' };
    const facts = [
      opened,
      A,
      changed(yes('U0JONAS', A, 2), rule),
      changed(yes('U0LINA', A, 2), rule),
      started(A),
      done(),
    ];
    const both = story(facts);
    const { approvals } = both.receipt;
    for (const index of [0, 1]) {
      const bare = { ...approvals[index]!, rule: null, approvalJws: null };
      expect(judged(both, { approvals: approvals.with(index, bare) })).toBeUndefined();
    }
  });
});

describe('receiptProblem() expects', () => {
  const rows: AuditEvent[] = chained([opened, A, yes(), started(A), done()]);
  const placeOf = (seq: number) => ({ seq, hash: rows[seq - 1]!.hash });

  it('every word that the trail knows', () => {
    const { receipt } = story([opened, A, yes(), started(A), done()]);
    expect(receipt.chain).toEqual({
      revision: placeOf(2),
      started: placeOf(4),
      published: { seq: 5, prevHash: placeOf(4).hash },
    });
    expect(receipt.drafted).toEqual({
      at: '2026-11-20T09:00:01.000Z',
      authors: ['U0MAYA'],
      origin: 'words',
      ai: null,
      editedAfterAi: false,
    });
  });

  it('of several attempts the one that was found on the page', () => {
    const facts = [opened, A, yes(), started(A), notExecuted(A), started(A, 2), done(A, 1)];
    const found = story(facts);
    expect(found.receipt.chain.started.seq).toBe(4);
    expect(judged(found)).toBeUndefined();
    const second = { ...found.receipt.chain, started: { seq: 6, hash: found.before[5]!.hash } };
    expect(judged(found, { chain: second })).toBe('its receipt says another chain');
  });

  it('no approval that was given after the attempt started', () => {
    const late = story([opened, A, yes(), started(A), yes('U0LINA'), done()]);
    expect(late.receipt.approvals).toHaveLength(1);
    expect(judged(late)).toBeUndefined();
    const [first] = late.receipt.approvals;
    const seq = 5;
    const { hash } = late.before[seq - 1]!;
    const second = { ...first!, approver: 'T0TEST:U0LINA', seq, hash };
    expect(judged(late, { approvals: [first!, second] })).toBe(
      'its receipt says another approvals',
    );
  });

  it('approvals in the order of each person’s newest', () => {
    const each = (id: string) => yes(id, A, 3);
    const given = ['U0JONAS', 'U0LINA', 'U0JONAS'].map(each);
    const two = story([opened, A, ...given, started(A), done()]);
    expect(two.receipt.approvals.map(({ approver, seq }) => [approver, seq])).toEqual([
      ['T0TEST:U0LINA', 4],
      ['T0TEST:U0JONAS', 5],
    ]);
    expect(judged(two)).toBeUndefined();
    const turned = two.receipt.approvals.toReversed();
    expect(judged(two, { approvals: turned })).toBe('its receipt says another approvals');
  });

  it('the reason that was given before the approval, not a later one', () => {
    const again = glass('U0JONAS', 'Once more, as I was asked.');
    const told = story([opened, A, glass(), alone(), again, started(A), done()]);
    const [approval] = told.receipt.approvals;
    const place = { seq: 3, hash: told.before[2]!.hash };
    expect(
      judged(told, { approvals: [{ ...approval!, breakGlass: { reason: REASON, place } }] }),
    ).toBe(undefined);
    const { hash } = told.before[4]!;
    const later = { reason: 'Once more, as I was asked.', place: { seq: 5, hash } };
    expect(judged(told, { approvals: [{ ...approval!, breakGlass: later }] })).toBe(
      'its receipt says another approvals',
    );
  });

  it('an empty reason and no place when none is on record', () => {
    const told = story([opened, A, alone(), started(A), done()]);
    const [approval] = told.receipt.approvals;
    expect(approval?.breakGlass).toEqual({ reason: '', place: null });
    const invented = { reason: REASON, place: null };
    expect(judged(told, { approvals: [{ ...approval!, breakGlass: invented }] })).toBe(
      'its receipt says another approvals',
    );
  });
});

describe('receiptProblem() names', () => {
  const honest = story([opened, A, changed(yes(), { rule: 'One.' }), started(A), done()]);
  const missing = 'its receipt is of a publication that did not start';

  it('a receipt of what is not on the trail before it', () => {
    const { event, receipt, before } = honest;
    const without = (type: string) => before.filter((each) => each.type !== type);
    expect(receiptProblem(event, receipt, without('STATUSPAGE_PUBLISH_STARTED'))).toBe(missing);
    expect(receiptProblem(event, receipt, without('STATUSPAGE_DRAFT_CREATED'))).toBe(missing);
    expect(receiptProblem(event, receipt, [])).toBe(missing);
  });

  it.each([{}, undefined, 'text', { v: 1 }])('claims that are no receipt: %j', (claims) => {
    expect(receiptProblem(honest.event, claims, honest.before)).toBe('its receipt is not readable');
  });

  it('a rule that was kept where the signature was left out', () => {
    const bare = { ...honest.receipt.approvals[0]!, approvalJws: null };
    expect(judged(honest, { approvals: [bare] })).toBe('its receipt says another approvals');
    const ruleless = { ...honest.receipt.approvals[0]!, rule: null };
    expect(judged(honest, { approvals: [ruleless] })).toBe('its receipt says another approvals');
  });

  it('a publication whose own signature names no deployment', () => {
    const mute = story([opened, A, yes(), started(A), published(A)]);
    expect(judged(mute)).toBe('its receipt says another deployment');
  });

  it('an approval whose own signature names nobody', () => {
    const mute = story([opened, A, approved(A), started(A), done()]);
    expect(mute.receipt.approvals[0]?.approver).toBe('U0JONAS');
    expect(judged(mute)).toBe('its receipt says another approvals');
  });
});
