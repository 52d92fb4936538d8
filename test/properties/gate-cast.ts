import { applyEvent } from '../../src/domain/apply-event.ts';
import type { DraftContent } from '../../src/domain/draft.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import type { GateWorld } from '../gate/gate-world.ts';
import type { Clicks } from './gate-invariants.ts';

/** Everybody who brings a publication about, each once, all at the same time. */
export const APPROVERS = [
  'approver 1',
  'approver 2',
  'approver 1 again',
  'other account of approver 1',
  'approver of the other draft',
  'slow approver',
  'late approver 1',
  'late approver 2',
  'author',
] as const;
/** Everybody who may be in its way. */
export const OTHERS = [
  'editor 1',
  'editor 2',
  'rejecter',
  'withdrawer',
  'sweeper',
  'commander',
  'doubter',
  'severity',
  'end of the incident',
  'hand on the page',
  'hand on a component',
  'another incident',
  'forger',
] as const;
export type Actor = (typeof APPROVERS | typeof OTHERS)[number];

/** What a draft does to the page. */
export type Action = 'create' | 'update' | 'resolve';

/** The first words of the first draft; for an update, what the page says already. */
const FIRST_WORDS = 'First words.';

type Props = {
  world: GateWorld;
  clicks: Clicks;
  card: DraftReference;
  other: DraftReference;
  /** What the cards showed at first. */
  initial: IncidentState;
  patience: number;
};
export type Cast = Record<Actor, () => Promise<unknown>>;

/** Two drafts of one incident, and what each actor does with them. */
export async function castOf(
  world: GateWorld,
  of: {
    clicks: Clicks;
    notify: boolean;
    action: Action;
    /** Turns that those wait who come late. */
    patience: number;
  },
): Promise<Cast> {
  const { clicks, notify, action } = of;
  if (action !== 'create') await publishedBefore(world, clicks);
  const content = { ...contentFor(action, notify), components: { c1: 'partial_outage' } } as const;
  const card = await world.draft(FIRST_WORDS, content);
  const other = await world.draft('Words of another draft.', content);
  const initial = await shownNow(world);
  const props = { world, clicks, card, other, initial, patience: of.patience };
  return { ...approversOf(props), ...othersOf(props) };
}

/** The parts of a draft that make it this action. */
export function contentFor(action: Action, notify: boolean): Partial<DraftContent> {
  return { notify, ...(action === 'resolve' ? { status: 'resolved', impact: 'none' } : {}) };
}

/** An incident that is on the page already, by as many approvals as it takes. */
export async function publishedBefore(world: GateWorld, clicks: Clicks): Promise<void> {
  const card = await world.draft(FIRST_WORDS);
  const initial = await shownNow(world);
  for (const by of ['U0BEN', 'U0CAL']) {
    await approve({ world, clicks, initial }, by, { draft: card });
  }
  await world.deliverAll();
}

function approversOf(props: Props): Pick<Cast, (typeof APPROVERS)[number]> {
  const { card, other } = props;
  const now = (by: string, draft = card) => approve(props, by, { draft });
  const late = async (by: string) => {
    await waits(props);
    return approve(props, by, { draft: card, fresh: true });
  };
  return {
    'approver 1': () => now('U0BEN'),
    'approver 2': () => now('U0CAL'),
    'approver 1 again': () => now('U0BEN'),
    'other account of approver 1': () => now('U0BEN2'),
    'approver of the other draft': () => now('U0CAL', other),
    'slow approver': async () => {
      await waits(props);
      return now('U0BEN');
    },
    'late approver 1': () => late('U0BEN'),
    'late approver 2': () => late('U0CAL'),
    author: () => now('U0ADA'),
  };
}

