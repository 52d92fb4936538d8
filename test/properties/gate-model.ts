import type fc from 'fast-check';
import { expect } from 'vitest';
import { sha256Hex } from '../../src/domain/ids.ts';
import type { DraftStatus } from '../../src/domain/incident-state.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { type GateWorld, PEOPLE } from '../gate/gate-world.ts';
import type { PageFate } from '../gate/memory-page.ts';

/** What the design says of one draft that needs two approvals, in a few lines of its own. */
export type Model = {
  status: DraftStatus;
  /** It mails nobody: then it is sent again by itself, once, when looks do not find it. */
  silent: boolean;
  worst: 'P1' | 'P2' | 'P3';
  policyChanged: boolean;
  approvals: { by: string; untilMs: number; severity: string; needed: number }[];
  writtenMs: number;
  attempts: number;
  absences: number;
  nowMs: number;
  retryAtMs: number;
  onPage: boolean;
  lookWanted: boolean;
  /** A person was asked about this attempt, or asked for a look: it is not sent again by itself. */
  leftToPerson: boolean;
  /** Looks of our own: how many, when the first may be, and when the next one is. */
  looks: number;
  firstLookMs: number;
  nextLookMs: number | null;
};
export type Real = { world: GateWorld; card: DraftReference };
export type Step = fc.AsyncCommand<Model, Real>;

/** The model of a draft that was just written. */
export function newModel(of: { silent: boolean; worst: 'P1' | 'P2' | 'P3' }): Model {
  return {
    ...of,
    status: 'pending_approval',
    policyChanged: false,
    approvals: [],
    writtenMs: 0,
    attempts: 0,
    absences: 0,
    nowMs: 0,
    retryAtMs: 0,
    onPage: false,
    lookWanted: false,
    leftToPerson: false,
    looks: 0,
    firstLookMs: 0,
    nextLookMs: null,
  };
}

const DAY_MS = 86_400_000;
const SENT: DraftStatus[] = ['publishing', 'unconfirmed'];
const OPEN: DraftStatus[] = ['pending_approval', 'approved'];
const emailOf = (by: string) => PEOPLE[by]?.email;

const isAuthor = ({ by }: { by: string }) => by === 'U0ADA';

/** A step that may always be taken; `expected` moves the model and says what people are told. */
function step<T>(
  name: string,
  expected: (model: Model) => T,
  act: (real: Real) => Promise<T>,
): Step {
  return {
    check: () => true,
    run: async (model, real) => {
      const told = expected(model);
      expect(await act(real)).toEqual(told);
      expect(await real.world.statusOf(real.card.draftId)).toBe(model.status);
    },
    toString: () => name,
  };
}

/** Why nobody may decide any more; undefined while they may. */
function tooLate(model: Model, open: DraftStatus[]): string | undefined {
  if (SENT.includes(model.status)) return 'PUBLISHING_ALREADY_STARTED';
  if (!open.includes(model.status)) return 'DRAFT_ALREADY_DECIDED';
  return model.nowMs >= model.writtenMs + DAY_MS ? 'DRAFT_EXPIRED' : undefined;
}

export function approve(by: string): Step {
  return step(
    `${by} approves`,
    (model) => {
      const { status, approvals, worst, silent } = model;
      const again = approvals.some((one) => one.by === by);
      const standing = approvals.filter(({ untilMs }) => untilMs > model.nowMs);
      if (again && ['approved', 'unconfirmed', 'published'].includes(status)) return undefined;
      const late = tooLate(model, ['pending_approval']);
      if (late) return late;
      const same = standing.some((one) => emailOf(one.by) === emailOf(by));
      // Its author approves only what is quiet.
      const takesFourEyes = worst !== 'P3' || !silent;
      if (same || (takesFourEyes && by === 'U0ADA')) return 'APPROVER_NOT_PERMITTED';
      const untilMs = Math.floor(model.nowMs / 1000) * 1000 + 1_800_000;
      // Whoever let theirs run out renews it.
      const others = approvals.filter((one) => one.by !== by);
      // What the author approved while it was quiet counts no more: another person makes up for it.
      const lost = takesFourEyes && others.some((one) => isAuthor(one) && standing.includes(one));
      model.approvals = [...others, { by, untilMs, severity: worst, needed: lost ? 3 : 2 }];
      const needed = Math.max(...model.approvals.map((one) => one.needed));
      if (model.approvals.length >= needed) model.status = 'approved';
      return undefined;
    },
    async ({ world, card }) => (await world.decide('approve', card, { by }))?.code,
  );
}

/** Also takes back what was approved, until publishing starts. */
export function end(verb: 'reject' | 'withdraw', by: string, to: DraftStatus): Step {
  return step(
    `${by} wants it ${to}`,
    (model) => {
      if (model.status === to) return undefined;
      const late = tooLate(model, OPEN);
      if (late) return late;
      Object.assign(model, { status: to, approvals: [] });
      return undefined;
    },
    async ({ world, card }) => (await world.decide(verb, card, { by }))?.code,
  );
}

