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
import type { DocumentClient } from './document-client.ts';
import { countedKey, groupKey, partition, stepKey } from './incident-row-keys.ts';
import { IncidentRowReader } from './incident-row-reader.ts';
import { type Row, RowStore } from './row-store.ts';

/** The one partition of each sparse index; a deployment has few unfinished incidents at a time. */
const INDEX_PARTITION = '1';
/**
 * A run that was settling while the event was appended may have taken the mark away that its writer
 * had made before, or be about to; an event with open effects and no mark would be found by nobody.
 * So each newer version marks again, with a token that no earlier reader holds.
 */
const UNFINISHED_AGAIN = [
  'unfinished = :one',
  'unfinishedToken = :token',
  'unfinishedSinceMs = if_not_exists(unfinishedSinceMs, :since)',
];

/** Projections and journals in DynamoDB: table `incidents`, one partition per incident. */
export class DynamoIncidentRows implements IncidentRows {
  readonly #rows: RowStore;
  readonly #single: IncidentRowReader;

  constructor(of: { client: DocumentClient; table: string }) {
    this.#rows = new RowStore(of);
    this.#single = new IncidentRowReader((pk, sk) => this.#rows.get(pk, sk));
  }

  readState(incidentId: string): Promise<StateRow | undefined> {
    return this.#single.readState(incidentId);
  }

