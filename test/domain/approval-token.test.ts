import { describe, expect, it } from 'vitest';
import { approvalFactSha256, approvalMismatch } from '../../src/domain/approval-token.ts';
import { GateWorld } from '../gate/gate-world.ts';

const FACT = {
  at: '2026-11-20T09:00:00.000Z',
  actor: { kind: 'slack_user', id: 'U0BEN', roles: ['status-approver'] },
  details: {
    draftId: 'drf-aaaaaaaaaaaaaaaa',
    revision: 2,
    rule: 'an approver who did not write it',
    approvalJws: 'head.payload.signature',
  },
} as const;
const fact = (changes: object = {}) => approvalFactSha256({ ...FACT, ...changes } as never);

describe('approvalFactSha256', () => {
  it('is the SHA-256 of RFC 8785 of time, person and details without the signature', () => {
    // printf '%s' '{"actor":{…},"at":"…","details":{…}}' | sha256sum
    expect(fact()).toBe('2024ed1ac6b5e102d26cf862dfc7e418e0ce182e266a9072dc9e67c35be95652');
  });

  it.each([
    ['the time', { at: '2026-11-20T09:00:00.001Z' }],
    ['the person', { actor: { ...FACT.actor, id: 'U0CAL' } }],
    ['a role', { actor: { ...FACT.actor, roles: [] } }],
    ['any detail', { details: { ...FACT.details, rule: 'another rule' } }],
    ['a detail more', { details: { ...FACT.details, breakGlass: true } }],
  ])('is another when %s is', (_what, changes) => {
    expect(fact(changes)).not.toBe(fact());
  });

  it('does not depend on the signature, which holds it', () => {
    const { approvalJws: _jws, ...details } = FACT.details;
    expect(fact({ details })).toBe(fact());
  });

  it('takes half a character as the trail does: made well-formed', () => {
    const cut = { ...FACT.details, rule: 'cut \ud83d' };
    expect(fact({ details: cut })).toBe(fact({ details: { ...cut, rule: 'cut \ufffd' } }));
  });
});

describe('approvalMismatch', () => {
  async function signed() {
    const world = await new GateWorld().open('P1');
    await world.decide('approve', await world.draft());
    const row = (await world.events()).at(-1)!;
    if (row.type !== 'STATUSPAGE_DRAFT_APPROVED') throw new Error(`expected it, got ${row.type}`);
    const payload = row.details.approvalJws.split('.')[1]!;
    return { row, token: JSON.parse(Buffer.from(payload, 'base64url').toString()) };
  }

  it('finds nothing in an approval as it was signed', async () => {
    const { row, token } = await signed();
    expect(approvalMismatch(token, row)).toBeUndefined();
  });

  it('names what only the digest of the whole fact covers', async () => {
    const { row, token } = await signed();
    const other = { ...row, details: { ...row.details, policyIds: ['another'] } };
    expect(approvalMismatch(token, other)).toBe('factSha256');
  });

  it.each([
    ['a machine', { kind: 'ai', id: 'U0BEN' }],
    ['another person', { kind: 'slack_user', id: 'U0CAL' }],
  ] as const)('is about who approved when %s stands in the row', async (_who, actor) => {
    const { row, token } = await signed();
    expect(approvalMismatch(token, { ...row, actor })).toBe('approver');
  });

  it('accepts a token from before it held that digest', async () => {
    const { row, token } = await signed();
    const { factSha256: _digest, ...oldest } = token;
    expect(approvalMismatch(oldest, row)).toBeUndefined();
  });
});
