import { describe, expect, it } from 'vitest';
import { ChatError } from '../../src/domain/errors.ts';
import { EDIT_INTERVAL_MS, editDue, editedNow } from '../../src/services/card-edits.ts';

const T0 = 1_700_000_000_000;
const EDITED = editedNow('1.0', { version: 7, nowMs: T0 }).result;

describe('editDue()', () => {
  it('edits a card that was posted and never edited at once', () => {
    expect(editDue({ ts: '1.0' }, { version: 2, nowMs: T0, everyMs: EDIT_INTERVAL_MS })).toBe(true);
  });

  it('does not edit what shows that version already', () => {
    expect(editDue(EDITED, { version: 7, nowMs: T0 + 60_000, everyMs: 3_000 })).toBe(false);
  });

  it('waits until 3 s after the last edit, and edits at 3 s exactly', () => {
    const early = () => editDue(EDITED, { version: 8, nowMs: T0 + 2_999, everyMs: 3_000 });
    expect(early).toThrowWithCode(ChatError, 'CHAT_RATE_LIMITED');
    expect(editDue(EDITED, { version: 8, nowMs: T0 + 3_000, everyMs: 3_000 })).toBe(true);
  });
});
