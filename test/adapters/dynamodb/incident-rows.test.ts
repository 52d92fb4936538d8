import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoIncidentRows } from '../../../src/adapters/dynamodb/incident-rows.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';
import type { IncidentState } from '../../../src/domain/incident-state.ts';
import { overLibClient } from './over-lib-client.ts';

const INCIDENT = 'inc-aaaaaaaaaaaaaaaa';
const STATE = { pk: `INCIDENT#${INCIDENT}`, sk: 'STATE' };
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const sdk = mockClient(client);
const rows = new DynamoIncidentRows({ client: overLibClient(client), table: 'incidents' });
const state = (of: Partial<IncidentState>) =>
  ({
    incidentId: INCIDENT,
    version: 3,
    status: 'active',
    openedAt: '2026-11-20T09:00:00.000Z',
    page: { statuspageIncidentId: null, lastPublication: null },
    ...of,
  }) as IncidentState;
const applied = {
  commandId: 'one',
  seq: 3,
  type: 'NOTE_ADDED',
  at: '2026-11-20T09:01:00.000Z',
} as const;
const updates = () => sdk.commandCalls(UpdateCommand).map(({ args }) => args[0].input);
const puts = () => sdk.commandCalls(PutCommand).map(({ args }) => args[0].input);
const gets = () => sdk.commandCalls(GetCommand).map(({ args }) => args[0].input);
const notMet = Object.assign(new Error(), { name: 'ConditionalCheckFailedException' });
const down = Object.assign(new Error(), {
  name: 'InternalServerError',
  $metadata: { httpStatusCode: 500 },
});

beforeEach(() => {
  sdk.reset();
  sdk.on(UpdateCommand).resolves({});
  sdk.on(PutCommand).resolves({});
  sdk.on(GetCommand).resolves({});
});

