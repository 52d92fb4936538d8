import type { GroupState } from '../alert-signal.ts';
import type { DetailsOf } from '../audit-event.ts';
import type { IncidentState } from '../incident-state.ts';

const STATE_AFTER = {
  ALERT_RECEIVED: 'firing',
  ALERT_ACKNOWLEDGED: 'acknowledged',
  ALERT_UNACKNOWLEDGED: 'firing',
  ALERT_SILENCED: 'silenced',
  ALERT_UNSILENCED: 'firing',
  ALERT_RESOLVED: 'resolved',
  ALERT_UNRESOLVED: 'firing',
} as const;
export type AlertEventType = keyof typeof STATE_AFTER;

/** What an event of a group's delivery says beside its type. */
export type StateDetails = Pick<
  DetailsOf<'ALERT_RECEIVED'>,
  'occurredAt' | 'groupState' | 'acceptedAt' | 'overtaken'
>;

/**
 * The state of an alert group after one event. Deliveries are unordered: those that say a state, as of
 * when they were accepted, are put in order by that; of the others, what the sender stored before our
 * newest news changes nothing.
 */
export function groupStateAfter(
  group: Pick<NonNullable<IncidentState['alertGroup']>, 'state' | 'lastOccurredAt'>,
  type: AlertEventType,
  { occurredAt, groupState, acceptedAt, overtaken }: StateDetails,
): GroupState | null {
  if (overtaken) return group.state;
  if (group.state === null || acceptedAt !== undefined) return STATE_AFTER[type];
  const newest = group.lastOccurredAt === null ? null : Date.parse(group.lastOccurredAt);
  const at = occurredAt === null ? null : Date.parse(occurredAt);
  if (type === 'ALERT_RECEIVED') {
    // A late "created" must not undo an acknowledgement that overtook it; a later firing ends a
    // resolution, and a note on what is resolved does not.
    const isLater = newest !== null && at !== null && at > newest;
    const firesAgain = group.state === 'resolved' && isLater && groupState !== 'resolved';
    return firesAgain ? 'firing' : group.state;
  }
  const isOldNews = newest !== null && at !== null && at < newest;
  return isOldNews ? group.state : STATE_AFTER[type];
}
