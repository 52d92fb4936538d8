import { describe, expect, it } from 'vitest';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { jwsPayload } from '../../src/domain/compact-jws.ts';
import { gateView } from '../../src/domain/gate-view.ts';
import { RECEIPT_TOKEN_TYPE, type Receipt, readReceipt } from '../../src/domain/receipt.ts';
import { receiptFile } from '../../src/domain/receipt-text.ts';
import type { PublishedEvent } from '../../src/domain/trail-authority.ts';
import { verifyReceiptFile } from '../../src/domain/verify-receipt.ts';
import { findReceipts } from '../../src/services/find-receipts.ts';
import { signedReceipt } from '../../src/services/publication-receipts.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { signToken } from '../../src/services/signatures.ts';
import { contentOf, GateWorld, publicPem, signerOf } from '../gate/gate-world.ts';
import { PINNED, readerOf, verifiedEvents } from '../gate/verified-events.ts';

/** The last publication on the trail. */
async function publishedIn(world: GateWorld): Promise<PublishedEvent> {
  const found = (await world.events()).findLast(({ type }) => type === 'STATUSPAGE_PUBLISHED');
  if (found?.type !== 'STATUSPAGE_PUBLISHED') throw new Error('nothing was published');
  return found;
}

async function receiptIn(world: GateWorld): Promise<Receipt> {
  return readReceipt(String((await publishedIn(world)).details.receiptJws))!;
}

/** The trail with another receipt on its last publication, hashed as if it had been appended so. */
async function withReceipt(world: GateWorld, receiptJws: string): Promise<AuditEvent[]> {
  const events = await world.events();
  const published = await publishedIn(world);
  const { hash: _hash, v: _v, ...open } = published;
  const forged = sealEvent({ ...open, details: { ...open.details, receiptJws } });
  return [...events.filter(({ seq }) => seq < published.seq), forged];
}

/** A draft whose second revision is the model's words. */
async function proposed(world: GateWorld): Promise<DraftReference> {
  const card = await world.draft();
  const inputSha256 = 'a'.repeat(64);
  await world.drafts.revise({
    incidentId: world.incidentId,
    commandId: 'proposal',
    actor: { kind: 'slack_user', id: 'U0CAL' },
    seen: card,
    content: contentOf('Errors are seen.'),
    source: {
      origin: 'proposal',
      ai: { modelId: 'model', promptVersion: 'p1', inputSha256, redactionCount: 0 },
    },
  });
  return world.card(card.draftId);
}

/** What was known when a publication went on record. */
async function recordOf(world: GateWorld) {
  const published = await publishedIn(world);
  const events = (await world.events()).filter(({ seq }) => seq < published.seq);
  const view = gateView(events, published.details)!;
  const { seq, prevHash, at, details } = published;
  return { view, started: view.attempt!.started, page: details, next: { seq, prevHash, at } };
}

async function givenPublished(): Promise<GateWorld> {
  const world = await new GateWorld().open('P1');
  expect(await world.publish(await world.draft('We see errors.'))).toEqual(['published']);
  return world;
}

