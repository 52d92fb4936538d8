import {
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  ExecuteStatementCommand as ExecuteCommand,
  type ExecuteStatementCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  type QueryCommandInput,
  QueryCommand as QueryItemsCommand,
  type ScanCommandInput,
  ScanCommand as ScanItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { storableItem, storableValue, storedItem } from './attribute-values.ts';

type Item = Record<string, unknown>;
type ItemMember = 'Item' | 'Key' | 'ExpressionAttributeValues' | 'ExclusiveStartKey';
/** An input of the SDK with plain values in place of typed ones. */
type Plain<Input> = {
  [Name in keyof Input]: Name extends ItemMember
    ? Item | Extract<Input[Name], undefined>
    : Name extends 'Parameters'
      ? unknown[] | undefined
      : Input[Name];
};
type OneItem = { Item?: Item };
type ManyItems = { Items?: Item[]; LastEvaluatedKey?: Item; Count?: number };
type Attributes = { Attributes?: Item };

/** A call with plain values. */
abstract class DocumentCommand<Input, Output> {
  declare readonly output?: Output;
  readonly input: Plain<Input>;

  constructor(input: Plain<Input>) {
    this.input = input;
  }

  /** The same call with typed values. */
  abstract typed(input: Input): unknown;
}

export class GetCommand extends DocumentCommand<GetItemCommandInput, OneItem> {
  typed = (input: GetItemCommandInput) => new GetItemCommand(input);
}
export class PutCommand extends DocumentCommand<PutItemCommandInput, Attributes> {
  typed = (input: PutItemCommandInput) => new PutItemCommand(input);
}
export class UpdateCommand extends DocumentCommand<UpdateItemCommandInput, Attributes> {
  typed = (input: UpdateItemCommandInput) => new UpdateItemCommand(input);
}
export class DeleteCommand extends DocumentCommand<DeleteItemCommandInput, Attributes> {
  typed = (input: DeleteItemCommandInput) => new DeleteItemCommand(input);
}
export class QueryCommand extends DocumentCommand<QueryCommandInput, ManyItems> {
  typed = (input: QueryCommandInput) => new QueryItemsCommand(input);
}
export class ScanCommand extends DocumentCommand<ScanCommandInput, ManyItems> {
  typed = (input: ScanCommandInput) => new ScanItemsCommand(input);
}
export class ExecuteStatementCommand extends DocumentCommand<
  ExecuteStatementCommandInput,
  ManyItems
> {
  typed = (input: ExecuteStatementCommandInput) => new ExecuteCommand(input);
}

/**
 * DynamoDB with plain values.
 *
 * The SDK's own document client asks each value for its `constructor` and copies maps by assignment:
 * an alert with a label of that name could not be stored, and one named `__proto__` was dropped. This
 * is the one place where values become attributes and back.
 */
export class DocumentClient {
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  /**
   * Safe to repeat as far as the call itself is.
   * @throws {DeliveryError} `ROW_INVALID`, before anything is sent
   * @throws the SDK's errors as they come
   */
  async send<Input, Output>(
    command: DocumentCommand<Input, Output>,
    options: { abortSignal?: AbortSignal } = {},
  ): Promise<Output> {
    const typed = command.typed(typedInput(command.input) as Input);
    return plainOutput(await this.#client.send(typed as never, options)) as Output;
  }

  /** Closes idle connections. */
  destroy(): void {
    this.#client.destroy();
  }
}

function typedInput(input: object): Item {
  return mapMembers(input, {
    item: (value) => storableItem(value as Item),
    list: (value) => value.map(storableValue),
  });
}

function plainOutput(output: object): Item {
  return mapMembers(output, {
    item: (value) => storedItem(value as Item),
    list: (value) => value.map((item) => storedItem(item as Item)),
  });
}

const ITEMS = new Set([
  ...['Item', 'Key', 'ExpressionAttributeValues', 'ExclusiveStartKey'],
  ...['Attributes', 'LastEvaluatedKey'],
]);
const LISTS = new Set(['Parameters', 'Items']);

function mapMembers(
  of: object,
  by: { item: (value: unknown) => unknown; list: (value: unknown[]) => unknown },
): Item {
  return Object.fromEntries(
    Object.entries(of).map(([name, value]) => {
      if (value === undefined) return [name, value];
      if (ITEMS.has(name)) return [name, by.item(value)];
      return [name, LISTS.has(name) ? by.list(value) : value];
    }),
  );
}
