import { projectionToken } from '../../domain/event-keys.ts';
import type { IncidentState } from '../../domain/incident-state.ts';
import { isListed } from '../../domain/obligation.ts';
import {
  type PublishedIncident,
  publishedIncident,
  publishedPartition,
} from '../../domain/published-texts.ts';
import type { Timed } from '../../domain/timers.ts';
import { roomlessSince } from '../../domain/transitions.ts';
import type {
  AppliedCommand,
  CountedBody,
  EpisodeHint,
  HeardDelivery,
  IncidentRows,
  RosterEntry,
  StateRow,
  StepRow,
  UnfinishedIncident,
} from '../../services/ports.ts';
import { frozen } from './frozen.ts';

type Head = {
  state?: IncidentState;
  actedSeq: number;
  unfinished: { token: string; sinceMs: number } | null;
};

/** Projections and journals in memory. Its suite in `test/contracts/` runs on the real one too. */
export class MemoryIncidentRows implements IncidentRows {
  readonly #heads = new Map<string, Head>();
  /** Every other row, by its key. */
  readonly #rows = new Map<string, unknown>();
  readonly #publishedByMonth = new Map<string, Map<string, PublishedIncident>>();

  async readState(incidentId: string): Promise<StateRow | undefined> {
    const head = this.#heads.get(incidentId);
    if (!head) return undefined;
    return {
      state: head.state ?? ({ version: 0 } as IncidentState),
      actedSeq: head.actedSeq,
      unfinishedToken: head.unfinished?.token ?? null,
    };
  }

  async markUnfinished(incidentId: string, token: string, nowMs: number): Promise<void> {
    const head = this.#head(incidentId);
    head.unfinished = { token, sinceMs: head.unfinished?.sinceMs ?? nowMs };
  }

  async project(state: IncidentState, applied: readonly AppliedCommand[]): Promise<void> {
    for (const { commandId, seq, type, at } of applied) {
      this.#put(['command', state.incidentId, commandId], seq);
      if (type === 'INCIDENT_OPENED' && state.alertGroup) {
        const { source, group, episode } = state.alertGroup;
        await this.writeEpisode(source, group, { incidentId: state.incidentId, episode });
      }
      if (type === 'WAR_ROOM_CREATED' && state.room) {
        this.#put(['channel', state.room.channelId], state.incidentId);
      }
      if (type === 'STATUSPAGE_PUBLISHED') this.#putPublished(state, { seq, at });
    }
    const head = this.#head(state.incidentId);
    if ((head.state?.version ?? 0) >= state.version) return;
    // Frozen, as every reader shares it.
    head.state = frozen(structuredClone(state));
    const newest = applied.at(-1);
    if (!newest) return;
    const sinceMs = head.unfinished?.sinceMs ?? Date.parse(newest.at);
    // A token that nobody read before this event was there.
    head.unfinished = { token: projectionToken(newest), sinceMs };
  }

