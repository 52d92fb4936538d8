import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { awsClientOptions } from '../../../src/adapters/aws/client-options.ts';
import { isRetryableDynamoError } from '../../../src/adapters/dynamodb/dynamo-errors.ts';
import { useAws } from '../../local/aws/aws-fixture.ts';

describe('awsClientOptions()', () => {
  it('leaves endpoint and credentials to the SDK where none are set, and limits every wait', () => {
    expect(
      awsClientOptions({ region: 'eu-central-1', endpoint: undefined, credentials: undefined }),
    ).toEqual({
      region: 'eu-central-1',
      requestHandler: {
        connectionTimeout: 1_000,
        requestTimeout: 3_000,
        throwOnRequestTimeout: true,
      },
    });
  });

  const world = useAws();

  it('lets a call that is never answered fail as one to repeat', async () => {
    const { requestHandler, ...options } = awsClientOptions(world.config());
    const client = new DynamoDBClient({
      ...options,
      maxAttempts: 1,
      // As set, but for the test's own patience.
      requestHandler: { ...requestHandler, requestTimeout: 50 },
    });
    world.aws.board.plan({ match: 'dynamodb:ListTables', answer: 'never' });
    const failure = await client.send(new ListTablesCommand()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'TimeoutError' });
    expect(isRetryableDynamoError(failure)).toBe(true);
    client.destroy();
  });
});
