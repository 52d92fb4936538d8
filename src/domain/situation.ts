import type { EventType } from './audit-event.ts';
import type { DraftState, IncidentStatus } from './incident-state.ts';
import { statusAfter } from './standing.ts';
import type { PageStatus } from './statuspage-event-details.ts';
import { type Phase, phaseOf } from './transitions.ts';

/** What happened to an incident that ended the situation a text was written in. */
export const OUTLIVED = ['reopened', 'cancelled', 'resolved'] as const;
export type Outlived = (typeof OUTLIVED)[number];

const CAUSE_OF: Readonly<Record<Phase, Outlived>> = {
  open: 'reopened',
  over: 'resolved',
  called_off: 'cancelled',
};

const WORDS: Readonly<Record<Outlived, string>> = {
  reopened: 'the incident was reopened after this was written; draft it again',
  cancelled: 'the incident was cancelled; only a text that resolves it on the page still fits',
  resolved: 'the incident was resolved after this was written; only a resolved text still fits',
};

/**
 * Whether customers may still read a text as it was written. It fits the phase it was written in; a
 * text that ends the incident on the page also fits once the incident has ended. Of an incident that
 * was called off nothing but its end on the page is to be said. While it is over a person may say
 * more, e.g. that it is still watched: that is written in this phase, and the card names it.
 */
export function fits(of: { writtenIn: Phase; now: Phase; pageStatus: PageStatus }): boolean {
  const { writtenIn, now, pageStatus } = of;
  const isEnd = pageStatus === 'resolved';
  if (writtenIn === now) return now !== 'called_off' || isEnd;
  return writtenIn === 'open' && now === 'over' && isEnd;
}

/** Why a text does not fit as soon as it is written; undefined: it does. */
export function outlivedWhenWritten(
  status: IncidentStatus,
  pageStatus: PageStatus,
): Outlived | undefined {
  const phase = phaseOf(status);
  return fits({ writtenIn: phase, now: phase, pageStatus }) ? undefined : CAUSE_OF[phase];
}

/**
 * Why a text that has fitted until now does not fit any more after one event; undefined: it does.
 * Both readings of the trail, the projection and the gate's own, ask here. What did not fit once never
 * fits again: an incident that is resolved and reopened is in another situation than before.
 *
 * A reopening ends it for every text, of an incident that was only mitigated too: whatever was written
 * before did not know that the fix would not hold.
 */
export function outlivedBy(
  type: EventType,
  of: { status: IncidentStatus; pageStatus: PageStatus },
): Outlived | undefined {
  if (type === 'INCIDENT_REOPENED') return 'reopened';
  const writtenIn = phaseOf(of.status);
  const now = phaseOf(statusAfter(of.status, type));
  if (writtenIn === now) return undefined;
  return fits({ writtenIn, now, pageStatus: of.pageStatus }) ? undefined : CAUSE_OF[now];
}

/** Why it does not fit, as people are told. */
export function outlivedWords(by: Outlived): string {
  return WORDS[by];
}

/** The drafts of an incident after one event; those whose situation it ended say so. */
export function withSituation(
  drafts: readonly DraftState[],
  status: IncidentStatus,
  type: EventType,
): DraftState[] {
  return drafts.map((draft) => {
    if (draft.outlived || ENDED.includes(draft.status)) return draft;
    const by = outlivedBy(type, { status, pageStatus: draft.request.body.incident.status });
    return by ? { ...draft, outlived: by } : draft;
  });
}

const ENDED: readonly DraftState['status'][] = [
  'published',
  'publication_failed',
  'rejected',
  'superseded',
  'withdrawn',
  'expired',
];
