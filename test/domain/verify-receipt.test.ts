import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { APPROVAL_TOKEN_TYPE, PUBLICATION_TOKEN_TYPE } from '../../src/domain/approval-token.ts';
import { RECEIPT_TOKEN_TYPE, type Receipt } from '../../src/domain/receipt.ts';
import { receiptFile } from '../../src/domain/receipt-text.ts';
import { RECEIPT_FILE_BYTES_MAX, verifyReceiptFile } from '../../src/domain/verify-receipt.ts';
import { fileOf, keyPair, receipt, signed } from './receipt-story.ts';

const PUBLISHER = keyPair();
const APPROVAL = keyPair();
const keys = { publication: PUBLISHER.pem };
const judge = (
  file: string | Uint8Array,
  by: { publication: string; approval?: string } = keys,
) => {
  const verdict = verifyReceiptFile(typeof file === 'string' ? Buffer.from(file) : file, by);
  return verdict.ok ? 'valid' : verdict.code;
};
/** A receipt whose only approval is signed, by the approval key unless told otherwise. */
function withApproval(by = APPROVAL, claim: object = {}): Receipt {
  const open = receipt();
  const [approval] = open.approvals;
  const claims = {
    incidentId: open.incidentId,
    seq: approval!.seq,
    digest: open.digest,
    approver: approval!.approver,
    ...claim,
  };
  const approvalJws = signed(claims, by, APPROVAL_TOKEN_TYPE);
  return { ...open, approvals: [{ ...approval!, approvalJws }] };
}

