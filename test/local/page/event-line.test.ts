import { describe, expect, it } from 'vitest';
import { lineOf, toneOf } from '../../../src/local/page/client/event-line.ts';
import type { TrailEvent } from '../../../src/local/page/client/model.ts';

const event = (type: string, details: Record<string, unknown>) =>
  ({ type, details, actor: { kind: 'slack_user', id: 'U04MAYAITO1' } }) as unknown as TrailEvent;

describe('the trail pane', () => {
  it('shows a broken glass and the approval after it in red', () => {
    const used = event('BREAK_GLASS_USED', { reason: 'Nobody else answers.' });
    expect(toneOf(used)).toBe('glass');
    expect(lineOf(used)).toBe('broke the glass to approve alone: “Nobody else answers.”');
    const alone = event('STATUSPAGE_DRAFT_APPROVED', { breakGlass: true });
    expect(toneOf(alone)).toBe('glass');
    expect(lineOf(alone)).toContain('break-glass');
  });

  it('shows an ordinary approval as good', () => {
    const approved = event('STATUSPAGE_DRAFT_APPROVED', {});
    expect(toneOf(approved)).toBe('good');
    expect(lineOf(approved)).not.toContain('break-glass');
  });
});
