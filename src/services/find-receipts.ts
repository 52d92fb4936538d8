import { partitionOf } from '../domain/event-keys.ts';
import { readReceipt, receiptFileName } from '../domain/receipt.ts';
import { receiptFile } from '../domain/receipt-text.ts';
import { verifyReceiptFile } from '../domain/verify-receipt.ts';
import type { PinnedKeys, TrailReader } from './verify-trail.ts';

/** One publication's receipt as a file, or why there is none. */
export type FoundReceipt = { publicationId: string; incidentId: string; seq: number } & (
  | { file: { name: string; text: string } }
  | { problem: string }
);

/**
 * Reads receipts from the trail as they are stored, each verified with the publication key before it
 * is given away.
 *
 * @param of - one incident, one publication, or with neither every publication there is
 * @throws {TrailError} `TRAIL_UNAVAILABLE`; {SecretError} `SECRET_UNAVAILABLE` for the public key
 */
export async function findReceipts(
  deps: { reader: Pick<TrailReader, 'partitions' | 'rows'>; pinned: () => Promise<PinnedKeys> },
  of: { incidentId?: string | undefined; publicationId?: string | undefined } = {},
): Promise<FoundReceipt[]> {
  const { incidentId, publicationId } = of;
  const partitions =
    incidentId === undefined ? await deps.reader.partitions() : [partitionOf(incidentId)];
  const found: FoundReceipt[] = [];
  for (const partition of partitions) {
    for (const row of await deps.reader.rows(partition)) {
      if (row.type !== 'STATUSPAGE_PUBLISHED') continue;
      const details = Object(row.details) as { publicationId?: unknown; receiptJws?: unknown };
      if (publicationId !== undefined && details.publicationId !== publicationId) continue;
      const place = {
        publicationId: String(details.publicationId),
        incidentId: String(row.incidentId),
        seq: Number(row.seq),
      };
      found.push({ ...place, ...(await fileOf(deps.pinned, details.receiptJws)) });
    }
  }
  return found;
}

async function fileOf(
  pinned: () => Promise<PinnedKeys>,
  jws: unknown,
): Promise<{ file: { name: string; text: string } } | { problem: string }> {
  if (typeof jws !== 'string') return { problem: 'it carries no receipt' };
  const receipt = readReceipt(jws);
  if (!receipt) return { problem: 'its receipt is not readable' };
  const text = receiptFile(receipt, jws);
  const { publication, keys } = await pinned();
  const verdict = verifyReceiptFile(Buffer.from(text), {
    publication: await keys.pem(publication),
  });
  if (!verdict.ok) return { problem: verdict.reason };
  return { file: { name: receiptFileName(receipt.publicationId), text } };
}
