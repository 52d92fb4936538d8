import type { StoredRow } from '../domain/trail-rows.ts';
import type { PinnedKeys, TrailReader } from './verify-trail.ts';

/** Everything somebody needs to verify the trail with tools of their own. */
export type TrailExport = {
  /** Rows of the audit table as stored, key attributes included. */
  events: StoredRow[];
  /** Public keys, SPKI in PEM. */
  keys: { approval: string; publication: string };
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
    keys: { approval: await keys.pem(approval), publication: await keys.pem(publication) },
  };
}
