import { describe, expect, it } from 'vitest';
import { receiptNotice } from '../../../../src/adapters/slack/render/receipt-notice.ts';
import type { Receipt } from '../../../../src/domain/receipt.ts';
import { receipt } from '../../../domain/receipt-story.ts';

const approval = receipt().approvals[0]!;
const notice = (of: Partial<Receipt> & { title?: string } = {}) =>
  receiptNotice({ kind: 'receipt', receipt: receipt(of), fileName: 'receipt-pub-1.txt' });
const said = (of: Partial<Receipt> & { title?: string } = {}) => JSON.stringify(notice(of).blocks);

describe('receiptNotice()', () => {
  it('says what was published, who approved it under which rule, who wrote it, and where', () => {
    const shown = said();
    expect(notice().text).toBe('Receipt · published: Some payments fail');
    expect(shown).toContain('"user_id":"U0JONAS"');
    expect(shown).toContain('Rule: one status-approver who did not write it');
    expect(shown).toContain('a person’s own words');
    expect(shown).toContain('<https://stspg.io/p31zjtct2jer|on the page>');
    expect(shown).toContain('event 11, after `cccccccccccc`');
    expect(shown).toContain('`receipt-pub-1.txt` below');
  });

  it('is red and gives the reason when one person approved it alone', () => {
    const alone = { ...approval, breakGlass: { reason: 'Nobody is awake.', place: null } };
    expect(notice({ approvals: [alone] }).text).toMatch(/^🔴 Receipt · break-glass publication: /);
    expect(said({ approvals: [alone] })).toContain(' approved alone. Reason: Nobody is awake.');
    expect(said()).not.toContain('🔴');
  });

  it('says what AI had to do with it, and whether it was found later', () => {
    const ai = { modelId: 'model-1', promptVersion: 'p', revision: 1 };
    const drafted = { ...receipt().drafted, ai };
    expect(said({ drafted: { ...drafted, origin: 'proposal' } })).toContain(
      'proposed by AI, sent in by a person (model-1)',
    );
    expect(said({ drafted: { ...drafted, editedAfterAi: true }, adopted: true })).toContain(
      'AI proposed it (model-1), people edited it',
    );
    expect(said({ adopted: true })).toContain('found on the page later');
  });

  it('names a few of many, and stays within the limits of a message', () => {
    const many = Array.from({ length: 10 }, (_, i) => ({
      ...approval,
      approver: `T0TEST:U0USER${i}`,
      rule: `${i}`.repeat(3_000),
      policyIds: ['p'.repeat(200)],
    }));
    const { text, blocks } = notice({ approvals: many, title: 'x'.repeat(255) });
    expect(JSON.stringify(blocks)).toContain(' and 5 more');
    expect(JSON.stringify(blocks).length).toBeLessThan(8_000);
    expect(text.length).toBeLessThan(400);
  });

  it('shows people’s words literally', () => {
    const shown = said({ title: '<!channel> *bold* @everyone' });
    expect(shown).toContain('{"type":"text","text":"<!channel> *bold* @everyone"}');
  });

  it('says who approved by which policy when the rule is not in it', () => {
    const bare = { ...approval, rule: null };
    expect(said({ approvals: [bare] })).toContain('Rule: status-approver-may-approve');
    expect(said({ drafted: { ...receipt().drafted, authors: [] } })).toContain('Written by nobody');
  });
});
