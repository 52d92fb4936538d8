import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SqsIncidentQueue } from '../../../src/adapters/sqs/sqs-incident-queue.ts';
import { SqsPublicationQueue } from '../../../src/adapters/sqs/sqs-publication-queue.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';

const aws = mockClient(SQSClient);
const options = { region: 'us-east-1' };
const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents.fifo';
const inputs = () => aws.calls().map(({ args }) => args[0].input);

beforeEach(() => aws.reset());

describe('SqsIncidentQueue', () => {
  const queue = new SqsIncidentQueue(options, QUEUE_URL);
  const send = () =>
    queue.send(
      { kind: 'sweep', incidentId: 'inc-a' },
      { group: 'work#inc-a', deduplicationId: 'd' },
    );

  it('send() is one SendMessage with group and deduplication id', async () => {
    aws.on(SendMessageCommand).resolves({ MessageId: 'm' });
    await send();
    expect(inputs()).toEqual([
      {
        QueueUrl: QUEUE_URL,
        MessageBody: '{"kind":"sweep","incidentId":"inc-a"}',
        MessageGroupId: 'work#inc-a',
        MessageDeduplicationId: 'd',
      },
    ]);
  });

  it.each([
    ['RequestThrottled', true],
    ['TimeoutError', true],
    ['AbortError', true],
    ['QueueDoesNotExist', false],
    ['AccessDenied', false],
  ])('throws QUEUE_UNAVAILABLE for %s, retryable: %s', async (name, retryable) => {
    aws.on(SendMessageCommand).rejects(Object.assign(new Error('vendor text'), { name }));
    await expect(send()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
    await expect(send()).rejects.toMatchObject({ retryable });
  });
});

describe('SqsPublicationQueue', () => {
  it('send() carries ids only, whatever else the object holds, in the group of the page', async () => {
    aws.on(SendMessageCommand).resolves({});
    const queue = new SqsPublicationQueue(options, { queueUrl: QUEUE_URL, pageId: 'page1' });
    const draft = { incidentId: 'inc-a', draftId: 'drf-a', revision: 2, text: 'not approved' };
    await queue.send(draft, 'pub-a#1#0');
    expect(inputs()).toEqual([
      {
        QueueUrl: QUEUE_URL,
        MessageBody: '{"incidentId":"inc-a","draftId":"drf-a","revision":2}',
        MessageGroupId: 'page1',
        MessageDeduplicationId: 'pub-a#1#0',
      },
    ]);
  });
});
