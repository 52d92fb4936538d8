import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { StoredRow } from '../src/domain/trail-rows.ts';
import type { TrailExport } from '../src/services/export-trail.ts';
import type { PinnedKeys } from '../src/services/verify-trail.ts';
import type { AuditSource } from './audit-source.ts';

/**
 * An exported trail as a source. It brings its own public keys, whose fingerprints are said: whoever
 * verifies compares them with those of the deployment. Projections are no part of an export.
 *
 * @throws {Error} when the file cannot be read or is no export
 */
export function openTrailFile(path: string): AuditSource {
  const { events, keys } = parsed(path);
  const of = (name: string, value: string) => events.filter((row) => row[name] === value);
  const pinned: PinnedKeys = {
    ...keyIds(events, keys),
    keys: { pem: async (id) => (id === pinned.approval ? keys.approval : keys.publication) },
  };
  return {
    reader: {
      partitions: async () => [...new Set(events.map(({ pk }) => String(pk)))].sort(),
      rows: async (partition) =>
        events
          .filter(({ pk }) => String(pk) === partition)
          .sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1)),
      projections: async () => undefined,
      ofType: async (type, month) => of('typeMonth', `${type}#${month}`),
      ofActor: async (actor, month) => of('actorMonth', `${actor}#${month}`),
    },
    writer: undefined,
    pinned: async () => pinned,
    close: () => {},
    said:
      `${path}; SHA-256 of its keys: approval ${fingerprint(keys.approval)}, ` +
      `publication ${fingerprint(keys.publication)}`,
  };
}

function parsed(path: string): Pick<TrailExport, 'events' | 'keys'> {
  const { events, keys } = JSON.parse(readFileSync(path, 'utf8')) as Partial<TrailExport>;
  const areRows = Array.isArray(events) && events.every((row) => typeof row === 'object' && row);
  if (!areRows || typeof keys?.approval !== 'string' || typeof keys.publication !== 'string') {
    throw new Error(`cannot read ${path}: expected an exported trail with its keys`);
  }
  return { events, keys };
}

/** An export of an older version does not say by which ids its keys were used; its tokens do. */
function keyIds(
  events: readonly StoredRow[],
  { ids }: TrailExport['keys'],
): { approval: string; publication: string } {
  if (ids) return ids;
  const used = (name: string) => {
    const jws = events
      .map(({ details }) => (details as Record<string, unknown> | undefined)?.[name])
      .find((value) => typeof value === 'string');
    const header = Buffer.from(String(jws).split('.')[0] ?? '', 'base64url').toString('utf8');
    const kid = /"kid":"([^"]+)"/.exec(header)?.[1];
    return kid ?? name;
  };
  return { approval: used('approvalJws'), publication: used('publicationJws') };
}

/** @throws {Error} when it is no public key */
function fingerprint(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
