import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { keysOf, partitionOf } from '../../src/domain/event-keys.ts';
import { parseSeverity } from '../../src/domain/severity.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { publicPem } from '../gate/gate-world.ts';
import { LivesOracle } from './lives-oracle.ts';
import type { Deed, Step } from './lives-steps.ts';
import { type LivesModules, LivesWorld } from './lives-world.ts';

/** More would be a storm, which has proofs of its own. */
const INCIDENTS_MAX = 3;
const SERVICES = ['checkout-api', 'payments-worker', 'web-frontend'];
const SEVERITY_LABELS = ['critical', 'high', 'warning', 'info'];
/** Long enough for every draft to run out. Unit: ms. */
const DAY_MS = 90_000_000;

/** How a history went: the promise it broke, if any, and what happened in it. */
export type Played = { broken: string | undefined; counts: Counts };
export const COUNTED = ['incidents', 'publications', 'refused', 'asked', 'events'] as const;
export type Counts = Record<(typeof COUNTED)[number], number>;

/** Plays a history to its end, or to the promise that it breaks. */
export async function playLife(
  steps: readonly Step[],
  modules?: LivesModules,
  /** Shown the world before it begins, to look at it afterwards. */
  seen?: (world: LivesWorld) => void,
): Promise<Played> {
  const world = new LivesWorld(modules);
  seen?.(world);
  const broken = await brokenBy(world, steps).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    return `thrown: ${error.stack}`;
  });
  return { broken, counts: countsOf(world) };
}

function countsOf({ incidents, page, log }: LivesWorld): Counts {
  const count = (...types: string[]) => log.filter(({ type }) => types.includes(type)).length;
  return {
    incidents: incidents.length,
    publications: page.shown.length,
    refused: count('STATUSPAGE_APPROVAL_DENIED', 'STATUSPAGE_PUBLISH_REFUSED'),
    asked: count('STATUSPAGE_OBLIGATION_OPENED'),
    events: log.length,
  };
}

async function brokenBy(world: LivesWorld, steps: readonly Step[]): Promise<string | undefined> {
  const oracle = new LivesOracle(world);
  for (const { isHeld, ...deed } of steps) {
    await act(world, deed);
    if (!isHeld) await world.deliver();
    const broken = oracle.afterStep() ?? (deed.do === 'rest' ? oracle.atRest() : undefined);
    if (broken) return broken;
  }
  return ended(world, oracle);
}

/** Everything is delivered, people do what they are asked for, and time passes. */
async function ended(world: LivesWorld, oracle: LivesOracle): Promise<string | undefined> {
  for (const passedMs of [0, 0, 0, DAY_MS]) {
    await world.passes(passedMs);
    await world.rests();
    const broken = oracle.afterStep() ?? oracle.atRest();
    if (broken) return broken;
  }
  for (const action of ['statuspage_adopt', 'statuspage_declare_absent']) {
    for (const { words } of [...oracle.log.lives.values()]) {
      for (const { status, ...draft } of [...words]) {
        if (status === 'unknown') await world.presses('U0DEE', action, referenceTo(draft));
      }
    }
    await world.rests();
    oracle.afterStep();
  }
  await world.rests();
  await world.rests();
  const broken = oracle.afterStep() ?? oracle.atRest() ?? oracle.atEnd();
  return broken ?? (await trailProblem(world));
}

async function act(world: LivesWorld, deed: Deed): Promise<void> {
  switch (deed.do) {
    case 'alert': {
      if (world.incidents.length >= INCIDENTS_MAX) return;
      const service = SERVICES[deed.service] as string;
      const severity = SEVERITY_LABELS[deed.severity] as string;
      const type = 'alert group created';
      return world.alert({ group: `G${deed.group}`, service, severity, type });
    }
    case 'alert over': {
      const [service, severity] = [SERVICES[0] as string, 'critical'];
      return world.alert({ group: `G${deed.group}`, service, severity, type: 'resolve' });
    }
    case 'declare': {
      if (world.incidents.length >= INCIDENTS_MAX) return;
      const [title, service] = [`Declared ${deed.service}`, SERVICES[deed.service] as string];
      const severity = `P${deed.severity + 1}`;
      return world.submits(deed.by, { kind: 'submit', form: 'declare', title, service, severity });
    }
    case 'fate':
      return void world.page.fates.push(deed.fate);
    case 'delete card':
      return world.chat.deletes(deed.nth);
    case 'remove':
      return void world.page.removeByHand(deed.index);
    case 'component':
      return world.page.setByHand(deed.id, deed.state);
    case 'rest':
      return world.rests();
    case 'pass':
      return world.passes(deed.seconds * 1_000);
    default:
      return 'draft' in deed ? actOnDraft(world, deed) : actOnIncident(world, deed);
  }
}