  async markUnfinished(incidentId: string, token: string, nowMs: number): Promise<void> {
    await this.#rows.update(incidentId, {
      UpdateExpression:
        'SET unfinished = :one, unfinishedToken = :token, ' +
        'unfinishedSinceMs = if_not_exists(unfinishedSinceMs, :now)',
      ExpressionAttributeValues: { ':one': INDEX_PARTITION, ':token': token, ':now': nowMs },
    });
  }

  async project(state: IncidentState, applied: readonly AppliedCommand[]): Promise<void> {
    await Promise.all(applied.map((command) => this.#putApplied(state, command)));
    const newest = applied.at(-1);
    const listed = isListed(state);
    const set = ['#state = :state', 'version = :version', ...(newest ? UNFINISHED_AGAIN : [])];
    await this.#rows.update(state.incidentId, {
      UpdateExpression: listed
        ? `SET ${set.join(', ')}, #open = :one, openedAt = :openedAt`
        : `SET ${set.join(', ')} REMOVE #open`,
      ConditionExpression: 'attribute_not_exists(version) OR version < :version',
      ExpressionAttributeNames: { '#state': 'state', '#open': 'open' },
      ExpressionAttributeValues: {
        ':state': state,
        ':version': state.version,
        ...(listed || newest ? { ':one': INDEX_PARTITION } : {}),
        ...(listed ? { ':openedAt': state.openedAt } : {}),
        ...(newest ? { ':token': projectionToken(newest), ':since': Date.parse(newest.at) } : {}),
      },
    });
  }

  async #putApplied(
    state: IncidentState,
    { commandId, seq, type, at }: AppliedCommand,
  ): Promise<void> {
    const { incidentId, alertGroup, room } = state;
    await this.#rows.put({ pk: partition(incidentId), sk: `CMD#${commandId}`, seq });
    if (type === 'INCIDENT_OPENED' && alertGroup) {
      await this.writeEpisode(alertGroup.source, alertGroup.group, {
        incidentId,
        episode: alertGroup.episode,
      });
    }
    if (type === 'WAR_ROOM_CREATED' && room) {
      await this.#rows.put({ pk: `CHANNEL#${room.channelId}`, sk: 'INCIDENT', incidentId });
    }
    if (type === 'STATUSPAGE_PUBLISHED') await this.#putPublished(state, { seq, at });
  }

  async #putPublished(state: IncidentState, published: { seq: number; at: string }): Promise<void> {
    const entry = publishedIncident(state, published);
    if (!entry) return;
    const { statuspageIncidentId: sk, ...row } = entry;
    await this.#rows.putNewer({ pk: publishedPartition(published.at), sk, ...row }, 'seq');
  }

  async listPublished(month: string, limit: number): Promise<PublishedIncident[]> {
    const rows = await this.#rows.query(limit, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': publishedPartition(month) },
      ConsistentRead: true,
    });
    return rows.map(({ sk, incidentId, seq, publications }) => ({
      statuspageIncidentId: String(sk),
      incidentId: String(incidentId),
      seq: Number(seq),
      publications: publications as PublishedIncident['publications'],
    }));
  }

  async appliedSeq(incidentId: string, commandId: string): Promise<number | undefined> {
    const row = await this.#rows.get(partition(incidentId), `CMD#${commandId}`);
    return row ? Number(row.seq) : undefined;
  }

  async advanceActed(incidentId: string, actedSeq: number): Promise<void> {
    await this.#rows.update(incidentId, {
      UpdateExpression: 'SET actedSeq = :seq',
      ConditionExpression: 'attribute_not_exists(actedSeq) OR actedSeq < :seq',
      ExpressionAttributeValues: { ':seq': actedSeq },
    });
  }

  async clearUnfinished(incidentId: string, token: string): Promise<void> {
    await this.#rows.update(incidentId, {
      UpdateExpression: 'REMOVE unfinished, unfinishedToken, unfinishedSinceMs',
      ConditionExpression: 'unfinishedToken = :token',
      ExpressionAttributeValues: { ':token': token },
    });
  }

  async listUnfinished(limit: number): Promise<UnfinishedIncident[]> {
    const items = await this.#index('unfinished', 'unfinished', {
      limit,
      newestFirst: false,
      // Of the state no more than tells whether a room is missing.
      only: 'pk, unfinishedSinceMs, #state.openedAt, #state.room, #state.#status',
      names: { '#state': 'state', '#status': 'status' },
    });
    return items.map((item) => {
      const roomlessSinceMs = roomlessSince(item.state as IncidentState | undefined);
      return {
        incidentId: String(item.pk).replace(/^INCIDENT#/, ''),
        sinceMs: Number(item.unfinishedSinceMs),
        ...(roomlessSinceMs === undefined ? {} : { roomlessSinceMs }),
      };
    });
  }

  readStep(incidentId: string, seq: number, name: string): Promise<StepRow | undefined> {
    return this.#single.readStep(incidentId, seq, name);
  }

  async writeStep(incidentId: string, seq: number, name: string, step: StepRow): Promise<void> {
    await this.#rows.put({ pk: partition(incidentId), sk: stepKey(seq, name), ...step });
  }

  async latestEpisode(source: string, group: string): Promise<EpisodeHint | undefined> {
    const row = await this.#rows.get(groupKey(source, group), 'EPISODE');
    return row && { incidentId: String(row.incidentId), episode: Number(row.episode) };
  }

  async writeEpisode(source: string, group: string, hint: EpisodeHint): Promise<void> {
    await this.#rows.putNewer({ pk: groupKey(source, group), sk: 'EPISODE', ...hint }, 'episode');
  }

  async writeTombstone(source: string, group: string, resolvedAt: string): Promise<void> {
    await this.#rows.put({ pk: groupKey(source, group), sk: 'TOMBSTONE', resolvedAt });
  }

  async readTombstone(source: string, group: string): Promise<string | undefined> {
    const row = await this.#rows.get(groupKey(source, group), 'TOMBSTONE');
    return row && String(row.resolvedAt);
  }

  async writeHeard(source: string, group: string, heard: HeardDelivery): Promise<void> {
    await this.#rows.putNewer({ pk: groupKey(source, group), sk: 'HEARD', ...heard }, 'atMs');
  }

  async readHeard(source: string, group: string): Promise<HeardDelivery | undefined> {
    const row = await this.#rows.get(groupKey(source, group), 'HEARD');
    return row && { atMs: Number(row.atMs), delivery: String(row.delivery) };
  }

  incidentOfChannel(channelId: string): Promise<string | undefined> {
    return this.#single.incidentOfChannel(channelId);
  }

  async listOpen(limit: number): Promise<IncidentState[]> {
    const items = await this.#index('open', 'open', { limit, newestFirst: true });
    return items.flatMap((item) => (item.state ? [item.state as IncidentState] : []));
  }

  async listTimed(limit: number): Promise<Timed[]> {
    const parts = ['incidentId', 'openedAt', 'room', 'invited', 'declaredBy', 'nobodyReachedAt'];
    const items = await this.#index('open', 'open', {
      limit,
      newestFirst: true,
      only: [...parts.map((part) => `#state.${part}`), '#state.#status', '#state.nudge'].join(', '),
      names: { '#state': 'state', '#status': 'status' },
    });
    return items.flatMap((item) => (item.state ? [item.state as Timed] : []));
  }

  async putRoster(
    incidentId: string,
    commandId: string,
    people: readonly RosterEntry[],
  ): Promise<void> {
    await this.#rows.put({ pk: partition(incidentId), sk: `ROSTER#${commandId}`, people });
  }

  async readRoster(incidentId: string, commandId: string): Promise<RosterEntry[]> {
    const row = await this.#rows.get(partition(incidentId), `ROSTER#${commandId}`);
    return (row?.people as RosterEntry[] | undefined) ?? [];
  }

  async countBody(incidentId: string, minute: string, body: CountedBody): Promise<void> {
    const sk = `${countedKey(minute)}${body.rawSha256}`;
    await this.#rows.put({ pk: partition(incidentId), sk, ...body });
  }

  async countedBodies(incidentId: string, minute: string, limit: number): Promise<CountedBody[]> {
    const rows = await this.#rows.query(limit, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': partition(incidentId), ':sk': countedKey(minute) },
      ConsistentRead: true,
    });
    return rows.map((row) => ({ rawSha256: String(row.rawSha256), bytes: Number(row.bytes) }));
  }

  async putPostmortem(incidentId: string, markdown: string): Promise<void> {
    await this.#rows.put({ pk: partition(incidentId), sk: 'POSTMORTEM', markdown });
  }

  async readPostmortem(incidentId: string): Promise<string | undefined> {
    const row = await this.#rows.get(partition(incidentId), 'POSTMORTEM');
    return row && String(row.markdown);
  }

  #index(
    index: string,
    attribute: string,
    of: { limit: number; newestFirst: boolean; only?: string; names?: Record<string, string> },
  ): Promise<Row[]> {
    return this.#rows.query(of.limit, {
      IndexName: index,
      KeyConditionExpression: '#partition = :one',
      ExpressionAttributeNames: { '#partition': attribute, ...of.names },
      ExpressionAttributeValues: { ':one': INDEX_PARTITION },
      ScanIndexForward: !of.newestFirst,
      ...(of.only ? { ProjectionExpression: of.only } : {}),
    });
  }
}
