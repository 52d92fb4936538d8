import { describe, expect, it } from 'vitest';
import { obligationProblem } from '../../src/domain/obligation-replay.ts';
import { chained, draft, type Fact, opened, PERSON, published, started } from './gate-story.ts';

const TEXT = draft('drf-a');
const PUBLISHED = [opened, TEXT, started(TEXT), published(TEXT)];
const WORKER = { kind: 'system', id: 'incident-worker' } as const;
const open = (statuspageIncidentId = 'p1'): Fact => ({
  type: 'STATUSPAGE_OBLIGATION_OPENED',
  actor: WORKER,
  details: { statuspageIncidentId, because: 'resolved', link: '' },
});
const asked: Fact = {
  type: 'STATUSPAGE_OBLIGATION_ESCALATED',
  actor: WORKER,
  details: { stage: 'commander' },
};
const settled: Fact = {
  type: 'STATUSPAGE_OBLIGATION_SETTLED',
  actor: PERSON,
  details: { how: 'kept', reason: 'r' },
};

describe('obligationProblem()', () => {
  it.each<[string, Fact[], string | undefined]>([
    ['another event', [...PUBLISHED], undefined],
    ['an opening', [...PUBLISHED, open()], undefined],
    ['a question while it is open', [...PUBLISHED, open(), asked, asked], undefined],
    ['an end while it is open', [...PUBLISHED, open(), asked, settled], undefined],
    ['the next one', [...PUBLISHED, open(), settled, open()], undefined],
    ['a second opening', [...PUBLISHED, open(), asked, open()], 'an obligation is open before it'],
    ['a question about none', [...PUBLISHED, asked], 'no obligation is open before it'],
    ['a reason for none', [...PUBLISHED, settled], 'no obligation is open before it'],
    ['a second end', [...PUBLISHED, open(), settled, settled], 'no obligation is open before it'],
    [
      'another incident on the page',
      [...PUBLISHED, open('p2')],
      'it names another incident on the page than was published',
    ],
    [
      'an incident that was never published',
      [opened, open()],
      'it names another incident on the page than was published',
    ],
  ])('of %s is %s', (_name, facts, problem) => {
    const events = chained(facts);
    const [last] = events.slice(-1);
    expect(last && obligationProblem(last, events.slice(0, -1))).toBe(problem);
  });
});
