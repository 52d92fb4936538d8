import { createHmac } from 'node:crypto';

/** A form's headers as Slack signs them. @param of.atMs - when it says it signed, epoch ms */
export function signedHeaders(
  body: string,
  of: { secret: string; atMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(of.atMs / 1000));
  const signature = createHmac('sha256', of.secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
}
