import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { type AwsCall, type AwsService, unknownOperation } from './aws-call.ts';
import { AwsError } from './aws-error.ts';
import { DynaliteStore } from './dynalite-store.ts';
import { parsePartiqlInsert, type WireValue } from './partiql-insert.ts';

type Input = Record<string, unknown>;
type Item = Record<string, WireValue>;

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
const READS = new Set(['GetItem', 'Query', 'Scan', 'BatchGetItem']);
const TABLE_ACTIONS = new Set([
  'CreateTable',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'ListTables',
  'UpdateTable',
]);

/**
 * DynamoDB in memory: dynalite's own actions, called in process, plus PartiQL `INSERT` and
 * `ReturnValuesOnConditionCheckFailure`.
 *
 * Writes run one after another, so an `INSERT` is atomic against every other write.
 */
export class DynamodbStandIn implements AwsService {
  readonly operationPrefix = 'dynamodb';
  readonly #store = new DynaliteStore();
  #lastWrite: Promise<unknown> = Promise.resolve();

  /** Resolves when the table is `ACTIVE`. @throws {AwsError} `ResourceInUseException` */
  async createTable(input: CreateTableCommandInput): Promise<void> {
    await this.#store.run('CreateTable', structuredClone(input) as unknown as Input);
    await this.#store.tableActive(String(input.TableName));
  }

  recordedArgs(action: string, input: Input): unknown {
    if (action === 'ExecuteStatement') return recordedStatement(input);
    if (input.RequestItems) return { tables: Object.keys(input.RequestItems as object) };
    const args: Input = { table: input.TableName };
    if (input.Key) args.key = input.Key;
    if (input.Item) args.key = keyOf(input.Item as Item);
    const kept = ['IndexName', 'KeyConditionExpression', 'ConditionExpression', 'UpdateExpression'];
    for (const name of [...kept, 'ConsistentRead', 'Limit']) {
      if (input[name] !== undefined) args[name] = input[name];
    }
    return args;
  }

  async perform({ action, input }: AwsCall): Promise<Input> {
    if (action === 'ExecuteStatement') return this.#inTurn(() => this.#insert(input));
    if (WRITES.has(action)) return this.#inTurn(() => this.#write(action, input));
    if (READS.has(action)) return this.#store.run(action, input);
    if (TABLE_ACTIONS.has(action)) {
      const output = await this.#store.run(action, input);
      if (action === 'CreateTable') await this.#store.tableActive(String(input.TableName));
      return output;
    }
    if (action === 'UpdateTimeToLive') {
      return { TimeToLiveSpecification: input.TimeToLiveSpecification };
    }
    throw unknownOperation(`dynamodb:${action}`);
  }

  async #insert(input: Input): Promise<Input> {
    const parameters = (input.Parameters ?? []) as WireValue[];
    const { table, item } = parsePartiqlInsert(String(input.Statement ?? ''), parameters);
    const [hashKey] = await this.#store.keyNames(table);
    try {
      await this.#store.run('PutItem', {
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#hash)',
        ExpressionAttributeNames: { '#hash': hashKey },
      });
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      throw new AwsError('DuplicateItemException', 'Duplicate primary key exists in table');
    }
    return { Items: [] };
  }

  async #write(action: string, input: Input): Promise<Input> {
    // The action takes the input over, and changes it.
    const table = String(input.TableName);
    const source = (input.Key ?? input.Item) as Item | undefined;
    try {
      return await this.#store.run(action, { ...input });
    } catch (error) {
      const wanted = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
      if (!(wanted && source && isConditionFailure(error))) throw error;
      const names = await this.#store.keyNames(table);
      const key = Object.fromEntries(names.map((name) => [name, source[name]]));
      const old = await this.#store.run('GetItem', { TableName: table, Key: key });
      throw new AwsError(error.code, error.message, old.Item ? { extra: { Item: old.Item } } : {});
    }
  }

  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(write, write);
    this.#lastWrite = result;
    return result;
  }
}

function isConditionFailure(error: unknown): error is AwsError {
  return error instanceof AwsError && error.code === 'ConditionalCheckFailedException';
}

function recordedStatement(input: Input): unknown {
  const statement = String(input.Statement ?? '').slice(0, 200);
  try {
    const parameters = (input.Parameters ?? []) as WireValue[];
    const { table, item } = parsePartiqlInsert(String(input.Statement ?? ''), parameters);
    return { table, key: keyOf(item), statement };
  } catch {
    return { statement };
  }
}

/** The key of an item of this system's tables, whose keys are called `pk` and `sk`. */
function keyOf(item: Item): Item {
  const key: Item = {};
  if (item.pk) key.pk = item.pk;
  if (item.sk) key.sk = item.sk;
  return key;
}
