import type { IncidentState } from './incident-state.ts';

/** Longest channel name Slack takes. */
const ROOM_NAME_MAX = 80;

/** `inc-<yyyymmdd>-<slug>-<short id>`: the same for the same incident, so a repeat finds it. */
export function roomName(state: Pick<IncidentState, 'incidentId' | 'openedAt' | 'title'>): string {
  const day = state.openedAt.slice(0, 10).replaceAll('-', '');
  const short = state.incidentId.slice(-6);
  const slug = state.title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const room = ROOM_NAME_MAX - `inc-${day}--${short}`.length;
  const cut = slug.slice(0, Math.min(room, 40)).replace(/-+$/, '');
  return ['inc', day, ...(cut ? [cut] : []), short].join('-');
}
