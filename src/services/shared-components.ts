import { namedComponents } from '../domain/card-seen.ts';
import { type Claim, claimsOf } from '../domain/claims.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { OPEN_INCIDENTS_READ_MAX } from '../domain/limits.ts';
import { isComponentState } from '../domain/page-words.ts';
import type { Routing } from '../domain/routing.ts';
import { channel, say, words } from '../domain/sentence.ts';
import type { IncidentRows, Log, StepRow } from './ports.ts';
import type { RoomPosts } from './room-posts.ts';

/** Others that a room is told of: of more, the room is no place to read about. */
const NAMED_MAX = 3;
/** Journal row, of no event, with what others say; a hint for forms. */
const CLAIMS_ROW = [0, 'claims_of_others'] as const;

export type SharedComponentsDeps = {
  rows: Pick<IncidentRows, 'listOpen' | 'writeStep'>;
  posts: Pick<RoomPosts, 'once'>;
  routing: Pick<Routing, 'services' | 'components'>;
  log: Log;
};

/** Tells two open incidents of each other that are about one component of the page. */
export class SharedComponents {
  readonly #deps: SharedComponentsDeps;

  constructor(deps: SharedComponentsDeps) {
    this.#deps = deps;
  }

  /**
   * Names an incident and the newest others that share a component in each other's rooms, each pair
   * once, and keeps what they say of it for the forms of both. Safe to repeat.
   */
  async name(incident: IncidentState): Promise<void> {
    const own = this.#touched(incident);
    if (own.size === 0) return;
    const open = await this.#deps.rows.listOpen(OPEN_INCIDENTS_READ_MAX);
    const sharing = open
      .filter(({ incidentId }) => incidentId !== incident.incidentId)
      .map((other) => ({ other, shared: [...this.#touched(other)].filter((id) => own.has(id)) }))
      .filter(({ shared }) => shared.length > 0)
      .slice(0, NAMED_MAX);
    const all = [incident, ...sharing.map(({ other }) => other)];
    for (const { other, shared } of sharing) {
      await this.#say(incident, other, shared);
      await this.#say(other, incident, shared);
      await this.#keepClaims(other, all);
    }
    if (sharing.length > 0) await this.#keepClaims(incident, all);
  }

  /** Its service's components, those its drafts name, and those it last said anything of. */
  #touched({ service, drafts, page }: IncidentState): Set<string> {
    const { services } = this.#deps.routing;
    const named = services.find(({ name }) => name === service)?.components ?? [];
    const drafted = drafts.flatMap(({ request }) => namedComponents(request));
    return new Set([...named, ...drafted, ...Object.keys(page.claims ?? {})]);
  }

  async #say(to: IncidentState, about: IncidentState, shared: readonly string[]): Promise<void> {
    if (!to.room) return;
    const { posts, routing, log } = this.#deps;
    const names = shared.map((id) => routing.components.find((one) => one.id === id)?.name ?? id);
    const where = about.room ? channel(about.room.channelId) : words(about.incidentId);
    const link = about.page.lastPublication?.link ?? '';
    try {
      const event = { incidentId: to.incidentId, seq: 1 };
      await posts.once(event, `shared#${about.incidentId}`, to.room.channelId, {
        kind: 'line',
        text: say`Another open incident is about ${words(names.join(', '))} too: “${words(about.title)}” (${about.severity}), ${where}. What one of you publishes of it, the other must know.`,
        ...(/^https?:\/\//.test(link) ? { link: { title: 'What customers read', url: link } } : {}),
      });
    } catch (error) {
      // A room that cannot be told must not hold up the incident that told it.
      if (!(error instanceof ChatError) || error.retryable) throw error;
      log.warn('a room could not be told of another incident', { code: codeOf(error) });
    }
  }

  async #keepClaims(of: IncidentState, all: readonly IncidentState[]): Promise<void> {
    const others = all.filter(({ incidentId }) => incidentId !== of.incidentId);
    const claims = JSON.stringify(others.flatMap(claimsOf));
    const row = { done: true, result: { claims } };
    await this.#deps.rows.writeStep(of.incidentId, ...CLAIMS_ROW, row);
  }
}

/**
 * What other open incidents said of components when somebody last drafted or published: for the
 * defaults of a form. A hint: what is sent in is held against their trails.
 */
export async function hintedClaims(
  rows: Pick<IncidentRows, 'readStep'>,
  incidentId: string,
): Promise<Claim[]> {
  return claimsIn(await rows.readStep(incidentId, ...CLAIMS_ROW));
}

function claimsIn(row: StepRow | undefined): Claim[] {
  try {
    const read: unknown = JSON.parse(row?.result.claims ?? '[]');
    return Array.isArray(read) ? read.filter((one) => isComponentState(String(one?.state))) : [];
  } catch {
    return [];
  }
}