describe('the STATE row', () => {
  it('is read consistently', async () => {
    expect(await rows.readState(INCIDENT)).toBeUndefined();
    expect(gets()).toEqual([{ TableName: 'incidents', Key: STATE, ConsistentRead: true }]);
  });

  it('reads as version 0 when only the mark was written', async () => {
    sdk.on(GetCommand).resolves({ Item: { ...STATE, unfinishedToken: 'one' } });
    expect(await rows.readState(INCIDENT)).toEqual({
      state: { version: 0 },
      actedSeq: 0,
      unfinishedToken: 'one',
    });
  });

  it('is marked without touching anything else, keeping the time of the first mark', async () => {
    await rows.markUnfinished(INCIDENT, 'one', 1_000);
    expect(updates()).toEqual([
      {
        TableName: 'incidents',
        Key: STATE,
        UpdateExpression:
          'SET unfinished = :one, unfinishedToken = :token, ' +
          'unfinishedSinceMs = if_not_exists(unfinishedSinceMs, :now)',
        ExpressionAttributeValues: { ':one': '1', ':token': 'one', ':now': 1_000 },
      },
    ]);
  });

  it('takes a newer version only, after the rows of the commands in it', async () => {
    await rows.project(state({}), [applied]);
    expect(puts()).toEqual([
      { TableName: 'incidents', Item: { pk: STATE.pk, sk: 'CMD#one', seq: 3 } },
    ]);
    expect(updates()).toEqual([
      {
        TableName: 'incidents',
        Key: STATE,
        UpdateExpression:
          'SET #state = :state, version = :version, ' +
          'unfinished = :one, unfinishedToken = :token, ' +
          'unfinishedSinceMs = if_not_exists(unfinishedSinceMs, :since), ' +
          '#open = :one, openedAt = :openedAt',
        ConditionExpression: 'attribute_not_exists(version) OR version < :version',
        ExpressionAttributeNames: { '#state': 'state', '#open': 'open' },
        ExpressionAttributeValues: {
          ':state': state({}),
          ':version': 3,
          ':one': '1',
          ':openedAt': '2026-11-20T09:00:00.000Z',
          ':token': 'one#3',
          ':since': Date.parse('2026-11-20T09:01:00.000Z'),
        },
      },
    ]);
    const order = sdk.calls().map(({ args }) => args[0].constructor.name);
    expect(order).toEqual(['PutCommand', 'UpdateCommand']);
  });

  it.each(['resolved', 'closed', 'cancelled'] as const)(
    'leaves the index of open incidents when it is %s',
    async (status) => {
      await rows.project(state({ status }), []);
      const [update] = updates();
      expect(update?.UpdateExpression).toBe('SET #state = :state, version = :version REMOVE #open');
      expect(Object.keys(update?.ExpressionAttributeValues ?? {})).toEqual([':state', ':version']);
    },
  );

  it('is not listed as open when its chain never opened an incident', async () => {
    await rows.project(state({ openedAt: '' }), []);
    expect(updates()[0]?.UpdateExpression).toContain('REMOVE #open');
  });

  it('points from group and channel to the incident', async () => {
    const opened = state({
      alertGroup: { source: 'grafana-oncall', group: 'G1', episode: 2 } as never,
      room: { channelId: 'C0ROOM', channelName: 'inc' },
    });
    await rows.project(opened, [
      { ...applied, type: 'INCIDENT_OPENED' },
      { ...applied, type: 'WAR_ROOM_CREATED' },
    ]);
    const pointers = puts().filter(({ Item }) => !String(Item?.sk).startsWith('CMD#'));
    expect(pointers).toContainEqual({
      TableName: 'incidents',
      Item: {
        pk: 'ALERTGROUP#grafana-oncall#7b778e4c1d1f33c90c619ed9bda321bbc5f05cf9f131a326c57fda87359d3b0b',
        sk: 'EPISODE',
        incidentId: INCIDENT,
        episode: 2,
      },
      ConditionExpression: 'attribute_not_exists(episode) OR episode < :episode',
      ExpressionAttributeValues: { ':episode': 2 },
    });
    expect(pointers).toContainEqual({
      TableName: 'incidents',
      Item: { pk: 'CHANNEL#C0ROOM', sk: 'INCIDENT', incidentId: INCIDENT },
    });
  });

  it('advances what is acted on, never backwards', async () => {
    await rows.advanceActed(INCIDENT, 5);
    expect(updates()[0]).toMatchObject({
      UpdateExpression: 'SET actedSeq = :seq',
      ConditionExpression: 'attribute_not_exists(actedSeq) OR actedSeq < :seq',
      ExpressionAttributeValues: { ':seq': 5 },
    });
  });

  it('leaves the unfinished index only if nobody marked it again', async () => {
    await rows.clearUnfinished(INCIDENT, 'one');
    expect(updates()[0]).toMatchObject({
      UpdateExpression: 'REMOVE unfinished, unfinishedToken, unfinishedSinceMs',
      ConditionExpression: 'unfinishedToken = :token',
      ExpressionAttributeValues: { ':token': 'one' },
    });
  });

  it('takes a condition that is not met for an answer: somebody was first', async () => {
    sdk.on(UpdateCommand).rejects(notMet);
    sdk.on(PutCommand).rejects(notMet);
    await rows.project(state({}), []);
    await rows.advanceActed(INCIDENT, 5);
    await rows.clearUnfinished(INCIDENT, 'one');
    await rows.writeEpisode('grafana-oncall', 'G1', { incidentId: INCIDENT, episode: 1 });
  });
});

