import type { AuditEvent } from '../domain/audit-event.ts';
import {
  CONTEXT_ASKED_MAX,
  CONTEXT_LABEL_MAX,
  CONTEXT_VALUE_MAX,
  CONTEXT_VALUES_MAX,
  type ContextAnswer,
  type ContextSnapshot,
  type ContextSource,
  type ContextValue,
  snapshotSummary,
} from '../domain/context-snapshot.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { fillQuery, type PlaceValues } from '../domain/query-template.ts';
import type { Routing, ServiceContext } from '../domain/routing.ts';
import { cutText } from '../domain/well-formed.ts';
import { contextLinks } from './context-links.ts';
import type { ContextSources, Masking, QuerySource, SourceAnswer } from './context-sources.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { AuditTrail, Clock, IncidentQueue, IncidentRows, Log } from './ports.ts';
import { WORKER } from './responders.ts';
import type { RoomPosts } from './room-posts.ts';

export type ContextSnapshotsDeps = {
  record: IncidentRecord;
  trail: Pick<AuditTrail, 'get'>;
  rows: Pick<IncidentRows, 'appliedSeq'>;
  queue: IncidentQueue;
  posts: Pick<RoomPosts, 'once'>;
  sources: ContextSources;
  routing: Routing;
  masking: Masking;
  clock: Clock;
  log: Log;
};

/**
 * What is known about a service when its incident opens: asked of every source at once, put on the
 * trail, then posted to the room.
 *
 * The question travels in a message and a group of its own, so that no room and no click ever waits
 * for a source. The trail holds the answer before the room shows it; the room shows what it holds.
 */
export class ContextSnapshots {
  readonly #deps: ContextSnapshotsDeps;
  /** Events whose question was sent beside other work, and not yet looked after. */
  readonly #sent = new Set<string>();

  constructor(deps: ContextSnapshotsDeps) {
    this.#deps = deps;
  }

  /**
   * Does `work` and sends the question at the same time: how things stand is asked when the incident
   * opens, not when its room is ready. The question's own failure is left to `ask`.
   */
  async beside(opened: AuditEvent, work: () => Promise<void>): Promise<void> {
    const [worked, sent] = await Promise.allSettled([work(), this.#send(opened)]);
    if (sent.status === 'fulfilled') this.#sent.add(opened.commandId);
    if (worked.status === 'rejected') throw worked.reason;
  }

  /** Sends the question unless `beside` has. Safe to repeat: the answer is recorded once. */
  async ask(opened: AuditEvent): Promise<void> {
    if (this.#sent.delete(opened.commandId)) return;
    await this.#send(opened);
  }

  /**
   * Asks every source about the service that event `seq` names, and puts what they say on the trail,
   * once. Sources keep to their deadlines; one that says nothing is on record as unknown.
   * @throws {TrailError} when the fact cannot be recorded
   */
  async gather(incidentId: string, seq = 1): Promise<void> {
    const { record, trail, rows, routing } = this.#deps;
    const opened = await trail.get(incidentId, 1);
    const named = seq === 1 ? opened : await trail.get(incidentId, seq);
    const service = routing.services.find(({ name }) => named && name === serviceOf(named));
    if (!opened || !named || !service) return;
    const commandId = `${named.commandId}#context`;
    const loaded = await record.load(incidentId);
    if (!loaded || (await rows.appliedSeq(incidentId, commandId)) !== undefined) return;
    const labels = opened.type === 'INCIDENT_OPENED' ? opened.details.labels : {};
    const snapshot = await this.#snapshot(opened, {
      context: service.context ?? NO_CONTEXT,
      places: { service: service.name, labels },
    });
    await record.run({
      incidentId,
      commandId,
      actor: WORKER,
      decide: () => ({ append: 'CONTEXT_SNAPSHOT_ATTACHED', details: snapshot }),
    });
  }

  /** Posts a recorded snapshot to the room, once. */
  async post(attached: AuditEvent, state: IncidentState): Promise<void> {
    if (attached.type !== 'CONTEXT_SNAPSHOT_ATTACHED' || !state.room) return;
    const message = { kind: 'context_snapshot', snapshot: attached.details } as const;
    await this.#deps.posts.once(attached, 'context_card', state.room.channelId, message);
  }

  async #send(opened: AuditEvent): Promise<void> {
    const { routing, queue } = this.#deps;
    const service = routing.services.find(({ name }) => name === serviceOf(opened));
    if (!service || (!service.context && contextLinks(opened, NO_CONTEXT).length === 0)) return;
    const { incidentId, seq } = opened;
    const later = seq === 1 ? '' : `#${seq}`;
    await queue.send(
      { kind: 'context', incidentId, ...(seq === 1 ? {} : { seq }) },
      {
        group: `context#${incidentId}`,
        deduplicationId: sha256Hex(`context#${incidentId}${later}`),
      },
    );
  }

