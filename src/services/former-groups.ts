import type { AlertSignal } from '../domain/alert-signal.ts';
import { isOver } from '../domain/transitions.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { IncidentRows } from './ports.ts';
import type { Storms } from './storms.ts';

export type FormerGroupsDeps = {
  record: Pick<IncidentRecord, 'load'>;
  rows: Pick<IncidentRows, 'latestEpisode'>;
  storms: Pick<Storms, 'linkOf'>;
};

/**
 * The identity under which a signal is placed. A group that has an open incident, or is in a storm
 * that goes on, under the identity that an earlier version gave it keeps that one until it is over;
 * so an upgrade neither orphans an incident nor opens a second one beside it.
 */
export async function asStillKnown(
  { record, rows, storms }: FormerGroupsDeps,
  signal: AlertSignal,
): Promise<AlertSignal> {
  const { former, ...placed } = signal;
  if (!former) return signal;
  const formerly = { ...placed, ...former };
  const [own, link] = await Promise.all([
    rows.latestEpisode(formerly.source, formerly.group),
    storms.linkOf(formerly),
  ]);
  const isOpen = await goesOn(record, own?.incidentId);
  // A storm without a trail is about to be opened.
  const isInStorm =
    link !== undefined && !link.hasLeft && (await goesOn(record, link.stormId, true));
  return isOpen || isInStorm ? formerly : placed;
}

async function goesOn(
  record: FormerGroupsDeps['record'],
  incidentId: string | undefined,
  unlessOnRecord = false,
): Promise<boolean> {
  const incident = incidentId === undefined ? undefined : await record.load(incidentId);
  return incident ? !isOver(incident.state) : unlessOnRecord;
}
