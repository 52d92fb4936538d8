import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Breakage, breakGate, mendGates } from './broken-gate.ts';
import { interleavingProperty } from './gate-interleavings.ts';

/** Mistakes somebody could make, and the promise that must be seen to break. */
const MISTAKES: { name: string; promise: RegExp; breakages: Breakage[] }[] = [
  {
    name: 'no-claim',
    promise: /^Error: [23]:/,
    breakages: [
      {
        file: 'publication-chain.ts',
        from: `    return (await this.#insert(event)) ? event : undefined;`,
        to: `    if (await this.#insert(event)) return event;
    if (type !== 'STATUSPAGE_PUBLISH_STARTED') return undefined;
    const newest = (await this.#deps.trail.head(incidentId))!;
    return this.appendAfter(incidentId, newest, of);`,
      },
    ],
  },
  {
    name: 'digest-not-compared',
    promise: /^Error: 1:/,
    breakages: [
      {
        file: 'decision-refusals.ts',
        from: "if (state.revision !== seen.revision) return refusal('DRAFT_SUPERSEDED');",
        to: '',
      },
      {
        file: 'decision-refusals.ts',
        from: "return state.digest === seen.digest ? undefined : refusal('DRAFT_STALE');",
        to: 'return undefined;',
      },
    ],
  },
  {
    name: 'approval-of-any-draft',
    promise: /^Error: [13]:/,
    breakages: [
      {
        file: 'gate-view.ts',
        from: 'if (sameRevision(about, details)) applyOwn(view, event);',
        to: `if (sameRevision(about, details) || event.type === 'STATUSPAGE_DRAFT_APPROVED') {
      applyOwn(view, event);
    }`,
      },
      {
        file: 'approval-checks.ts',
        from: 'token.digest !== details.digest || token.action !== details.action',
        to: 'false',
      },
    ],
  },
  {
    name: 'second-send-after-unknown',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'publication-attempts.ts',
        from: "if (code === 'PAGE_NOT_EXECUTED') {",
        to: "if (code !== 'PAGE_REFUSED') {",
      },
      {
        file: 'publication-attempts.ts',
        from: "if (code === 'PAGE_OUTCOME_UNKNOWN') {",
        to: 'if (false) {',
      },
    ],
  },
  {
    name: 'one-person-two-accounts',
    promise: /^Error: 3:/,
    breakages: [
      {
        file: 'decision-rules.ts',
        from: 'state.approvals.some((approval) => self.has(approval.slackUserId))',
        to: 'state.approvals.some((approval) => approval.slackUserId === of.who.person.id)',
      },
    ],
  },
  {
    name: 'nobody-asks-again',
    promise: /^Error: 4:/,
    breakages: [
      { file: 'tend-incident.ts', from: "if (draft.status === 'approved') {", to: 'if (false) {' },
      { file: 'request-publication.ts', from: 'if (!wanted) return;', to: 'return;' },
    ],
  },
];

/** Every mistake here shows within 100 from most seeds; any change of the code moves the schedules. */
const RUNS_MAX = 500;

describe('a gate with a mistake in it is found out', () => {
  afterAll(mendGates);

  it.each(MISTAKES)(
    '$name',
    async ({ name, promise, breakages }) => {
      const modules = await breakGate(name, breakages);
      const found = await fc.check(interleavingProperty(modules), {
        numRuns: RUNS_MAX,
        seed: 20_261_120,
        endOnFailure: true,
      });
      expect(found.failed).toBe(true);
      expect(String(found.errorInstance)).toMatch(promise);
    },
    120_000,
  );
});
