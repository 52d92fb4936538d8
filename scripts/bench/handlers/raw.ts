/**
 * As `limit.ts`, without the SDK: one POST over a kept connection, signed by hand. No retry, no
 * time-out and no look at the answer, so a function cannot well be faster.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { env } from 'node:process';

const { INCIDENTS_QUEUE_URL = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = env;
const url = new URL(env.AWS_ENDPOINT_URL || new URL(INCIDENTS_QUEUE_URL).origin);
const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
const agent = new http.Agent({ keepAlive: true });

export const handler = async (event: { body: string; headers: Record<string, string> }) => {
  const hmac = createHmac('sha256', env.BENCH_SECRET ?? '')
    .update(event.body)
    .digest('hex');
  const given = event.headers['x-grafana-oncall-signature'] ?? '';
  if (given.length !== hmac.length || !timingSafeEqual(Buffer.from(given), Buffer.from(hmac))) {
    return { statusCode: 401 };
  }
  const id = sha256(event.body);
  const status = await post(
    JSON.stringify({
      QueueUrl: INCIDENTS_QUEUE_URL,
      MessageBody: event.body,
      MessageGroupId: id,
      MessageDeduplicationId: id,
    }),
  );
  return { statusCode: status === 200 ? 202 : 503 };
};

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = signed(body);
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0)).resume();
    });
    request.on('error', reject).end(body);
  });
}

function signed(body: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.0',
    host: url.host,
    'x-amz-date': amzDate(performance.timeOrigin + performance.now()),
    'x-amz-target': 'AmazonSQS.SendMessage',
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const date = headers['x-amz-date'] ?? '';
  const parts = [date.slice(0, 8), env.AWS_REGION ?? '', 'sqs', 'aws4_request'];
  const scope = parts.join('/');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${AWS_SECRET_ACCESS_KEY}`;
  for (const part of parts) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, ` +
    `SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

function amzDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
