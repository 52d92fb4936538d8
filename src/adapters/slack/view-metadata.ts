/** A draft's revision, as forms carry it. */
export type DraftMark = { draftId: string; revision: number; digest: string; seen?: string };

/**
 * What a modal carries in `private_metadata`: ids and where to answer, never a text. Slack returns it in the
 * signed submission, and it names things that are looked up again.
 */
export type ViewMetadata = {
  incidentId?: string;
  channelId?: string;
  /** Of the request that asked for the modal; whoever sends there checks where it leads. */
  responseUrl?: string;
  /** The draft that is edited or rejected. */
  draft?: DraftMark;
  /** The model's proposal that the modal shows: its model and SHA-256 of `[title, text]`. */
  proposal?: { modelId: string; sha256: string };
};

/** Reads `private_metadata`; undefined for anything that is not ours. */
export function readViewMetadata(text: string): ViewMetadata | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { incidentId, channelId, responseUrl, draft, proposal } = read as Record<string, unknown>;
  const metadata: ViewMetadata = {};
  if (typeof incidentId === 'string') metadata.incidentId = incidentId;
  if (typeof channelId === 'string') metadata.channelId = channelId;
  if (typeof responseUrl === 'string') metadata.responseUrl = responseUrl;
  const mark = readDraftMark(draft);
  if (mark) metadata.draft = mark;
  const { modelId, sha256 } = (proposal ?? {}) as Record<string, unknown>;
  if (typeof modelId === 'string' && typeof sha256 === 'string') {
    metadata.proposal = { modelId, sha256 };
  }
  return metadata;
}

/** Reads a draft's mark from parsed JSON; undefined when a part is missing. */
export function readDraftMark(value: unknown): DraftMark | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { draftId, revision, digest, seen } = value as Record<string, unknown>;
  if (typeof draftId !== 'string' || typeof digest !== 'string') return undefined;
  if (!Number.isSafeInteger(revision)) return undefined;
  const shown = typeof seen === 'string' ? { seen } : {};
  return { draftId, revision: revision as number, digest, ...shown };
}