function othersOf(props: Props): Pick<Cast, (typeof OTHERS)[number]> {
  const { world, card, other } = props;
  const decideUnknown = async (verb: 'adopt' | 'declare_absent') => {
    await waits(props);
    for (const draft of unconfirmed(await shownNow(world))) {
      await world.decide(verb, { incidentId: world.incidentId, ...draft }, { by: 'U0DEE' });
    }
  };
  return {
    'editor 1': () => world.edit(card, 'Words by the first editor.', 'U0DEE'),
    'editor 2': () => world.edit(card, 'Words by the second editor.', 'U0ADA'),
    rejecter: async () => {
      await approval(props);
      return world.decide('reject', card, { by: 'U0CAL' });
    },
    withdrawer: () => world.decide('withdraw', card, { by: 'U0DEE' }),
    sweeper: async () => {
      for (const passedMs of [0, 20_000, 31_000, 61_000]) {
        await waits(props);
        world.nowMs += passedMs;
        await world.tend.drafts(world.incidentId);
      }
    },
    commander: () => decideUnknown('adopt'),
    doubter: () => decideUnknown('declare_absent'),
    severity: async () => {
      await approval(props);
      await world.append('SEVERITY_CHANGED', { from: 'P2', to: 'P1', reason: 'more customers' });
    },
    'end of the incident': async () => {
      await approval(props);
      await world.append('INCIDENT_RESOLVED', { summary: 'it looks good again' });
      await waits(props);
      await world.append('INCIDENT_REOPENED', { reason: 'it is down again' });
    },
    'hand on the page': async () => {
      await waits(props);
      world.page.byHand('incident', 'Posted by somebody else.');
      await waits(props);
      world.page.byHand('update', 'Added by somebody else.');
    },
    'hand on a component': async () => {
      await approval(props);
      world.page.states.c1 = 'major_outage';
    },
    'another incident': async () => {
      await approval(props);
      const claim = { componentId: 'c1', state: 'major_outage', title: 'Another' } as const;
      world.page.otherClaims.push({ incidentId: 'inc-another', ...claim });
    },
    forger: async () => {
      await waits(props);
      await world.deliver(card);
      await world.deliver(other);
      await world.deliver({ ...card, revision: 2 });
    },
  };
}

/** Approves what the newest card (or the first one) shows at this moment. */
async function approve(
  props: Pick<Props, 'world' | 'clicks' | 'initial'>,
  by: string,
  of: { draft: DraftReference; fresh?: boolean },
): Promise<unknown> {
  const { world, clicks, initial } = props;
  const { drafts } = of.fresh ? await shownNow(world) : initial;
  const { draftId, revision, digest, request } = drafts.find(
    (draft) => draft.draftId === of.draft.draftId,
  )!;
  const click = world.request({ by });
  clicks.set(click.requestSha256, { by, request: structuredClone(request) });
  const draft = { incidentId: world.incidentId, draftId, revision, digest };
  return world.decisions.decide('approve', { request: click, draft });
}

/** Waits for an approval, to act between it and the publication. */
async function approval(props: Props): Promise<void> {
  const { world, card, patience } = props;
  for (let turn = 0; turn < 3 * patience; turn += 1) {
    const { drafts } = await shownNow(world);
    if (drafts.some(({ draftId, status }) => draftId === card.draftId && status === 'approved')) {
      return;
    }
    await world.intercept('actor.waits', async () => {});
  }
}

/** Lets others go first. */
async function waits({ world, patience }: Props): Promise<void> {
  for (let turn = 0; turn < patience; turn += 1)
    await world.intercept('actor.waits', async () => {});
}

/** What the cards show now, read past the scheduler: looking is not acting. */
export async function shownNow(world: GateWorld): Promise<IncidentState> {
  let state: IncidentState | undefined;
  for (const event of await world.events()) state = applyEvent(state, event);
  return state!;
}

/** The drafts of which nobody knows whether customers were told. */
export function unconfirmed(state: IncidentState) {
  return state.drafts
    .filter(({ status }) => status === 'unconfirmed')
    .map(({ draftId, revision, digest }) => ({ draftId, revision, digest }));
}