export const edit = step(
  'an author edits',
  (model) => {
    if (!OPEN.includes(model.status)) return true;
    const { worst, policyChanged, nowMs } = model;
    // The words of the edit mail the page's subscribers, whatever the draft did.
    Object.assign(model, newModel({ silent: false, worst }));
    Object.assign(model, { policyChanged, nowMs, writtenMs: nowMs });
    return false;
  },
  async (real) => {
    const refused = await real.world.edit(real.card, 'Other words.', 'U0ADA');
    real.card = await real.world.card(real.card.draftId);
    return refused !== undefined;
  },
);

export function deliver(fate: PageFate): Step {
  return step(
    `a delivery; the page: ${fate}`,
    (model) => {
      // A forged or early request takes back nothing.
      if (model.status === 'unconfirmed') looked(model);
      else if (model.status === 'approved' && model.nowMs >= model.retryAtMs) sent(model, fate);
    },
    async ({ world, card }) => {
      world.page.fates.splice(0, Number.POSITIVE_INFINITY, fate);
      await world.deliver(card);
    },
  );
}

function sent(model: Model, fate: PageFate): void {
  const { approvals, nowMs, worst } = model;
  const isVoid = approvals.some(
    ({ untilMs, severity }) => untilMs - nowMs < 60_000 || severity !== worst,
  );
  if (isVoid || model.policyChanged) {
    Object.assign(model, { status: 'pending_approval', approvals: [] });
  } else if (model.attempts === 5) {
    model.status = 'publication_failed';
  } else {
    model.attempts += 1;
    attempted(model, fate);
  }
}

function attempted(model: Model, fate: PageFate): void {
  model.onPage = fate === 'done' || fate === 'lost';
  if (fate === 'done') model.status = 'published';
  else if (fate === 'refused') model.status = 'publication_failed';
  else if (fate === 'busy') {
    model.retryAtMs = model.nowMs + Math.min(5_000 * 2 ** (model.attempts - 1), 60_000);
  } else {
    const firstLookMs = model.nowMs + 18_000;
    Object.assign(model, { status: 'unconfirmed', looks: 0, firstLookMs, nextLookMs: firstLookMs });
    Object.assign(model, { lookWanted: false, leftToPerson: false });
  }
}

/** Three looks within a minute; then a silent draft is sent again once, and of others a person decides. */
function looked(model: Model): void {
  const isDue = model.nextLookMs !== null && model.nextLookMs <= model.nowMs;
  if (!isDue && !model.lookWanted) return;
  model.lookWanted = false;
  if (model.onPage) {
    model.status = 'published';
    return;
  }
  model.looks += 1;
  const planned = [0, 30_000, 60_000].map((ms) => model.firstLookMs + ms);
  const upcoming = planned.find((ms) => ms > model.nowMs);
  model.nextLookMs = upcoming ?? (model.looks < 3 ? model.nowMs + 30_000 : null);
  if (model.nextLookMs !== null) return;
  if (!model.silent || model.absences > 0 || model.leftToPerson) {
    model.leftToPerson = true;
    return;
  }
  Object.assign(model, { status: 'approved', retryAtMs: model.nowMs, absences: 1 });
}

export const adopt = step(
  'the commander adopts',
  (model) => {
    // What was wanted is so.
    if (model.status === 'published') return undefined;
    if (model.status !== 'unconfirmed') return 'DRAFT_ALREADY_DECIDED';
    Object.assign(model, { lookWanted: true, leftToPerson: true });
    return undefined;
  },
  async ({ world, card }) => (await world.decide('adopt', card, { by: 'U0DEE' }))?.code,
);

export const declareAbsent = step(
  'the commander declares it absent',
  (model) => {
    if (model.status !== 'unconfirmed') return 'DRAFT_ALREADY_DECIDED';
    model.status = 'publication_failed';
    return undefined;
  },
  async ({ world, card }) => (await world.decide('declare_absent', card, { by: 'U0DEE' }))?.code,
);

/** What the sweeper asks of the publisher is a delivery, which is a step of its own. */
export const sweep = step(
  'the sweeper comes',
  (model) => {
    const isExpired = model.nowMs >= model.writtenMs + DAY_MS;
    if (isExpired && model.status === 'pending_approval') {
      Object.assign(model, { status: 'expired', approvals: [] });
    }
  },
  async ({ world }) => {
    await world.tend.drafts(world.incidentId);
    world.publications.take();
  },
);

export function severityTo(to: 'P1' | 'P3'): Step {
  return step(
    `severity is set to ${to}`,
    (model) => {
      if (to === 'P1') model.worst = 'P1';
    },
    ({ world }) => world.append('SEVERITY_CHANGED', { from: 'P2', to, reason: 'as it looks now' }),
  );
}

/** Another policy is deployed at the publisher, or the one again by which people approve. */
export function policy(isOther: boolean): Step {
  return step(
    isOther ? 'another policy is deployed' : 'the policy is deployed again',
    (model) => {
      model.policyChanged = isOther;
    },
    async ({ world }) => {
      world.identity.policyDigest = sha256Hex(isOther ? 'another policy' : 'policy');
    },
  );
}

export function wait(ms: number): Step {
  return step(
    `${ms} ms pass`,
    (model) => {
      model.nowMs += ms;
    },
    async ({ world }) => {
      world.nowMs += ms;
    },
  );
}
