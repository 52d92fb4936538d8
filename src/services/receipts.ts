import type { AuditEvent } from '../domain/audit-event.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { readReceipt, receiptFileName } from '../domain/receipt.ts';
import { receiptFile } from '../domain/receipt-text.ts';
import type { ChatWorkspace, IncidentRows, Log } from './ports.ts';
import { postFileOnce } from './room-files.ts';
import type { RoomPosts } from './room-posts.ts';

/** Journal of the file; the message has its own. */
const FILE_STEP = 'receipt_file';

export type ReceiptsDeps = {
  posts: Pick<RoomPosts, 'once'>;
  rows: Pick<IncidentRows, 'readStep' | 'writeStep'>;
  chat: Pick<ChatWorkspace, 'postFile' | 'hasFile'>;
  log: Log;
};

/** Posts the receipt of each publication to the room: the key facts, then the whole file. */
export class Receipts {
  readonly #deps: ReceiptsDeps;

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  /** Safe to repeat: both parts are looked for in the room before they are posted again. */
  async post(published: AuditEvent, state: IncidentState): Promise<void> {
    if (published.type !== 'STATUSPAGE_PUBLISHED' || !state.room) return;
    const { receiptJws: jws, publicationId } = published.details;
    // Publications of older deployments have none.
    if (jws === undefined) return;
    const receipt = readReceipt(jws);
    if (!receipt) {
      this.#deps.log.error('receipt not readable', { publicationId });
      return;
    }
    const { channelId } = state.room;
    const fileName = receiptFileName(publicationId);
    const message = { kind: 'receipt', receipt, fileName } as const;
    await this.#deps.posts.once(published, 'receipt_message', channelId, message);
    const file = {
      name: fileName,
      title: `Receipt of publication ${publicationId}`,
      text: receiptFile(receipt, jws),
    };
    await postFileOnce(this.#deps, { event: published, step: FILE_STEP, channelId, file });
  }
}
