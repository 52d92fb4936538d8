import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DynamoOutbox } from '../../../src/adapters/dynamodb/outbox.ts';
import { singleRowReader } from '../../../src/adapters/dynamodb/single-row-reader.ts';
import { SecretsManagerSource } from '../../../src/adapters/secrets-manager/secrets-manager-source.ts';
import { sendFifo, sqsClient } from '../../../src/adapters/sqs/send-message.ts';
import { DeliveryError, SecretError } from '../../../src/domain/errors.ts';
import { AwsEndpoint, refusal, type WireReply } from './aws-endpoint.ts';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/incidents.fifo';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await AwsEndpoint.start();
});
afterEach(() => aws.reset());
afterAll(() => aws.close());

/** What a service can tell two callers apart by, but for who they say they are. */
function asSent() {
  return aws.requests.splice(0).map(({ method, path, headers, input, signature }) => ({
    method,
    path,
    target: headers['x-amz-target'],
    type: headers['content-type'],
    scope: /Credential=[^/]+\/\d+\/(\S+),/.exec(headers.authorization ?? '')?.[1],
    input,
    signature,
  }));
}

describe('the light client sends what the SDK sends', () => {
  it('SendMessage', async () => {
    const message = { body: '{"text":"ü€😀"}', group: 'g', deduplicationId: 'd' };
    await sendFifo(sqsClient(aws.options, QUEUE_URL), QUEUE_URL, message);
    const ours = asSent();
    await new SQSClient(aws.options).send(
      new SendMessageCommand({
        QueueUrl: QUEUE_URL,
        MessageBody: message.body,
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
      }),
    );
    expect(ours).toEqual(asSent());
    expect(ours[0]).toMatchObject({ signature: 'right', scope: 'us-east-1/sqs/aws4_request' });
  });

  it('GetSecretValue', async () => {
    aws.on('GetSecretValue', {
      body: { SecretString: 's', VersionId: 'v1', CreatedDate: 1_773_478_800.25 },
    });
    const ours = await new SecretsManagerSource(aws.options).current('webhook');
    const sent = asSent();
    const sdk = await new SecretsManagerClient(aws.options).send(
      new GetSecretValueCommand({ SecretId: 'webhook', VersionStage: 'AWSCURRENT' }),
    );
    expect(sent).toEqual(asSent());
    expect(ours.createdAtMs).toBe(1_773_478_800_250);
    expect(ours.createdAtMs).toBe(sdk.CreatedDate?.getTime());
  });

  it('PutItem', async () => {
    const message = { kind: 'sweep', incidentId: 'inc-a' } as const;
    await new DynamoOutbox(aws.options, 'outbox').put({ id: 'd', message, group: 'g', atMs: 5 });
    const ours = asSent();
    await new DynamoDBClient(aws.options).send(
      new PutItemCommand({
        TableName: 'outbox',
        Item: {
          pk: { S: 'd' },
          message: { S: '{"kind":"sweep","incidentId":"inc-a"}' },
          fifoGroup: { S: 'g' },
          atMs: { N: '5' },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    expect(ours).toEqual(asSent());
  });
});

describe('singleRowReader()', () => {
  const read = () => singleRowReader(aws.options, 'incidents')('INCIDENT#inc-a', 'STATE');

  it('is the one consistent GetItem that the SDK would send', async () => {
    aws.on('GetItem', { body: { Item: { version: { N: '7' } } } });
    expect(await read()).toEqual({ version: 7 });
    const ours = asSent();
    await new DynamoDBClient(aws.options).send(
      new GetItemCommand({
        TableName: 'incidents',
        Key: { pk: { S: 'INCIDENT#inc-a' }, sk: { S: 'STATE' } },
        ConsistentRead: true,
      }),
    );
    expect(ours).toEqual(asSent());
  });

  it('reads nothing where no row is', async () => {
    expect(await read()).toBeUndefined();
  });

  it.each([
    ['InternalServerError', 500, true],
    ['AccessDeniedException', 400, false],
  ])('throws ROWS_UNAVAILABLE for %s with %d, retryable: %s', async (name, status, retryable) => {
    aws.on('GetItem', refusal(name, status));
    await expect(read()).rejects.toThrowWithCode(DeliveryError, 'ROWS_UNAVAILABLE');
    await expect(read()).rejects.toMatchObject({ retryable });
  });

  it('throws ROWS_UNAVAILABLE for a row that holds what no row of ours does', async () => {
    aws.on('GetItem', { body: { Item: { version: { NS: ['7'] } } } });
    await expect(read()).rejects.toThrowWithCode(DeliveryError, 'ROWS_UNAVAILABLE');
  });
});

describe('the light client names errors as the SDK does', () => {
  it.each<[string, WireReply]>([
    ['ResourceNotFoundException', refusal('ResourceNotFoundException')],
    ['AccessDeniedException', refusal('AccessDeniedException')],
    ['DecryptionFailure', refusal('DecryptionFailure')],
    ['Unheard', { status: 400, headers: { 'x-amzn-errortype': 'Unheard' }, body: {} }],
  ])('%s', async (name, reply) => {
    aws.on('GetSecretValue', reply);
    const sdk = new SecretsManagerClient(aws.options);
    await expect(sdk.send(new GetSecretValueCommand({ SecretId: 'x' }))).rejects.toMatchObject({
      name,
    });
    const ours = new SecretsManagerSource(aws.options).current('x');
    await expect(ours).rejects.toThrowWithCode(SecretError, 'SECRET_UNAVAILABLE');
    await expect(ours).rejects.toMatchObject({ cause: { name } });
  });

  it('QueueDoesNotExist, also where SQS gives the name of its former protocol beside it', async () => {
    aws.on('SendMessage', {
      status: 400,
      headers: { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' },
      body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'vendor text' },
    });
    const input = { QueueUrl: QUEUE_URL, MessageBody: 'b' };
    await expect(
      new SQSClient(aws.options).send(new SendMessageCommand(input)),
    ).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const message = { body: 'b', group: 'g', deduplicationId: 'd' };
    const ours = sendFifo(sqsClient(aws.options, QUEUE_URL), QUEUE_URL, message);
    await expect(ours).rejects.toMatchObject({ cause: { name: 'QueueDoesNotExist' } });
  });
});
