import type { IncidentState, IncidentStatus } from './incident-state.ts';

/** What a person may ask that changes an incident's status, and the states it is accepted from. */
const ACCEPTED_FROM = {
  mitigate: ['triggered', 'assembling', 'active', 'assembly_failed'],
  resolve: ['triggered', 'assembling', 'active', 'mitigated', 'assembly_failed'],
  reopen: ['mitigated', 'resolved', 'cancelled'],
  cancel: ['triggered', 'assembling', 'active', 'mitigated', 'assembly_failed'],
} as const satisfies Record<string, readonly IncidentStatus[]>;
export type Transition = keyof typeof ACCEPTED_FROM;

/** Statuses in which an alert group's next firing belongs to a new episode. */
const OVER: readonly IncidentStatus[] = ['resolved', 'closed', 'cancelled'];

/** What an incident is to whoever writes about it: going on, ended, or never one. */
export type Phase = 'open' | 'over' | 'called_off';

export function phaseOf(status: IncidentStatus): Phase {
  if (status === 'cancelled') return 'called_off';
  return status === 'resolved' || status === 'closed' ? 'over' : 'open';
}

/** True when nothing more is expected to happen in this incident. */
export function isOver(state: Pick<IncidentState, 'status'>): boolean {
  return OVER.includes(state.status);
}

/** When an incident that has no war room that people can use, and needs one, was opened; epoch ms. */
export function roomlessSince(
  state: Pick<IncidentState, 'status' | 'openedAt' | 'room'> | undefined,
): number | undefined {
  // An intake chain was never opened.
  if (!state?.openedAt || isOver(state)) return undefined;
  if (state.room && state.status !== 'assembly_failed') return undefined;
  return Date.parse(state.openedAt);
}

/** Whether an incident has no room that people can use: it is driven from the announcement channel. */
export function isDrivenOutside({
  status,
  room,
  invited,
}: Pick<IncidentState, 'status' | 'room' | 'invited'>): boolean {
  return room === null || status === 'assembly_failed' || invited.length === 0;
}

/** @returns undefined when allowed, else the refusal in words */
export function refusalOf(transition: Transition, state: IncidentState): string | undefined {
  const accepted: readonly IncidentStatus[] = ACCEPTED_FROM[transition];
  if (accepted.includes(state.status)) return undefined;
  return `cannot ${transition} an incident that is ${state.status}: expected ${accepted.join(', ')}`;
}
