import { type AlertPath, essentialParts } from '../domain/alerts/alert-paths.ts';
import type { ReadAlert } from '../domain/alerts/read-alert.ts';

/** A body as it travels. */
export type FittedBody = { bodyBase64: string; truncated: boolean };

/**
 * Makes a body fit: whole if it can be, else the parts that the incident needs, else its beginning.
 *
 * @param of.maxBase64Bytes - room for the base64 text
 */
export function fitAlertBody(of: {
  path: AlertPath;
  body: Uint8Array;
  read: ReadAlert;
  maxBase64Bytes: number;
}): FittedBody {
  const { path, body, read, maxBase64Bytes } = of;
  const whole = base64(body);
  if (whole.length <= maxBase64Bytes) return { bodyBase64: whole, truncated: false };
  if (read.kind === 'signal') {
    const parts = base64(essentialParts(path, read.signal, body));
    if (parts.length <= maxBase64Bytes) return { bodyBase64: parts, truncated: true };
  }
  const room = Math.floor(maxBase64Bytes / 4) * 3;
  return { bodyBase64: base64(body.subarray(0, room)), truncated: true };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
