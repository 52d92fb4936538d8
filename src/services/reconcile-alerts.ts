import { alertQueueGroup } from '../domain/alerts/alert-paths.ts';
import { OnCallError } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { isOver } from '../domain/transitions.ts';
import type { AlertGroups, ListedGroup } from './alert-groups.ts';
import type { FindKnownGroup } from './known-groups.ts';
import type { Clock, IncidentQueue, IncidentRows, Log } from './ports.ts';
import { settleAll } from './settle-all.ts';

/** OnCall delivers within seconds, and repeats for under a minute. Unit: ms. */
export const DELIVERY_GRACE_MS = 60_000;
/**
 * How far back open groups are looked for. Longer than outages last; short enough that a first
 * deployment opens no room for what people have lived with for days. Unit: ms.
 */
export const LOOKED_BACK_MS = 6 * 3_600_000;
/** Our open incidents that are compared in one sweep. */
const COMPARED_MAX = 500;
/** Groups beyond the list that are asked about one by one, in turn. */
const ASKED_MAX = 10;
/** Worker is asked again about a group that is over for us and open for OnCall: this often. */
const OVER_EACH_MINUTES = 10;
const SOURCE = 'grafana-oncall';
const MINUTE_MS = 60_000;

export type ReconcileAlertsDeps = {
  groups: AlertGroups;
  rows: Pick<IncidentRows, 'listOpen'>;
  known: FindKnownGroup;
  queue: IncidentQueue;
  clock: Clock;
  log: Log;
};

/**
 * Compares OnCall's open alert groups with what we know: lost deliveries are never repeated, and some
 * changes are never delivered. What differs is told to incident-worker by id; it asks again itself.
 *
 * Safe to run twice at once, and to miss. An OnCall that cannot be asked is counted, and is no failure.
 * @throws {DeliveryError} retryable: left to the next minute
 * @returns how many groups incident-worker was told of
 */
export async function reconcileAlerts(
  deps: ReconcileAlertsDeps,
  hasTime: () => boolean,
): Promise<number> {
  const listed = hasTime() ? await listOpen(deps) : undefined;
  if (!listed) return 0;
  const nowMs = deps.clock.nowMs();
  const ours = (await deps.rows.listOpen(COMPARED_MAX)).flatMap(ofOnCall);
  const byGroup = new Map(ours.map((incident) => [incident.group, incident]));
  const changed = listed.filter(({ id, state }) => differs(byGroup.get(id), state));
  const unknown = listed.filter(
    ({ id, createdAtMs }) => !byGroup.has(id) && createdAtMs <= nowMs - DELIVERY_GRACE_MS,
  );
  const told = [...changed.map(({ id }) => id), ...(await toldOfUnknown(deps, unknown, hasTime))];
  const isListed = new Set(listed.map(({ id }) => id));
  // Resolved ones are not listed, so what we hold for alive and miss there is asked about.
  const missed = ours.filter(({ group, state }) => state !== 'resolved' && !isListed.has(group));
  told.push(...(await changedSilently(deps, missed, hasTime)));
  await settleAll(told.map((group) => tell(deps, group)));
  return told.length;
}

async function listOpen({ groups, clock, log }: ReconcileAlertsDeps) {
  try {
    return await groups.listOpen(clock.nowMs() - LOOKED_BACK_MS);
  } catch (error) {
    if (!(error instanceof OnCallError)) throw error;
    log.count('AlertsNotReconciled');
    log.warn('open alert groups not listed', { code: error.code });
    return undefined;
  }
}

type OurGroup = { group: string; state: string; unconfirmed: boolean };

function ofOnCall(incident: IncidentState): OurGroup[] {
  const { alertGroup } = incident;
  // One that is over is listed for the page's sake; its group is nobody's any more.
  if (alertGroup?.source !== SOURCE || isOver(incident)) return [];
  const { group, state, unconfirmed = false } = alertGroup;
  return [{ group, state: state ?? 'firing', unconfirmed }];
}

function differs(ours: OurGroup | undefined, state: string): boolean {
  return ours !== undefined && ours.state !== state;
}

/** Groups without an open incident of their own: never delivered, in a storm, or over for us. */
async function toldOfUnknown(
  { known, clock, log }: ReconcileAlertsDeps,
  unknown: readonly ListedGroup[],
  hasTime: () => boolean,
): Promise<string[]> {
  const minute = Math.floor(clock.nowMs() / MINUTE_MS);
  const told: string[] = [];
  let undelivered = 0;
  for (const { id, state } of unknown) {
    if (!hasTime()) break;
    const ours = await known(SOURCE, id);
    if (!ours) undelivered += 1;
    else if (ours.kind === 'linked' && ours.state === state) continue;
    else if ((minute + turnOf(id)) % OVER_EACH_MINUTES !== 0) continue;
    told.push(id);
  }
  if (undelivered > 0) {
    log.count('AlertNotDelivered');
    log.warn('alert groups are open that were never delivered', { undelivered });
  }
  return told;
}

/** Of the groups that are not listed as open: those whose state is another than on our record. */
async function changedSilently(
  { groups, clock }: ReconcileAlertsDeps,
  missed: readonly OurGroup[],
  hasTime: () => boolean,
): Promise<string[]> {
  const nowMs = clock.nowMs();
  const from = missed.length > 0 ? (Math.floor(nowMs / MINUTE_MS) * ASKED_MAX) % missed.length : 0;
  const turn = [...missed.slice(from), ...missed.slice(0, from)].slice(0, ASKED_MAX);
  const told: string[] = [];
  for (const { group, state, unconfirmed } of turn) {
    if (!hasTime()) break;
    const confirmed = await groups.confirm(group, nowMs);
    // No place, or no answer: the others would fare no better.
    if (confirmed.kind === 'unasked') break;
    // One that OnCall does not know was signed, as drills are, or came while it could not be asked.
    const isNews = confirmed.kind === 'unknown' ? unconfirmed : confirmed.group.state !== state;
    if (isNews) told.push(group);
  }
  return told;
}

async function tell({ queue, clock }: ReconcileAlertsDeps, group: string): Promise<void> {
  const foundAtMs = clock.nowMs();
  const minute = Math.floor(foundAtMs / MINUTE_MS);
  await queue.send(
    { kind: 'read_alert_group', group, foundAtMs },
    {
      group: alertQueueGroup(SOURCE, group),
      deduplicationId: sha256Hex(`read_alert_group#${group}#${minute}`),
    },
  );
}

/** Spreads groups over the minutes. */
function turnOf(id: string): number {
  return Number.parseInt(sha256Hex(id).slice(0, 6), 16);
}