describe('a publication', () => {
  it('carries a receipt that the verifier and the file both vouch for', async () => {
    const world = await givenPublished();
    const { details, seq, prevHash, at } = await publishedIn(world);
    const receipt = await receiptIn(world);
    expect(receipt).toMatchObject({
      deployment: 'test',
      pageId: 'page0001',
      request: { body: { incident: { body: 'We see errors.' } } },
      drafted: { authors: ['U0ADA'], origin: 'words', ai: null, editedAfterAi: false },
      approvals: [{ approver: 'T0HOME:U0BEN', roles: ['status-approver'], breakGlass: null }],
      publishedAt: at,
      chain: { published: { seq, prevHash } },
      jti: `${details.publicationId}#1#receipt`,
    });
    expect(await verifiedEvents(await world.events())).toBe('verified');
    const file = Buffer.from(receiptFile(receipt, String(details.receiptJws)));
    const keys = { publication: publicPem('publication'), approval: publicPem('approval') };
    expect(verifyReceiptFile(file, keys)).toMatchObject({ ok: true, approvalsVerified: 1 });
  });

  it('of words as AI proposed them says so, and when people edited them since', async () => {
    const unchanged = await new GateWorld().open('P1');
    await unchanged.publish(await proposed(unchanged));
    const ai = { modelId: 'model', promptVersion: 'p1', revision: 2 };
    expect((await receiptIn(unchanged)).drafted).toMatchObject({ ai, editedAfterAi: false });
    const edited = await new GateWorld().open('P1');
    const card = await proposed(edited);
    await edited.edit(card, 'We see errors. Cash works.', 'U0DEE');
    await edited.edit(await edited.card(card.draftId), 'We see errors. Pay in cash.', 'U0CAL');
    await edited.publish(await edited.card(card.draftId));
    expect((await receiptIn(edited)).drafted).toEqual({
      at: expect.any(String),
      authors: ['U0ADA', 'U0CAL', 'U0DEE'],
      origin: 'words',
      ai,
      editedAfterAi: true,
    });
    expect(await verifiedEvents(await edited.events())).toBe('verified');
  });

  it('names only the approvals that stood when it started', async () => {
    const world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    const card = await world.draft();
    await world.decide('approve', card, { by: 'U0BEN' });
    await world.decide('approve', card, { by: 'U0CAL' });
    const { policyDigest } = world.identity;
    world.identity.policyDigest = 'f'.repeat(64);
    expect(await world.deliverAll()).toContain('refused');
    world.identity.policyDigest = policyDigest;
    await world.decide('approve', card, { by: 'U0CAL', click: 'again' });
    await world.decide('approve', card, { by: 'U0BEN', click: 'again too' });
    expect(await world.deliverAll()).toContain('published');
    const { approvals, chain } = await receiptIn(world);
    expect(approvals.map(({ approver }) => approver)).toEqual(['T0HOME:U0CAL', 'T0HOME:U0BEN']);
    expect(approvals.every(({ seq }) => seq < chain.started.seq)).toBe(true);
    expect(await verifiedEvents(await world.events())).toBe('verified');
  });

  it('found after its approvals were void names those it started with', async () => {
    const world = await givenPublished();
    const { view, started, page, next } = await recordOf(world);
    const voided = { ...view, approvals: [] };
    const log = { count() {} } as never;
    const deps = { signer: signerOf('publication'), log, identity: world.identity };
    const { receiptJws } = await signedReceipt(deps, { view: voided, started, page, next });
    expect(await verifiedEvents(await withReceipt(world, String(receiptJws)))).toBe('verified');
    expect(readReceipt(String(receiptJws))?.approvals).toMatchObject([
      { approver: 'T0HOME:U0BEN' },
    ]);
  });

  it('that one person approved alone says why', async () => {
    const world = await new GateWorld().open('P1');
    const card = await world.draft();
    await world.decide('break_glass', card, { by: 'U0ADA', reason: 'Nobody else is awake.' });
    expect(await world.deliverAll()).toEqual(['published']);
    const used = (await world.events()).find(({ type }) => type === 'BREAK_GLASS_USED')!;
    const { approvals } = await receiptIn(world);
    expect(approvals).toMatchObject([
      {
        approver: 'T0HOME:U0ADA',
        breakGlass: {
          reason: 'Nobody else is awake.',
          place: { seq: used.seq, hash: used.hash },
        },
      },
    ]);
    expect(await verifiedEvents(await world.events())).toBe('verified');
  });

  it('is on record without the long parts, or without a receipt, rather than not at all', async () => {
    const world = await givenPublished();
    const { view, started, page, next } = await recordOf(world);
    const counted: string[] = [];
    const log = { count: (metric: string) => void counted.push(metric) } as never;
    const sign = (rule: string, policyIds: string[]) =>
      signedReceipt(
        { signer: signerOf('publication'), log, identity: world.identity },
        {
          view: {
            ...view,
            attempt: null,
            approvals: view.approvals.map((a) => ({
              ...a,
              details: { ...a.details, rule, policyIds },
            })),
          },
          started,
          page,
          next,
        },
      );
    const long = await sign('r'.repeat(60_000), ['p']);
    expect(readReceipt(String(long.receiptJws))?.approvals).toMatchObject([
      { rule: null, approvalJws: null },
    ]);
    expect(counted).toEqual([]);
    expect(await sign('r', ['p'.repeat(60_000)])).toEqual({});
    expect(counted).toEqual(['ReceiptTooLong']);
  });
});

describe('a receipt keeps its long parts', () => {
  it('while it has 44250 bytes, which make 60000 characters of JWS, and not with one more', async () => {
    const world = await givenPublished();
    const { view, started, page, next } = await recordOf(world);
    const deps = { signer: signerOf('publication'), log: {} as never, identity: world.identity };
    const saidWith = async (rule: string) => {
      const approvals = view.approvals.map((a) => ({ ...a, details: { ...a.details, rule } }));
      const attempt = { ...view.attempt!, approvals };
      const of = { view: { ...view, approvals, attempt }, started, page, next };
      const { receiptJws } = await signedReceipt(deps, of);
      return jwsPayload(String(receiptJws)) as Receipt;
    };
    const empty = Buffer.byteLength(JSON.stringify(await saidWith('')));
    const fitting = 'r'.repeat(44_250 - empty);
    expect((await saidWith(fitting)).approvals[0]?.rule).toBe(fitting);
    expect((await saidWith(`${fitting}r`)).approvals[0]?.rule).toBeNull();
  });
});

