import { describe, expect, it } from 'vitest';
import { gateView } from '../../src/domain/gate-view.ts';
import {
  RECEIPT_TOKEN_TYPE,
  type Receipt,
  readReceipt,
  receiptFileName,
  receiptOf,
} from '../../src/domain/receipt.ts';
import { approved, chained, draft, opened, type StartedEvent, started } from './gate-story.ts';
import { keyPair, receipt, signed } from './receipt-story.ts';

const KEY = keyPair();
const honest = receipt();
const [approval] = honest.approvals;
const HASH = '0123456789abcdef'.repeat(4);

describe('readReceipt()', () => {
  const isRead = (change: object) =>
    readReceipt(signed({ ...honest, ...change }, KEY)) !== undefined;

  it.each<[string, Partial<Receipt>]>([
    ['nothing changed', {}],
    ['a second attempt', { attempt: 2 }],
    ['a later revision', { revision: 7 }],
    ['words of a template', { drafted: { ...honest.drafted, origin: 'template' } }],
    ['words of the model', { drafted: { ...honest.drafted, origin: 'proposal' } }],
    ['every digit of a hash', { digest: HASH }],
  ])('reads %s', (_what, change) => {
    expect(isRead(change)).toBe(true);
  });

  it.each<[string, object]>([
    ['no attempt', { attempt: 0 }],
    ['no revision', { revision: 0 }],
    ['a hash with a further digit in front', { digest: `0${HASH}` }],
    ['a hash with a further digit behind', { digest: `${HASH}0` }],
    ['a hash in capitals', { digest: HASH.toUpperCase() }],
    ['an instant without milliseconds', { publishedAt: '2026-11-20T09:01:02Z' }],
    ['an instant of another zone', { publishedAt: '2026-11-20T09:01:02.000+01:00' }],
    ['another origin', { drafted: { ...honest.drafted, origin: '' } }],
    ['no approval', { approvals: [] }],
    ['eleven approvals', { approvals: Array(11).fill(approval) }],
    ['an approval of event 0', { approvals: [{ ...approval, seq: 0 }] }],
    ['a field that nobody knows', { remark: '' }],
  ])('reads no receipt with %s', (_what, change) => {
    expect(isRead(change)).toBe(false);
  });

  it('reads nothing that is no JWS', () => {
    expect(readReceipt('text')).toBeUndefined();
  });
});

describe('receiptOf()', () => {
  const approverSaid = (claims: object) => {
    const A = draft('drf-a');
    const yes = approved(A);
    const jws = `aa.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.cc`;
    const details = { ...(yes.details as object), approvalJws: jws };
    const events = chained([opened, A, { ...yes, details }, started(A)]);
    const next = { seq: 5, prevHash: events[3]!.hash, at: '2026-11-20T09:00:09.999Z' };
    const page = { statuspageIncidentId: 'p1', link: '', pageDigest: HASH, adopted: false };
    const made = receiptOf({
      view: gateView(events, { draftId: 'drf-a', revision: 1 })!,
      started: events[3] as StartedEvent,
      deployment: 'test',
      pageId: 'page0001',
      page,
      next,
    });
    expect(made.iat).toBe(Date.parse('2026-11-20T09:00:09.000Z') / 1000);
    return made.approvals[0]?.approver;
  };

  it('names the approver with the workspace of the approval’s signature', () => {
    expect(approverSaid({ approver: 'T0TEST:U0JONAS' })).toBe('T0TEST:U0JONAS');
  });

  it.each([{ approver: 'T0TEST:U0EVE' }, { approver: 'U0JONAS' }, {}])(
    'names the approver of the event alone when the signature says %j',
    (claims) => {
      expect(approverSaid(claims)).toBe('U0JONAS');
    },
  );
});

it('a receipt’s JWS has a type of its own', () => {
  expect(RECEIPT_TOKEN_TYPE).toBe('incident-response-receipt+jwt');
});

it('a receipt’s file is named after its publication, in letters, digits and dashes only', () => {
  expect(receiptFileName('pub-a1_B2')).toBe('receipt-pub-a1_B2.txt');
  expect(receiptFileName('../pub a/b.c')).toBe('receipt-pubabc.txt');
});
