import type { Actor, DetailsOf } from '../domain/audit-event.ts';
import { type Claim, contradicted, type Override } from '../domain/claims.ts';
import { type DraftContent, draftActionOf, draftDigest, pageRequestOf } from '../domain/draft.ts';
import { draftAccepts } from '../domain/draft-transitions.ts';
import { isFullOfWaiting, WAITING_DRAFTS_MAX } from '../domain/drafts-kept.ts';
import { draftIdOf, type IncidentId, publicationIdOf } from '../domain/ids.ts';
import type { DraftState, IncidentState } from '../domain/incident-state.ts';
import { COMPONENTS_MAX, DRAFT_VALID_FOR_S, OVERRIDE_REASON_MAX } from '../domain/limits.ts';
import { type Outlived, outlivedWhenWritten, outlivedWords } from '../domain/situation.ts';
import { phaseOf } from '../domain/transitions.ts';
import { cutText } from '../domain/well-formed.ts';
import { denied, outlivedRefusal, type Refusal, refusal, staleness } from './decision-refusals.ts';
import type { IncidentRecord, NextPlace } from './incident-record.ts';
import { type PublicPage, statesOf } from './public-page.ts';
import { WORKER } from './responders.ts';
import type { ShownCards } from './shown-cards.ts';

type DraftDetails = DetailsOf<'STATUSPAGE_DRAFT_CREATED'>;
/** Where the words came from. */
export type DraftSource = Pick<DraftDetails, 'origin' | 'ai'>;

/** Why no draft was made, in words for the person. */
export type DraftRefusal = { rule: string };

const TOO_MANY_WAIT = `${WAITING_DRAFTS_MAX} drafts of this incident wait already: decide or withdraw one of them first`;

export type StatusDraftsDeps = {
  record: IncidentRecord;
  publicPage: PublicPage;
  cards: Pick<ShownCards, 'claims' | 'claimed'>;
  pageId: string;
};

/**
 * Drafts for the status page: immutable text awaiting a decision. Editing makes the next revision
 * and supersedes the one before. Safe to repeat: one command makes one revision.
 */
export class StatusDrafts {
  readonly #deps: StatusDraftsDeps;

  constructor(deps: StatusDraftsDeps) {
    this.#deps = deps;
  }

