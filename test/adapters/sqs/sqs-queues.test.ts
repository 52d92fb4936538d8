import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqsIncidentQueue } from '../../../src/adapters/sqs/sqs-incident-queue.ts';
import { SqsPublicationQueue } from '../../../src/adapters/sqs/sqs-publication-queue.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';
import { AwsEndpoint, refusal } from '../aws/aws-endpoint.ts';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents.fifo';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
beforeEach(() => aws.reset());
afterAll(() => aws.close());

describe('SqsIncidentQueue', () => {
  const send = () =>
    new SqsIncidentQueue(aws.options, QUEUE_URL).send(
      { kind: 'sweep', incidentId: 'inc-a' },
      { group: 'work#inc-a', deduplicationId: 'd' },
    );

  it('send() is one SendMessage with group and deduplication id', async () => {
    await send();
    expect(aws.requests).toHaveLength(1);
    expect(aws.requests[0]).toMatchObject({
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
      signature: 'right',
      input: {
        QueueUrl: QUEUE_URL,
        MessageBody: '{"kind":"sweep","incidentId":"inc-a"}',
        MessageGroupId: 'work#inc-a',
        MessageDeduplicationId: 'd',
      },
    });
  });

  it('escapes the two characters that SQS would replace, which changes nothing of the JSON', async () => {
    const body = 'text=\uffff\ufffe\ufffd';
    await new SqsIncidentQueue(aws.options, QUEUE_URL).send({ headers: {}, body } as never, {
      group: 'g',
      deduplicationId: 'd',
    });
    const sent = String(aws.inputs('SendMessage')[0]?.MessageBody);
    expect(sent).toBe('{"headers":{},"body":"text=\\uffff\\ufffe\ufffd"}');
    expect(JSON.parse(sent)).toEqual({ headers: {}, body });
  });

  it.each([
    ['RequestThrottled', 400, true],
    ['InternalFailure', 500, true],
    ['QueueDoesNotExist', 400, false],
    ['AccessDenied', 403, false],
  ])('throws QUEUE_UNAVAILABLE for %s with %d, retryable: %s', async (name, status, retryable) => {
    aws.on('SendMessage', refusal(name, status));
    await expect(send()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    await expect(send()).rejects.toMatchObject({ retryable });
    await expect(send()).rejects.toThrow(`expected an answer, got ${name}`);
  });

  it('throws QUEUE_UNAVAILABLE, retryable, when the queue gives no answer', async () => {
    aws.on('SendMessage', 'drop');
    await expect(send()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    await expect(send()).rejects.toMatchObject({ retryable: true });
  });

  it.each([
    ['of another text', { MessageId: 'm', MD5OfMessageBody: '0'.repeat(32) }],
    ['missing', { MessageId: 'm' }],
  ])('throws QUEUE_UNAVAILABLE, retryable, for a checksum that is %s', async (_name, body) => {
    aws.on('SendMessage', { body });
    await expect(send()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    await expect(send()).rejects.toMatchObject({ retryable: true });
  });
});

describe('SqsPublicationQueue', () => {
  it('send() carries ids only, whatever else the object holds, in the group of the page', async () => {
    const queue = new SqsPublicationQueue(aws.options, { queueUrl: QUEUE_URL, pageId: 'page1' });
    const draft = { incidentId: 'inc-a', draftId: 'drf-a', revision: 2, text: 'not approved' };
    await queue.send(draft, 'pub-a#1#0');
    expect(aws.inputs('SendMessage')).toEqual([
      {
        QueueUrl: QUEUE_URL,
        MessageBody: '{"incidentId":"inc-a","draftId":"drf-a","revision":2}',
        MessageGroupId: 'page1',
        MessageDeduplicationId: 'pub-a#1#0',
      },
    ]);
  });
});