describe('journals and pointers', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['a step', () => rows.readStep(INCIDENT, 7, 'line'), 'STEP#0000000007#line'],
    ['a command', () => rows.appliedSeq(INCIDENT, 'one'), 'CMD#one'],
    ['a roster', () => rows.readRoster(INCIDENT, 'one'), 'ROSTER#one'],
    ['a postmortem', () => rows.readPostmortem(INCIDENT), 'POSTMORTEM'],
  ])('reads %s consistently by its key', async (_name, read, sk) => {
    await read();
    const Key = { pk: STATE.pk, sk };
    expect(gets()).toEqual([{ TableName: 'incidents', Key, ConsistentRead: true }]);
  });

  it('gives back what was written', async () => {
    sdk
      .on(GetCommand)
      .resolves({ Item: { done: true, result: { ts: '1.0' }, seq: 4, markdown: '# P' } });
    expect(await rows.readStep(INCIDENT, 7, 'line')).toEqual({ done: true, result: { ts: '1.0' } });
    expect(await rows.appliedSeq(INCIDENT, 'one')).toBe(4);
    expect(await rows.readPostmortem(INCIDENT)).toBe('# P');
    sdk.on(GetCommand).resolves({ Item: { incidentId: INCIDENT, episode: 3, resolvedAt: 'then' } });
    expect(await rows.latestEpisode('s', 'g')).toEqual({ incidentId: INCIDENT, episode: 3 });
    expect(await rows.readTombstone('s', 'g')).toBe('then');
    expect(await rows.incidentOfChannel('C0ROOM')).toBe(INCIDENT);
    expect(await rows.readStep(INCIDENT, 7, 'line')).toEqual({ done: false, result: {} });
  });

  it('gives nothing for what was never written', async () => {
    expect(await rows.readStep(INCIDENT, 7, 'line')).toBeUndefined();
    expect(await rows.appliedSeq(INCIDENT, 'one')).toBeUndefined();
    expect(await rows.latestEpisode('s', 'g')).toBeUndefined();
    expect(await rows.readTombstone('s', 'g')).toBeUndefined();
    expect(await rows.incidentOfChannel('C0ROOM')).toBeUndefined();
    expect(await rows.readRoster(INCIDENT, 'one')).toEqual([]);
    expect(await rows.readPostmortem(INCIDENT)).toBeUndefined();
  });

  it('writes steps, rosters, tombstones and postmortems whole', async () => {
    await rows.writeStep(INCIDENT, 7, 'line', { done: true, result: { ts: '1.0' } });
    await rows.putRoster(INCIDENT, 'one', [{ email: null, reference: 'maya', source: 's' }]);
    await rows.writeTombstone('s', 'g', 'then');
    await rows.putPostmortem(INCIDENT, '# P');
    expect(puts().map(({ Item }) => Item?.sk)).toEqual([
      'STEP#0000000007#line',
      'ROSTER#one',
      'TOMBSTONE',
      'POSTMORTEM',
    ]);
  });
});

describe('the indexes', () => {
  it('lists unfinished incidents oldest first, over as many pages as it takes', async () => {
    const item = (n: number) => ({ pk: `INCIDENT#inc-${n}`, unfinishedSinceMs: n });
    sdk
      .on(QueryCommand)
      .resolvesOnce({ Items: [item(1), item(2)], LastEvaluatedKey: { pk: 'x' } })
      .resolves({ Items: [item(3)], LastEvaluatedKey: { pk: 'y' } });
    expect(await rows.listUnfinished(3)).toEqual([
      { incidentId: 'inc-1', sinceMs: 1 },
      { incidentId: 'inc-2', sinceMs: 2 },
      { incidentId: 'inc-3', sinceMs: 3 },
    ]);
    const [first, second, ...more] = sdk
      .commandCalls(QueryCommand)
      .map(({ args }) => args[0].input);
    expect(first).toEqual({
      TableName: 'incidents',
      IndexName: 'unfinished',
      KeyConditionExpression: '#partition = :one',
      ExpressionAttributeNames: {
        '#partition': 'unfinished',
        '#state': 'state',
        '#status': 'status',
      },
      ExpressionAttributeValues: { ':one': '1' },
      ProjectionExpression: 'pk, unfinishedSinceMs, #state.openedAt, #state.room, #state.#status',
      ScanIndexForward: true,
      Limit: 3,
    });
    expect(second).toEqual({ ...first, Limit: 1, ExclusiveStartKey: { pk: 'x' } });
    expect(more).toEqual([]);
  });

  it('lists open incidents newest first, leaving out what has no projection yet', async () => {
    sdk.on(QueryCommand).resolves({ Items: [{ state: state({}) }, {}] });
    expect(await rows.listOpen(20)).toEqual([state({})]);
    expect(sdk.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      IndexName: 'open',
      ScanIndexForward: false,
      Limit: 20,
    });
    sdk.on(QueryCommand).resolves({});
    expect(await rows.listOpen(20)).toEqual([]);
  });
});

describe('every call', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['readState()', () => rows.readState(INCIDENT)],
    ['markUnfinished()', () => rows.markUnfinished(INCIDENT, 'one', 1)],
    ['writeStep()', () => rows.writeStep(INCIDENT, 1, 'line', { done: true, result: {} })],
    ['writeEpisode()', () => rows.writeEpisode('s', 'g', { incidentId: INCIDENT, episode: 1 })],
    ['listUnfinished()', () => rows.listUnfinished(1)],
  ])('%s throws ROWS_UNAVAILABLE, retryable, when DynamoDB is down', async (_name, call) => {
    for (const command of [GetCommand, PutCommand, UpdateCommand, QueryCommand]) {
      sdk.on(command as typeof GetCommand).rejects(down);
    }
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ code: 'ROWS_UNAVAILABLE', retryable: true });
  });
});
