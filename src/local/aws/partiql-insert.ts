import { AwsError } from './aws-error.ts';

/** A value as DynamoDB's wire format writes it, e.g. `{"S": "x"}`. */
export type WireValue = Record<string, unknown>;

/** A parsed `INSERT`: the table and the whole item. */
export type PartiqlInsert = { table: string; item: Record<string, WireValue> };

/**
 * Parses `INSERT INTO "table" VALUE {'name': ?, …}` and fills in its parameters.
 *
 * Values may be `?`, strings, numbers, `true`, `false`, `NULL`, lists and maps.
 *
 * @throws {AwsError} `ValidationException` for any other statement, or a wrong parameter count
 */
export function parsePartiqlInsert(
  statement: string,
  parameters: readonly WireValue[],
): PartiqlInsert {
  if (statement.length > MAX_STATEMENT_CHARACTERS) throw invalid('the statement is too long');
  const head = /^\s*INSERT\s+INTO\s+("((?:[^"]|"")+)"|[A-Za-z0-9_.-]+)\s+VALUE\s*/i.exec(statement);
  if (!head) throw invalid('only INSERT INTO "table" VALUE {…} is offered by the local endpoint');
  const table = head[2]?.replaceAll('""', '"') ?? (head[1] as string);
  const reader = new ValueReader(statement.slice(head[0].length), parameters);
  const value = reader.read();
  reader.end();
  if (!value.M) throw invalid("Statement wasn't well formed, can't be processed: not a tuple");
  return { table, item: value.M as Record<string, WireValue> };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html */
const MAX_STATEMENT_CHARACTERS = 8192;

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** Recursive descent over the tokens of one PartiQL value. */
class ValueReader {
  readonly #tokens: string[];
  readonly #parameters: readonly WireValue[];
  #position = 0;
  #used = 0;

  constructor(text: string, parameters: readonly WireValue[]) {
    this.#tokens = tokenize(text);
    this.#parameters = parameters;
  }

  read(): WireValue {
    const token = this.#next();
    if (token === '?') return this.#parameter();
    if (token === '{') return { M: this.#members() };
    if (token === '[') return { L: this.#elements() };
    if (token.startsWith("'")) return { S: unquote(token) };
    if (/^-?\d/.test(token)) return { N: token };
    switch (token.toLowerCase()) {
      case 'true':
        return { BOOL: true };
      case 'false':
        return { BOOL: false };
      case 'null':
        return { NULL: true };
      default:
        throw invalid(`Statement wasn't well formed, can't be processed: unexpected ${token}`);
    }
  }

  end(): void {
    if (this.#position < this.#tokens.length) {
      throw invalid("Statement wasn't well formed, can't be processed: unexpected trailing text");
    }
    if (this.#used !== this.#parameters.length) {
      throw invalid("Number of parameters in request and statement don't match.");
    }
  }

  #members(): Record<string, WireValue> {
    const members: Record<string, WireValue> = {};
    if (this.#skip('}')) return members;
    do {
      const name = this.#next();
      if (!name.startsWith("'")) throw invalid(`expected a quoted attribute name, got ${name}`);
      this.#expect(':');
      members[unquote(name)] = this.read();
    } while (this.#skip(','));
    this.#expect('}');
    return members;
  }

  #elements(): WireValue[] {
    const elements: WireValue[] = [];
    if (this.#skip(']')) return elements;
    do elements.push(this.read());
    while (this.#skip(','));
    this.#expect(']');
    return elements;
  }

  #parameter(): WireValue {
    const value = this.#parameters[this.#used];
    this.#used += 1;
    if (!value) throw invalid("Number of parameters in request and statement don't match.");
    return value;
  }

  #next(): string {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw invalid("Statement wasn't well formed, can't be processed");
    this.#position += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false;
    this.#position += 1;
    return true;
  }

  #expect(token: string): void {
    const got = this.#next();
    if (got !== token) throw invalid(`expected ${token} in the statement, got ${got}`);
  }
}

const TOKEN = /\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-z]+|[{}[\]:,?])/y;

function tokenize(text: string): string[] {
  const source = text.trimEnd().replace(/;$/, '').trimEnd();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (!match) throw invalid("Statement wasn't well formed, can't be processed");
    tokens.push(match[1] as string);
  }
  return tokens;
}

function unquote(token: string): string {
  return token.slice(1, -1).replaceAll("''", "'");
}
