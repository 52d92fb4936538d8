import { COMPONENT_STATES, type ComponentState } from '../../domain/statuspage-event-details.ts';
import type { PublicPage } from '../../services/public-page.ts';
import { sendOnce } from '../http/send-once.ts';

/** A draft waits for this at most; without it the card shows the new states alone. Unit: ms. */
const TIMEOUT_MS = 1_500;
/** Most components remembered beside a draft. */
const COMPONENTS_READ_MAX = 200;

/** Statuspage's keyless public API. https://metastatuspage.com/api */
export class StatuspagePublicPage implements PublicPage {
  readonly #publicUrl: string;

  constructor(publicUrl: string) {
    this.#publicUrl = publicUrl;
  }

  async componentStates(): Promise<Record<string, ComponentState> | undefined> {
    const outcome = await sendOnce({
      url: `${this.#publicUrl}/api/v2/components.json`,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
    });
    if (outcome.kind !== 'answer' || outcome.status !== 200) return undefined;
    return statesIn(outcome.text);
  }
}

function statesIn(text: string): Record<string, ComponentState> | undefined {
  let listed: unknown;
  try {
    listed = (JSON.parse(text) as { components?: unknown } | null)?.components;
  } catch {
    return undefined;
  }
  if (!Array.isArray(listed)) return undefined;
  const states: Record<string, ComponentState> = {};
  for (const entry of listed.slice(0, COMPONENTS_READ_MAX)) {
    const { id, status } = (entry ?? {}) as { id?: unknown; status?: unknown };
    const known = COMPONENT_STATES.find((state) => state === status);
    if (typeof id === 'string' && id.length <= 80 && known) states[id] = known;
  }
  return states;
}
