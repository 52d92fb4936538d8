import { expect } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { Incident, Stage } from './war-room.ts';

/** The page as its control API tells. */
export type Shown = {
  id: string;
  name: string;
  status: string;
  incident_updates: { id: string }[];
};
export type DriftFound = Extract<AuditEvent, { type: 'STATUSPAGE_DRIFT_FOUND' }>;

/** The page, edited by somebody who is not us. */
export async function editsPage(stage: Stage, edit: Record<string, unknown>): Promise<Shown> {
  const url = `${stage.world.ready.urls.statuspage}/_world/edit`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(edit) });
  expect(response.status).toBe(200);
  return (await response.json()) as Shown;
}

/** A P1 with one text on the page. */
export async function givenPublished(stage: Stage): Promise<Incident & { pageId: string }> {
  const incident = await stage.givenP1();
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft();
  await incident.clicks('priya', 'statuspage_approve');
  const { statuspageIncidentId } = (await incident.last('STATUSPAGE_PUBLISHED')).details;
  return Object.assign(incident, { pageId: statuspageIncidentId });
}

/** Sweeps, and all that follows from each. */
export async function sweeps(stage: Stage, times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) await stage.passes({ seconds: 61 });
}

/** What was found about one incident on the page, wherever it stands. */
export async function foundAbout(stage: Stage, pageId: string): Promise<DriftFound[]> {
  const events = [...(await stage.actors.trails()).values()].flat();
  return events.filter(
    (event): event is DriftFound =>
      event.type === 'STATUSPAGE_DRIFT_FOUND' && event.details.statuspageIncidentId === pageId,
  );
}

/** The intake chain of the world's day. */
export function todaysIntake(stage: Stage): string {
  const day = new Date(stage.world.clock.nowMs()).toISOString().slice(0, 10);
  return `intake-${day.replaceAll('-', '')}`;
}
