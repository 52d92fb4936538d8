import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The tables by what they hold; the names exist only in the embedded world. */
export const TABLE_NAMES = { audit: 'audit', incidents: 'incidents', outbox: 'outbox' } as const;
export type TableNames = { readonly [K in keyof typeof TABLE_NAMES]: string };

/**
 * The three tables as CreateTable takes them. They MUST have the keys and indexes that the
 * infrastructure gives the real ones: the same adapters read both.
 */
export function tableDefinitions(names: TableNames = TABLE_NAMES): CreateTableCommandInput[] {
  return [
    table(names.audit, KEYED, [
      { name: 'by-type', hash: 'typeMonth', range: 'at', rangeType: 'S' },
      { name: 'by-actor', hash: 'actorMonth', range: 'at', rangeType: 'S' },
    ]),
    table(names.incidents, KEYED, [
      { name: 'unfinished', hash: 'unfinished', range: 'unfinishedSinceMs', rangeType: 'N' },
      { name: 'open', hash: 'open', range: 'openedAt', rangeType: 'S' },
    ]),
    table(names.outbox, ['pk'], []),
  ];
}

const KEYED = ['pk', 'sk'] as const;

type Index = { name: string; hash: string; range: string; rangeType: 'S' | 'N' };

function table(
  name: string,
  keys: readonly string[],
  indexes: readonly Index[],
): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keys.map((key, i) => ({
      AttributeName: key,
      KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const),
    })),
    AttributeDefinitions: [
      ...keys.map((key) => ({ AttributeName: key, AttributeType: 'S' as const })),
      ...indexes.flatMap(({ hash, range, rangeType }) => [
        { AttributeName: hash, AttributeType: 'S' as const },
        { AttributeName: range, AttributeType: rangeType },
      ]),
    ].filter(isFirstOfItsName),
    ...(indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: indexes.map(({ name: indexName, hash, range }) => ({
            IndexName: indexName,
            KeySchema: [
              { AttributeName: hash, KeyType: 'HASH' as const },
              { AttributeName: range, KeyType: 'RANGE' as const },
            ],
            Projection: { ProjectionType: 'ALL' as const },
          })),
        }),
  };
}

/** Two indexes may share an attribute; DynamoDB wants it defined once. */
function isFirstOfItsName(
  { AttributeName }: { AttributeName: string },
  i: number,
  all: readonly { AttributeName: string }[],
): boolean {
  return all.findIndex((other) => other.AttributeName === AttributeName) === i;
}
