import { compactVerify, importSPKI } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { approvalFactSha256 } from '../../src/domain/approval-token.ts';
import { type AuditEvent, sealEvent } from '../../src/domain/audit-event.ts';
import { DeliveryError, PageError, SecretError, TrailError } from '../../src/domain/errors.ts';
import { canonicalSha256Hex, sha256Hex } from '../../src/domain/ids.ts';
import { PublicationChain } from '../../src/services/publication-chain.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { signToken } from '../../src/services/signatures.ts';
import { GateWorld, publicPem, START_MS, signerOf, tablePolicy } from '../gate/gate-world.ts';
import { pageError } from '../gate/memory-page.ts';

let world: GateWorld;
let card: DraftReference;

beforeEach(async () => {
  world = await new GateWorld().open('P1');
  card = await world.draft();
});

async function last(chainId?: string): Promise<AuditEvent> {
  return (await world.events(chainId)).at(-1)!;
}

async function approved(): Promise<void> {
  expect(await world.decide('approve', card)).toBeUndefined();
}

/** Delivers, expects a refusal for this reason, and nothing at the page. */
async function refusedFor(reason: string, kind: 'recoverable' | 'integrity'): Promise<void> {
  const sent = world.page.sent.length;
  expect(await world.deliver(card)).toBe('refused');
  expect(await last()).toMatchObject({
    type: 'STATUSPAGE_PUBLISH_REFUSED',
    actor: { kind: 'system', id: 'publisher' },
    details: { draftId: card.draftId, revision: card.revision, reason, kind },
  });
  expect(world.page.sent).toHaveLength(sent);
}

/** Rewrites the chain from an event on, as a hand with the table but without keys could. */
async function rewrite(type: string, change: (event: AuditEvent) => void): Promise<void> {
  const events = await world.events();
  let prevHash = '';
  for (const event of events) {
    const copy = structuredClone(event);
    if (prevHash) copy.prevHash = prevHash;
    if (copy.type === type) change(copy);
    const { hash: _hash, v: _v, ...open } = copy;
    const sealed = sealEvent(open as never) as AuditEvent;
    prevHash = sealed.hash;
    world.trail.tamper(event.incidentId, event.seq, () => sealed);
  }
}

