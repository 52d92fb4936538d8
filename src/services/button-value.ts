import type { DraftReference } from './room-messages.ts';

/** Reads a button's value. Whatever is not a JSON object becomes an empty one. */
export function parseButtonValue(value: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What the clicked card said it showed. Anything odd becomes a reference to no draft. */
export function draftReference(value: Record<string, unknown>, incidentId: string): DraftReference {
  const revision = Number(value.revision);
  return {
    incidentId,
    draftId: typeof value.draftId === 'string' && value.draftId ? value.draftId : 'unknown',
    revision: Number.isSafeInteger(revision) && revision >= 1 && revision <= 1000 ? revision : 1,
    digest: typeof value.digest === 'string' ? value.digest : '',
    ...(typeof value.seen === 'string' ? { seen: value.seen } : {}),
  };
}
