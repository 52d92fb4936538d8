import type { AlertSignal } from '../alert-signal.ts';
import type { UnreadableReason } from './read-json.ts';

/** What a reader makes of one authenticated body. */
export type ReadAlert =
  | { kind: 'signal'; signal: AlertSignal }
  | { kind: 'unreadable'; reason: UnreadableReason };
