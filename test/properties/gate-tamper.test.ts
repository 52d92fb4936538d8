import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalFactSha256 } from '../../src/domain/approval-token.ts';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { signToken } from '../../src/services/signatures.ts';
import { signerOf } from '../gate/gate-world.ts';
import { breakGate, mendGates } from './broken-gate.ts';
import {
  aftermath,
  deliverTampered,
  type ReadyTrail,
  readyTrail,
  restored,
} from './gate-tamper.ts';
import { COVERS, changesOf } from './tampering.ts';

type Approved = Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;

let ready: ReadyTrail;
let tried: ReadyTrail;
/** The last two are the approvals, the one before them is what they approve. */
const REVISION = 8;
const FIRST_APPROVAL = 9;
const LAST_APPROVAL = 10;
const STARTED = 11;
const NOT_EXECUTED = 12;

beforeAll(async () => {
  ready = await readyTrail({ tried: false });
  tried = await readyTrail({ tried: true });
});
afterAll(mendGates);

/** Every change of the event, and what came of it: `refused integrity`, `published`, … */
async function outcomes(of: ReadyTrail, index: number, cover: (typeof COVERS)[number]) {
  const found: Record<string, string[]> = {};
  for (const change of changesOf(of.events[index])) {
    const result = await deliverTampered(of, { index, change, cover });
    if (!result) continue;
    const { outcome, refusedAs, sent } = result;
    const words = [outcome, refusedAs, sent.length > 0 ? 'sent' : undefined].filter(Boolean);
    const name = words.join(' ');
    found[name] = [...(found[name] ?? []), change.path.join('.')];
  }
  return found;
}

it('the trail that is tampered with is one that publishes', async () => {
  for (const trail of [ready, tried]) {
    const { outcome, sent } = await aftermath(await restored(trail), trail);
    expect(outcome).toBe('published');
    expect(sent).toMatchObject([{ body: { incident: { body: 'Words as approved.' } } }]);
  }
  const types = tried.events.map(({ type }) => type.replace('STATUSPAGE_', ''));
  expect(types.slice(REVISION)).toEqual([
    'DRAFT_REVISED',
    'DRAFT_APPROVED',
    'DRAFT_APPROVED',
    'PUBLISH_STARTED',
    'PUBLISH_NOT_EXECUTED',
  ]);
});

describe.each([
  ['the approved text', REVISION],
  ['the first approval', FIRST_APPROVAL],
  ['the last approval', LAST_APPROVAL],
])('any field of %s changed, left out or added', (_what, index) => {
  describe.each([
    ['before the first attempt', () => ready],
    ['before the second attempt', () => tried],
  ])('%s', (_when, trail) => {
    it.each(COVERS)('is refused, and the page gets nothing: %s made right', async (cover) => {
      const found = await outcomes(trail(), index, cover);
      const { 'refused integrity': refused = [], ...others } = found;
      expect(refused.length).toBeGreaterThan(80);
      // What no longer reads as an approval of this text by this person is one too few: the other one
      // stands, and waits for a second.
      const isOneShort = ['refused recoverable', 'nothing_to_do'];
      expect(Object.keys(others).filter((kind) => !isOneShort.includes(kind))).toEqual([]);
      const fields = [...new Set(Object.values(others).flat())].sort();
      expect(fields).toEqual(
        fields.length > 0
          ? ['actor.id', 'details.draftId', 'details.requiredApprovals', 'details.revision']
          : [],
      );
    });
  });
});

describe('any field of the record of an attempt changed', () => {
  it.each([
    ['STARTED', STARTED, 'field alone'],
    ['STARTED', STARTED, 'own hash'],
    ['NOT_EXECUTED', NOT_EXECUTED, 'field alone'],
  ] as const)(
    '%s is refused where its hash or the next link tells',
    async (_type, index, cover) => {
      expect(Object.keys(await outcomes(tried, index, cover))).toEqual(['refused integrity']);
    },
  );

  // Nobody signs these two, so a hand that makes every hash right is not seen before `audit verify`
  // compares the head with what was shown to others. Nothing else can be sent by it.
  it.each([
    ['STARTED', STARTED],
    ['NOT_EXECUTED', NOT_EXECUTED],
  ])('%s with every hash made right sends what was approved or nothing', async (_type, index) => {
    for (const change of changesOf(tried.events[index])) {
      const result = await deliverTampered(tried, { index, change, cover: 'whole chain' });
      for (const sent of result?.sent ?? []) {
        expect(sent).toEqual((tried.events[REVISION]!.details as { request: object }).request);
      }
    }
  });
});

describe('an approval that nobody gave', () => {
  /** Replaces the last approval by one that is signed as said. */
  async function forged(of: {
    key: 'approval' | 'stranger';
    actor?: AuditEvent['actor'];
    gate?: Parameters<typeof restored>[1];
  }) {
    const world = await restored(ready, of.gate);
    const event = ready.events[LAST_APPROVAL] as Approved;
    const { hash: _hash, v: _v, ...open } = structuredClone(event);
    if (of.actor) open.actor = of.actor;
    const claims = JSON.parse(
      Buffer.from(open.details.approvalJws.split('.')[1]!, 'base64url').toString(),
    );
    open.details.approvalJws = await signToken(
      signerOf(of.key, 'key-approval'),
      'incident-response-approval+jwt',
      {
        ...claims,
        approver: `T0HOME:${open.actor.id}`,
        factSha256: approvalFactSha256(open),
      },
    );
    world.trail.tamper(world.incidentId, event.seq, () => sealEvent(open as never));
    return aftermath(world, ready);
  }
  const MACHINE = { kind: 'ai', id: 'anthropic.claude' } as const;

  it('is refused when another key signed it', async () => {
    const { outcome, sent } = await forged({ key: 'stranger' });
    expect([outcome, sent]).toEqual(['refused', []]);
  });

  it('is refused when a machine gave it, even signed with the approval key', async () => {
    const { outcome, refusedAs, sent } = await forged({ key: 'approval', actor: MACHINE });
    expect([outcome, refusedAs, sent]).toEqual(['refused', 'integrity', []]);
  });

  it.each([
    [
      'does not check signatures',
      'another key',
      { key: 'stranger' },
      [
        {
          file: 'signatures.ts',
          from: "verified = await compactVerify(jws, key, { algorithms: ['ES256'] });",
          to: `const [head, body] = jws.split('.').map((part) => Buffer.from(part, 'base64url'));
    verified = { protectedHeader: JSON.parse(String(head)), payload: body } as never;`,
        },
      ],
    ],
    [
      'takes a machine for a person',
      'a machine',
      { key: 'approval', actor: MACHINE },
      [{ file: 'approval-token.ts', from: "row.actor.kind !== 'slack_user' ||", to: '' }],
    ],
  ] as const)('would be sent by a gate that %s: %s', async (name, _by, of, breakages) => {
    const gate = await breakGate(name.replaceAll(' ', '-'), [...breakages]);
    const { outcome, sent } = await forged({ ...of, gate });
    expect([outcome, sent.length]).toEqual(['published', 1]);
  });
});