describe('publishes', () => {
  it('exactly the approved request, once, with metadata, between STARTED and PUBLISHED', async () => {
    await approved();
    expect(await world.deliverAll()).toEqual(['published']);
    const digest = card.digest;
    const { publicationId } = (await world.state()).drafts[0]!;
    expect(world.page.sent).toMatchObject([
      {
        permit: {
          request: {
            method: 'POST',
            path: '/pages/page0001/incidents',
            body: {
              incident: {
                name: 'Problems with Checkout',
                status: 'investigating',
                body: 'We see errors.',
                impact_override: 'critical',
                deliver_notifications: true,
                component_ids: [],
                components: {},
              },
            },
          },
          metadata: {
            ir: { incident: 'inc-aaaaaaaaaaaaaaaa', publication: publicationId, digest },
          },
          publicationId,
          attemptId: 'attempt-1',
          deadlineMs: START_MS + 10_000,
        },
      },
    ]);
    expect((await world.types()).slice(-2)).toEqual([
      'STATUSPAGE_PUBLISH_STARTED',
      'STATUSPAGE_PUBLISHED',
    ]);
    expect(await world.statusOf(card.draftId)).toBe('published');
    expect(world.told.take()).toEqual([
      { kind: 'publication_changed', incidentId: 'inc-aaaaaaaaaaaaaaaa', publicationId },
    ]);
    expect(world.told.groups).toEqual(['work#inc-aaaaaaaaaaaaaaaa']);
  });

  it('and signs what the page said back, by its own key', async () => {
    await approved();
    await world.deliverAll();
    const event = (await last()) as Extract<AuditEvent, { type: 'STATUSPAGE_PUBLISHED' }>;
    expect(event.details).toMatchObject({
      statuspageIncidentId: 'page1',
      link: 'https://status.example/1',
      adopted: false,
      digest: card.digest,
      pageDigest: canonicalSha256Hex({
        id: 'page1',
        name: 'Problems with Checkout',
        status: 'investigating',
        body: 'We see errors.',
      }),
    });
    const key = await importSPKI(publicPem('publication'), 'ES256');
    const { payload, protectedHeader } = await compactVerify(event.details.publicationJws, key);
    expect(protectedHeader).toMatchObject({
      kid: 'key-publication',
      typ: 'incident-response-publication+jwt',
    });
    const { publicationJws: _jws, receiptJws: _receipt, link: _link, ...facts } = event.details;
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
      deployment: 'test',
      pageId: 'page0001',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      seq: 6,
      prevHash: event.prevHash,
      ...facts,
      iat: START_MS / 1000,
      jti: `${event.details.publicationId}#1#published`,
    });
  });

  it('nothing more however often the request is delivered', async () => {
    await approved();
    await world.deliverAll();
    const before = await world.types();
    for (let i = 0; i < 3; i += 1) expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(await world.types()).toEqual(before);
    expect(world.page.sent).toHaveLength(1);
  });

  it('an update after a create, remembering what the page showed before', async () => {
    await world.publish(card);
    const update = await world.draft('Still looking.', { status: 'identified' });
    expect(await world.publish(update)).toEqual(['published']);
    expect(world.page.sent[1]?.permit.request).toMatchObject({
      method: 'PATCH',
      path: '/pages/page0001/incidents/page1',
    });
    expect((await world.events()).at(-2)?.details).toMatchObject({
      pageBefore: { statuspageIncidentId: 'page1', updateIds: ['update1'] },
    });
  });

  it('an update of an incident the page has refused to show, so that its answer is on record', async () => {
    await world.publish(card);
    const update = await world.draft('Still looking.');
    world.page.readErrors.push(pageError('PAGE_REFUSED', 401));
    world.page.fates.push('refused');
    expect(await world.publish(update)).toEqual(['failed']);
    expect((await last()).details).toMatchObject({
      reason: 'the status page refused the request',
      httpStatus: 422,
    });
  });

  it.each(['PAGE_NOT_EXECUTED', 'PAGE_OUTCOME_UNKNOWN'] as const)(
    'nothing while the page cannot be read before an update: %s',
    async (code) => {
      await world.publish(card);
      card = await world.draft('Still looking.');
      await approved();
      world.page.readErrors.push(pageError(code, 500));
      await expect(world.deliver(card)).rejects.toThrowWithCode(PageError, code);
      expect(await world.statusOf(card.draftId)).toBe('approved');
      expect(await world.deliver(card)).toBe('published');
    },
  );
});