describe('verifyTrail() names a publication', () => {
  const as = (receipt: object, key: 'publication' | 'approval' | 'stranger', keyId?: string) =>
    signToken(signerOf(key, keyId), RECEIPT_TOKEN_TYPE, { ...receipt });

  it.each<[string, (receipt: Receipt) => object]>([
    [
      'text',
      (r) => ({
        request: {
          ...r.request,
          body: { incident: { ...r.request.body.incident, body: 'All is well.' } },
        },
      }),
    ],
    ['digest', () => ({ digest: 'a'.repeat(64) })],
    ['link', () => ({ link: 'https://elsewhere.example' })],
    ['attempt', () => ({ attempt: 2 })],
    ['page', () => ({ pageId: 'page0002' })],
    ['deployment', () => ({ deployment: 'other' })],
    ['author', (r) => ({ drafted: { ...r.drafted, authors: ['U0EVE'] } })],
    ['approver', (r) => ({ approvals: [{ ...r.approvals[0]!, approver: 'T0HOME:U0CAL' }] })],
    ['rule', (r) => ({ approvals: [{ ...r.approvals[0]!, rule: 'anybody' }] })],
    ['number of approvals', (r) => ({ approvals: [...r.approvals, ...r.approvals] })],
    ['place', (r) => ({ chain: { ...r.chain, published: { ...r.chain.published, seq: 99 } } })],
    ['time', () => ({ publishedAt: '2026-11-20T09:00:00.001Z' })],
    ['shape', () => ({ remark: 'harmless' })],
  ])('whose receipt says another %s, although its own key signed it', async (_what, change) => {
    const world = await givenPublished();
    const honest = await receiptIn(world);
    const forged = await as({ ...honest, ...change(honest) }, 'publication');
    const { seq } = await publishedIn(world);
    expect(await verifiedEvents(await withReceipt(world, forged))).toMatch(
      new RegExp(`^${seq}: its receipt (says another|is not readable)`),
    );
  });

  it('whose receipt another key signed, the approval key included', async () => {
    const world = await givenPublished();
    const honest = await receiptIn(world);
    const { seq } = await publishedIn(world);
    const reason = `${seq}: its receipt is not by the publication key`;
    for (const jws of [
      await as(honest, 'approval'),
      await as(honest, 'approval', 'key-publication'),
      await as(honest, 'stranger', 'key-publication'),
      'aa.bb.cc',
    ]) {
      expect(await verifiedEvents(await withReceipt(world, jws))).toBe(reason);
    }
    expect(await verifiedEvents(await withReceipt(world, await as(honest, 'publication')))).toBe(
      'verified',
    );
  });

  it('whose receipt is that of another publication, or its own publication’s other signature', async () => {
    const world = await givenPublished();
    const first = await publishedIn(world);
    const second = await world.draft('It is fixed.', { status: 'resolved' });
    expect(await world.publish(second)).toEqual(['published']);
    const { seq } = await publishedIn(world);
    const swapped = await withReceipt(world, String(first.details.receiptJws));
    expect(await verifiedEvents(swapped)).toMatch(new RegExp(`^${seq}: its receipt says another`));
    const other = await withReceipt(world, first.details.publicationJws);
    expect(await verifiedEvents(other)).toBe(`${seq}: its receipt is not by the publication key`);
  });

  it('not when it is from before there were receipts', async () => {
    const world = await givenPublished();
    const published = await publishedIn(world);
    const { receiptJws: _gone, ...details } = published.details;
    const { hash: _hash, v: _v, ...open } = published;
    const events = (await world.events()).filter(({ seq }) => seq < published.seq);
    const old = [...events, sealEvent({ ...open, details })];
    expect(await verifiedEvents(old)).toBe('verified');
    const deps = { reader: readerOf(old), pinned: async () => PINNED };
    expect(await findReceipts(deps)).toEqual([
      {
        publicationId: details.publicationId,
        incidentId: world.incidentId,
        seq: published.seq,
        problem: 'it carries no receipt',
      },
    ]);
  });
});

describe('findReceipts()', () => {
  it('gives away only what verifies', async () => {
    const world = await givenPublished();
    const find = async (jws: string) => {
      const reader = readerOf(await withReceipt(world, jws));
      const [found] = await findReceipts({ reader, pinned: async () => PINNED });
      return found && ('problem' in found ? found.problem : found.file.name);
    };
    const { details } = await publishedIn(world);
    const honest = String(details.receiptJws);
    expect(await find(honest)).toBe(`receipt-${details.publicationId}.txt`);
    expect(await find('aa.bb.cc')).toBe('its receipt is not readable');
    const byAnother = await signToken(
      signerOf('stranger'),
      RECEIPT_TOKEN_TYPE,
      readReceipt(honest)!,
    );
    expect(await find(byAnother)).toMatch(/the signature is not by this key/);
  });
});
