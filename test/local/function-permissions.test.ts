import { describe, expect, it } from 'vitest';
import { mayCall } from '../../src/local/function-permissions.ts';

const ask = (caller: string, operation: string, args: unknown) =>
  mayCall({ caller, operation, args });

describe('mayCall()', () => {
  it.each(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'])(
    'refuses %s on the audit trail to every function, and allows it to people',
    (operation) => {
      for (const caller of ['incident-worker', 'publisher', 'sweeper', 'alert-webhook']) {
        expect(ask(caller, operation, { table: 'audit' })).toBe(false);
      }
      expect(ask('external', operation, { table: 'audit' })).toBe(true);
    },
  );

  it('refuses a batch that touches the audit trail', () => {
    const args = { tables: ['incidents', 'audit'] };
    expect(ask('incident-worker', 'dynamodb:BatchWriteItem', args)).toBe(false);
  });

  it('lets incident-worker and publisher append and read, and ingress not even read', () => {
    for (const operation of ['dynamodb:ExecuteStatement', 'dynamodb:GetItem', 'dynamodb:Query']) {
      expect(ask('incident-worker', operation, { table: 'audit' })).toBe(true);
      expect(ask('publisher', operation, { table: 'audit' })).toBe(true);
      expect(ask('slack-ingress', operation, { table: 'audit' })).toBe(false);
      expect(ask('alert-webhook', operation, { table: 'audit' })).toBe(false);
    }
  });

  it('lets alert-webhook put into the outbox, and only the sweeper read it', () => {
    expect(ask('alert-webhook', 'dynamodb:PutItem', { table: 'outbox' })).toBe(true);
    expect(ask('alert-webhook', 'dynamodb:Scan', { table: 'outbox' })).toBe(false);
    expect(ask('sweeper', 'dynamodb:Scan', { table: 'outbox' })).toBe(true);
    expect(ask('incident-worker', 'dynamodb:PutItem', { table: 'outbox' })).toBe(false);
  });

  it('lets alerts into their own queue alone', () => {
    const send = (caller: string, queue: string) => ask(caller, 'sqs:SendMessage', { queue });
    expect(send('alert-webhook', 'alerts.fifo')).toBe(true);
    expect(send('alert-webhook', 'incidents.fifo')).toBe(false);
    expect(send('slack-ingress', 'incidents.fifo')).toBe(true);
    expect(send('slack-ingress', 'alerts.fifo')).toBe(false);
    expect(send('sweeper', 'alerts.fifo')).toBe(true);
    expect(send('external', 'alerts.fifo')).toBe(true);
  });

  it('lets only incident-worker ask for a publication', () => {
    const args = { queue: 'publications.fifo' };
    expect(ask('incident-worker', 'sqs:SendMessage', args)).toBe(true);
    expect(ask('publisher', 'sqs:SendMessage', args)).toBe(false);
    expect(ask('sweeper', 'sqs:SendMessage', { queue: 'incidents.fifo' })).toBe(true);
  });
});
