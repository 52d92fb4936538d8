import { createHmac } from 'node:crypto';

/** HMAC-SHA256, lower-case hex, of the parts as one text. */
export function hmacHex(secret: string, ...parts: (string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