describe('refuses, on record and without a request at the page', () => {
  it('APPROVALS_MISSING for a draft nobody approved; a second delivery adds nothing', async () => {
    await refusedFor('APPROVALS_MISSING', 'recoverable');
    const before = await world.types();
    expect(await world.deliver(card)).toBe('refused');
    await world.decide('approve', card, { by: 'U0EVE' });
    expect(await world.deliver(card)).toBe('refused');
    expect(await world.types()).toEqual([...before, 'STATUSPAGE_APPROVAL_DENIED']);
    expect(world.metrics).toEqual([]);
    expect(world.lines[0]).toMatch(/^publication refused .*"code":"APPROVALS_MISSING"/);
  });

  it('APPROVALS_MISSING while nobody has approved, and takes back no approval after that', async () => {
    world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
    card = await world.draft();
    await refusedFor('APPROVALS_MISSING', 'recoverable');
    await approved();
    const before = await world.types();
    // Delayed, delivered twice or forged: one of two stands.
    expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(await world.types()).toEqual(before);
    expect((await world.state()).drafts[0]!.approvals).toHaveLength(1);
    expect(await world.decide('approve', card, { by: 'U0CAL' })).toBeUndefined();
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('nothing between a broken glass and its approval', async () => {
    let delivered: string | undefined;
    world.intercept = async (call, perform) => {
      const glass = (await world.types()).at(-1) === 'BREAK_GLASS_USED';
      if (call === 'signer.sign' && glass && !delivered) delivered = await world.deliver(card);
      return perform();
    };
    const reason = 'Nobody else is awake and customers call us.';
    expect(await world.decide('break_glass', card, { reason })).toBeUndefined();
    expect(delivered).toBe('nothing_to_do');
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it('after a refusal the old approval never counts again', async () => {
    await approved();
    world.identity.policyDigest = sha256Hex('another policy');
    await refusedFor('POLICY_CHANGED', 'recoverable');
    expect((await world.state()).drafts[0]).toMatchObject({
      status: 'pending_approval',
      approvals: [],
      reason: 'POLICY_CHANGED',
    });
    world.identity.policyDigest = tablePolicy(1).digest;
    expect(await world.deliver(card)).toBe('refused');
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await world.deliver(card)).toBe('published');
  });

  it('an approval of an older revision: DRAFT_SUPERSEDED, and the new one unapproved', async () => {
    await approved();
    await world.edit(card, 'Other words.');
    await refusedFor('DRAFT_SUPERSEDED', 'recoverable');
    card = await world.card(card.draftId);
    await refusedFor('APPROVALS_MISSING', 'recoverable');
  });

  it('a withdrawn draft: DRAFT_WITHDRAWN', async () => {
    await approved();
    await world.decide('withdraw', card, { by: 'U0ADA' });
    await refusedFor('DRAFT_WITHDRAWN', 'recoverable');
    expect(await world.statusOf(card.draftId)).toBe('withdrawn');
  });

  it('a rejected draft: DRAFT_REJECTED', async () => {
    await approved();
    await world.decide('reject', card, { by: 'U0CAL' });
    await refusedFor('DRAFT_REJECTED', 'recoverable');
  });

  it('a draft nobody decided in 24 h: APPROVAL_EXPIRED', async () => {
    world.nowMs += 86_400_000;
    await world.tend.drafts(world.incidentId);
    await refusedFor('APPROVAL_EXPIRED', 'recoverable');
    expect(await world.statusOf(card.draftId)).toBe('expired');
  });

  it('APPROVAL_EXPIRED with 59.999 s left, not with 60 s', async () => {
    await approved();
    world.nowMs = START_MS + 1_740_001;
    await refusedFor('APPROVAL_EXPIRED', 'recoverable');
    await approved();
    world.nowMs += 1_740_000 - 1;
    expect(await world.deliver(card)).toBe('published');
  });

  it('an approval given when the incident was less bad: POLICY_CHANGED', async () => {
    world = await new GateWorld().open('P2');
    card = await world.draft();
    await approved();
    await world.append('SEVERITY_CHANGED', { from: 'P2', to: 'P3', reason: '' });
    await world.append('SEVERITY_CHANGED', { from: 'P3', to: 'P1', reason: '' });
    await world.append('SEVERITY_CHANGED', { from: 'P1', to: 'P4', reason: '' });
    await refusedFor('POLICY_CHANGED', 'recoverable');
    expect(await world.decide('approve', card)).toBeUndefined();
    expect(await world.deliver(card)).toBe('published');
  });

  it('a severity set no worse than approved changes nothing', async () => {
    await approved();
    await world.append('SEVERITY_CHANGED', { from: 'P1', to: 'P2', reason: '' });
    expect(await world.deliver(card)).toBe('published');
  });

  it('ANOTHER_PUBLICATION_OPEN, SECOND_CREATE and BASE_MOVED, by what happened to the other', async () => {
    const other = await world.draft('Another.');
    await world.decide('approve', other);
    world.publications.take();
    await approved();
    world.page.fates.push('vanished');
    expect(await world.deliverAll()).toEqual(['unconfirmed']);
    const first = card;
    card = other;
    await refusedFor('ANOTHER_PUBLICATION_OPEN', 'recoverable');
    await approved();
    world.nowMs += 20_000;
    await world.decide('adopt', first, { by: 'U0DEE' });
    world.page.incidents.push({
      statuspageIncidentId: 'page9',
      link: '',
      name: '',
      status: '',
      updates: [],
      publicationId: (await world.state()).drafts[0]!.publicationId,
      incidentId: world.incidentId,
    });
    expect(await world.deliver(first)).toBe('published');
    await refusedFor('SECOND_CREATE', 'recoverable');
  });

  it('BASE_MOVED when something else was published since an update was written', async () => {
    await world.publish(card);
    const other = await world.draft('Other update.');
    await world.decide('approve', other);
    world.publications.take();
    await world.publish(await world.draft('First update.'));
    card = other;
    await refusedFor('BASE_MOVED', 'recoverable');
  });

  it('another publication that was not executed or failed is no longer in the way', async () => {
    for (const fate of ['busy', 'refused'] as const) {
      world = await new GateWorld().open('P1');
      card = await world.draft();
      world.page.fates.push(fate);
      const other = await world.draft('Another.');
      await world.publish(card);
      expect(await world.publish(other)).toEqual(['published']);
    }
  });

  it('WRONG_DEPLOYMENT for a draft of another page, and an approval of another deployment', async () => {
    await approved();
    Object.assign(world.identity, { deployment: 'elsewhere' });
    await refusedFor('WRONG_DEPLOYMENT', 'integrity');
    expect(await world.statusOf(card.draftId)).toBe('publication_failed');
    card = await world.draft('Again.');
    await approved();
    Object.assign(world.identity, { deployment: 'test', pageId: 'page0002' });
    await refusedFor('WRONG_DEPLOYMENT', 'integrity');
    expect(world.metrics).toEqual([
      'PublishRefused WRONG_DEPLOYMENT',
      'PublishRefused WRONG_DEPLOYMENT',
    ]);
    expect(await world.deliver(card)).toBe('nothing_to_do');
  });
});

describe('the page and the deployment', () => {
  it.each([1, 2])(
    'a draft of another page is WRONG_DEPLOYMENT, approved by 1 of %i',
    async (of) => {
      world = await new GateWorld({ requiredApprovals: of }).open('P1');
      card = await world.draft();
      const created = (await world.events()).find(
        (one) => one.type === 'STATUSPAGE_DRAFT_CREATED',
      )!;
      const { request, basedOn } = created.details;
      const elsewhere = { ...request, path: '/pages/page0002/incidents' };
      await world.append('STATUSPAGE_DRAFT_CREATED', {
        ...created.details,
        draftId: 'drf-elsewhere',
        request: elsewhere,
        digest: canonicalSha256Hex({ ...elsewhere, basedOn }),
      });
      card = await world.card('drf-elsewhere');
      await approved();
      await refusedFor('WRONG_DEPLOYMENT', 'integrity');
    },
  );

  it('an approval signed for another page is WRONG_DEPLOYMENT', async () => {
    await approved();
    const event = (await last()) as Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;
    const payload = Buffer.from(event.details.approvalJws.split('.')[1]!, 'base64url');
    const claims = { ...JSON.parse(payload.toString()), pageId: 'page0002' };
    const typ = 'incident-response-approval+jwt';
    const approvalJws = await signToken(signerOf('approval'), typ, claims);
    await rewrite('STATUSPAGE_DRAFT_APPROVED', (row) =>
      Object.assign(row.details, { approvalJws }),
    );
    await refusedFor('WRONG_DEPLOYMENT', 'integrity');
  });
});

describe('what happened is recorded', () => {
  /** Another event takes the place `times` times before each append after the claim. */
  const contend = (times: number) => {
    let left = times;
    let nested = false;
    let claimed = false;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert' && !nested) {
        if (claimed && left > 0) {
          left -= 1;
          nested = true;
          await world.append('NOTE_ADDED', { text: 'busy' });
          nested = false;
        }
        claimed = true;
      }
      return perform();
    };
  };

  it('at the next free place when others are quicker', async () => {
    await approved();
    contend(59);
    expect(await world.deliver(card)).toBe('published');
    expect((await last()).type).toBe('STATUSPAGE_PUBLISHED');
    expect(world.page.sent).toHaveLength(1);
  });

  it('or found by a look, when 60 were quicker: TRAIL_CONTENDED, and no second send', async () => {
    await approved();
    contend(60);
    await expect(world.deliver(card)).rejects.toMatchObject({
      code: 'TRAIL_CONTENDED',
      message: 'cannot append to inc-aaaaaaaaaaaaaaaa: lost 60 races for the next number',
      retryable: true,
    });
    expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(world.page.sent).toHaveLength(1);
  });

  it('and not read again where the answer to the insert is known', async () => {
    await approved();
    const calls: string[] = [];
    world.intercept = (call, perform) => {
      calls.push(call);
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    expect(calls).toContain('trail.insert');
    expect(calls).not.toContain('trail.get');
  });

  it('once, when the client itself repeated an insert whose answer was lost', async () => {
    await approved();
    world.intercept = async (call, perform) => {
      const first = await perform();
      return call === 'trail.insert' ? perform() : first;
    };
    expect(await world.deliver(card)).toBe('published');
    expect((await world.types()).slice(-2)).toEqual([
      'STATUSPAGE_PUBLISH_STARTED',
      'STATUSPAGE_PUBLISHED',
    ]);
  });
});

describe('a refusal that loses its place', () => {
  it('is checked again: the approval that came first is published', async () => {
    let raced = false;
    world.intercept = async (call, perform) => {
      if (call === 'trail.insert' && !raced) {
        raced = true;
        await approved();
      }
      return perform();
    };
    expect(await world.deliver(card)).toBe('published');
    expect(await world.types()).not.toContain('STATUSPAGE_PUBLISH_REFUSED');
    expect(world.lines.join()).not.toContain('publication refused');
  });
});

describe('where the revision stands', () => {
  /** Two drafts of two revisions each; the second of the second is approved. */
  beforeEach(async () => {
    for (let note = 1; note <= 64; note += 1) await world.append('NOTE_ADDED', { text: 'note' });
    await world.edit(card, 'We see more errors.');
    const other = await world.draft('Another.');
    await world.edit(other, 'Another, newer.');
    card = await world.card(other.draftId);
    await approved();
  });
  /** Delivers, and tells from which numbers the trail was read. */
  async function readsOf(outcome: string): Promise<Set<number>> {
    const from = vi.spyOn(world.trail, 'from');
    expect(await world.deliver(card)).toBe(outcome);
    return new Set(from.mock.calls.map(([, fromSeq]) => fromSeq));
  }

  it('is told by the projection, and nothing before its checkpoint is read', async () => {
    expect(await readsOf('published')).toEqual(new Set([64, 70]));
  });

  it('is found on the trail without it, among other drafts and revisions', async () => {
    const lost = new DeliveryError({ code: 'ROWS_UNAVAILABLE', message: 'x', retryable: true });
    world.intercept = (call, perform) =>
      call === 'rows.readState' ? Promise.reject(lost) : perform();
    expect(await readsOf('published')).toEqual(new Set([1, 70]));
    expect(world.page.sent[0]?.permit.request.body.incident.body).toBe('Another, newer.');
  });

  it.each(['drafts', 'revisionSeqs'])('is found without the %s of a projection', async (field) => {
    world.intercept = async (call, perform) => {
      const result = await perform();
      if (call !== 'rows.readState') return result;
      return JSON.parse(JSON.stringify(result).replaceAll(`"${field}":`, '"gone":'));
    };
    expect(await readsOf('published')).toEqual(new Set([1, 70]));
  });
});

describe('a forged message', () => {
  it.each(['intake-20261120', '../../etc', ''])(
    'of %j, which is no incident, reads nothing by that name',
    async (incidentId) => {
      const calls: string[] = [];
      world.intercept = (call, perform) => {
        calls.push(call);
        return perform();
      };
      expect(await world.deliver({ incidentId, draftId: card.draftId, revision: 1 })).toBe(
        'refused',
      );
      expect(calls).not.toContain('rows.readState');
    },
  );

  it('of an unknown draft or revision is refused on the incident, once', async () => {
    await approved();
    for (const forged of [
      { draftId: 'drf-unknown', revision: 1 },
      { draftId: card.draftId, revision: 2 },
      { draftId: card.draftId, revision: -7 },
      { draftId: card.draftId, revision: 9_007_199_254_740_991 },
      { draftId: 'x'.repeat(300), revision: 1 },
    ]) {
      const request = { incidentId: world.incidentId, ...forged };
      expect(await world.deliver(request)).toBe('refused');
      expect(await world.deliver(request)).toBe('refused');
      expect((await last()).details).toMatchObject({
        ...forged,
        reason: 'DRAFT_UNKNOWN',
        kind: 'integrity',
      });
    }
    const refusals = (await world.types()).filter((t) => t === 'STATUSPAGE_PUBLISH_REFUSED');
    expect(refusals).toHaveLength(5);
    expect(world.metrics[0]).toBe('PublishRefused DRAFT_UNKNOWN');
    expect(await world.deliverAll()).toEqual(['published']);
  });

  it.each(['inc-bbbbbbbbbbbbbbbb', 'intake-20261120', '../../etc'])(
    'of %s is refused on the day’s chain, once, whose effects are woken',
    async (incidentId) => {
      const request = { incidentId, draftId: card.draftId, revision: 1 };
      expect(await world.deliver(request)).toBe('refused');
      expect(await world.deliver(request)).toBe('refused');
      expect(await world.types('intake-20261120')).toEqual(['STATUSPAGE_PUBLISH_REFUSED']);
      const { commandId } = await last('intake-20261120');
      expect(commandId).toMatch(/^refused#pub-[0-9a-f]{20}#[0-9a-f]{20}$/);
      const woken = incidentId.startsWith('inc-') ? incidentId : 'intake-20261120';
      expect(world.told.groups).toEqual([`work#${woken}`, `work#${woken}`]);
      expect(await world.types()).not.toContain('STATUSPAGE_PUBLISH_REFUSED');
    },
  );
});

describe('a tampered trail', () => {
  const tampered = (type: string, change: (event: never) => void) => async () => {
    await approved();
    const event = (await world.events()).find((one) => one.type === type)!;
    world.trail.tamper(world.incidentId, event.seq, (row) => {
      change(row as never);
      return row;
    });
  };
  const text = (event: { details: { request: { body: { incident: { body: string } } } } }) => {
    event.details.request.body.incident.body = 'All is well.';
  };

  it('a changed text is TRAIL_CORRUPT, once, though the head is sound', async () => {
    await tampered('STATUSPAGE_DRAFT_CREATED', text)();
    expect(await world.deliver(card)).toBe('refused');
    expect(await world.deliver(card)).toBe('refused');
    const head = await world.trail.head(world.incidentId);
    expect(head?.details).toMatchObject({ reason: 'TRAIL_CORRUPT', kind: 'integrity' });
    expect(head?.seq).toBe(5);
    expect(world.metrics).toEqual(['PublishRefused TRAIL_CORRUPT']);
    expect(world.page.sent).toEqual([]);
    expect(await world.statusOf(card.draftId)).toBe('publication_failed');
  });

  it('a head that cannot be read is refused on the day’s chain', async () => {
    await tampered('STATUSPAGE_DRAFT_APPROVED', (event: { commandId: string }) => {
      event.commandId = 'other';
    })();
    expect(await world.deliver(card)).toBe('refused');
    expect((await last('intake-20261120')).details).toMatchObject({ reason: 'TRAIL_CORRUPT' });
    expect(world.page.sent).toEqual([]);
  });

  it('an event with a sound hash of its own that does not follow is TRAIL_CORRUPT', async () => {
    await approved();
    const event = (await world.events()).find((one) => one.type === 'STATUSPAGE_DRAFT_CREATED')!;
    const { hash: _hash, v: _v, ...open } = structuredClone(event);
    text(open as never);
    world.trail.tamper(world.incidentId, event.seq, () => sealEvent(open as never));
    const chain = new PublicationChain({ trail: world.trail, clock: { nowMs: () => 0 } });
    await expect(chain.readFrom(world.incidentId, 1)).rejects.toMatchObject({
      code: 'TRAIL_CORRUPT',
      message: 'cannot read event inc-aaaaaaaaaaaaaaaa#4: it does not follow 3',
      retryable: false,
    });
    expect(await world.deliver(card)).toBe('refused');
    expect((await world.trail.head(world.incidentId))?.details).toMatchObject({
      reason: 'TRAIL_CORRUPT',
    });
  });

  it('a text changed with every later hash made anew is DIGEST_MISMATCH', async () => {
    await approved();
    await rewrite('STATUSPAGE_DRAFT_CREATED', text as never);
    await refusedFor('DIGEST_MISMATCH', 'integrity');
  });

  it('a digest changed too is APPROVAL_INVALID: the signature holds the prefix', async () => {
    await approved();
    await rewrite('STATUSPAGE_DRAFT_CREATED', ((event: {
      details: { request: object; basedOn: null; digest: string };
    }) => {
      text(event as never);
      const { request, basedOn } = event.details;
      event.details.digest = canonicalSha256Hex({ ...request, basedOn });
    }) as never);
    await refusedFor('APPROVAL_INVALID', 'integrity');
  });

  it('an approval moved to another person is APPROVAL_INVALID', async () => {
    await approved();
    await rewrite('STATUSPAGE_DRAFT_APPROVED', (event) => {
      event.actor = { ...event.actor, id: 'U0CAL' };
    });
    await refusedFor('APPROVAL_INVALID', 'integrity');
  });

  it('a longer validity than was signed is APPROVAL_INVALID', async () => {
    await approved();
    await rewrite('STATUSPAGE_DRAFT_APPROVED', (event) => {
      (event.details as { expiresAt: string }).expiresAt = '2027-01-01T00:00:00.000Z';
    });
    await refusedFor('APPROVAL_INVALID', 'integrity');
  });

  it.each([
    ['another key', () => signerOf('stranger', 'key-approval'), {}],
    ['another key id', () => signerOf('approval', 'key-other'), {}],
    ['another digest', () => signerOf('approval'), { digest: sha256Hex('other') }],
    ['another action', () => signerOf('approval'), { action: 'resolve' }],
  ])('an approval signed with %s is refused', async (_what, signer, changes) => {
    await approved();
    const event = (await last()) as Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_APPROVED' }>;
    const claims = JSON.parse(
      Buffer.from(event.details.approvalJws.split('.')[1]!, 'base64url').toString(),
    );
    const typ = 'incident-response-approval+jwt';
    const details = { ...event.details, ...changes } as typeof event.details;
    const factSha256 = approvalFactSha256({ ...event, details });
    const jws = await signToken(signer(), typ, { ...claims, ...changes, factSha256 });
    await rewrite('STATUSPAGE_DRAFT_APPROVED', (row) => {
      Object.assign(row.details, changes, { approvalJws: jws });
    });
    const isSigned = Object.keys(changes).length > 0;
    await refusedFor(isSigned ? 'DIGEST_MISMATCH' : 'APPROVAL_INVALID', 'integrity');
  });
});

describe('who counts', () => {
  it.each([
    ['without an approval', 1],
    ['with one of two', 2],
  ])('events that nobody signed approve nothing: started and not executed, %s', async (_w, of) => {
    world = await new GateWorld({ requiredApprovals: of }).open('P1');
    card = await world.draft();
    if (of > 1) await approved();
    const { draftId, revision } = card;
    const { publicationId, digest } = (await world.state()).drafts[0]!;
    const attempt = { draftId, revision, publicationId, attempt: 1, attemptId: 'forged' };
    const at = new Date(world.nowMs).toISOString();
    await world.append('STATUSPAGE_PUBLISH_STARTED', {
      ...attempt,
      digest,
      deadline: at,
      pageBefore: { statuspageIncidentId: null, updateIds: [] },
    });
    await world.append('STATUSPAGE_PUBLISH_NOT_EXECUTED', {
      ...attempt,
      reason: 'forged',
      retryAt: at,
    });
    expect(await world.statusOf(draftId)).toBe('approved');
    await refusedFor('APPROVALS_MISSING', 'recoverable');
  });

  it('an approval that was judged by other authors is APPROVAL_INVALID', async () => {
    world.rows.tamper(world.incidentId, (state) => {
      state.drafts[0]!.authors = [];
    });
    expect(await world.decide('approve', card, { by: 'U0ADA' })).toBeUndefined();
    await refusedFor('APPROVAL_INVALID', 'integrity');
  });
});

describe('an outage', () => {
  const kms = (retryable: boolean) =>
    new SecretError({ code: 'SECRET_UNAVAILABLE', message: 'cannot read public key', retryable });

  it.each([true, false])(
    'of the key service (retryable: %s) is no refusal, and the approval runs out in time',
    async (retryable) => {
      await approved();
      world.keyError = kms(retryable);
      const before = await world.types();
      await expect(world.deliver(card)).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
      expect(await world.types()).toEqual(before);
      world.nowMs += 1_800_000;
      await refusedFor('APPROVAL_EXPIRED', 'recoverable');
    },
  );

  it('of the projection costs nothing: the trail says where the revision stands', async () => {
    await approved();
    const down = new DeliveryError({ code: 'ROWS_UNAVAILABLE', message: 'x', retryable: true });
    world.intercept = (call, perform) =>
      call === 'rows.readState' ? Promise.reject(down) : perform();
    expect(await world.deliver(card)).toBe('published');
  });

  it.each([0, -1, 1.5, 2, 99, Number.NaN, undefined])(
    'a projection that lies (%s) changes nothing',
    async (seq) => {
      await approved();
      world.intercept = async (call, perform) => {
        const result = await perform();
        if (call !== 'rows.readState') return result;
        const lying = structuredClone(result) as {
          state: { drafts: { revisionSeqs: unknown[] }[] };
        };
        for (const draft of lying.state.drafts) draft.revisionSeqs = [seq];
        return lying as typeof result;
      };
      expect(await world.deliver(card)).toBe('published');
    },
  );

  it('of the queue to incident-worker is retried without another send', async () => {
    await approved();
    const down = new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'x', retryable: true });
    world.intercept = (call, perform) => (call === 'told.send' ? Promise.reject(down) : perform());
    await expect(world.deliver(card)).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    world.intercept = (_call, perform) => perform();
    expect(await world.deliver(card)).toBe('nothing_to_do');
    expect(world.page.sent).toHaveLength(1);
    expect(world.told.take()).toHaveLength(1);
  });

  it('a lost answer to the claim is looked up, and the attempt goes on', async () => {
    await approved();
    const lost = new TrailError({ code: 'TRAIL_UNAVAILABLE', message: 'x', retryable: true });
    let failed = false;
    world.intercept = async (call, perform) => {
      const result = await perform();
      if (call !== 'trail.insert' || failed) return result;
      failed = true;
      throw lost;
    };
    expect(await world.deliver(card)).toBe('published');
    expect(world.page.sent).toHaveLength(1);
  });

  it('a claim that never arrived throws, and the next delivery makes it', async () => {
    await approved();
    const down = new TrailError({ code: 'TRAIL_UNAVAILABLE', message: 'x', retryable: true });
    world.intercept = (call, perform) =>
      call === 'trail.insert' ? Promise.reject(down) : perform();
    await expect(world.deliver(card)).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
    world.intercept = (_call, perform) => perform();
    expect(await world.deliver(card)).toBe('published');
  });

  it('losing the claim 20 times is TRAIL_CONTENDED, 19 times is not', async () => {
    for (const races of [20, 19]) {
      world = await new GateWorld().open('P1');
      card = await world.draft();
      await approved();
      let left = races;
      let nested = false;
      world.intercept = async (call, perform) => {
        if (call === 'trail.insert' && left > 0 && !nested) {
          left -= 1;
          nested = true;
          await world.append('NOTE_ADDED', { text: 'busy' });
          nested = false;
        }
        return perform();
      };
      const delivered = world.deliver(card);
      if (races === 20)
        await expect(delivered).rejects.toMatchObject({
          code: 'TRAIL_CONTENDED',
          message: 'cannot claim a publication: lost 20 races for the next number',
          retryable: true,
        });
      else expect(await delivered).toBe('published');
    }
  });
});
