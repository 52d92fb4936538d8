import type { Claim } from '../../domain/claims.ts';
import { PageError } from '../../domain/errors.ts';
import { pageRefusalOf } from '../../domain/page-refusal.ts';
import { isComponentState } from '../../domain/page-words.ts';
import type { ShownPage } from '../../domain/shown-page.ts';
import type { ComponentState, PageRequest } from '../../domain/statuspage-event-details.ts';
import type { Clock } from '../../services/ports.ts';
import type { PublicIncidents } from '../../services/public-page.ts';
import type {
  PageComponent,
  PageIncident,
  PublishPermit,
  StatusPage,
} from '../../services/status-page.ts';
import { type HttpAnswer, sendOnce } from '../http/send-once.ts';
import { shownList } from '../statuspage-public/shown-incidents.ts';

/** Answers that mean the page did nothing because it was asked too often. */
const BUSY = new Set([420, 429]);
/** Answers by which the page refused for good. https://developer.statuspage.io */
const REFUSED = new Set([400, 401, 403, 404, 422]);
/** Most incidents, or components, one list call returns. */
const LIST_LIMIT = 100;
/**
 * Incidents listed when one of ours is looked for. Each comes with all its updates, and of a longer
 * answer more could be cut off than a whole list can spare: then no look would ever be answered. The
 * list begins with the newest, and what is looked for was made a moment ago.
 */
const RECENT_LIMIT = 30;

export type StatuspageOptions = {
  apiUrl: string;
  pageId: string;
  /** Read for each call, so that a rotated key is picked up. */
  apiKey: () => Promise<string>;
  /** Unit: ms, for one whole request. */
  timeoutMs: number;
  clock: Clock;
};

/**
 * Statuspage's Manage API.
 *
 * The only module that names its write calls. Nothing here is retried: Statuspage has no idempotency
 * key and mails customers, so whether to send again is never decided at this level.
 */
export class Statuspage implements StatusPage, PublicIncidents {
  readonly #of: StatuspageOptions;

  constructor(of: StatuspageOptions) {
    this.#of = of;
  }

  async publish(permit: PublishPermit): Promise<PageIncident> {
    const { request, metadata, deadlineMs } = permit;
    const body = { incident: { ...request.body.incident, metadata } };
    const apiKey = await this.#apiKey();
    if (this.#of.clock.nowMs() >= deadlineMs) {
      throw new PageError({
        code: 'PAGE_NOT_EXECUTED',
        message: 'cannot publish: expected to send before the deadline, which has passed',
        httpStatus: null,
      });
    }
    const answer = await this.#send(request.method, request.path, { apiKey, body, request });
    return pageIncident(answer);
  }

