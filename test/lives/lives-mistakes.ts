import { type Breakage, breakLives } from '../properties/broken-gate.ts';
import { runLives } from './run-lives.ts';

/** A mistake somebody could make, and the promise that must be seen to break. */
export type LivesMistake = { name: string; promise: RegExp; breakages: Breakage[] };

/** Every mistake must show within this many histories, wherever they begin. */
export const LIVES_FOUND_WITHIN = 300;

const APPROVALS_BLIND: Breakage = {
  file: 'approval-checks.ts',
  from: "if (view.outlived) throw refuse('SITUATION_CHANGED');",
  to: '',
};
const CLAIMS_BLIND: Breakage[] = [
  {
    file: 'statuspage-approval-gate.ts',
    from: "if (claimed) return this.#refuse(view, 'COMPONENT_CLAIMED', claimed);",
    to: '',
  },
  {
    file: 'statuspage-approval-gate.ts',
    from: "if (changed) return this.#refuse(view, 'COMPONENTS_CHANGED', changed);",
    to: '',
  },
];

/** Mistakes that lives must find. What is checked twice is broken in each place, and in the last alone. */
export const LIVES_MISTAKES: readonly LivesMistake[] = [
  {
    name: 'a-text-outlives-its-situation',
    promise: /^phase:/,
    breakages: [
      APPROVALS_BLIND,
      { file: 'decision-rules.ts', from: 'if (outlived) return outlived;', to: '' },
      { file: 'shown-cards.ts', from: 'if (situation) return {', to: 'if (false) return {' },
      { file: 'status-drafts.ts', from: 'incident?.drafts.filter(isOutlived) ?? []', to: '[]' },
    ],
  },
  {
    name: 'a-text-outlives-its-situation-on-the-way-to-the-page',
    promise: /^phase:/,
    breakages: [APPROVALS_BLIND],
  },
  {
    name: 'nobody-is-asked-to-end-what-is-over',
    promise: /^unasked:/,
    breakages: [{ file: 'obligations.ts', from: 'if (!step) return false;', to: 'return false;' }],
  },
  {
    name: 'nobody-stops-asking',
    promise: /^asked:/,
    breakages: [
      {
        file: 'obligations.ts',
        from: 'if (!step) return false;',
        to: "if (!step || 'settle' in step) return false;",
      },
    ],
  },
  {
    name: 'a-component-is-set-right-for-others',
    promise: /^component:/,
    breakages: [
      ...CLAIMS_BLIND,
      {
        file: 'shown-cards.ts',
        from: 'if (found.length === 0) return undefined;',
        to: 'return undefined;',
      },
    ],
  },
  {
    name: 'a-component-is-set-right-for-others-on-the-way-to-the-page',
    promise: /^component:/,
    breakages: CLAIMS_BLIND,
  },
  {
    name: 'authors-approve',
    promise: /^self:/,
    breakages: [
      {
        file: 'decision-rules.ts',
        from: 'authors: of.ignoreAuthors ? [] : authors,',
        to: 'authors: [],',
      },
    ],
  },
  {
    name: 'a-twin-is-not-seen',
    promise: /^self:/,
    breakages: [
      {
        file: 'related-incidents.ts',
        from: 'reading.listOpen(OPEN_INCIDENTS_READ_MAX)',
        to: '[]',
      },
    ],
  },
  {
    name: 'another-mailbox-of-the-author',
    promise: /^self:/,
    breakages: [
      {
        file: 'people.ts',
        from: 'this.#deps.routing.identity ?? { foldPlusAddresses: true }',
        to: '{ foldPlusAddresses: false }',
      },
    ],
  },
  {
    name: 'a-card-stays-as-it-was',
    promise: /^card:/,
    breakages: [
      {
        file: 'effect-plan.ts',
        from: "refresh: [...GATE, 'escalation_timers'] };",
        to: "refresh: ['escalation_timers'] };",
      },
    ],
  },
  {
    name: 'a-deleted-card-is-not-missed',
    promise: /^card:/,
    breakages: [
      {
        file: 'room-posts.ts',
        from: '(await chat.hasMessage(room!.channelId, step.result.ts))',
        to: 'true',
      },
    ],
  },
];

/** @returns how many histories it took from this seed on; undefined: it goes unnoticed */
export async function noticed(
  { name, promise, breakages }: LivesMistake,
  from: number,
): Promise<number | undefined> {
  const modules = await breakLives(`lives-${name}`, breakages);
  const count = LIVES_FOUND_WITHIN;
  const { found, histories } = await runLives({ from, count, modules, shortens: false });
  return found && promise.test(found.broken) ? histories : undefined;
}
