import type { ComponentState, PageStatus } from '../../src/domain/statuspage-event-details.ts';
import type { PageFate } from '../gate/memory-page.ts';
import { APPROVERS, COMMANDERS, IDS } from './lives-chat.ts';
import { COMPONENTS } from './lives-page.ts';
import type { Deed, Step } from './lives-steps.ts';

/** Chance, by a seed alone: mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  isLucky(chance: number): boolean {
    return this.next() < chance;
  }
}

const STATUSES: readonly PageStatus[] = ['investigating', 'identified', 'monitoring', 'resolved'];
const STATES: readonly ComponentState[] = [
  'operational',
  'degraded_performance',
  'partial_outage',
  'major_outage',
];
const FATES: readonly PageFate[] = ['lost', 'vanished', 'busy', 'refused', 'delayed'];
/** A day and an hour: drafts that wait have run out. Unit: s. */
const DAY_S = 90_000;
const PASSES_S = [5, 40, 120, 700, 2_000, DAY_S];
const PLOTS_MAX = 3;

/** A history: an incident, a few plots that may go wrong, and other things in between. */
export function historyOf(seed: number): Step[] {
  const dice = new Dice(seed);
  const steps: Step[] = begins(dice);
  const plots = 1 + dice.below(PLOTS_MAX);
  for (let plot = 0; plot < plots; plot += 1) {
    for (const step of dice.one(PLOTS)(dice)) {
      if (dice.isLucky(0.15)) steps.push(anything(dice));
      steps.push(step);
    }
  }
  return steps;
}

function begins(dice: Dice): Deed[] {
  const opening: Deed = dice.isLucky(0.5)
    ? { do: 'alert', group: 0, service: dice.below(3), severity: dice.below(4) }
    : declares(dice);
  return [opening, { do: 'ic', of: 0, by: dice.one(COMMANDERS) }];
}

type Plot = (dice: Dice) => Step[];
const approves = (dice: Dice, draft = 0): Deed => ({
  do: 'approve',
  draft,
  by: dice.one(APPROVERS),
});
/** By somebody who can say yes to it. */
const agreed = (draft = 0): Deed => ({ do: 'approve', draft, by: 'U0BEN' });
const writes = (dice: Dice, status: PageStatus, of = 0): Deed =>
  dice.isLucky(0.5)
    ? { do: 'propose', of, by: dice.one(['U0ADA', 'U0DEE', 'U0EVE']), status }
    : { ...drafts(dice, of), by: dice.one(['U0ADA', 'U0DEE', 'U0EVE']), status };
const publishes = (dice: Dice, of = 0): Deed[] => [
  writes(dice, dice.one(STATUSES.slice(0, 3)), of),
  agreed(),
];
const held = (step: Deed, dice: Dice): Step =>
  dice.isLucky(0.5) ? { ...step, isHeld: true } : step;
const ends = (dice: Dice): Deed => ({
  do: dice.one(['resolve', 'cancel', 'resolve', 'reopen'] as const),
  of: 0,
  by: 'U0DEE',
});
const resolves: Deed = { do: 'resolve', of: 0, by: 'U0DEE' };
const reopens: Deed = { do: 'reopen', of: 0, by: 'U0DEE' };

