import {
  type CardSeen,
  changedComponents,
  componentChangeWords,
  namedComponents,
  readSeen,
  seenOn,
  situationChange,
} from '../domain/card-seen.ts';
import { type Claim, claimWords, contradicted, type Override } from '../domain/claims.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import { INTERNAL_TEXT_MAX } from '../domain/limits.ts';
import type { PageRequest } from '../domain/statuspage-event-details.ts';
import { cutText } from '../domain/well-formed.ts';
import type { ClaimsOfOthers } from './claims-of-others.ts';
import type { Refusal } from './decision-refusals.ts';
import type { IncidentRows } from './ports.ts';
import { type PublicPage, statesOf } from './public-page.ts';
import type { ComponentName, DraftReference } from './room-messages.ts';

export type ShownCardsDeps = {
  rows: Pick<IncidentRows, 'readStep'>;
  publicPage: PublicPage;
  components: readonly ComponentName[];
  claims: Pick<ClaimsOfOthers, 'on'>;
};

const LOOK_AGAIN = 'decide on the newest card';
const SAY_WHY =
  'keep that state, or edit the draft and say why customers may be shown a better one';

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

  /** What other open incidents say of the named components. */
  claims(incidentId: string, request: PageRequest): Promise<Claim[]> {
    return this.#deps.claims.on(namedComponents(request), incidentId);
  }

  /** Why these states contradict what other open incidents say; undefined: they do not. */
  claimed(
    components: PageRequest['body']['incident']['components'],
    of: { claims: readonly Claim[]; overrides?: readonly Override[] | undefined },
  ): Refusal | undefined {
    const found = contradicted(components, of);
    if (found.length === 0) return undefined;
    const rule = `${claimWords(found, (id) => this.nameOf(id))}; ${SAY_WHY}`;
    return { code: 'COMPONENT_CLAIMED', rule: cutText(rule, INTERNAL_TEXT_MAX) };
  }

  /** What the clicked card is out of date in, by name; undefined: nothing that binds. */
  changed(
    seen: CardSeen | undefined,
    of: {
      incident: IncidentState;
      draft: DraftState;
      page: DraftState['componentsBefore'];
      claims: readonly Claim[];
    },
  ): Refusal | undefined {
    const { incident, draft, page, claims } = of;
    const now = seenOn(incident, { request: draft.request, componentsBefore: page });
    const situation = seen && situationChange(seen, now);
    if (situation) return { code: 'SITUATION_CHANGED', rule: `${situation}; ${LOOK_AGAIN}` };
    const changes = changedComponents(this.read(seen, draft), now.components);
    if (changes.length === 0) {
      const { overrides, request } = draft;
      return this.claimed(request.body.incident.components, { claims, overrides });
    }
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
