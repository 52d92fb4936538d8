import { describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/domain/apply-event.ts';
import type { DetailsOf } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import {
  about,
  approved,
  chained,
  draft,
  type Fact,
  notExecuted,
  opened,
  PERSON,
  published,
  refused,
  started,
} from './gate-story.ts';

const LONG = '長'.repeat(3_000);
const REASON = '因'.repeat(3_000);
const TITLE = '題'.repeat(255);

/** What a value takes in an item. https://docs.aws.amazon.com/amazondynamodb: item sizes. */
function itemBytes(value: unknown): number {
  const text = (of: string) => new TextEncoder().encode(of).length;
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 2;
  if (Array.isArray(value)) return 3 + value.reduce((sum, each) => sum + 1 + itemBytes(each), 0);
  if (typeof value !== 'object' || value === null) return 1;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return 3 + fields.reduce((sum, [name, field]) => sum + 1 + text(name) + itemBytes(field), 0);
}

/** As large as a draft can be: 3,000 characters of three bytes, 50 components. */
function largeDraft(name: string, revision = 1): Fact {
  const made = draft(`drf-${name.padEnd(16, 'a')}`, { revision });
  const details = made.details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
  const ids = Array.from({ length: 50 }, (_, n) => `component${String(n).padStart(11, '0')}`);
  const states = Object.fromEntries(ids.map((id) => [id, 'degraded_performance' as const]));
  const incident = {
    ...details.request.body.incident,
    name: TITLE,
    body: LONG,
    component_ids: ids,
    components: states,
  };
  const request = { ...details.request, body: { incident } };
  return { ...made, details: { ...details, request, componentsBefore: states } };
}

function stateOf(facts: readonly Fact[]): IncidentState {
  let state: IncidentState | undefined;
  for (const event of chained(facts)) state = applyEvent(state, event);
  return state as IncidentState;
}

const { digest } = largeDraft('x').details as DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
const glass = (of: Fact, click: string): Fact =>
  about(of, 'BREAK_GLASS_USED', { digest, reason: REASON, slackRequestSha256: click.repeat(64) });
const rejected = (of: Fact): Fact =>
  about(of, 'STATUSPAGE_APPROVAL_REJECTED', { digest, reason: REASON });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);
const sent = (of: Fact): Fact[] => [of, approved(of), started(of)];

/** Everything that makes the projection of an incident large, at once. */
function worstCase(of: { revisions: number }): Fact[] {
  const invited = numbered(500).map((n): Fact => {
    const slackUserId = `U0${String(n).padStart(9, '0')}`;
    return { type: 'RESPONDER_INVITED', details: { slackUserId, source: 'oncall' } };
  });
  const publications = numbered(60).flatMap((n) => {
    const one = largeDraft(`p${n}`);
    return [...sent(one), published(one)];
  });
  const over = numbered(20).flatMap((n) => {
    const one = largeDraft(`r${n}`);
    // Of more reviews than 20 the next would be refused.
    const clicks = n < 10 ? numbered(5) : [];
    return [one, ...clicks.map((click) => glass(one, String(click))), rejected(one)];
  });
  const waiting = numbered(10).flatMap((n) => {
    const revisions = numbered(of.revisions).flatMap((before) => {
      const one = largeDraft(`w${n}`, before + 1);
      return [...sent(one), notExecuted(one), refused(one)];
    });
    return [...revisions, largeDraft(`w${n}`, of.revisions + 1)];
  });
  const broken = numbered(10).flatMap((n) => {
    const one = largeDraft(`w${n}`, of.revisions + 1);
    return [
      ...numbered(5).map((click) => glass(one, String(click))),
      ...sent(one).slice(1),
      about(one, 'STATUSPAGE_PUBLISH_UNCONFIRMED', { reason: REASON, looks: 1 }),
    ];
  });
  const told: Fact = { type: 'STATUS_UPDATE_SENT', actor: PERSON, details: { text: LONG } };
  const resolved: Fact = { type: 'INCIDENT_RESOLVED', actor: PERSON, details: { summary: LONG } };
  return [opened, ...invited, ...publications, ...over, ...waiting, ...broken, told, resolved];
}

describe('the projection of an incident', () => {
  it.each([0, 3])(
    'fits into its row at its largest, each draft sent %i times before',
    (revisions) => {
      const state = stateOf(worstCase({ revisions }));
      expect(state.invited).toHaveLength(500);
      expect(state.page.publications).toHaveLength(50);
      expect(state.drafts.filter(({ status }) => status === 'unconfirmed')).toHaveLength(10);
      expect(state.checklist.filter(({ review }) => review)).toHaveLength(20);
      expect(itemBytes(state)).toBeLessThan(380_000);
    },
  );

  it('keeps 20 drafts of an ordinary size whole', () => {
    const drafts = numbered(21).flatMap((n) => {
      const one = draft(`drf-${String(n).padStart(16, 'a')}`);
      return [one, rejected(one)];
    });
    const state = stateOf([opened, ...drafts]);
    expect(state.drafts).toHaveLength(20);
  });

  it('keeps the start of a long reason, and of a broken glass the hash of the whole', () => {
    const one = largeDraft('a');
    const broken = stateOf([opened, one, glass(one, 'c')]).drafts[0]?.brokenGlass?.[0];
    expect(broken?.reason).toBe('因'.repeat(200));
    expect(broken?.reasonSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(stateOf([opened, one, rejected(one)]).drafts[0]?.reason).toBe('因'.repeat(600));
  });

  it('keeps the reason of a broken glass once, with the approval', () => {
    const one = largeDraft('a');
    const alone = approved(one);
    const fact = { ...alone, details: { ...(alone.details as object), breakGlass: true } };
    const [kept] = stateOf([opened, one, glass(one, 'c'), fact]).drafts;
    expect(kept?.brokenGlass).toEqual([]);
    expect(kept?.approvals[0]?.breakGlassReason).toBe('因'.repeat(200));
  });
});
