import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { StepRow } from '../../src/services/ports.ts';
import { Receipts } from '../../src/services/receipts.ts';
import { keyPair, receipt, signed } from '../domain/receipt-story.ts';

const JWS = signed(receipt(), keyPair());
const PUBLISHED = {
  type: 'STATUSPAGE_PUBLISHED',
  incidentId: 'inc-abcdefgh234567ab',
  seq: 11,
  details: { publicationId: receipt().publicationId, receiptJws: JWS },
} as unknown as AuditEvent;
const STATE = { room: { channelId: 'C1' } } as IncidentState;
const NAME = `receipt-${receipt().publicationId}.txt`;

function given(of: { lost?: boolean; shown?: boolean } = {}) {
  const steps = new Map<string, StepRow>();
  const files: { name: string; title: string; text: string }[] = [];
  const messages: string[] = [];
  const errors: string[] = [];
  let lost = of.lost ?? false;
  const receipts = new Receipts({
    posts: {
      once: async (_event, name, channelId, message) => {
        messages.push(`${name} ${channelId} ${message.kind}`);
        return '1.1';
      },
    },
    rows: {
      readStep: async (_incidentId, seq, name) => steps.get(`${seq} ${name}`),
      writeStep: async (_incidentId, seq, name, row) => void steps.set(`${seq} ${name}`, row),
    },
    chat: {
      hasFile: async (_channelId, of) =>
        files.some(({ name, title }) => name === of.name && title === of.title),
      postFile: async (_channelId, file) => {
        if (of.shown !== false || !lost) files.push(file);
        if (!lost) return;
        lost = false;
        throw new Error('the answer was lost');
      },
    },
    log: { note() {}, warn() {}, error: (what) => void errors.push(what), count() {} },
  });
  return { receipts, steps, files, messages, errors };
}

describe('Receipts', () => {
  it('posts the key facts, then the whole file, each once', async () => {
    const { receipts, files, messages, steps } = given();
    await receipts.post(PUBLISHED, STATE);
    await receipts.post(PUBLISHED, STATE);
    expect(messages[0]).toBe('receipt_message C1 receipt');
    expect(files.map(({ name }) => name)).toEqual([NAME]);
    expect(files[0]?.text).toContain('RECEIPT OF A PUBLICATION');
    expect(steps.get('11 receipt_file')).toEqual({ done: true, result: {} });
  });

  it.each([
    ['arrived', true],
    ['did not arrive', false],
  ])('posts the file once when an answer was lost and it %s', async (_what, shown) => {
    const { receipts, files } = given({ lost: true, shown });
    await expect(receipts.post(PUBLISHED, STATE)).rejects.toThrow('the answer was lost');
    await receipts.post(PUBLISHED, STATE);
    expect(files.map(({ name }) => name)).toEqual([NAME]);
  });

  it('posts nothing without a room, a receipt, or a publication', async () => {
    const { receipts, files, messages, errors } = given();
    await receipts.post(PUBLISHED, { room: null } as IncidentState);
    await receipts.post({ ...PUBLISHED, type: 'NOTE_ADDED' } as AuditEvent, STATE);
    const { receiptJws: _gone, ...details } = PUBLISHED.details as { receiptJws: string };
    await receipts.post({ ...PUBLISHED, details } as AuditEvent, STATE);
    expect(errors).toEqual([]);
    const unreadable = { ...details, receiptJws: 'aa.bb.cc' };
    await receipts.post({ ...PUBLISHED, details: unreadable } as AuditEvent, STATE);
    expect(errors).toEqual(['receipt not readable']);
    expect([...files, ...messages]).toEqual([]);
  });
});
