import type { PersonHint, PersonHints } from '../../services/responder-directory.ts';
import type { DocumentClient } from './document-client.ts';
import { RowStore } from './row-store.ts';

/** What is remembered about people, in table `incidents`: `PERSON#<key>`. Reads are consistent. */
export class DynamoPersonHints implements PersonHints {
  readonly #rows: RowStore;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#rows = new RowStore(of);
  }

  async read(key: string): Promise<PersonHint | undefined> {
    const row = await this.#rows.get(`PERSON#${key}`, SORT_KEY);
    if (!row) return undefined;
    return {
      person: row.person as PersonHint['person'],
      expiresAtMs: Number(row.expiresAtMs),
    };
  }

  async write(key: string, hint: PersonHint): Promise<void> {
    await this.#rows.put({ pk: `PERSON#${key}`, sk: SORT_KEY, ...hint });
  }
}

const SORT_KEY = 'SLACK';
