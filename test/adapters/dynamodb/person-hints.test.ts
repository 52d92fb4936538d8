import { describe, expect, it } from 'vitest';
import { DynamoPersonHints } from '../../../src/adapters/dynamodb/person-hints.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';
import { useRecord } from '../../services/record-world.ts';

const world = useRecord();
const hints = () => new DynamoPersonHints({ client: world.documents, table: 'incidents' });

describe('DynamoPersonHints', () => {
  it('gives back what was written, nobody included, and the newest of it', async () => {
    expect(await hints().read('key-1')).toBeUndefined();
    await hints().write('key-1', { person: { id: 'U0MAYA', kind: 'full' }, expiresAtMs: 5 });
    await hints().write('key-2', { person: null, expiresAtMs: 6 });
    expect(await hints().read('key-1')).toEqual({
      person: { id: 'U0MAYA', kind: 'full' },
      expiresAtMs: 5,
    });
    expect(await hints().read('key-2')).toEqual({ person: null, expiresAtMs: 6 });
    await hints().write('key-1', { person: null, expiresAtMs: 0 });
    expect(await hints().read('key-1')).toEqual({ person: null, expiresAtMs: 0 });
  });

  it('throws ROWS_UNAVAILABLE when the table does not answer', async () => {
    world.aws.board.plan({ match: 'dynamodb:GetItem', error: 'InternalServerError', status: 500 });
    await expect(hints().read('key')).rejects.toThrowWithCode(DeliveryError, 'ROWS_UNAVAILABLE');
  });
});