  async #snapshot(
    opened: AuditEvent,
    of: { context: ServiceContext; places: PlaceValues },
  ): Promise<ContextSnapshot> {
    const { clock, log } = this.#deps;
    const nowMs = clock.nowMs();
    const sources = await Promise.all(this.#questions(of, nowMs));
    for (const answer of sources) {
      if (answer.status !== 'unknown') continue;
      log.count('ContextUnknown', { source: answer.source, code: answer.reason });
    }
    return {
      service: of.places.service,
      takenAt: new Date(nowMs).toISOString(),
      summary: snapshotSummary(sources),
      sources,
      links: contextLinks(opened, of.context),
    };
  }

  #questions(
    { context, places }: { context: ServiceContext; places: PlaceValues },
    nowMs: number,
  ): Promise<ContextAnswer>[] {
    const { metrics, logs, traces, code } = this.#deps.sources;
    const query = (source: 'metrics' | 'logs' | 'traces', asker: QuerySource | undefined) =>
      (context[source] ?? []).map((given) =>
        this.#query({ source, asker, places, nowMs, ...given }),
      );
    const { repository } = context;
    const known = repository && { ...repository, repository: repository.name };
    const look = (source: ContextSource, ask: (() => Promise<SourceAnswer>) | undefined) =>
      this.#answer({ source, name: repository?.name ?? '', asked: repository?.name ?? '' }, ask);
    return [
      ...query('metrics', metrics),
      ...query('logs', logs),
      ...query('traces', traces),
      ...(known
        ? [
            look('deploys', code && (() => code.recentDeploys({ ...known, nowMs }))),
            look('owners', code && (() => code.owners({ ...known, path: known.path ?? null }))),
          ]
        : []),
    ];
  }

  #query(of: {
    source: 'metrics' | 'logs' | 'traces';
    asker: QuerySource | undefined;
    name: string;
    query: string;
    unit?: string | undefined;
    places: PlaceValues;
    nowMs: number;
  }): Promise<ContextAnswer> {
    const { source, asker, name, unit, nowMs } = of;
    const filled = fillQuery(of.query, of.places);
    if (filled.kind === 'missing') {
      const about = { source, name, asked: of.query };
      return this.#answer(about, async () => ({ status: 'unknown', reason: 'LABEL_MISSING' }));
    }
    const { query } = filled;
    return this.#answer(
      { source, name, asked: query },
      asker && (() => asker.ask({ query, unit, nowMs })),
    );
  }

  /** What a source says, fit to be posted and kept: no secret, no half character, not too long. */
  async #answer(
    of: { source: ContextSource; name: string; asked: string },
    ask: (() => Promise<SourceAnswer>) | undefined,
  ): Promise<ContextAnswer> {
    const { masking } = this.#deps;
    const asked = cutText(masking.names(of.asked), CONTEXT_ASKED_MAX);
    const about = { source: of.source, name: cutText(of.name, 120), asked };
    if (!ask) return { ...about, status: 'not_configured' };
    const said = await ask();
    if (said.status === 'unknown') return { ...about, ...said };
    // What a machine logs is about customers; what it is named is not.
    const mask = of.source === 'logs' ? masking.words : masking.names;
    const values = said.values.slice(0, CONTEXT_VALUES_MAX).map((value) => keptValue(value, mask));
    return { ...about, ...said, values };
  }
}

const NO_CONTEXT: ServiceContext = {};

function serviceOf(opened: AuditEvent): string | null {
  if (opened.type === 'SERVICE_CHANGED') return opened.details.to;
  const isOpening = opened.type === 'INCIDENT_OPENED' || opened.type === 'INCIDENT_DECLARED';
  return isOpening ? opened.details.service : null;
}

function keptValue(value: ContextValue, mask: (text: string) => string): ContextValue {
  // Masked before it is cut: half a secret is not recognised as one.
  const short = (text: string, max: number) => {
    const masked = mask(text.toWellFormed());
    return masked.length <= max ? masked : `${cutText(masked, max - 1)}…`;
  };
  return {
    ...value,
    label: short(value.label, CONTEXT_LABEL_MAX),
    value: short(value.value, CONTEXT_VALUE_MAX),
    before: value.before === null ? null : short(value.before, CONTEXT_VALUE_MAX),
  };
}
