import { type PublicationOnRecord, RECEIPT_TOKEN_TYPE, receiptOf } from '../domain/receipt.ts';
import type { DeploymentIdentity } from './approval-checks.ts';
import type { Log, Signer } from './ports.ts';
import { signToken } from './signatures.ts';

/** Longest receipt that an event takes. Unit: characters of the compact JWS. */
const RECEIPT_JWS_MAX = 60_000;
/** Header, signature and dots of a compact JWS, generously. Unit: characters. */
const JWS_OVERHEAD = 1_000;

/**
 * Signs the receipt of a publication with the publisher's own key: one further signature each.
 *
 * One that would not fit leaves out what the trail holds too; one that would still not fit is not
 * made, because a publication MUST go on record whatever its receipt looks like.
 *
 * @returns the compact JWS, as a detail of the event that puts the publication on record
 * @throws {SecretError} `SECRET_UNAVAILABLE` when the key cannot be used
 */
export async function signedReceipt(
  deps: { signer: Signer; log: Log; identity: DeploymentIdentity },
  of: Omit<PublicationOnRecord, 'deployment' | 'pageId'>,
): Promise<{ receiptJws?: string }> {
  const { deployment, pageId } = deps.identity;
  const receipt = [false, true]
    .map((short) => receiptOf({ ...of, deployment, pageId, short }))
    .find((each) => encodedLength(each) <= RECEIPT_JWS_MAX);
  if (!receipt) {
    deps.log.count('ReceiptTooLong');
    return {};
  }
  return { receiptJws: await signToken(deps.signer, RECEIPT_TOKEN_TYPE, receipt) };
}

function encodedLength(payload: object): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(payload)) / 3) * 4 + JWS_OVERHEAD;
}
