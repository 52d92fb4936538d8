import { beforeEach, describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../src/adapters/cedar/cedar-policy.ts';
import { loadPolicyFiles } from '../../src/adapters/files/deployment-config.ts';
import { ChatError } from '../../src/domain/errors.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { GateWorld } from '../gate/gate-world.ts';

/** From 18:00 on it takes two. */
const EVENING = `@id("evening") @approvers("2") @validForS("1800")
  permit (principal in Role::"status-approver", action == Action::"update", resource)
  when { context.minuteOfDay >= 1080 };`;
const shipped = new CedarPolicy(loadPolicyFiles('config'));
let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld({ policy: shipped }).open('P1');
  card = await world.draft();
});

const last = async () => (await world.events()).at(-1)!;

describe('the record of a decision names what decided', () => {
  it('an approval: the permits, their words, and the digest of the whole policy', async () => {
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_DRAFT_APPROVED',
      details: {
        policyIds: ['p1-status-approver'],
        rule: 'P1: one status-approver who did not write or edit this text',
        policyDigest: shipped.digest,
      },
    });
  });

  it('a denial: the forbid that stopped it', async () => {
    await world.decide('approve', card, { by: 'U0ADA' });
    expect(await last()).toMatchObject({
      type: 'STATUSPAGE_APPROVAL_DENIED',
      details: {
        reason: 'APPROVER_NOT_PERMITTED',
        rule: 'P1: nobody approves text that they requested, wrote or edited',
        policyIds: ['p1-four-eyes'],
        policyDigest: shipped.digest,
      },
    });
  });

  it('a denial because no permit applied: none, and the digest', async () => {
    await world.decide('approve', card, { by: 'U0EVE' });
    expect((await last()).details).toMatchObject({ policyIds: [], policyDigest: shipped.digest });
  });

  it('a refusal that the policy had no part in names no policy', async () => {
    await world.decide('approve', { ...card, revision: 2 });
    const { details } = await last();
    expect(details).toMatchObject({ reason: 'DRAFT_SUPERSEDED' });
    expect(details).not.toHaveProperty('policyIds');
    expect(details).not.toHaveProperty('policyDigest');
  });
});

describe('user groups that cannot be read', () => {
  it('decide nothing, on the trail or off it; the same click counts once they can be', async () => {
    const before = await world.types();
    const down = new ChatError({
      code: 'CHAT_UNAVAILABLE',
      message: 'no answer',
      retryable: true,
    });
    world.intercept = (call, perform) =>
      call === 'chat.groupMembers' ? Promise.reject(down) : perform();
    for (const verb of ['approve', 'reject'] as const) {
      await expect(world.decide(verb, card, { click: verb })).rejects.toThrowWithCode(
        ChatError,
        'CHAT_UNAVAILABLE',
      );
    }
    expect(await world.types()).toEqual(before);
    world.intercept = (_call, perform) => perform();
    expect(await world.decide('approve', card, { click: 'approve' })).toBeUndefined();
    expect((await last()).type).toBe('STATUSPAGE_DRAFT_APPROVED');
  });
});

describe('the hour of a decision is the hour of its event', () => {
  it('at a minute past closing a P3 takes a second person', async () => {
    const { files } = loadPolicyFiles('config');
    const both = { files: { ...files, 'evening.cedar': EVENING }, digest: 'e'.repeat(64) };
    world = new GateWorld({ policy: new CedarPolicy(both, { timeZone: 'Europe/Lisbon' }) });
    await world.open('P3');
    // A Friday.
    world.nowMs = Date.parse('2026-11-20T17:59:59.000Z');
    const inTime = await world.draft('In time.');
    await world.decide('approve', inTime);
    expect((await last()).details).toMatchObject({ requiredApprovals: 1 });
    await world.deliverAll();
    world.nowMs = Date.parse('2026-11-20T18:00:00.000Z');
    const late = await world.draft('Too late.');
    await world.decide('approve', late);
    expect((await last()).details).toMatchObject({
      requiredApprovals: 2,
      policyIds: ['evening', 'p2-p4-status-approver'],
    });
    expect(await world.statusOf(late.draftId)).toBe('pending_approval');
    await world.decide('approve', late, { by: 'U0CAL' });
    expect(await world.deliverAll()).toEqual(['published']);
  });
});
