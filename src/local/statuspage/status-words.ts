/** Statuses of a real-time incident, in the order they usually come. */
export const REALTIME_STATUSES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
/** Statuses of a scheduled maintenance. */
export const SCHEDULED_STATUSES = ['scheduled', 'in_progress', 'verifying', 'completed'] as const;
/** Impacts, mildest first. */
export const IMPACTS = ['none', 'maintenance', 'minor', 'major', 'critical'] as const;
/** Component statuses, mildest first. */
export const COMPONENT_STATUSES = [
  'operational',
  'under_maintenance',
  'degraded_performance',
  'partial_outage',
  'major_outage',
] as const;

export type IncidentStatus =
  | (typeof REALTIME_STATUSES)[number]
  | (typeof SCHEDULED_STATUSES)[number];
export type Impact = (typeof IMPACTS)[number];
export type ComponentStatus = (typeof COMPONENT_STATUSES)[number];

/** Statuspage's own words for an update that brings a status and no text. */
export const DEFAULT_BODIES: Record<IncidentStatus, string> = {
  investigating: 'We are currently investigating this issue.',
  identified: 'The issue has been identified and a fix is being implemented.',
  monitoring: 'A fix has been implemented and we are monitoring the results.',
  resolved: 'This incident has been resolved.',
  scheduled: 'We will be undergoing scheduled maintenance during this time.',
  in_progress: 'Scheduled maintenance is currently in progress.',
  verifying: 'Verification is currently underway for the maintenance items.',
  completed: 'The scheduled maintenance has been completed.',
};

/** The impact Statuspage derives from the worst affected component. */
export const IMPACT_OF_COMPONENT: Record<ComponentStatus, Impact> = {
  operational: 'none',
  under_maintenance: 'maintenance',
  degraded_performance: 'minor',
  partial_outage: 'major',
  major_outage: 'critical',
};

/** True once nothing more is expected on the incident. */
export function isOver(status: IncidentStatus): boolean {
  return status === 'resolved' || status === 'completed';
}