describe('verifyReceiptFile()', () => {
  it('accepts what the publisher signed, and gives what it says', () => {
    const verdict = verifyReceiptFile(Buffer.from(fileOf(receipt(), PUBLISHER)), keys);
    expect(verdict).toEqual({ ok: true, receipt: receipt(), approvalsVerified: 0 });
  });

  it('refuses every other last character of the signature, also one that decodes to the same', () => {
    const jws = signed(receipt(), PUBLISHER);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = [...alphabet].filter(
      (last) => judge(receiptFile(receipt(), jws.slice(0, -1) + last)) === 'valid',
    );
    expect(accepted).toEqual([jws.at(-1)]);
  });

  it('refuses a signature by another key, and the approval key is another', () => {
    expect(judge(fileOf(receipt(), keyPair()))).toBe('SIGNATURE_MISMATCH');
    expect(judge(fileOf(receipt(), APPROVAL))).toBe('SIGNATURE_MISMATCH');
    expect(judge(fileOf(receipt(), PUBLISHER), { publication: APPROVAL.pem })).toBe(
      'SIGNATURE_MISMATCH',
    );
  });

  it('refuses another kind of signature by the same key', () => {
    const jws = signed(receipt(), PUBLISHER, PUBLICATION_TOKEN_TYPE);
    expect(judge(receiptFile(receipt(), jws))).toBe('SIGNATURE_MISMATCH');
  });

  it.each([
    ['a fourth part', (jws: string) => `${jws}.AA`],
    ['no payload of its own', (jws: string) => jws.replace('.', '')],
    ['a signature in DER', (jws: string) => `${bytesOf(jws)}.${raw(jws, 'der')}`],
  ])('refuses a JWS with %s', (_what, change) => {
    const jws = change(signed(receipt(), PUBLISHER));
    expect(judge(receiptFile(receipt(), jws))).toBe('SIGNATURE_MISMATCH');
  });

  it.each(['none', 'HS256', 'ES384', 'es256', undefined])(
    'refuses a signature whose header says that its algorithm is %s',
    (alg) => {
      const head = { alg, kid: 'key-publication', typ: RECEIPT_TOKEN_TYPE };
      const [, payload] = signed(receipt(), PUBLISHER).split('.');
      const input = `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${payload}`;
      const jws = `${input}.${raw(`${input}.`, 'ieee-p1363')}`;
      expect(judge(receiptFile(receipt(), jws))).toBe('SIGNATURE_MISMATCH');
    },
  );

  it('reads a file of 262144 bytes, and none of one byte more', () => {
    const file = fileOf(receipt(), PUBLISHER);
    const fill = '\n'.repeat(262_144 - Buffer.byteLength(file));
    expect(judge(file + fill)).toBe('FILE_ALTERED');
    expect(judge(`${file}${fill}\n`)).toBe('RECEIPT_MALFORMED');
  });

  it('refuses the signed part alone, wherever it begins', () => {
    const file = fileOf(receipt(), PUBLISHER);
    const part = file.slice(file.indexOf('\n-----BEGIN'));
    expect(judge(part)).toBe('FILE_ALTERED');
    expect(judge(part.slice(1))).toBe('RECEIPT_MALFORMED');
  });

  it('refuses words above the signature that are not those under it', () => {
    const jws = signed(receipt(), PUBLISHER);
    const prettier = receiptFile(receipt({ text: 'All is well.' }), jws);
    expect(judge(prettier)).toBe('FILE_ALTERED');
  });

  it.each([
    ['no end', (file: string) => file.replace('-----END', '-----FIN')],
    ['no beginning', (file: string) => file.replace('-----BEGIN', '-----START')],
    ['nothing', () => ''],
    ['too much', (file: string) => file + '\n'.repeat(RECEIPT_FILE_BYTES_MAX)],
  ])('refuses a file with %s', (_what, change) => {
    expect(judge(change(fileOf(receipt(), PUBLISHER)))).toBe('RECEIPT_MALFORMED');
  });

  it('refuses signed words that are not a receipt', () => {
    const open = { ...receipt(), remark: 'harmless' };
    expect(judge(receiptFile(receipt(), signed(open, PUBLISHER)))).toBe('RECEIPT_MALFORMED');
    const future = { ...receipt(), v: 2 };
    expect(judge(receiptFile(receipt(), signed(future, PUBLISHER)))).toBe('RECEIPT_MALFORMED');
  });

  it.each<[string, Partial<Receipt>]>([
    ['digest', { digest: 'e'.repeat(64) }],
    ['publication id', { publicationId: 'pub-00000000000000000000' }],
    [
      'place of the start',
      { chain: { ...receipt().chain, started: { seq: 9, hash: 'c'.repeat(64) } } },
    ],
    [
      'place of the end',
      { chain: { ...receipt().chain, published: { seq: 10, prevHash: 'c'.repeat(64) } } },
    ],
    [
      'place of the draft',
      { chain: { ...receipt().chain, revision: { seq: 9, hash: '8'.repeat(64) } } },
    ],
  ])('refuses a signed receipt whose %s cannot be', (_what, change) => {
    expect(judge(fileOf(receipt(change), PUBLISHER))).toBe('RECEIPT_INCONSISTENT');
  });

  it.each([8, 10])('refuses a second approval at the place of event %i', (seq) => {
    const [approval] = receipt().approvals;
    const two = receipt({ approvals: [approval!, { ...approval!, seq }] });
    expect(judge(fileOf(two, PUBLISHER))).toBe('RECEIPT_INCONSISTENT');
  });

  it('refuses keys that are no P-256 public keys', () => {
    const file = fileOf(receipt(), PUBLISHER);
    const secret = PUBLISHER.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const broken = PUBLISHER.pem.replace('MFkw', 'AAAA');
    for (const publication of ['', 'not a key', secret, broken]) {
      expect(judge(file, { publication })).toBe('KEY_UNUSABLE');
    }
  });

  it.each([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('refuses a public key of %s', (_kind, { publicKey }) => {
    const publication = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    expect(judge(fileOf(receipt(), PUBLISHER), { publication })).toBe('KEY_UNUSABLE');
  });

  it('checks the approvals too when it is given their key', () => {
    const both = { publication: PUBLISHER.pem, approval: APPROVAL.pem };
    const genuine = fileOf(withApproval(), PUBLISHER);
    const verdict = verifyReceiptFile(Buffer.from(genuine), both);
    expect(verdict).toMatchObject({ ok: true, approvalsVerified: 1 });
    expect(judge(genuine, { ...both, approval: '' })).toBe('KEY_UNUSABLE');
  });

  it.each([
    ['by another key', withApproval(PUBLISHER)],
    ['of another text', withApproval(APPROVAL, { digest: 'e'.repeat(64) })],
    ['by somebody else', withApproval(APPROVAL, { approver: 'T0TEST:U0LINA' })],
    ['of another place', withApproval(APPROVAL, { seq: 8 })],
    ['of another incident', withApproval(APPROVAL, { incidentId: 'inc-2222222222222222' })],
    ['that is no JWS', receipt()],
    [
      'that was left out',
      receipt({ approvals: [{ ...receipt().approvals[0]!, approvalJws: null }] }),
    ],
  ])('refuses an approval %s', (_what, wrong) => {
    const both = { publication: PUBLISHER.pem, approval: APPROVAL.pem };
    expect(judge(fileOf(wrong, PUBLISHER), both)).toBe('APPROVAL_SIGNATURE_MISMATCH');
  });

  it('names the wrong approval rather than the altered words above it', () => {
    const both = { publication: PUBLISHER.pem, approval: APPROVAL.pem };
    const altered = fileOf(withApproval(PUBLISHER), PUBLISHER).replace('RECEIPT OF', 'Receipt of');
    expect(judge(altered, both)).toBe('APPROVAL_SIGNATURE_MISMATCH');
    expect(judge(altered)).toBe('FILE_ALTERED');
  });
});

describe('verifyReceiptFile() says why in words', () => {
  const left = receipt({ approvals: [{ ...receipt().approvals[0]!, approvalJws: null }] });
  const genuine = fileOf(receipt(), PUBLISHER);
  const approval = APPROVAL.pem;

  it.each<[string, string, Partial<{ publication: string; approval: string }>]>([
    ['expected at most 262144 bytes', '\n'.repeat(262_145), {}],
    ['expected a P-256 public key in PEM', genuine, { publication: '' }],
    ['expected a P-256 public approval key in PEM', genuine, { approval: '' }],
    [
      'expected one JWS between -----BEGIN RECEIPT----- and -----END RECEIPT-----',
      'no receipt',
      {},
    ],
    [
      'the signature is not by this key, or what it covers was changed',
      genuine,
      { publication: approval },
    ],
    [
      'its signed words are not those of a receipt',
      receiptFile(receipt(), signed({ v: 1 }, PUBLISHER)),
      {},
    ],
    [
      'its digest is not that of its text',
      fileOf(receipt({ digest: 'e'.repeat(64) }), PUBLISHER),
      {},
    ],
    [
      'its publication id is not that of its revision',
      fileOf(receipt({ publicationId: 'pub-0' }), PUBLISHER),
      {},
    ],
    [
      'its places on the audit trail are not in order',
      fileOf(receipt({ approvals: [{ ...receipt().approvals[0]!, seq: 8 }] }), PUBLISHER),
      {},
    ],
    ['the approval of event 9 is not in it', fileOf(left, PUBLISHER), { approval }],
    ['the approval of event 9 is not signed by the approval key', genuine, { approval }],
    ['the readable part is not what was signed', `${genuine}\n`, {}],
  ])('%s', (reason, file, by) => {
    const verdict = verifyReceiptFile(Buffer.from(file), { ...keys, ...by });
    expect(verdict).toMatchObject({ ok: false, reason });
  });
});

/** What a JWS signs. */
function bytesOf(jws: string): string {
  return jws.slice(0, jws.lastIndexOf('.'));
}

/** A signature of the publisher over what a JWS signs, in either form. */
function raw(jws: string, dsaEncoding: 'der' | 'ieee-p1363'): string {
  const options = { key: PUBLISHER.privateKey, dsaEncoding } as const;
  return sign('sha256', Buffer.from(bytesOf(jws)), options).toString('base64url');
}
