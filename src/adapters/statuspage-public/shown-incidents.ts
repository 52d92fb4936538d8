import type { ShownIncident, ShownPage, ShownUpdate } from '../../domain/shown-page.ts';

/** The keyless API shows the 50 most recent incidents. https://metastatuspage.com/api */
const LISTED_MAX = 50;
/** Updates of one incident that are read; a page with more is read as far as this. */
const UPDATES_READ_MAX = 500;
/** Longest text that is compared; Statuspage takes 25,000 characters. */
const TEXT_READ_MAX = 30_000;

/** Reads `incidents.json`; undefined when it is not what the page's API gives. */
export function shownPage(answer: unknown): ShownPage | undefined {
  const { page, incidents } = fieldsOf(answer);
  const pageId = fieldsOf(page).id;
  return shownList(incidents, {
    pageId: typeof pageId === 'string' ? pageId : null,
    listedMax: LISTED_MAX,
  });
}

/** Reads a list of incidents; of real-time ones only, as maintenance is not ours to publish. */
export function shownList(
  incidents: unknown,
  of: { pageId: string | null; listedMax: number },
): ShownPage | undefined {
  if (!Array.isArray(incidents)) return undefined;
  const realTime = incidents.filter((each) => (fieldsOf(each).scheduled_for ?? null) === null);
  const read = realTime.map(shownIncident);
  // Half a list would make the other half look removed.
  if (read.includes(undefined)) return undefined;
  return {
    pageId: of.pageId,
    incidents: read as ShownIncident[],
    isWhole: incidents.length < of.listedMax,
  };
}

function shownIncident(value: unknown): ShownIncident | undefined {
  const { id, name, status, created_at, updated_at, incident_updates, metadata, shortlink } =
    fieldsOf(value);
  if (!isId(id) || !Array.isArray(incident_updates)) return undefined;
  const updates = incident_updates.slice(0, UPDATES_READ_MAX).map(shownUpdate);
  if (updates.includes(undefined)) return undefined;
  return {
    id,
    name: textOf(name),
    status: textOf(status),
    createdAtMs: instantOf(created_at),
    updatedAtMs: instantOf(updated_at),
    updates: updates as ShownUpdate[],
    ...(metadata === undefined ? {} : withKey(metadata, shortlink)),
  };
}

/** What only the API with a key tells. */
function withKey(metadata: unknown, link: unknown): Pick<ShownIncident, 'claimedBy' | 'link'> {
  const claimedBy = fieldsOf(fieldsOf(metadata).ir).incident;
  const isLink = typeof link === 'string' && /^https?:\/\/\S{1,500}$/.test(link);
  return {
    claimedBy: typeof claimedBy === 'string' ? claimedBy : null,
    ...(isLink ? { link } : {}),
  };
}

function shownUpdate(value: unknown): ShownUpdate | undefined {
  const { id, status, body, created_at, updated_at } = fieldsOf(value);
  if (!isId(id)) return undefined;
  return {
    id,
    status: textOf(status),
    body: textOf(body),
    createdAtMs: instantOf(created_at),
    updatedAtMs: instantOf(updated_at),
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,80}$/.test(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, TEXT_READ_MAX).toWellFormed() : '';
}

function instantOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
