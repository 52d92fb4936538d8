import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DocumentClient } from '../../../src/adapters/dynamodb/document-client.ts';
import { DynamoAuditTrail } from '../../../src/adapters/dynamodb/dynamo-audit-trail.ts';
import { type AuditEvent, sealEvent } from '../../../src/domain/audit-event.ts';
import { TrailError } from '../../../src/domain/errors.ts';
import { keysOf } from '../../../src/domain/event-keys.ts';
import { overLibClient } from './over-lib-client.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const sdk = mockClient(client);
const trail = new DynamoAuditTrail({ client: overLibClient(client), table: 'audit' });

const note = (seq: number): AuditEvent =>
  sealEvent({
    incidentId: INCIDENT,
    seq,
    type: 'NOTE_ADDED',
    at: '2026-11-20T09:00:00.000Z',
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    commandId: `note ${seq}`,
    details: { text: 'Disk is full' },
    prevHash: '0'.repeat(64),
  });
const row = (event: AuditEvent) => ({ ...event, ...keysOf(event) });
const failure = (name: string, status?: number) =>
  Object.assign(new Error('vendor words'), { name, $metadata: { httpStatusCode: status } });

beforeEach(() => sdk.reset());

describe('insert()', () => {
  it('sends one PartiQL INSERT with the whole row as parameters', async () => {
    sdk.on(ExecuteStatementCommand).resolves({});
    expect(await trail.insert(note(7))).toBe('inserted');
    expect(sdk.commandCalls(ExecuteStatementCommand)[0]?.args[0].input).toEqual({
      Statement:
        `INSERT INTO "audit" VALUE {'pk': ?, 'sk': ?, 'v': ?, 'incidentId': ?, 'seq': ?, ` +
        `'type': ?, 'at': ?, 'actor': ?, 'commandId': ?, 'details': ?, 'prevHash': ?, 'hash': ?, ` +
        `'typeMonth': ?, 'actorMonth': ?}`,
      Parameters: [
        'INCIDENT#inc-aaaaaaaaaaaaaaaa',
        '0000000007',
        1,
        INCIDENT,
        7,
        'NOTE_ADDED',
        '2026-11-20T09:00:00.000Z',
        { kind: 'slack_user', id: 'U0MAYA' },
        'note 7',
        { text: 'Disk is full' },
        '0'.repeat(64),
        note(7).hash,
        'NOTE_ADDED#2026-11',
        'slack_user:U0MAYA#2026-11',
      ],
    });
  });

  it.each(['DuplicateItemException', 'DuplicateItem'])(
    'answers “taken” when the number exists, said as %s',
    async (name) => {
      sdk.on(ExecuteStatementCommand).rejects(failure(name, 400));
      expect(await trail.insert(note(1))).toBe('taken');
    },
  );

  it.each([
    ['ProvisionedThroughputExceededException', 400, true],
    ['InternalServerError', 500, true],
    ['SomethingNew', 503, true],
    ['SomethingNew', 429, true],
    ['TimeoutError', undefined, true],
    ['UnknownNetworkError', undefined, true],
    ['AccessDeniedException', 400, false],
  ])(
    'throws TRAIL_UNAVAILABLE for %s with status %s (retryable: %s)',
    async (name, status, retryable) => {
      sdk.on(ExecuteStatementCommand).rejects(failure(name, status));
      const error = await trail.insert(note(1)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'TRAIL_UNAVAILABLE',
        retryable,
        message: `cannot append to ${INCIDENT}: expected an answer from DynamoDB, got ${name}`,
      });
    },
  );

  it('throws EVENT_INVALID for what the table takes in no size or shape, and for no other reason', async () => {
    sdk.on(ExecuteStatementCommand).rejects(failure('ValidationException', 400));
    await expect(trail.insert(note(1))).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      retryable: false,
      message: `cannot append to ${INCIDENT}: expected an answer from DynamoDB, got ValidationException`,
    });
  });

  it('names a broken connection by its code', async () => {
    sdk.on(ExecuteStatementCommand).rejects(Object.assign(new Error(), { code: 'ECONNRESET' }));
    const error = await trail.insert(note(1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringContaining('ECONNRESET'),
    });
  });

  it('says “unknown error” for what is not an error', async () => {
    const odd = new DynamoAuditTrail({
      client: { send: () => Promise.reject({}) } as unknown as DocumentClient,
      table: 'audit',
    });
    await expect(odd.insert(note(1))).rejects.toThrow('got unknown error');
  });
});

