import type { DraftState, IncidentState, IncidentStatus } from './incident-state.ts';
import { COMPONENT_STATE_WORDS } from './page-words.ts';
import { type Severity, worse } from './severity.ts';
import type { ComponentState, PageRequest } from './statuspage-event-details.ts';
import { phaseOf } from './transitions.ts';

/** What a card shows beside the text, and an approval is given in view of. */
export type CardSeen = {
  /** The worst the incident ever had. */
  severity: Severity;
  situation: SituationShown;
  /** What the page showed of the components that the text names; what is not known is left out. */
  components: Readonly<Record<string, ComponentState>>;
};

const SITUATION_WORDS = {
  open: 'going on',
  mitigated: 'mitigated',
  over: 'over',
  called_off: 'cancelled',
} as const;
type SituationShown = keyof typeof SITUATION_WORDS;

const LETTERS: Readonly<Record<ComponentState, string>> = {
  operational: 'o',
  degraded_performance: 'd',
  partial_outage: 'p',
  major_outage: 'm',
  under_maintenance: 'u',
};
const UNKNOWN = '-';

/** Ids of the components that a request names, sorted. */
export function namedComponents({ body }: PageRequest): string[] {
  const { components, component_ids } = body.incident;
  return [...new Set([...Object.keys(components), ...component_ids])].sort();
}

/** What a card of this draft shows now; the page's states are those the draft carries. */
export function seenOn(
  incident: Pick<IncidentState, 'worstSeverity' | 'status'>,
  { request, componentsBefore }: Pick<DraftState, 'request' | 'componentsBefore'>,
): CardSeen {
  const known = namedComponents(request).flatMap((id) => {
    const state = componentsBefore?.[id];
    return state ? [[id, state] as const] : [];
  });
  return {
    severity: incident.worstSeverity,
    situation: situationOf(incident.status),
    components: Object.fromEntries(known),
  };
}

/** The same in short, as a button carries it: severity, situation, one letter a component. */
export function seenText(seen: CardSeen, request: PageRequest): string {
  const letters = namedComponents(request).map((id) => {
    const state = seen.components[id];
    return state ? LETTERS[state] : UNKNOWN;
  });
  return [seen.severity, seen.situation, letters.join('')].join('.');
}

/** Reads it back; undefined when it is not of this request, or made up. */
export function readSeen(text: string, request: PageRequest): CardSeen | undefined {
  const [severity = '', situation = '', letters = '', ...more] = text.split('.');
  const ids = namedComponents(request);
  if (!/^P[1-4]$/.test(severity) || !Object.hasOwn(SITUATION_WORDS, situation)) return undefined;
  if (more.length > 0 || letters.length !== ids.length) return undefined;
  const known = ids.flatMap((id, at) => {
    const state = STATES.find((one) => LETTERS[one] === letters[at]);
    return state ? [[id, state] as const] : [];
  });
  return {
    severity: severity as Severity,
    situation: situation as SituationShown,
    components: Object.fromEntries(known),
  };
}

const STATES = Object.keys(LETTERS) as ComponentState[];

/** Components of which both sides are known and differ. */
export function changedComponents(
  before: CardSeen['components'],
  now: CardSeen['components'],
): { id: string; from: ComponentState; to: ComponentState }[] {
  return Object.entries(before).flatMap(([id, from]) => {
    const to = now[id];
    return to === undefined || to === from ? [] : [{ id, from, to }];
  });
}

/** Such a change in words, e.g. `Payments was Operational and is Major outage now`. */
export function componentChangeWords(
  changes: readonly { id: string; from: ComponentState; to: ComponentState }[],
  nameOf: (id: string) => string,
): string {
  return changes
    .map(
      ({ id, from, to }) =>
        `${nameOf(id)} was ${COMPONENT_STATE_WORDS[from]} and is ${COMPONENT_STATE_WORDS[to]} now`,
    )
    .join('; ');
}

/** What of an incident is another than a card showed, in words; undefined: nothing that binds. */
export function situationChange(before: CardSeen, now: CardSeen): string | undefined {
  if (worse(before.severity, now.severity) !== before.severity) {
    return `the severity went from ${before.severity} to ${now.severity} since this card was shown`;
  }
  if (before.situation === now.situation) return undefined;
  return (
    `the incident was ${SITUATION_WORDS[before.situation]} when this card was shown and is ` +
    `${SITUATION_WORDS[now.situation]} now`
  );
}

function situationOf(status: IncidentStatus): SituationShown {
  return status === 'mitigated' ? 'mitigated' : phaseOf(status);
}
