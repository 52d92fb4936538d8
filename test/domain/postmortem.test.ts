import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { postmortemMarkdown } from '../../src/domain/postmortem.ts';
import { peopleIn } from '../../src/domain/postmortem-words.ts';
import {
  DECLARED,
  drafted,
  type Fact,
  MAYA,
  published,
  RESOLVED,
  STORY,
} from '../postmortem-story.ts';

const NAMES = {
  people: new Map([
    ['U0MAYA', 'Maya Ito'],
    ['U0PRIYA', 'Priya [Raman](https://evil.example)\n# Boss'],
  ]),
  components: new Map([['c1', 'Checkout']]),
};

function eventsOf(facts: readonly Fact[]): AuditEvent[] {
  return facts.map((fact, i) => {
    const at = new Date(Date.parse('2026-11-20T23:50:00Z') + i * 60_000).toISOString();
    return { ...fact, incidentId: 'inc-aaaaaaaaaaaaaaaa', seq: i + 1, at } as unknown as AuditEvent;
  });
}
const told = (facts: readonly Fact[], names = NAMES) => postmortemMarkdown(eventsOf(facts), names);

describe('postmortemMarkdown()', () => {
  it('tells the story of the golden file, byte for byte', () => {
    const golden = new URL('../fixtures/postmortem.md', import.meta.url);
    expect(told(STORY)).toBe(readFileSync(golden, 'utf8'));
  });

  it('shows ids alone where names are not known, or are an address', () => {
    const people = new Map([['U0MAYA', 'maya.ito@example.com']]);
    const text = told(STORY, { people, components: new Map() });
    expect(text).toContain('- @U0MAYA: declared it, author');
    expect(text).toContain('c1 → Partial outage');
    expect(text).not.toContain('example.com');
  });

  it('warns that the page was not told of the end, and only once the incident is over', () => {
    const open = [DECLARED, ...published({ id: 'a', status: 'investigating', body: 'x' })];
    const warning =
      '**The page was not told that it is over:** the last text says “Investigating”.';
    expect(told(open)).not.toContain(warning);
    expect(told([...open, RESOLVED])).toContain(warning);
    const closing = published({ id: 'b', status: 'resolved', body: 'y' });
    expect(told([...open, RESOLVED, ...closing])).not.toContain(warning);
  });

  it('says of an incident that goes on that it is not over yet', () => {
    const text = told([DECLARED]);
    expect(text).toContain('| State | triggered: it is not over yet |');
    expect(text).toContain('| Ended | not yet |');
  });

  it('says when a cancelled incident ended, and why', () => {
    const cancelled = { type: 'INCIDENT_CANCELLED', actor: MAYA, details: { reason: 'a drill' } };
    const text = told([DECLARED, cancelled as Fact]);
    expect(text).toContain('| State | cancelled |');
    expect(text).toContain('| Ended | 2026-11-20 23:51:00 UTC |');
    expect(text).toContain('Cancelled by @U0MAYA (Maya Ito): a drill');
  });

  it('names only the approvals that stood when it was published', () => {
    const [draft, approval, ...sent] = published({ id: 'a', status: 'investigating', body: 'x' });
    const lapsed = { ...approval!, actor: { kind: 'slack_user', id: 'U0LENA' } } as Fact;
    const refused = {
      type: 'STATUSPAGE_PUBLISH_REFUSED',
      actor: MAYA,
      details: {
        draftId: 'drf-a',
        revision: 1,
        publicationId: 'pub-a',
        reason: 'APPROVAL_EXPIRED',
        kind: 'recoverable',
      },
    } as Fact;
    const text = told([DECLARED, draft!, lapsed, refused, approval!, ...sent]);
    expect(text.match(/- Approved by @\w+/g)).toEqual(['- Approved by @U0PRIYA']);
    expect(text).toContain('Not published: the approval ran out; it needs to be approved again');
  });

  it('tells of events that this version does not know as far as they can be read', () => {
    const unknown = [
      { type: 'STATUSPAGE_OBLIGATION_OPENED', actor: MAYA, details: { because: 'resolved' } },
      {
        type: 'STATUSPAGE_OBLIGATION_SETTLED',
        actor: MAYA,
        details: { how: 'kept', reason: 'ok' },
      },
      { type: 'SOMETHING_NEW', actor: MAYA, details: {} },
    ] as unknown as Fact[];
    const text = told([DECLARED, ...unknown]);
    expect(text).toContain('The status page shows it as open: the incident is resolved here');
    expect(text).toContain('@U0MAYA (Maya Ito) left the status page as it is: ok');
  });

  it('quotes customer text whatever breaks its lines', () => {
    const body = 'one\r\n# two\u2028# three\r# four';
    const text = told([DECLARED, ...published({ id: 'a', status: 'investigating', body })]);
    expect(text).toContain('> one\n> # two\n> # three\n> # four\n');
  });

  it('shows no text that was never published', () => {
    const body = 'Nobody approved this.';
    expect(told([DECLARED, drafted({ id: 'a', status: 'investigating', body })])).not.toContain(
      body,
    );
  });
});

describe('peopleIn()', () => {
  it('finds each person that a text names once, and no address', () => {
    expect(peopleIn('@U0MAYA and @U0PRIYA, @U0MAYA; me@U0LENA @channel')).toEqual([
      'U0MAYA',
      'U0PRIYA',
    ]);
  });
});
