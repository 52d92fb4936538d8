import type { AuditEvent } from './audit-event.ts';
import { incidentOfPartition } from './event-keys.ts';
import type { ReadChain, StoredRow, TrailProblem } from './trail-rows.ts';

/** What the projections remember of one chain. */
export type ProjectionEvidence = {
  incidentId: string;
  /** Null: no STATE row, or one that was only marked before an append. */
  state: { version: number; headHash: string } | null;
  /** A command was announced whose event may not be projected yet. */
  unfinished: boolean;
  /** Rows that know an event: which row, the event's number, and its command if the row says so. */
  mentions: { row: string; seq: number; commandId: string | null }[];
};

/** Reads what rows of table `incidents` know of the audit trail, by incident. */
export function evidenceOf(rows: readonly StoredRow[]): Map<string, ProjectionEvidence> {
  const byIncident = new Map<string, ProjectionEvidence>();
  const of = (incidentId: string): ProjectionEvidence => {
    const known = byIncident.get(incidentId);
    if (known) return known;
    const fresh = { incidentId, state: null, unfinished: false, mentions: [] };
    byIncident.set(incidentId, fresh);
    return fresh;
  };
  for (const row of rows) {
    const owner = incidentOfPartition(String(row.pk));
    if (owner !== undefined) readOwn(of(owner), row);
    else if (typeof row.incidentId === 'string') {
      of(row.incidentId).mentions.push({ row: String(row.sk), seq: 1, commandId: null });
    }
  }
  return byIncident;
}

function readOwn(evidence: ProjectionEvidence, row: StoredRow): void {
  const sk = String(row.sk);
  const mention = (seq: unknown, commandId: string | null = null) => {
    const number = Number(seq);
    if (number >= 1) evidence.mentions.push({ row: sk, seq: number, commandId });
  };
  if (sk === 'STATE') {
    const version = Number(row.version ?? 0);
    const headHash = String((row.state as { headHash?: unknown } | undefined)?.headHash);
    if (version >= 1) evidence.state = { version, headHash };
    evidence.unfinished = typeof row.unfinishedToken === 'string';
    mention(row.actedSeq ?? 0);
  } else if (sk.startsWith('CMD#')) mention(row.seq, sk.slice('CMD#'.length));
  else if (sk.startsWith('STEP#')) mention(sk.split('#')[1]);
  else mention(1);
}

/**
 * Compares a chain with what the projections remember of it. They MUST have been read before the
 * chain: a chain only grows, so it can never be behind an honest projection.
 */
export function compareWithEvidence(
  chain: Pick<ReadChain, 'incidentId' | 'events' | 'headSeq'>,
  evidence: ProjectionEvidence | undefined,
): TrailProblem[] {
  const { incidentId, headSeq } = chain;
  const problem = (seq: number, reason: string): TrailProblem => ({ incidentId, seq, reason });
  const { state = null, mentions = [] } = evidence ?? {};
  const last = furthest(state, mentions);
  if (last && last.seq > headSeq) {
    const what = headSeq === 0 ? 'the whole trail is missing' : 'the event is missing';
    return [problem(headSeq + 1, `${what}: row ${last.row} knows event ${last.seq}`)];
  }
  const bySeq = new Map(chain.events.map((event) => [event.seq, event]));
  const found = mentions.flatMap(({ row, seq, commandId }) => {
    const event = bySeq.get(seq);
    const isSame = commandId === null || !event || event.commandId === commandId;
    return isSame ? [] : [problem(seq, `row ${row} knows it by another command`)];
  });
  const projected = state && bySeq.get(state.version);
  if (projected && projected.hash !== state.headHash) {
    found.push(problem(state.version, 'its hash is not the one that STATE recorded'));
  }
  const stranger = strangerOf(chain.events, evidence);
  if (stranger) {
    found.push(problem(stranger.seq, 'no projection knows it: it was not appended here'));
  }
  return found;
}

function furthest(
  state: ProjectionEvidence['state'],
  mentions: ProjectionEvidence['mentions'],
): { row: string; seq: number } | undefined {
  const all = [...(state ? [{ row: 'STATE', seq: state.version }] : []), ...mentions];
  return all.sort((a, b) => b.seq - a.seq)[0];
}

/**
 * The first event after the projected ones that nobody may have appended.
 *
 * The projection is written right after an append and a command is announced in STATE before it, so
 * an event ahead of a projection with no announcement was put there by another hand. The publisher
 * is the exception: it keeps no projection and tells incident-worker by a message.
 */
export function strangerOf(
  events: readonly AuditEvent[],
  evidence: Pick<ProjectionEvidence, 'state' | 'unfinished'> | undefined,
): AuditEvent | undefined {
  if (evidence?.unfinished) return undefined;
  const version = evidence?.state?.version ?? 0;
  return events.find(
    ({ seq, actor }) => seq > version && !(actor.kind === 'system' && actor.id === 'publisher'),
  );
}