  #putPublished(state: IncidentState, published: { seq: number; at: string }): void {
    const entry = publishedIncident(state, published);
    if (!entry) return;
    const month = this.#published(publishedPartition(published.at));
    const known = month.get(entry.statuspageIncidentId);
    if (!known || known.seq < entry.seq) {
      month.set(entry.statuspageIncidentId, structuredClone(entry));
    }
  }

  #published(partition: string): Map<string, PublishedIncident> {
    const known = this.#publishedByMonth.get(partition);
    if (known) return known;
    const fresh = new Map<string, PublishedIncident>();
    this.#publishedByMonth.set(partition, fresh);
    return fresh;
  }

  async listPublished(month: string, limit: number): Promise<PublishedIncident[]> {
    const entries = [...this.#published(publishedPartition(month)).values()];
    return structuredClone(entries)
      .sort((a, b) => (a.statuspageIncidentId < b.statuspageIncidentId ? -1 : 1))
      .slice(0, limit);
  }

  async appliedSeq(incidentId: string, commandId: string): Promise<number | undefined> {
    return this.#get<number>(['command', incidentId, commandId]);
  }

  async advanceActed(incidentId: string, actedSeq: number): Promise<void> {
    const head = this.#head(incidentId);
    head.actedSeq = Math.max(head.actedSeq, actedSeq);
  }

  async clearUnfinished(incidentId: string, token: string): Promise<void> {
    const head = this.#head(incidentId);
    if (head.unfinished?.token === token) head.unfinished = null;
  }

  async listUnfinished(limit: number): Promise<UnfinishedIncident[]> {
    return [...this.#heads]
      .flatMap(([incidentId, { unfinished, state }]) => {
        if (!unfinished) return [];
        const roomlessSinceMs = roomlessSince(state);
        const { sinceMs } = unfinished;
        return [
          { incidentId, sinceMs, ...(roomlessSinceMs === undefined ? {} : { roomlessSinceMs }) },
        ];
      })
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .slice(0, limit);
  }

  async readStep(incidentId: string, seq: number, name: string): Promise<StepRow | undefined> {
    return this.#get<StepRow>(['step', incidentId, seq, name]);
  }

  async writeStep(incidentId: string, seq: number, name: string, row: StepRow): Promise<void> {
    this.#put(['step', incidentId, seq, name], row);
  }

  async latestEpisode(source: string, group: string): Promise<EpisodeHint | undefined> {
    return this.#get<EpisodeHint>(['episode', source, group]);
  }

  async writeEpisode(source: string, group: string, hint: EpisodeHint): Promise<void> {
    const known = await this.latestEpisode(source, group);
    if (!known || known.episode < hint.episode) this.#put(['episode', source, group], hint);
  }

  async writeTombstone(source: string, group: string, resolvedAt: string): Promise<void> {
    this.#put(['tombstone', source, group], resolvedAt);
  }

  async readTombstone(source: string, group: string): Promise<string | undefined> {
    return this.#get<string>(['tombstone', source, group]);
  }

  async writeHeard(source: string, group: string, heard: HeardDelivery): Promise<void> {
    const known = await this.readHeard(source, group);
    if (!known || known.atMs < heard.atMs) this.#put(['heard', source, group], heard);
  }

  async readHeard(source: string, group: string): Promise<HeardDelivery | undefined> {
    return this.#get<HeardDelivery>(['heard', source, group]);
  }

  async incidentOfChannel(channelId: string): Promise<string | undefined> {
    return this.#get<string>(['channel', channelId]);
  }

  async listOpen(limit: number): Promise<IncidentState[]> {
    return [...this.#heads.values()]
      .flatMap(({ state }) => (state && isListed(state) ? [state] : []))
      .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
      .slice(0, limit);
  }

  async listTimed(limit: number): Promise<Timed[]> {
    return this.listOpen(limit);
  }

  async putRoster(
    incidentId: string,
    commandId: string,
    people: readonly RosterEntry[],
  ): Promise<void> {
    this.#put(['roster', incidentId, commandId], people);
  }

  async readRoster(incidentId: string, commandId: string): Promise<RosterEntry[]> {
    return this.#get<RosterEntry[]>(['roster', incidentId, commandId]) ?? [];
  }

  async countBody(incidentId: string, minute: string, body: CountedBody): Promise<void> {
    const counted = this.#get<Record<string, CountedBody>>(['counted', incidentId, minute]) ?? {};
    this.#put(['counted', incidentId, minute], { ...counted, [body.rawSha256]: body });
  }

  async countedBodies(incidentId: string, minute: string, limit: number): Promise<CountedBody[]> {
    const counted = this.#get<Record<string, CountedBody>>(['counted', incidentId, minute]) ?? {};
    const bodies = Object.values(counted);
    return bodies.sort((a, b) => (a.rawSha256 < b.rawSha256 ? -1 : 1)).slice(0, limit);
  }

  async putPostmortem(incidentId: string, markdown: string): Promise<void> {
    this.#put(['postmortem', incidentId], markdown);
  }

  async readPostmortem(incidentId: string): Promise<string | undefined> {
    return this.#get<string>(['postmortem', incidentId]);
  }

  /** A hand on the table: changes a stored projection. Only for tests of what it can do. */
  tamper(incidentId: string, change: (state: IncidentState) => void): void {
    const head = this.#head(incidentId);
    const state = structuredClone(head.state);
    if (!state)
      throw new RangeError(`cannot tamper with ${incidentId}: expected a state, got none`);
    change(state);
    head.state = frozen(state);
  }

  #head(incidentId: string): Head {
    const known = this.#heads.get(incidentId);
    if (known) return known;
    const fresh: Head = { actedSeq: 0, unfinished: null };
    this.#heads.set(incidentId, fresh);
    return fresh;
  }

  #put(key: readonly unknown[], value: unknown): void {
    this.#rows.set(JSON.stringify(key), structuredClone(value));
  }

  #get<T>(key: readonly unknown[]): T | undefined {
    return structuredClone(this.#rows.get(JSON.stringify(key))) as T | undefined;
  }
}
