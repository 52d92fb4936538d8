import {
  type CardSeen,
  changedComponents,
  componentChangeWords,
  namedComponents,
  readSeen,
  seenOn,
  situationChange,
} from '../domain/card-seen.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import type { PageRequest } from '../domain/statuspage-event-details.ts';
import type { Refusal } from './decision-refusals.ts';
import type { IncidentRows } from './ports.ts';
import { type PublicPage, statesOf } from './public-page.ts';
import type { ComponentName, DraftReference } from './room-messages.ts';

export type ShownCardsDeps = {
  rows: Pick<IncidentRows, 'readStep'>;
  publicPage: PublicPage;
  components: readonly ComponentName[];
};

const LOOK_AGAIN = 'decide on the newest card';

/** What cards show beside the text, and whether it is still so. */
export class ShownCards {
  readonly #deps: ShownCardsDeps;

  constructor(deps: ShownCardsDeps) {
    this.#deps = deps;
  }

  /** What the public page shows of the named components now; null: it did not answer. */
  pageNow(request: PageRequest): Promise<DraftState['componentsBefore']> {
    return statesOf(this.#deps.publicPage, namedComponents(request));
  }

  /**
   * What the clicked card showed: as its button says, else as the journal says of the newest card;
   * undefined: nobody knows, as with cards of older versions.
   */
  async seen(clicked: DraftReference, draft: DraftState): Promise<CardSeen | undefined> {
    const text = clicked.seen ?? (await this.#journal(clicked, draft));
    return text === undefined ? undefined : readSeen(text, draft.request);
  }

  async #journal({ incidentId }: DraftReference, draft: DraftState): Promise<string | undefined> {
    const { rows } = this.#deps;
    const step = await rows.readStep(incidentId, draft.revisionSeq, 'approval_card');
    return step?.result.seen;
  }

  /** What the clicked card is out of date in, by name; undefined: nothing that binds. */
  changed(
    seen: CardSeen | undefined,
    of: { incident: IncidentState; draft: DraftState; page: DraftState['componentsBefore'] },
  ): Refusal | undefined {
    const { incident, draft, page } = of;
    const now = seenOn(incident, { request: draft.request, componentsBefore: page });
    const situation = seen && situationChange(seen, now);
    if (situation) return { code: 'SITUATION_CHANGED', rule: `${situation}; ${LOOK_AGAIN}` };
    const changes = changedComponents(this.read(seen, draft), now.components);
    if (changes.length === 0) return undefined;
    const words = componentChangeWords(changes, (id) => this.nameOf(id));
    return { code: 'COMPONENTS_CHANGED', rule: `${words}; ${LOOK_AGAIN}` };
  }

  /** The states that an approver read: on the card, else those known when the text was written. */
  read(seen: CardSeen | undefined, draft: DraftState): CardSeen['components'] {
    return seen?.components ?? draft.componentsBefore ?? {};
  }

  nameOf(id: string): string {
    return this.#deps.components.find((component) => component.id === id)?.name ?? id;
  }
}
