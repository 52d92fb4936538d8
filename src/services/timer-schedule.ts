import type { IncidentMessage, Schedules } from './ports.ts';

type TimerMessage = Extract<IncidentMessage, { kind: 'schedule' }>;

/** The schedule that brings a timer's message when it is due, in a group of its incident's timers. */
export function timerSchedule(
  message: TimerMessage,
  dueAt: string,
): Parameters<Schedules['set']>[0] {
  const { name, incidentId } = message;
  return { name, dueAtMs: Date.parse(dueAt), message, group: `schedule#${incidentId}` };
}
