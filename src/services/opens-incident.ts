import type { AlertSignal } from '../domain/alert-signal.ts';
import type { Delivery } from './alert-details.ts';

/**
 * Whether a signal of a group without an open incident opens one. Deliveries are unordered, so
 * whatever says "somebody was alerted" does.
 * @param isKnown - the group had an incident, was in a storm or was resolved before, or is open at its
 *   source now
 */
export function opens(signal: AlertSignal, isKnown: boolean): boolean {
  switch (signal.kind) {
    case 'created':
    case 'escalation':
    case 'acknowledge':
    case 'silence':
      return true;
    case 'unresolve':
      // The first that is heard of it may be that it is back; without a time it may be an old one.
      return isKnown || (signal.groupState === 'firing' && signal.occurredAt !== null);
    case 'unknown':
      return signal.groupState === 'firing';
    case 'resolve':
    case 'unsilence':
    case 'unacknowledge':
    case 'personal_notification':
    case 'test':
      return false;
  }
}

/**
 * True when the source itself says that the group is open now: that stands above what was heard of
 * it before, such as a resolution that was taken back since.
 */
export function isOpenAtSource(
  { groupState }: Pick<AlertSignal, 'groupState'>,
  { marks }: Pick<Delivery, 'marks'>,
): boolean {
  return marks?.confirmed === 'yes' && groupState !== null && groupState !== 'resolved';
}
