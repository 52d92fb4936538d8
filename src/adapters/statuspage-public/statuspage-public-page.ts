import type { ShownPage } from '../../domain/shown-page.ts';
import { COMPONENT_STATES, type ComponentState } from '../../domain/statuspage-event-details.ts';
import type { PublicIncidents, PublicPage } from '../../services/public-page.ts';
import { sendOnce } from '../http/send-once.ts';
import { shownPage } from './shown-incidents.ts';

/** A draft waits for this at most; without it the card shows the new states alone. Unit: ms. */
const TIMEOUT_MS = 1_500;
/** The comparison with the record has more time; nobody waits for it. Unit: ms. */
const INCIDENTS_TIMEOUT_MS = 5_000;
/** Most components remembered beside a draft. */
const COMPONENTS_READ_MAX = 200;

/** Statuspage's keyless public API. https://metastatuspage.com/api */
export class StatuspagePublicPage implements PublicPage, PublicIncidents {
  readonly #publicUrl: string;

  constructor(publicUrl: string) {
    this.#publicUrl = publicUrl;
  }

  async componentStates(): Promise<Record<string, ComponentState> | undefined> {
    return statesIn(await this.#read('components.json', TIMEOUT_MS));
  }

  async newestIncidents(): Promise<ShownPage | undefined> {
    return shownPage(await this.#read('incidents.json', INCIDENTS_TIMEOUT_MS));
  }

  async #read(file: string, timeoutMs: number): Promise<unknown> {
    const outcome = await sendOnce({
      url: `${this.#publicUrl}/api/v2/${file}`,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutMs,
    });
    if (outcome.kind !== 'answer' || outcome.status !== 200) return undefined;
    try {
      return JSON.parse(outcome.text);
    } catch {
      return undefined;
    }
  }
}

function statesIn(answer: unknown): Record<string, ComponentState> | undefined {
  const listed = (answer as { components?: unknown } | null | undefined)?.components;
  if (!Array.isArray(listed)) return undefined;
  const states: Record<string, ComponentState> = {};
  for (const entry of listed.slice(0, COMPONENTS_READ_MAX)) {
    const { id, status } = (entry ?? {}) as { id?: unknown; status?: unknown };
    const known = COMPONENT_STATES.find((state) => state === status);
    if (typeof id === 'string' && id.length <= 80 && known) states[id] = known;
  }
  return states;
}
