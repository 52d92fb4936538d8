import type { StoredRow } from '../domain/trail-rows.ts';
import type { PinnedKeys, TrailReader } from './verify-trail.ts';

/** Everything somebody needs to verify the trail with tools of their own. */
export type TrailExport = {
  /** Rows of the audit table as stored, key attributes included. */
  events: StoredRow[];
  /** Public keys, SPKI in PEM. */
  keys: {
    approval: string;
    publication: string;
    /** By which ids tokens name them; exports of older versions lack it. */
    ids?: { approval: string; publication: string };
  };
  /** Where one person approved alone. Taken from the rows above, for whoever reads it first. */
  breakGlass: { incidentId: string; seq: number; by: string; reason: string }[];
};

/** Reads the whole trail as it is stored, with the public keys its signatures are checked against. */
export async function exportTrail(of: {
  reader: Pick<TrailReader, 'partitions' | 'rows'>;
  pinned: () => Promise<PinnedKeys>;
}): Promise<TrailExport> {
  const events: StoredRow[] = [];
  for (const partition of await of.reader.partitions()) {
    events.push(...(await of.reader.rows(partition)));
  }
  const { approval, publication, keys } = await of.pinned();
  return {
    events,
    breakGlass: events.flatMap(brokenGlass),
    keys: {
      approval: await keys.pem(approval),
      publication: await keys.pem(publication),
      ids: { approval, publication },
    },
  };
}

/** A row is as it was found, so nothing about its shape is taken for granted. */
function brokenGlass(row: StoredRow): TrailExport['breakGlass'] {
  if (row.type !== 'BREAK_GLASS_USED') return [];
  const { id } = (row.actor ?? {}) as { id?: unknown };
  const { reason } = (row.details ?? {}) as { reason?: unknown };
  const [by, why] = [String(id), String(reason)];
  return [{ incidentId: String(row.incidentId), seq: Number(row.seq), by, reason: why }];
}
