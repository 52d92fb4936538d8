import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { DraftReference } from '../../src/services/room-messages.ts';
import { type GateModules, GateWorld } from '../gate/gate-world.ts';
import { publishedBefore } from './gate-cast.ts';
import { type Change, type Cover, tampered } from './tampering.ts';

/** A trail on which a publication may start: an update that was edited once and approved by two. */
export type ReadyTrail = {
  events: AuditEvent[];
  card: DraftReference;
  /** The page as it was then. */
  page: GateWorld['page'];
  nowMs: number;
};

/** @param tried - an attempt was made already, and the page said that it did nothing */
export async function readyTrail(of: { tried: boolean }): Promise<ReadyTrail> {
  const world = await new GateWorld({ requiredApprovals: 2 }).open('P1');
  await publishedBefore(world, new Map());
  const first = await world.draft('Words before the edit.', { notify: true });
  await world.edit(first, 'Words as approved.', 'U0ADA');
  const card = await world.card(first.draftId);
  await world.decide('approve', card, { by: 'U0BEN' });
  await world.decide('approve', card, { by: 'U0CAL' });
  if (of.tried) {
    world.page.fates.push('busy');
    await world.deliver(card);
    world.nowMs += 60_000;
  }
  return { events: await world.events(), card, page: world.page, nowMs: world.nowMs };
}

/** What one delivery did after somebody changed the trail. */
export type Aftermath = { outcome: string; sent: unknown[]; refusedAs: string | undefined };

/**
 * Delivers the publication on a trail that was changed under the projection's nose.
 * @returns undefined when the changed row is none that this system would ever write
 */
export async function deliverTampered(
  ready: ReadyTrail,
  of: { index: number; change: Change; cover: Cover },
  modules?: GateModules,
): Promise<Aftermath | undefined> {
  const rows = tampered(ready.events, of);
  if (!rows) return undefined;
  const world = await restored(ready, modules);
  for (const [index, row] of rows.entries()) {
    world.trail.tamper(world.incidentId, index + 1, () => row);
  }
  return aftermath(world, ready);
}

/** A gate with this trail, its projection and this page. */
export async function restored(ready: ReadyTrail, modules?: GateModules): Promise<GateWorld> {
  const world = new GateWorld({ requiredApprovals: 2, ...(modules ? { modules } : {}) });
  world.nowMs = ready.nowMs;
  for (const event of ready.events) await world.trail.insert(event);
  await world.record.load(world.incidentId);
  world.page.incidents.push(...structuredClone(ready.page.incidents));
  return world;
}

/** What a delivery does, and how it is put on record, wherever it can be. */
export async function aftermath(world: GateWorld, ready: ReadyTrail): Promise<Aftermath> {
  const outcome = await world.deliver(ready.card);
  const day = `intake-${new Date(world.nowMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const kinds: string[] = [];
  for (const chainId of [world.incidentId, day]) {
    const head = await world.trail.head(chainId).catch(() => undefined);
    if (head?.type === 'STATUSPAGE_PUBLISH_REFUSED') kinds.push(head.details.kind);
  }
  const sent = world.page.sent.map(({ permit }) => permit.request);
  return { outcome, sent, refusedAs: kinds[0] };
}
