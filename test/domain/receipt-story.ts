import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { compactJws, jwsSigningInput } from '../../src/domain/compact-jws.ts';
import { draftDigest } from '../../src/domain/draft.ts';
import { type DraftId, publicationIdOf } from '../../src/domain/ids.ts';
import { RECEIPT_TOKEN_TYPE, type Receipt } from '../../src/domain/receipt.ts';
import { receiptFile } from '../../src/domain/receipt-text.ts';

/** A key pair and its public half as PEM. */
export type KeyPair = { privateKey: KeyObject; pem: string };

export function keyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, pem: publicKey.export({ format: 'pem', type: 'spki' }).toString() };
}

/** Signs anything as a compact JWS. */
export function signed(
  payload: object,
  by: { privateKey: KeyObject },
  typ = RECEIPT_TOKEN_TYPE,
): string {
  const header = { alg: 'ES256', kid: 'key-publication', typ } as const;
  const input = jwsSigningInput(header, { ...payload });
  const options = { key: by.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return compactJws(input, sign('sha256', Buffer.from(input), options));
}

/** The file of a receipt, signed. */
export function fileOf(receipt: Receipt, by: KeyPair): string {
  return receiptFile(receipt, signed(receipt, by));
}

const DRAFT_ID = 'drf-abcdefgh234567ab' as DraftId;

/** A receipt of a P1's first publication; changes keep its digest true. */
export function receipt(
  change: Partial<Receipt> & { title?: string; text?: string } = {},
): Receipt {
  const { title, text, ...rest } = change;
  const request: Receipt['request'] = {
    method: 'POST',
    path: '/pages/page0001/incidents',
    body: {
      incident: {
        name: title ?? 'Some payments fail',
        status: 'investigating',
        body: text ?? 'Some payments fail.\nWe are looking for the cause.',
        impact_override: 'major',
        deliver_notifications: true,
        component_ids: ['c1'],
        components: { c1: 'partial_outage' },
      },
    },
  };
  return {
    v: 1,
    deployment: 'acme-prod',
    pageId: 'page0001',
    incidentId: 'inc-abcdefgh234567ab',
    publicationId: publicationIdOf(DRAFT_ID, 1),
    draftId: DRAFT_ID,
    revision: 1,
    action: 'create',
    attempt: 1,
    attemptId: 'attempt-1',
    adopted: false,
    statuspageIncidentId: 'p31zjtct2jer',
    link: 'https://stspg.io/p31zjtct2jer',
    request,
    basedOn: null,
    digest: draftDigest(request, null),
    pageDigest: 'd'.repeat(64),
    drafted: {
      at: '2026-11-20T09:00:05.000Z',
      authors: ['U0MAYA'],
      origin: 'words',
      ai: null,
      editedAfterAi: false,
    },
    approvals: [
      {
        approver: 'T0TEST:U0JONAS',
        roles: ['status-approver'],
        policyIds: ['status-approver-may-approve'],
        rule: 'one status-approver who did not write it',
        policyDigest: 'b'.repeat(64),
        severity: 'P1',
        at: '2026-11-20T09:01:00.000Z',
        expiresAt: '2026-11-20T09:31:00.000Z',
        seq: 9,
        hash: 'a'.repeat(64),
        approvalJws: 'aa.bb.cc',
        breakGlass: null,
      },
    ],
    startedAt: '2026-11-20T09:01:01.000Z',
    publishedAt: '2026-11-20T09:01:02.000Z',
    chain: {
      revision: { seq: 8, hash: '8'.repeat(64) },
      started: { seq: 10, hash: 'c'.repeat(64) },
      published: { seq: 11, prevHash: 'c'.repeat(64) },
    },
    iat: 1795165262,
    jti: `${publicationIdOf(DRAFT_ID, 1)}#1#receipt`,
    ...rest,
  };
}