  async read(statuspageIncidentId: string): Promise<PageIncident | undefined> {
    const path = `/pages/${this.#of.pageId}/incidents/${encodeURIComponent(statuspageIncidentId)}`;
    try {
      return pageIncident(await this.#send('GET', path, { apiKey: await this.#apiKey() }));
    } catch (error) {
      if (error instanceof PageError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  async recent(): Promise<PageIncident[]> {
    const path = `/pages/${this.#of.pageId}/incidents?limit=${RECENT_LIMIT}`;
    const answer = await this.#send('GET', path, { apiKey: await this.#apiKey() });
    if (!Array.isArray(answer)) throw unknownOutcome('expected a list', null);
    return answer.map(pageIncident);
  }

  async components(): Promise<PageComponent[]> {
    const path = `/pages/${this.#of.pageId}/components?per_page=${LIST_LIMIT}`;
    const answer = await this.#send('GET', path, { apiKey: await this.#apiKey() });
    if (!Array.isArray(answer)) throw unknownOutcome('expected a list', null);
    return answer.flatMap(pageComponent);
  }

  async claims(): Promise<Claim[]> {
    const path = `/pages/${this.#of.pageId}/incidents/unresolved?per_page=${LIST_LIMIT}`;
    const answer = await this.#send('GET', path, { apiKey: await this.#apiKey() });
    if (!Array.isArray(answer)) throw unknownOutcome('expected a list', null);
    return answer.flatMap(claimsIn);
  }

  async newestIncidents(): Promise<ShownPage | undefined> {
    const { pageId } = this.#of;
    const path = `/pages/${pageId}/incidents?limit=${LIST_LIMIT}`;
    try {
      const answer = await this.#send('GET', path, { apiKey: await this.#apiKey() });
      return shownList(answer, { pageId, listedMax: LIST_LIMIT });
    } catch (error) {
      if (error instanceof PageError) return undefined;
      throw error;
    }
  }

  async #apiKey(): Promise<string> {
    try {
      return await this.#of.apiKey();
    } catch (cause) {
      throw new PageError({
        code: 'PAGE_NOT_EXECUTED',
        message: 'cannot reach the status page: expected its key from Secrets Manager',
        httpStatus: null,
        cause,
      });
    }
  }

  async #send(
    method: string,
    path: string,
    of: { apiKey: string; body?: unknown; request?: PageRequest },
  ): Promise<unknown> {
    const outcome = await sendOnce({
      url: `${this.#of.apiUrl}${path}`,
      method,
      headers: {
        authorization: `OAuth ${of.apiKey}`,
        ...(of.body ? { 'content-type': 'application/json' } : {}),
      },
      ...(of.body ? { body: JSON.stringify(of.body) } : {}),
      timeoutMs: this.#of.timeoutMs,
    });
    if (outcome.kind === 'not_sent') {
      throw new PageError({
        code: 'PAGE_NOT_EXECUTED',
        message: `cannot reach the status page: expected a connection, got ${outcome.reason}`,
        httpStatus: null,
      });
    }
    if (outcome.kind === 'no_answer') throw unknownOutcome(outcome.reason, null);
    return parsedAnswer(outcome, of.request);
  }
}

function parsedAnswer({ status, text }: HttpAnswer, request: PageRequest | undefined): unknown {
  if (BUSY.has(status) || REFUSED.has(status)) {
    const isBusy = BUSY.has(status);
    throw new PageError({
      code: isBusy ? 'PAGE_NOT_EXECUTED' : 'PAGE_REFUSED',
      message: `cannot use the status page: expected 2xx, got ${status}`,
      httpStatus: status,
      ...(isBusy ? {} : { refusal: pageRefusalOf({ status, answer: text, request }) }),
    });
  }
  if (status < 200 || status > 299) throw unknownOutcome(`status ${status}`, status);
  try {
    return JSON.parse(text);
  } catch {
    throw unknownOutcome('an answer that is not JSON', status);
  }
}

function unknownOutcome(got: string, httpStatus: number | null): PageError {
  return new PageError({
    code: 'PAGE_OUTCOME_UNKNOWN',
    message: `cannot tell what the status page did: expected an answer, got ${got}`,
    httpStatus,
  });
}

/** What one incident of ours says, by all of its updates; of another hand's incidents nothing. */
function claimsIn(value: unknown): Claim[] {
  const { name, metadata, incident_updates } = (value ?? {}) as Record<string, unknown>;
  const { incident } = (metadata as { ir?: { incident?: unknown } } | null)?.ir ?? {};
  if (typeof incident !== 'string' || !Array.isArray(incident_updates)) return [];
  const updates = incident_updates.map((each) => (each ?? {}) as Record<string, unknown>);
  const inOrder = updates
    .reverse()
    .sort((a, b) => String(a.created_at ?? '').localeCompare(String(b.created_at ?? '')));
  const said = new Map<string, ComponentState>();
  for (const { affected_components: affected } of inOrder) {
    for (const each of Array.isArray(affected) ? affected : []) {
      const { code, new_status: state } = (each ?? {}) as Record<string, unknown>;
      const isKnown = typeof state === 'string' && isComponentState(state);
      if (typeof code === 'string' && isKnown) said.set(code, state);
    }
  }
  return [...said]
    .filter(([, state]) => state !== 'operational')
    .map(([componentId, state]) => ({
      incidentId: incident,
      componentId,
      state,
      title: String(name ?? ''),
    }));
}

function pageComponent(value: unknown): PageComponent[] {
  const { id, name, status } = (value ?? {}) as Record<string, unknown>;
  const known = typeof status === 'string' && isComponentState(status);
  return typeof id === 'string' && known ? [{ id, name: String(name ?? id), state: status }] : [];
}

/** Reads the fields we rely on; anything else about the answer may change. */
function pageIncident(value: unknown): PageIncident {
  const answer = value as {
    id?: unknown;
    name?: unknown;
    status?: unknown;
    shortlink?: unknown;
    incident_updates?: { id?: unknown; body?: unknown; status?: unknown; created_at?: unknown }[];
    metadata?: { ir?: { publication?: unknown; incident?: unknown } };
  };
  if (typeof answer?.id !== 'string') throw unknownOutcome('an incident without id', null);
  const updates = Array.isArray(answer.incident_updates) ? answer.incident_updates : [];
  const { publication, incident } = answer.metadata?.ir ?? {};
  return {
    statuspageIncidentId: answer.id,
    link: typeof answer.shortlink === 'string' ? answer.shortlink : '',
    name: String(answer.name ?? ''),
    status: String(answer.status ?? ''),
    updates: updates
      .map((u) => ({
        id: String(u.id ?? ''),
        body: String(u.body ?? ''),
        status: String(u.status ?? ''),
        createdAt: String(u.created_at ?? ''),
      }))
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
      .map(({ id, body, status }) => ({ id, body, status })),
    publicationId: typeof publication === 'string' ? publication : null,
    incidentId: typeof incident === 'string' ? incident : null,
  };
}
