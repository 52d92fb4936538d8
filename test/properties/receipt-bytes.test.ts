import { describe, expect, it } from 'vitest';
import { verifyReceiptFile } from '../../src/domain/verify-receipt.ts';
import { fileOf, keyPair, receipt } from '../domain/receipt-story.ts';

const PUBLISHER = keyPair();
const judge = (file: Uint8Array) =>
  verifyReceiptFile(file, { publication: PUBLISHER.pem }).ok ? 'valid' : 'not valid';

describe('verifyReceiptFile()', () => {
  it('refuses the file with any one byte changed, removed or added, wherever it is', () => {
    const genuine = Buffer.from(fileOf(receipt(), PUBLISHER));
    const accepted: string[] = [];
    for (let at = 0; at < genuine.length; at += 1) {
      const changed = Buffer.from(genuine);
      changed[at] = genuine[at]! ^ (1 << (at % 8));
      const removed = Buffer.concat([genuine.subarray(0, at), genuine.subarray(at + 1)]);
      const added = Buffer.concat([
        genuine.subarray(0, at),
        Buffer.from([0x20 + (at % 64)]),
        genuine.subarray(at),
      ]);
      if (judge(changed) === 'valid') accepted.push(`changed at ${at}`);
      if (judge(removed) === 'valid') accepted.push(`removed at ${at}`);
      if (judge(added) === 'valid') accepted.push(`added at ${at}`);
    }
    expect(accepted).toEqual([]);
    expect(judge(Buffer.concat([genuine, Buffer.from('\n')]))).not.toBe('valid');
    expect(judge(genuine)).toBe('valid');
  }, 240_000);
});