  /** A new draft. @returns why not, or undefined */
  async create(of: {
    incidentId: string;
    commandId: string;
    actor: Actor;
    authors: string[];
    content: DraftContent;
    source: DraftSource;
    /** Why components may be shown better than other open incidents say. */
    overrideReason?: string | undefined;
    /** It says that the incident has ended: not when it was reopened meanwhile. */
    onlyWhenEnded?: true;
  }): Promise<DraftRefusal | undefined> {
    const draftId = draftIdOf(of.incidentId as IncidentId, of.commandId);
    const [componentsBefore, claims] = await this.#around(of);
    const outcome = await this.#deps.record.run<DraftRefusal>({
      incidentId: of.incidentId,
      commandId: of.commandId,
      actor: of.actor,
      decide: (incident, next) => {
        if (!incident) return { decline: { rule: 'this incident does not exist' } };
        if (of.onlyWhenEnded && phaseOf(incident.status) === 'open') {
          return { decline: { rule: 'the incident goes on' } };
        }
        const misfit = misfitOf(incident, of.content);
        if (misfit) return { decline: misfit };
        // What the end of the incident proposes is never left out.
        const isOwn = of.actor.kind === 'system';
        const claimed = isOwn ? undefined : this.#claimed(of, claims);
        if (claimed) return { decline: claimed };
        if (!isOwn && isFullOfWaiting(incident.drafts)) return { decline: { rule: TOO_MANY_WAIT } };
        const overrides = overridesOf(of, claims);
        const draft = { ...of, draftId, revision: 1, componentsBefore, overrides };
        return {
          append: 'STATUSPAGE_DRAFT_CREATED',
          details: this.#details(incident, next, draft),
        };
      },
    });
    return outcome.kind === 'declined' ? outcome.because : undefined;
  }

  /** The next revision of a draft that has not started to be published. */
  async revise(of: {
    incidentId: string;
    commandId: string;
    actor: Actor;
    seen: { draftId: string; revision: number; digest: string };
    content: DraftContent;
    source: DraftSource;
    overrideReason?: string | undefined;
  }): Promise<DraftRefusal | undefined> {
    const [componentsBefore, claims] = await this.#around(of);
    const outcome = await this.#deps.record.run<DraftRefusal>({
      incidentId: of.incidentId,
      commandId: of.commandId,
      actor: of.actor,
      decide: (incident, next) => {
        if (!incident) return { decline: refusal('DRAFT_UNKNOWN') };
        const asked = { seen: of.seen, requestSha256: of.commandId };
        const draft = incident.drafts.find((known) => known.draftId === of.seen.draftId);
        if (!draft) return denied('edit', asked, refusal('DRAFT_UNKNOWN'));
        const refused =
          staleness(draft, of.seen) ??
          notEditable(draft) ??
          misfitOf(incident, of.content) ??
          this.#claimed(of, claims);
        if (refused) return denied('edit', asked, refused);
        return {
          append: 'STATUSPAGE_DRAFT_REVISED',
          details: this.#details(incident, next, {
            ...of,
            draftId: draft.draftId,
            revision: draft.revision + 1,
            // Who wrote an earlier revision wrote part of this one.
            authors: [...new Set([...draft.authors, of.actor.id])],
            componentsBefore,
            overrides: overridesOf(of, claims),
            aiBefore: draft.aiProposal,
          }),
        };
      },
    });
    if (outcome.kind === 'declined') return outcome.because;
    const { event } = outcome;
    return event.type === 'STATUSPAGE_APPROVAL_DENIED' ? { rule: event.details.rule } : undefined;
  }

  /**
   * Withdraws every draft that waits or is approved although the situation it was written in is over.
   * Decided on the newest state, each once. Safe to repeat.
   */
  async withdrawOutlived(incidentId: string): Promise<void> {
    const incident = (await this.#deps.record.load(incidentId))?.state;
    const outlived = incident?.drafts.filter(isOutlived) ?? [];
    await this.#deps.record.runAll<null>(
      incidentId,
      outlived.map(({ draftId, revision }) => ({
        commandId: `outlived#${draftId}#${revision}`,
        actor: WORKER,
        decide: (now) => {
          const draft = now?.drafts.find((one) => one.draftId === draftId);
          if (draft?.revision !== revision || !isOutlived(draft)) return { decline: null };
          const { outlived: because } = draft;
          const reason = outlivedWords(because);
          const details = { draftId, revision, reason, because };
          return { append: 'STATUSPAGE_DRAFT_WITHDRAWN', details };
        },
      })),
    );
  }

  /** What the page shows of the named components, and what other open incidents say of them. */
  #around(of: {
    incidentId: string;
    content: DraftContent;
  }): Promise<[DraftState['componentsBefore'], Claim[]]> {
    const { pageId, publicPage, cards } = this.#deps;
    const request = pageRequestOf(of.content, { pageId, onPage: null });
    return Promise.all([
      statesOf(publicPage, Object.keys(of.content.components)),
      cards.claims(of.incidentId, request),
    ]);
  }

  #claimed(of: Written, claims: readonly Claim[]): Refusal | undefined {
    const overrides = overridesOf(of, claims);
    return this.#deps.cards.claimed(of.content.components, { claims, overrides });
  }

  #details(
    incident: IncidentState,
    next: NextPlace,
    of: {
      draftId: string;
      revision: number;
      authors: string[];
      content: DraftContent;
      source: DraftSource;
      componentsBefore: DraftState['componentsBefore'];
      overrides: Override[];
      aiBefore?: DraftState['aiProposal'] | undefined;
    },
  ): DraftDetails {
    const { removed, statuspageIncidentId } = incident.page;
    const onPage = removed ? null : statuspageIncidentId;
    const basedOn = incident.page.lastPublication?.publicationId ?? null;
    const request = pageRequestOf(of.content, { pageId: this.#deps.pageId, onPage });
    const open = incident.drafts.find((draft) =>
      ['publishing', 'unconfirmed'].includes(draft.status),
    );
    return {
      draftId: of.draftId,
      revision: of.revision,
      action: draftActionOf(of.content.status, onPage),
      request,
      basedOn,
      digest: draftDigest(request, basedOn),
      publicationId: publicationIdOf(
        of.draftId as Parameters<typeof publicationIdOf>[0],
        of.revision,
      ),
      authors: of.authors,
      ...of.source,
      ...(of.aiBefore && !of.source.ai ? { aiBefore: of.aiBefore } : {}),
      componentsBefore: of.componentsBefore,
      ...(of.overrides.length > 0 ? { overrides: of.overrides } : {}),
      expiresAt: new Date(Date.parse(next.at) + DRAFT_VALID_FOR_S * 1000).toISOString(),
      openPublicationId: open?.publicationId ?? null,
      ...(removed && statuspageIncidentId
        ? { replaces: { statuspageIncidentId, removedSeq: removed.seq } }
        : {}),
    };
  }
}

function notEditable(draft: DraftState): Refusal | undefined {
  if (draft.status === 'publishing' || draft.status === 'unconfirmed') {
    return refusal('PUBLISHING_ALREADY_STARTED', draft);
  }
  const isOpen = draft.status === 'pending_approval' || draft.status === 'approved';
  return outlivedRefusal(draft) ?? (isOpen ? undefined : refusal('DRAFT_ALREADY_DECIDED', draft));
}

/** A text that nobody could publish is not written down. */
function misfitOf(incident: IncidentState, { status }: DraftContent): Refusal | undefined {
  const by = outlivedWhenWritten(incident.status, status);
  return by && { code: 'SITUATION_CHANGED', rule: outlivedWords(by) };
}

/** What a person wrote, and why it may be better than other open incidents say. */
type Written = { content: DraftContent; overrideReason?: string | undefined };

function overridesOf({ content, overrideReason }: Written, claims: readonly Claim[]): Override[] {
  const reason = cutText((overrideReason ?? '').trim(), OVERRIDE_REASON_MAX);
  if (reason === '') return [];
  return contradicted(content.components, { claims })
    .slice(0, COMPONENTS_MAX)
    .map(({ componentId, incidentId, state }) => ({
      componentId,
      claimed: state,
      incidentId,
      reason,
    }));
}

function isOutlived(draft: DraftState): draft is DraftState & { outlived: Outlived } {
  return draft.outlived !== undefined && draftAccepts(draft.status, 'STATUSPAGE_DRAFT_WITHDRAWN');
}
