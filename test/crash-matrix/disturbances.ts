import type { Fault } from '../../src/local/fault-board.ts';
import type { DiscoveredCall } from './calls.ts';

/** One way to disturb a call. */
export type Disturbance = {
  /** In words, e.g. `kill before`. */
  name: string;
  fault: Omit<Fault, 'match' | 'caller' | 'nth'>;
  /** Something else of the incident happens while the call is held up. */
  interferes?: boolean;
  /** What the call sent to a queue is sent once more, past every deduplication. */
  sendsAgain?: 'at once' | 'late';
};

/** The function ends right before or right after the call's effect. */
export function kills(): Disturbance[] {
  return [
    { name: 'kill before', fault: { kill: 'before' } },
    { name: 'kill after', fault: { kill: 'after' } },
  ];
}

/** Long enough for whatever may overtake the call. Unit: ms. */
const OVERTAKEN_MS = 300;
/** Past the status page's time-out of `FAULT_MATRIX_VARIABLES`. Unit: ms. */
const TOO_SLOW_MS = 700;

/** Short, as what is slow takes real time. */
export const FAULT_MATRIX_VARIABLES = { STATUSPAGE_TIMEOUT_MS: '500' } as const;

/** How a call can go wrong without the end of its function. */
export function faultsOf(call: DiscoveredCall): Disturbance[] {
  return [
    { name: 'answer lost', fault: { answer: 'drop' } },
    { name: 'request lost', fault: { effect: 'none', answer: 'drop' } },
    ...VENDOR[call.fake](call),
    ...(call.operation === 'sqs:SendMessage' ? REPEATED : []),
    ...(call.operation === 'dynamodb:ExecuteStatement' ? [CONFLICT] : []),
  ];
}

const VENDOR: Record<DiscoveredCall['fake'], (call: DiscoveredCall) => Disturbance[]> = {
  aws: ({ operation }) => {
    const isTable = operation.startsWith('dynamodb:');
    const error = isTable ? 'ProvisionedThroughputExceededException' : 'ThrottlingException';
    return [
      { name: 'throttled', fault: { status: 400, error } },
      { name: '5xx before', fault: { status: 500, error: 'InternalServerError' } },
      { name: '5xx after', fault: { status: 500, error: 'InternalServerError', effect: 'done' } },
      { name: 'overtaken', fault: { delayMs: OVERTAKEN_MS } },
    ];
  },
  slack: () => [
    { name: '429', fault: { status: 429, error: 'ratelimited', retryAfterS: 1 } },
    { name: '5xx before', fault: { status: 503 } },
    { name: '5xx after', fault: { status: 503, effect: 'done' } },
    { name: 'overtaken', fault: { delayMs: OVERTAKEN_MS } },
  ],
  statuspage: () => [
    { name: '429', fault: { status: 429 } },
    { name: '420', fault: { status: 420 } },
    { name: '5xx before', fault: { status: 503 } },
    { name: '5xx after', fault: { status: 503, effect: 'done' } },
    { name: 'too slow, done', fault: { delayMs: TOO_SLOW_MS } },
    { name: 'never answered', fault: { answer: 'never' } },
    { name: 'never done', fault: { effect: 'none', answer: 'never' } },
  ],
};

const REPEATED: Disturbance[] = [
  { name: 'delivered twice', fault: { delayMs: 0 }, sendsAgain: 'at once' },
  { name: 'delivered again late', fault: { delayMs: 0 }, sendsAgain: 'late' },
];

/** Something else is appended at the place that this append wants. */
const CONFLICT: Disturbance = {
  name: 'conflict',
  fault: { delayMs: OVERTAKEN_MS },
  interferes: true,
};