type OnDraft = Extract<Deed, { draft: number }>;
type OnIncident = Extract<Deed, { of: number }>;

async function actOnIncident(world: LivesWorld, deed: OnIncident): Promise<void> {
  const incidentId = world.incidents.at(-1 - deed.of);
  if (incidentId === undefined) return;
  const says = (text: string) => world.says(deed.by, incidentId, text);
  switch (deed.do) {
    case 'draft': {
      const { status, notify, components } = deed;
      const title = 'Problems with our service';
      const fields = { title, text: textOf(world), status, notify, components, impact: 'minor' };
      return world.submits(deed.by, {
        kind: 'submit',
        form: 'draft',
        incidentId,
        fields: { ...fields, impact: 'minor' },
        editing: null,
        usedProposal: null,
      });
    }
    case 'propose':
      return says(`draft ${deed.status} ${textOf(world)}`);
    case 'resolve':
      return says('resolve It works again');
    case 'reopen':
      return says('reopen It is down again');
    case 'cancel':
      return says('cancel A false alarm');
    case 'leave page':
      return says('leave-page The other team writes there');
    case 'mitigate':
      return says('mitigate Rolled back');
    case 'ic':
      return says('ic');
    case 'hand over':
      return says(`ic <@${deed.to}>`);
    case 'severity':
      return says(`severity ${parseSeverity(`P${deed.to + 1}`)} More is known`);
  }
}

async function actOnDraft(world: LivesWorld, deed: OnDraft): Promise<void> {
  const written = world.log.filter(
    (event): event is Extract<AuditEvent, { type: 'STATUSPAGE_DRAFT_CREATED' }> =>
      event.type === 'STATUSPAGE_DRAFT_CREATED' || event.type === 'STATUSPAGE_DRAFT_REVISED',
  );
  const newest = written.at(-1 - deed.draft);
  if (!newest) return;
  const draft = referenceTo({ ...newest.details, incidentId: newest.incidentId });
  const { incidentId, ...seen } = draft;
  switch (deed.do) {
    case 'edit': {
      const { name, impact_override, deliver_notifications, components } =
        newest.details.request.body.incident;
      const fields = {
        title: name,
        text: textOf(world),
        status: deed.status,
        impact: impact_override,
        notify: deliver_notifications,
        components,
      };
      const form = { kind: 'submit', form: 'draft', incidentId, fields } as const;
      return world.submits(deed.by, { ...form, editing: seen, usedProposal: null });
    }
    case 'reject':
    case 'break_glass': {
      const reason = 'This is said for good reasons, which everybody can read';
      const form = { kind: 'submit', form: deed.do, incidentId, draft: seen, reason } as const;
      return world.submits(deed.by, form, draft);
    }
    default:
      return world.presses(deed.by, `statuspage_${deed.do}`, draft, deed.lateS);
  }
}

function referenceTo(of: DraftReference): DraftReference {
  const { incidentId, draftId, revision, digest } = of;
  return { incidentId, draftId, revision, digest };
}

/** Words of its own for every draft, so that none can be taken for another on the page. */
function textOf(world: LivesWorld): string {
  return `We are working on it. This is update ${world.log.length} of today.`;
}

/** What the auditor's tool has against the trail. */
async function trailProblem(world: LivesWorld): Promise<string | undefined> {
  const chains = [...new Set(world.log.map(({ incidentId }) => incidentId))];
  const pem = async (id: string) => publicPem(id === 'key-approval' ? 'approval' : 'publication');
  const reader = {
    partitions: async () => chains.map(partitionOf),
    rows: async (partition: string) =>
      world.log
        .filter(({ incidentId }) => partitionOf(incidentId) === partition)
        .map((event) => ({ ...event, ...keysOf(event) })),
    projections: async () => undefined,
  };
  const pinned = async () => ({
    approval: 'key-approval',
    publication: 'key-publication',
    keys: { pem },
  });
  const { ok, ...verdict } = await verifyTrail({ reader, pinned });
  return ok ? undefined : `trail: ${JSON.stringify(verdict).slice(0, 400)}`;
}