describe('head()', () => {
  it('reads the newest event, consistently, in one call', async () => {
    sdk.on(QueryCommand).resolves({ Items: [row(note(4))] });
    expect((await trail.head(INCIDENT))?.seq).toBe(4);
    expect(sdk.commandCalls(QueryCommand).map(({ args }) => args[0].input)).toEqual([
      {
        TableName: 'audit',
        KeyConditionExpression: 'pk = :pk AND sk >= :sk',
        ExpressionAttributeValues: { ':pk': `INCIDENT#${INCIDENT}`, ':sk': '0000000001' },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 1,
      },
    ]);
  });

  it('gives nothing for an empty chain', async () => {
    sdk.on(QueryCommand).resolves({});
    expect(await trail.head(INCIDENT)).toBeUndefined();
  });
});

describe('get()', () => {
  it('reads one event by its key, consistently', async () => {
    sdk.on(GetCommand).resolves({ Item: row(note(2)) });
    expect(await trail.get(INCIDENT, 2)).toEqual(note(2));
    expect(sdk.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'audit',
      Key: { pk: `INCIDENT#${INCIDENT}`, sk: '0000000002' },
      ConsistentRead: true,
    });
  });

  it('gives nothing for a number that is not there', async () => {
    sdk.on(GetCommand).resolves({});
    expect(await trail.get(INCIDENT, 2)).toBeUndefined();
  });

  it.each([
    ['another number in its key', { sk: '0000000003' }, 'its key does not match'],
    ['another incident in its key', { pk: 'INCIDENT#other' }, 'its key does not match'],
    ['other words', { details: { text: 'Disk is fine' } }, 'the hash does not match'],
    [
      'a field nobody writes',
      { details: { text: 'a', more: 1 } },
      'details: Unrecognized key: "more"',
    ],
    ['a type nobody knows', { type: 'NOTE_LOST' }, 'event.type: not one of the expected values'],
  ])('throws TRAIL_CORRUPT for an event with %s', async (_name, changed, reason) => {
    sdk.on(GetCommand).resolves({ Item: { ...row(note(2)), ...changed } });
    const get = trail.get(INCIDENT, 2);
    await expect(get).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    await expect(get).rejects.toThrow(reason);
  });

  it('throws TRAIL_UNAVAILABLE when DynamoDB does not answer', async () => {
    sdk.on(GetCommand).rejects(failure('InternalServerError', 500));
    const get = trail.get(INCIDENT, 2);
    await expect(get).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
    await expect(get).rejects.toThrow(`cannot read ${INCIDENT}#2: expected an answer`);
  });
});

describe('from()', () => {
  it('reads every page, consistently, from a number on', async () => {
    const key = { pk: 'a', sk: 'b' };
    sdk
      .on(QueryCommand)
      .resolvesOnce({ Items: [row(note(3))], LastEvaluatedKey: key })
      .resolvesOnce({ LastEvaluatedKey: key })
      .resolves({ Items: [row(note(4))] });
    expect((await trail.from(INCIDENT, 3)).map(({ seq }) => seq)).toEqual([3, 4]);
    const inputs = sdk.commandCalls(QueryCommand).map(({ args }) => args[0].input);
    const first = {
      TableName: 'audit',
      KeyConditionExpression: 'pk = :pk AND sk >= :sk',
      ExpressionAttributeValues: { ':pk': `INCIDENT#${INCIDENT}`, ':sk': '0000000003' },
      ConsistentRead: true,
    };
    const later = { ...first, ExclusiveStartKey: key };
    expect(inputs).toEqual([first, later, later]);
  });

  it('stops at the limit and asks for no more than is left of it', async () => {
    const LastEvaluatedKey = { pk: 'a', sk: 'b' };
    sdk
      .on(QueryCommand)
      .resolvesOnce({ Items: [row(note(1))], LastEvaluatedKey })
      .resolves({ Items: [row(note(2))], LastEvaluatedKey });
    expect(await trail.from(INCIDENT, 1, 2)).toHaveLength(2);
    const limits = sdk.commandCalls(QueryCommand).map(({ args }) => args[0].input.Limit);
    expect(limits).toEqual([2, 1]);
  });

  it('throws TRAIL_CORRUPT naming the number that is missing', async () => {
    sdk.on(QueryCommand).resolves({ Items: [row(note(1)), row(note(3))] });
    const from = trail.from(INCIDENT, 1);
    await expect(from).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    await expect(from).rejects.toThrow(`cannot read event ${INCIDENT}#2: found 3 instead`);
    await expect(from).rejects.toMatchObject({ retryable: false });
  });

  it('throws TRAIL_UNAVAILABLE when DynamoDB does not answer', async () => {
    sdk.on(QueryCommand).rejects(failure('ThrottlingException', 400));
    const from = trail.from(INCIDENT, 1);
    await expect(from).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
    await expect(from).rejects.toThrow(`cannot read ${INCIDENT}: expected an answer`);
  });
});
