import { createRequire } from 'node:module';
import { AwsError } from './aws-error.ts';

type Input = Record<string, unknown>;
type Table = { TableStatus: string; KeySchema: { AttributeName: string; KeyType: string }[] };
type Store = { getTable(name: string, cb: (error: unknown, table: Table) => void): void };
type Action = (store: Store, input: Input, cb: (error: unknown, output: Input) => void) => void;
type Validation = { types: unknown; custom?: unknown };
type Checks = {
  checkTypes(input: Input, types: unknown): Input;
  checkValidations(input: Input, types: unknown, custom: unknown, store: Store): void;
};

/**
 * dynalite without its HTTP server: its validations and actions on one in-memory store.
 *
 * dynalite 4.0.0 has no `exports` map and no types; it is pinned, and used through this file alone.
 */
export class DynaliteStore {
  readonly #store: Store = database.create({ createTableMs: 0, deleteTableMs: 0 });
  readonly #keyNames = new Map<string, string[]>();

  /** Runs one action, `PutItem` for instance. @throws {AwsError} dynalite's own error */
  async run(action: string, input: Input): Promise<Input> {
    if (action === 'DeleteTable') this.#keyNames.clear();
    const file = action.charAt(0).toLowerCase() + action.slice(1);
    const validation = load<Validation>(`dynalite/validations/${file}`);
    const perform = load<Action>(`dynalite/actions/${file}`);
    try {
      const checked = checks.checkTypes(input, validation.types);
      checks.checkValidations(checked, validation.types, validation.custom, this.#store);
      return await new Promise((resolve, reject) => {
        perform(this.#store, checked, (error, output) => (error ? reject(error) : resolve(output)));
      });
    } catch (error) {
      throw translated(error);
    }
  }

  /** The names of a table's key attributes, hash key first. @throws {AwsError} no such table */
  async keyNames(table: string): Promise<string[]> {
    const known = this.#keyNames.get(table);
    if (known) return known;
    const { KeySchema } = await this.#table(table);
    const byType = (type: string) => KeySchema.filter(({ KeyType }) => KeyType === type);
    const names = [...byType('HASH'), ...byType('RANGE')].map((key) => key.AttributeName);
    this.#keyNames.set(table, names);
    return names;
  }

  /** Resolves when a table that was just created is `ACTIVE`. */
  async tableActive(table: string): Promise<void> {
    for (let turn = 0; turn < ACTIVE_TURNS; turn += 1) {
      const { Table } = (await this.run('DescribeTable', { TableName: table })) as { Table: Table };
      if (Table.TableStatus === 'ACTIVE') return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`cannot create table ${table}: expected ACTIVE, got CREATING`);
  }

  async #table(name: string): Promise<Table> {
    try {
      return await new Promise((resolve, reject) => {
        this.#store.getTable(name, (error, table) => (error ? reject(error) : resolve(table)));
      });
    } catch (error) {
      throw translated(error);
    }
  }
}

/** dynalite activates a table in the next timer turn; this many turns are more than enough. */
const ACTIVE_TURNS = 1000;

const require = createRequire(import.meta.url);
const database = load<{ create(options: Input): Store }>('dynalite/db');
const checks = load<Checks>('dynalite/validations');

function load<T>(file: string): T {
  return require(file) as T;
}

function translated(error: unknown): unknown {
  const { statusCode, body } = error as { statusCode?: number; body?: Input };
  if (statusCode === undefined || body === undefined) return error;
  const code = String(body.__type).replace(/^.*#/, '');
  const message = String(body.message ?? body.Message ?? '');
  return new AwsError(code, message, { status: statusCode });
}
