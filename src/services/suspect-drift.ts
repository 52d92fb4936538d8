import { intakeChainId, sha256Hex } from '../domain/ids.ts';
import { foreignDay, foreignIncident, pageDifferences } from '../domain/page-drift.ts';
import type { PublishedIncident } from '../domain/published-texts.ts';
import type { Clock, IncidentQueue, IncidentRows, Log } from './ports.ts';
import type { PublicIncidents } from './public-page.ts';

/** Incidents on the page that one sweep may suspect; the next one takes the others. */
export const SUSPECTED_MAX = 50;
/** Index entries of one month that are read. */
const PUBLISHED_READ_MAX = 500;
/** How long after its last publication an incident of ours is compared. Unit: ms. */
export const COMPARED_FOR_MS = 30 * 86_400_000;
/**
 * Open incidents the publisher is asked to look at in a minute: a look holds up the publications
 * behind it for as long as the page takes to answer.
 */
const ASKED_MAX = 3;
/** All it is asked about in a minute, with what was resolved. */
const ASKED_IN_ALL_MAX = 5;
const MINUTE_MS = 60_000;
const MINUTES_OF_DAY = 1_440;

type Look = { incidentId: string; statuspageIncidentId: string; content: string };

export type SuspectDriftDeps = {
  page: PublicIncidents;
  rows: Pick<IncidentRows, 'listPublished'>;
  queue: IncidentQueue;
  clock: Clock;
  log: Log;
};

/**
 * Reads the public page once and sends a message for every incident on it that may not be as it was
 * published. A suspicion proves nothing: incident-worker looks again and compares with the trail.
 *
 * One request to the page and two queries, however many incidents there are. A page that cannot be
 * read is counted and is no failure. The same suspicion is sent again when the queue has forgotten
 * it, after 5 min, so a look that came to nothing is made good.
 *
 * @returns how many incidents are suspected
 */
export async function suspectDrift(
  deps: SuspectDriftDeps,
  hasTime: () => boolean = () => true,
): Promise<number> {
  const { page, clock, log } = deps;
  const shown = await page.newestIncidents();
  if (!shown) {
    log.count('PageUnreadable');
    log.warn('the public page could not be read');
    return 0;
  }
  const nowMs = clock.nowMs();
  const ours = await publishedLately(deps);
  const suspected: Look[] = [];
  for (const incident of shown.incidents) {
    const found = ours.has(incident.id) ? undefined : foreignIncident(incident, nowMs);
    if (!found) continue;
    const incidentId = intakeChainId(foreignDay(incident, nowMs));
    suspected.push({ incidentId, statuspageIncidentId: incident.id, content: found.key });
  }
  for (const { incidentId, statuspageIncidentId, publications } of ours.values()) {
    const found = pageDifferences({
      statuspageIncidentId,
      publications,
      inFlight: [],
      page: shown,
      nowMs,
    });
    const content = found.map(({ key }) => key).join(' ');
    if (content !== '') suspected.push({ incidentId, statuspageIncidentId, content });
  }
  return sendLooks(deps, turnOf(suspected, nowMs), hasTime);
}

/** Of more suspicions than one sweep may send each gets its turn, as a difference may last. */
function turnOf(suspected: readonly Look[], nowMs: number): Look[] {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const from = suspected.length > SUSPECTED_MAX ? (minute * SUSPECTED_MAX) % suspected.length : 0;
  return [...suspected.slice(from), ...suspected.slice(0, from)].slice(0, SUSPECTED_MAX);
}

/**
 * As `suspectDrift`, for a page without a public API: nothing is compared here, and the publisher is
 * asked to look, each minute at what is open on the page and once a day at what was resolved within
 * 30 days. Of more open incidents than `ASKED_MAX` each gets its turn.
 */
export async function askForLooks(
  deps: Omit<SuspectDriftDeps, 'page' | 'log'>,
  hasTime: () => boolean = () => true,
): Promise<number> {
  const minute = Math.floor(deps.clock.nowMs() / MINUTE_MS);
  const ours = [...(await publishedLately(deps)).values()];
  const open = ours.filter(({ publications }) => publications.at(-1)?.status !== 'resolved');
  const turns = Math.max(1, Math.ceil(open.length / ASKED_MAX));
  const due = [
    ...open.filter((_, index) => index % turns === minute % turns),
    ...ours.filter((entry) => !open.includes(entry) && slotOf(entry) === minute % MINUTES_OF_DAY),
  ];
  const looks = due.slice(0, ASKED_IN_ALL_MAX);
  return sendLooks(
    deps,
    looks.map((entry) => ({ ...entry, content: String(minute) })),
    hasTime,
  );
}

/** What was published within 30 days, by id on the page. */
async function publishedLately(
  deps: Pick<SuspectDriftDeps, 'rows' | 'clock'>,
): Promise<Map<string, PublishedIncident>> {
  const nowMs = deps.clock.nowMs();
  const ours = new Map<string, PublishedIncident>();
  const newest = new Map<string, string>();
  // Oldest first: a later month's entry of the same incident holds more.
  for (const month of monthsUntil(nowMs)) {
    for (const entry of await deps.rows.listPublished(month, PUBLISHED_READ_MAX)) {
      const lastMs = Date.parse(entry.publications.at(-1)?.at ?? '');
      if (nowMs - lastMs > COMPARED_FOR_MS) continue;
      ours.set(entry.statuspageIncidentId, entry);
      const known = ours.get(newest.get(entry.incidentId) ?? '');
      if (known && known.seq > entry.seq) continue;
      newest.set(entry.incidentId, entry.statuspageIncidentId);
    }
  }
  // One that another hand removed and that was replaced is not missed; nor is it ours to be there.
  const isNewest = ({ incidentId, statuspageIncidentId: id }: PublishedIncident) =>
    newest.get(incidentId) === id;
  return new Map([...ours].filter(([, entry]) => isNewest(entry)));
}

/** This month and those of the 30 days before it, `YYYY-MM`, oldest first. */
function monthsUntil(nowMs: number): string[] {
  const before = new Date(nowMs - COMPARED_FOR_MS).toISOString().slice(0, 7);
  const now = new Date(nowMs).toISOString().slice(0, 7);
  if (before === now) return [now];
  const [year, month] = before.split('-').map(Number) as [number, number];
  const next = new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7);
  // On 1 March, 30 days ago was January: all of February lies between.
  return next === now ? [before, now] : [before, next, now];
}

function slotOf({ statuspageIncidentId }: PublishedIncident): number {
  return Number.parseInt(sha256Hex(statuspageIncidentId).slice(0, 8), 16) % MINUTES_OF_DAY;
}

async function sendLooks(
  deps: Pick<SuspectDriftDeps, 'queue'>,
  looks: readonly Look[],
  hasTime: () => boolean,
): Promise<number> {
  let sent = 0;
  for (const { incidentId, statuspageIncidentId, content } of looks) {
    if (!hasTime()) break;
    await deps.queue.send(
      { kind: 'look_at_page', incidentId, statuspageIncidentId },
      {
        group: `work#${incidentId}`,
        deduplicationId: sha256Hex(`look#${incidentId}#${statuspageIncidentId}#${content}`),
      },
    );
    sent += 1;
  }
  return sent;
}