/** What a life is made of. Each is a way in which one of the promises has been in danger. */
const PLOTS: readonly Plot[] = [
  (dice) => publishes(dice),
  (dice) => [...publishes(dice), resolves, approves(dice)],
  (dice) => [...publishes(dice), resolves, { do: 'rest' }, reopens, agreed()],
  (dice) => [...publishes(dice), held(resolves, dice), held(agreed(), dice), reopens, agreed()],
  (dice) => [
    { do: 'mitigate', of: 0, by: 'U0DEE' },
    writes(dice, dice.one(STATUSES)),
    held(reopens, dice),
    { ...agreed(), isHeld: true },
  ],
  (dice) => [writes(dice, 'investigating'), { do: 'cancel', of: 0, by: 'U0DEE' }, agreed()],
  (dice) => [...publishes(dice), { do: 'cancel', of: 0, by: 'U0DEE' }, { do: 'rest' }],
  (dice) => [...publishes(dice), resolves, { do: 'pass', seconds: DAY_S }, { do: 'rest' }],
  (dice) => [
    ...publishes(dice),
    resolves,
    { do: dice.one(['reject', 'withdraw'] as const), draft: 0, by: 'U0BEN' },
    { do: 'rest' },
    ...(dice.isLucky(0.5) ? [reopens] : [writes(dice, 'resolved'), agreed()]),
    { do: 'rest' },
  ],
  (dice) => [writes(dice, dice.one(STATUSES)), held(agreed(), dice), held(ends(dice), dice)],
  (dice) => [...another(dice), ...publishes(dice), ...publishes(dice, 1), resolves, agreed()],
  (dice) => [
    ...another(dice),
    ...publishes(dice),
    ...publishes(dice, 1),
    { ...drafts(dice, dice.below(2)), by: 'U0DEE' },
    agreed(),
  ],
  (dice) => {
    const worse = { c1: 'major_outage' } as const;
    const better = { c1: 'degraded_performance' } as const;
    const says = (of: number, components: Record<string, ComponentState>): Deed => ({
      ...{
        do: 'draft',
        of,
        by: 'U0DEE',
        status: 'identified',
        notify: dice.isLucky(0.5),
        components,
      },
    });
    return [
      ...another(dice),
      says(0, worse),
      says(1, better),
      { ...agreed(1), isHeld: true },
      held(agreed(0), dice),
      { do: 'rest' },
    ];
  },
  (dice) => [
    { do: 'declare', service: 0, severity: 0, by: 'U0DEE' },
    { do: 'declare', service: 0, severity: 3, by: 'U0ADA' },
    { ...drafts(dice, 0), by: 'U0ADA' },
    { do: 'approve', draft: 0, by: dice.one(['U0ADA', 'U0ADA2']) },
  ],
  (dice) => [
    { ...drafts(dice, 0), by: 'U0ADA' },
    { do: 'approve', draft: 0, by: 'U0ADA2' },
  ],
  (dice) => [
    writes(dice, 'investigating'),
    { do: 'severity', of: 0, by: 'U0DEE', to: dice.below(4) },
    approves(dice),
    { do: 'severity', of: 0, by: 'U0DEE', to: dice.below(4) },
  ],
  (dice) => [writes(dice, 'monitoring'), ...publishes(dice), agreed(1)],
  (dice) => [writes(dice, 'identified'), { do: 'delete card', nth: 0 }, { do: 'rest' }],
  (dice) => [
    ...publishes(dice),
    { do: 'cancel', of: 0, by: 'U0DEE' },
    { do: 'leave page', of: 0, by: 'U0DEE' },
    { do: 'rest' },
  ],
  (dice) => [
    ...publishes(dice),
    { do: 'remove', index: 0 },
    ...Array.from({ length: 4 }, (): Deed => ({ do: 'rest' })),
    ...publishes(dice),
  ],
  (dice) => [{ do: 'fate', fate: dice.one(FATES) }, ...publishes(dice), { do: 'rest' }],
  (dice) => [
    ...publishes(dice),
    resolves,
    { do: 'fate', fate: dice.one(FATES) },
    agreed(),
    held(reopens, dice),
    { do: 'rest' },
  ],
  (dice) => [
    writes(dice, 'identified'),
    { do: 'edit', draft: 0, by: 'U0ADA', status: dice.one(STATUSES) },
    approves(dice),
    { do: 'break_glass', draft: 0, by: dice.one(COMMANDERS) },
  ],
];

/** Another incident, often of the same service. */
function another(dice: Dice): Deed[] {
  return [
    dice.isLucky(0.3)
      ? { do: 'alert', group: 1 + dice.below(2), service: dice.below(2), severity: dice.below(4) }
      : declares(dice),
    { do: 'ic', of: 0, by: 'U0DEE' },
  ];
}

function declares(dice: Dice): Deed {
  const by = dice.one(['U0DEE', 'U0ADA', 'U0EVE']);
  return { do: 'declare', service: dice.below(2), severity: dice.below(4), by };
}

function drafts(dice: Dice, of: number): Extract<Deed, { do: 'draft' }> {
  const components: Record<string, ComponentState> = {};
  for (const id of COMPONENTS.slice(0, 2)) {
    if (dice.isLucky(0.5)) components[id] = dice.one(STATES);
  }
  const status = dice.one(STATUSES);
  return { do: 'draft', of, by: dice.one(IDS), status, notify: dice.isLucky(0.5), components };
}

function anything(dice: Dice): Step {
  const [of, draft] = [dice.below(2), dice.below(3)];
  const [by, to] = [dice.one(IDS), dice.one(IDS)];
  const deeds: readonly Deed[] = [
    { do: 'alert', group: dice.below(3), service: dice.below(3), severity: dice.below(4) },
    { do: 'alert over', group: dice.below(3) },
    declares(dice),
    drafts(dice, of),
    { do: 'propose', of, by, status: dice.one(STATUSES) },
    { do: 'edit', draft, by, status: dice.one(STATUSES) },
    { do: dice.one(['approve', 'withdraw', 'adopt', 'declare_absent'] as const), draft, by },
    { do: 'approve', draft, by: 'U0BEN', lateS: dice.one([5, 30, 500, 700]) },
    { do: 'delete card', nth: draft },
    { do: 'leave page', of, by: 'U0DEE' },
    { do: dice.one(['reject', 'break_glass'] as const), draft, by },
    { do: dice.one(['resolve', 'reopen', 'cancel', 'mitigate', 'ic'] as const), of, by },
    { do: 'hand over', of, by, to },
    { do: 'severity', of, by, to: dice.below(4) },
    { do: 'fate', fate: dice.one(FATES) },
    { do: 'remove', index: dice.below(3) },
    { do: 'component', id: dice.one(COMPONENTS), state: dice.one(STATES) },
    { do: 'rest' },
    { do: 'pass', seconds: dice.one(PASSES_S) },
  ];
  return held(dice.one(deeds), dice);
}
