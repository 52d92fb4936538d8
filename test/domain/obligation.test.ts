import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/domain/apply-event.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { DEFAULT_APPROVAL_TIMES } from '../../src/domain/escalation.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { contradictionOf, isListed, nextAsk, obligationStep } from '../../src/domain/obligation.ts';

type Fact = { type: AuditEvent['type']; details: object };
const START_MS = Date.parse('2026-11-20T09:00:00.000Z');

/** Folds facts, a minute apart. */
class Story {
  state: IncidentState | undefined;
  #seq = 0;

  add(type: Fact['type'], details: object = {}): this {
    this.#seq += 1;
    const at = new Date(START_MS + (this.#seq - 1) * 60_000).toISOString();
    const actor = { kind: 'slack_user', id: 'U0MAYA' };
    const event = { incidentId: 'inc-a', seq: this.#seq, hash: `h${this.#seq}`, type, at, actor };
    this.state = applyEvent(this.state, { ...event, details } as unknown as AuditEvent);
    return this;
  }

  /** A draft as it is written; `status` is what it would say on the page. */
  drafts(draftId: string, status: string): this {
    const incident = { name: 'n', status, body: 'b', component_ids: [], components: {} };
    return this.add('STATUSPAGE_DRAFT_CREATED', {
      draftId,
      revision: 1,
      request: { method: 'POST', body: { incident } },
      authors: [],
    });
  }

  decides(type: Fact['type'], draftId: string, more: object = {}): this {
    return this.add(type, { draftId, revision: 1, reason: 'r', of: 'draft', ...more });
  }

  publishes(draftId: string): this {
    const of = { publicationId: `pub-${draftId}`, attempt: 1, attemptId: 'a', deadline: 'd' };
    this.decides('STATUSPAGE_DRAFT_APPROVED', draftId, { requiredApprovals: 1 });
    this.decides('STATUSPAGE_PUBLISH_STARTED', draftId, of);
    const shown = { statuspageIncidentId: 'p1', link: 'https://status.example.com/incidents/p1' };
    return this.decides('STATUSPAGE_PUBLISHED', draftId, { ...of, ...shown, pageDigest: '' });
  }

  /** What the worker puts on record until nothing is left to say. @returns how many steps it took */
  works(): number {
    for (let steps = 0; steps < 5; steps += 1) {
      const step = obligationStep(this.now);
      if (!step) return steps;
      if ('open' in step) this.add('STATUSPAGE_OBLIGATION_OPENED', { because: step.open });
      else this.add('STATUSPAGE_OBLIGATION_SETTLED', { how: step.settle, reason: step.reason });
    }
    throw new Error('the rule never comes to rest');
  }

  get now(): IncidentState {
    if (!this.state) throw new Error('nothing happened yet');
    return this.state;
  }
}

/** An incident that customers read about. */
function published(): Story {
  const opening = { title: 't', severity: 'P1', severityIsDefault: false, service: null };
  const story = new Story().add('INCIDENT_DECLARED', { ...opening, declaredIn: null });
  return story.drafts('d1', 'investigating').publishes('d1');
}

describe('obligationStep()', () => {
  it.each([
    ['INCIDENT_RESOLVED', 'resolved'],
    ['INCIDENT_CANCELLED', 'cancelled'],
    ['INCIDENT_CLOSED', 'resolved'],
  ] as const)('opens after %s because it is %s', (type, because) => {
    expect(obligationStep(published().add(type, { summary: 's' }).now)).toEqual({ open: because });
  });

  it.each([
    ['STATUSPAGE_APPROVAL_REJECTED', 'draft_rejected'],
    ['STATUSPAGE_APPROVAL_EXPIRED', 'draft_expired'],
    ['STATUSPAGE_DRAFT_WITHDRAWN', 'draft_withdrawn'],
  ] as const)('waits for a draft that ends it, and opens after %s: %s', (type, because) => {
    const story = published().add('INCIDENT_RESOLVED', { summary: 's' }).drafts('d2', 'resolved');
    expect(obligationStep(story.now)).toBeUndefined();
    expect(contradictionOf(story.now)).toBe('draft_waits');
    expect(obligationStep(story.decides(type, 'd2').now)).toEqual({ open: because });
  });

  it('opens after the publication that would have ended it failed: draft_failed', () => {
    const story = published().add('INCIDENT_RESOLVED', { summary: 's' }).drafts('d2', 'resolved');
    story.decides('STATUSPAGE_DRAFT_APPROVED', 'd2', { requiredApprovals: 1 });
    const of = { attempt: 1, attemptId: 'a', deadline: 'd' };
    story.decides('STATUSPAGE_PUBLISH_STARTED', 'd2', of);
    expect(obligationStep(story.now)).toBeUndefined();
    story.decides('STATUSPAGE_PUBLISH_UNCONFIRMED', 'd2', { looks: 0 });
    expect(obligationStep(story.now)).toBeUndefined();
    story.decides('STATUSPAGE_PUBLISH_FAILED', 'd2');
    expect(obligationStep(story.now)).toEqual({ open: 'draft_failed' });
  });

  it('asks nothing while the incident goes on, was never published, or ended on the page', () => {
    expect(obligationStep(published().now)).toBeUndefined();
    expect(obligationStep(published().add('INCIDENT_MITIGATED').now)).toBeUndefined();
    const opening = { title: 't', severity: 'P1', severityIsDefault: false, service: null };
    const silent = new Story().add('INCIDENT_DECLARED', { ...opening, declaredIn: null });
    expect(obligationStep(silent.add('INCIDENT_CANCELLED').now)).toBeUndefined();
    const ended = published().drafts('d2', 'resolved').publishes('d2');
    expect(obligationStep(ended.add('INCIDENT_RESOLVED', { summary: 's' }).now)).toBeUndefined();
  });

  it('another public update that does not end it settles nothing', () => {
    const story = published().add('INCIDENT_CANCELLED');
    story.works();
    story.drafts('d2', 'monitoring').publishes('d2');
    expect(obligationStep(story.now)).toBeUndefined();
    expect(story.now.obligation?.isOpen).toBe(true);
  });

  it.each<[string, (story: Story) => unknown]>([
    ['draft_waits', (story) => story.drafts('d2', 'resolved')],
    ['reopened', (story) => story.add('INCIDENT_REOPENED')],
    ['published', (story) => story.drafts('d2', 'resolved').publishes('d2')],
    [
      'removed',
      (story) => {
        story.state = { ...story.now, page: { ...story.now.page, removed: { seq: 1 } } as never };
      },
    ],
  ])('settles an open one as %s', (how, change) => {
    const story = published().add('INCIDENT_CANCELLED');
    story.works();
    change(story);
    expect(obligationStep(story.now)).toMatchObject({ settle: how });
    expect(story.works()).toBe(1);
    expect(story.now.obligation).toMatchObject({ number: 1, isOpen: false, kept: null });
  });

  it('leaves one alone that somebody keeps for a reason, until the situation changes', () => {
    const kept = { how: 'kept', reason: 'The page belongs to another team' };
    const story = published().add('INCIDENT_CANCELLED');
    story.works();
    story.add('STATUSPAGE_OBLIGATION_SETTLED', kept).add('NOTE_ADDED', { text: 'still so' });
    expect(story.now.obligation?.kept).toBe('The page belongs to another team');
    expect(obligationStep(story.now)).toBeUndefined();
    story.drafts('d2', 'resolved').decides('STATUSPAGE_APPROVAL_REJECTED', 'd2');
    expect(story.now.obligation?.kept).toBeNull();
    expect(obligationStep(story.now)).toEqual({ open: 'draft_rejected' });
    story.works();
    story.add('STATUSPAGE_OBLIGATION_SETTLED', kept);
    story.add('INCIDENT_REOPENED').add('INCIDENT_CANCELLED');
    story.works();
    expect(story.now.obligation).toMatchObject({ number: 3, isOpen: true });
  });
});

describe('isListed()', () => {
  it('keeps an incident among the open ones until both it and its page incident are over', () => {
    const story = published();
    expect(isListed(story.now)).toBe(true);
    story.add('INCIDENT_RESOLVED', { summary: 's' });
    expect(isListed(story.now)).toBe(true);
    story.drafts('d2', 'resolved').publishes('d2');
    expect(isListed(story.now)).toBe(false);
  });
});

describe('nextAsk()', () => {
  it('asks after 5, 15 and 30 min, then in the announcement channel every 4 h, for ever', () => {
    const story = published().add('INCIDENT_CANCELLED');
    story.works();
    const asked = () => nextAsk(story.now.obligation, DEFAULT_APPROVAL_TIMES);
    const { openedAt = '' } = story.now.obligation ?? {};
    const minutesAfter = (instant = '', since = openedAt) =>
      (Date.parse(instant) - Date.parse(since)) / 60_000;
    for (const [stage, minutes] of [
      ['commander', 5],
      ['approvers', 15],
      ['announcement', 30],
    ] as const) {
      expect(asked()?.stage).toBe(stage);
      expect(minutesAfter(asked()?.dueAt)).toBe(minutes);
      story.add('STATUSPAGE_OBLIGATION_ESCALATED', { stage });
    }
    for (let times = 4; times < 20; times += 1) {
      expect(asked()).toMatchObject({ stage: 'announcement', number: times });
      expect(minutesAfter(asked()?.dueAt, story.now.obligation?.askedAt)).toBe(240);
      story.add('STATUSPAGE_OBLIGATION_ESCALATED', { stage: 'announcement' });
    }
    story.add('INCIDENT_REOPENED');
    story.works();
    expect(asked()).toBeUndefined();
  });
});

const ACTS = [
  'resolve',
  'cancel',
  'reopen',
  'draft end',
  'draft more',
  'reject',
  'expire',
  'withdraw',
  'publish',
  'fail',
  'keep',
  'note',
  'worker',
] as const;
const ENDS = {
  reject: 'STATUSPAGE_APPROVAL_REJECTED',
  expire: 'STATUSPAGE_APPROVAL_EXPIRED',
  withdraw: 'STATUSPAGE_DRAFT_WITHDRAWN',
} as const;

/** A history, and what a reader of the page and of the room would know; shares no code with the rule. */
class Model {
  readonly story = published();
  over = false;
  shown = 'investigating';
  kept = false;
  waiting: { id: string; status: string }[] = [];
  #drafts = 1;

  does(act: (typeof ACTS)[number]): void {
    const { story } = this;
    const [draft] = this.waiting;
    if (act === 'worker') story.works();
    else if (act === 'note') story.add('NOTE_ADDED', { text: 'n' });
    else if (act === 'resolve' || act === 'cancel') {
      if (this.over) return;
      story.add(act === 'resolve' ? 'INCIDENT_RESOLVED' : 'INCIDENT_CANCELLED', { summary: 's' });
      this.over = true;
    } else if (act === 'reopen') {
      if (!this.over) return;
      story.add('INCIDENT_REOPENED');
      this.over = false;
      this.kept = false;
    } else if (act === 'draft end' || act === 'draft more') {
      if (this.waiting.length > 2) return;
      this.#drafts += 1;
      const status = act === 'draft end' ? 'resolved' : 'monitoring';
      this.waiting.push({ id: `d${this.#drafts}`, status });
      story.drafts(`d${this.#drafts}`, status);
      if (status === 'resolved') this.kept = false;
    } else if (act === 'keep') {
      if (!story.now.obligation?.isOpen || this.ends) return;
      if (!this.over || this.shown === 'resolved') return;
      story.add('STATUSPAGE_OBLIGATION_SETTLED', { how: 'kept', reason: 'why' });
      this.kept = true;
    } else if (draft) this.#decides(act, draft);
  }

  get ends(): boolean {
    return this.waiting.some(({ status }) => status === 'resolved');
  }

  #decides(act: 'reject' | 'expire' | 'withdraw' | 'publish' | 'fail', draft: Model['waiting'][0]) {
    this.waiting.shift();
    if (act === 'publish') {
      this.story.publishes(draft.id);
      this.shown = draft.status;
      if (draft.status === 'resolved') this.kept = false;
    } else if (act === 'fail') {
      const of = { requiredApprovals: 1, attempt: 1, attemptId: 'a', deadline: 'd' };
      this.story.decides('STATUSPAGE_DRAFT_APPROVED', draft.id, of);
      this.story.decides('STATUSPAGE_PUBLISH_STARTED', draft.id, of);
      this.story.decides('STATUSPAGE_PUBLISH_FAILED', draft.id, of);
    } else this.story.decides(ENDS[act], draft.id);
  }
}

describe('after any history', () => {
  it('a page that shows what is over has somebody asked, a draft that waits, or a reason', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ACTS), { maxLength: 40 }), (acts) => {
        const model = new Model();
        for (const act of acts) model.does(act);
        expect(model.story.works()).toBeLessThanOrEqual(1);
        const { obligation } = model.story.now;
        const wrong = model.over && model.shown !== 'resolved';
        expect(obligation?.isOpen ?? false).toBe(wrong && !model.ends && !model.kept);
        expect(isListed(model.story.now)).toBe(!model.over || model.shown !== 'resolved');
      }),
      { numRuns: 2_000 },
    );
  });
});
