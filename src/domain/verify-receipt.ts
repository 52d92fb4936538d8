import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { APPROVAL_TOKEN_TYPE } from './approval-token.ts';
import { jwsPayload } from './compact-jws.ts';
import { draftDigest } from './draft.ts';
import { type DraftId, publicationIdOf } from './ids.ts';
import { RECEIPT_TOKEN_TYPE, type Receipt, readReceipt } from './receipt.ts';
import { RECEIPT_BEGIN, RECEIPT_END, receiptFile } from './receipt-text.ts';

/** Why a file is not a receipt that this key vouches for. */
export type ReceiptProblemCode =
  | 'KEY_UNUSABLE'
  | 'RECEIPT_MALFORMED'
  | 'SIGNATURE_MISMATCH'
  | 'RECEIPT_INCONSISTENT'
  | 'APPROVAL_SIGNATURE_MISMATCH'
  | 'FILE_ALTERED';
/** What verification says of a file; `reason` is for people. */
export type ReceiptVerdict =
  | { ok: true; receipt: Receipt; approvalsVerified: number }
  | { ok: false; code: ReceiptProblemCode; reason: string };

/** Public keys, SPKI in PEM. */
export type ReceiptKeys = { publication: string; approval?: string | undefined };

/** Largest file read; a receipt is below a quarter of it. Unit: bytes. */
export const RECEIPT_FILE_BYTES_MAX = 262_144;

/**
 * Verifies a receipt's file with the public key alone: no account, no network.
 *
 * The signature proves the words under it; then the whole file is made again from them and compared
 * byte by byte, so that nothing above the signature can say something else.
 */
export function verifyReceiptFile(file: Uint8Array, keys: ReceiptKeys): ReceiptVerdict {
  if (file.length > RECEIPT_FILE_BYTES_MAX) {
    return bad('RECEIPT_MALFORMED', `expected at most ${RECEIPT_FILE_BYTES_MAX} bytes`);
  }
  const key = publicKeyOf(keys.publication);
  if (!key) return bad('KEY_UNUSABLE', 'expected a P-256 public key in PEM');
  const jws = signedPart(Buffer.from(file).toString('utf8'));
  if (jws === undefined) {
    return bad('RECEIPT_MALFORMED', `expected one JWS between ${RECEIPT_BEGIN} and ${RECEIPT_END}`);
  }
  if (!isSigned(jws, { key, typ: RECEIPT_TOKEN_TYPE })) {
    return bad(
      'SIGNATURE_MISMATCH',
      'the signature is not by this key, or what it covers was changed',
    );
  }
  const receipt = readReceipt(jws);
  if (!receipt) return bad('RECEIPT_MALFORMED', 'its signed words are not those of a receipt');
  const inconsistent = contradiction(receipt);
  if (inconsistent) return bad('RECEIPT_INCONSISTENT', inconsistent);
  const verdict = approvalsVerdict(receipt, keys.approval);
  if (!verdict.ok) return verdict;
  // The readable part is not signed: it proves itself by being exactly what the signed part says.
  return Buffer.from(receiptFile(receipt, jws), 'utf8').equals(file)
    ? verdict
    : bad('FILE_ALTERED', 'the readable part is not what was signed');
}

function signedPart(text: string): string | undefined {
  const from = text.lastIndexOf(`\n${RECEIPT_BEGIN}\n`);
  const to = text.lastIndexOf(`\n${RECEIPT_END}\n`);
  if (from < 0 || to < from) return undefined;
  return text.slice(from + RECEIPT_BEGIN.length + 2, to).replaceAll('\n', '');
}

/** Canonical base64url only: the last character of a part has bits that decoding would ignore. */
function isSigned(jws: string, of: { key: KeyObject; typ: string }): boolean {
  const parts = jws.split('.');
  if (parts.length !== 3) return false;
  const [head, , signature] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (!head || signature?.length !== 64) return false;
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) {
    return false;
  }
  const { alg, typ } = (jwsPayload(`.${parts[0]}.`) ?? {}) as Record<string, unknown>;
  if (alg !== 'ES256' || typ !== of.typ) return false;
  const input = Buffer.from(`${parts[0]}.${parts[1]}`, 'ascii');
  return verify('sha256', input, { key: of.key, dsaEncoding: 'ieee-p1363' }, signature);
}

function publicKeyOf(pem: string): KeyObject | undefined {
  // `createPublicKey` takes a private key too; whoever holds that one proves nothing.
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** What an honest publisher could not have signed. */
function contradiction(receipt: Receipt): string | undefined {
  const { request, basedOn, digest, draftId, revision, publicationId, chain } = receipt;
  if (draftDigest(request, basedOn) !== digest) return 'its digest is not that of its text';
  if (publicationIdOf(draftId as DraftId, revision) !== publicationId) {
    return 'its publication id is not that of its revision';
  }
  const inOrder = receipt.approvals.every(
    ({ seq }) => chain.revision.seq < seq && seq < chain.started.seq,
  );
  return inOrder && chain.started.seq < chain.published.seq
    ? undefined
    : 'its places on the audit trail are not in order';
}

function approvalsVerdict(receipt: Receipt, pem: string | undefined): ReceiptVerdict {
  if (pem === undefined) return { ok: true, receipt, approvalsVerified: 0 };
  const key = publicKeyOf(pem);
  if (!key) return bad('KEY_UNUSABLE', 'expected a P-256 public approval key in PEM');
  for (const approval of receipt.approvals) {
    const { approvalJws, approver, seq } = approval;
    if (approvalJws === null) {
      return bad('APPROVAL_SIGNATURE_MISMATCH', `the approval of event ${seq} is not in it`);
    }
    const claims = jwsPayload(approvalJws) as Record<string, unknown> | undefined;
    const same = claims?.digest === receipt.digest && claims.approver === approver;
    const here = claims?.seq === seq && claims.incidentId === receipt.incidentId;
    if (!isSigned(approvalJws, { key, typ: APPROVAL_TOKEN_TYPE }) || !same || !here) {
      const reason = `the approval of event ${seq} is not signed by the approval key`;
      return bad('APPROVAL_SIGNATURE_MISMATCH', reason);
    }
  }
  return { ok: true, receipt, approvalsVerified: receipt.approvals.length };
}

function bad(code: ReceiptProblemCode, reason: string): ReceiptVerdict {
  return { ok: false, code, reason };
}
