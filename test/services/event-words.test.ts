import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { eventWords } from '../../src/services/event-words.ts';
import { chained, draft, type Fact, opened, PERSON, published } from '../domain/gate-story.ts';

const wordsOf = (fact: Fact): string => eventWords(chained([fact])[0] as AuditEvent);
const of = (type: Fact['type'], details: object, actor = PERSON): string =>
  wordsOf({ type, details, actor });

describe('eventWords()', () => {
  it('says what happened, with the ids that matter', () => {
    expect(wordsOf(opened)).toBe('Opened by Grafana OnCall as P2: Checkout is slow');
    expect(of('COMMAND_DENIED', { command: 'severity', rule: 'guests may not', reason: '' })).toBe(
      'Denied severity: guests may not',
    );
    expect(of('COMMAND_RECEIVED', { command: 'help' })).toBe('help');
    expect(of('WAR_ROOM_ASSEMBLED', { invited: 2, nextUpdateDueAt: 'then' })).toBe(
      '2 invited, next update due then',
    );
    expect(of('CHECKLIST_PINNED', { items: ['one', 'two'] })).toBe('one, two');
    expect(of('RESPONDER_INVITED', { slackUserId: 'U0MAYA', source: 'routing' })).toBe(
      '@U0MAYA (routing)',
    );
    expect(of('RESPONDER_INVITE_FAILED', { who: 'someone', reason: 'left' })).toBe('someone: left');
    expect(of('CHECKLIST_ITEM_UPDATED', { done: true, item: 'one' })).toBe('done: one');
    expect(of('CHECKLIST_ITEM_UPDATED', { done: false, item: 'one' })).toBe('open: one');
  });

  it('says of a draft nobody decides which stage it reached', () => {
    const details = { draftId: 'drf-a', revision: 2, stage: 'widened' };
    expect(of('STATUSPAGE_APPROVAL_ESCALATED', details)).toBe('Revision 2 still waits: widened');
  });

  it('says of a publication that was only found on the page that it was', () => {
    const fact = published(draft('drf-a'));
    const adopted = { ...fact, details: { ...(fact.details as object), adopted: true } };
    expect(wordsOf(adopted)).toContain('(found on the page): https://status.example.com/p1');
    expect(wordsOf(fact)).not.toContain('found');
  });

  it('keeps to one line of 300 characters without control characters', () => {
    const words = of('NOTE_ADDED', { text: `a\n\u202e\u0007b${'x'.repeat(400)}` });
    expect(words).toMatch(/^a bx+…$/);
    expect(words).toHaveLength(300);
  });
});
