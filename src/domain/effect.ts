import { type Severity, worse } from './severity.ts';
import type {
  ApprovalEffect,
  ComponentState,
  PageImpact,
  PageRequest,
} from './statuspage-event-details.ts';

/** What a text does to those who read the page, as its request says it. */
export type TextEffect = {
  impact: PageImpact;
  /** The worst state it gives a component; `operational` when it names none. */
  worstComponent: ComponentState;
  /** Subscribers are mailed. */
  notify: boolean;
};

/** What else is going on, as far as the approval policy is asked about it. */
export type Surroundings = {
  /** Who declared the incident, by Slack id; null: an alert opened it. */
  declaredBy: string | null;
  /** The worst severity that this or an open incident of the same service or components ever had. */
  relatedSeverity: Severity;
  /** Those other incidents, by id; at most `RELATED_INCIDENTS_MAX`. */
  related: string[];
};

/** By what a text is judged beside the severity of its incident. */
export type Effect = ApprovalEffect;

/** From best to worst for who uses the component; maintenance takes it away from them. */
const FROM_BEST: readonly ComponentState[] = [
  'operational',
  'degraded_performance',
  'under_maintenance',
  'partial_outage',
  'major_outage',
];

/** Reads the effect of a text from the request that an approval covers. */
export function textEffectOf({ body }: PageRequest): TextEffect {
  const { impact_override, deliver_notifications, components } = body.incident;
  const ranks = Object.values(components).map((state) => FROM_BEST.indexOf(state));
  return {
    impact: impact_override,
    worstComponent: FROM_BEST[Math.max(0, ...ranks)] as ComponentState,
    notify: deliver_notifications,
  };
}

/** The effect of a text of an incident that ever was of this severity. */
export function effectOf(request: PageRequest, around: Surroundings, severity: Severity): Effect {
  const relatedSeverity = worse(around.relatedSeverity, severity);
  return { ...textEffectOf(request), ...around, relatedSeverity };
}

/** Whether a recorded effect is that of a request. */
export function isEffectOf(effect: TextEffect, request: PageRequest): boolean {
  const { impact, worstComponent, notify } = textEffectOf(request);
  return (
    effect.impact === impact && effect.worstComponent === worstComponent && effect.notify === notify
  );
}
