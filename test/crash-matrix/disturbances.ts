import { shuffled } from '../../scripts/shuffled.ts';
import type { Fault } from '../../src/local/fault-board.ts';
import type { DiscoveredCall } from './calls.ts';
import type { Disturbed } from './case-runner.ts';

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

/** Each call of an act by itself, in each of these ways. */
export function eachOf(ways: (call: DiscoveredCall) => Disturbance[]) {
  return (calls: readonly DiscoveredCall[]): Disturbed[] =>
    calls.flatMap((call) => ways(call).map((disturbance) => ({ call, disturbance })));
}

/**
 * Pairs of faults at two calls of an act, so many, chosen by a seed: a third is never planned. The
 * functions take turns with the first one, as most calls of an act are of one function.
 */
export function pairsOf(count: number, seed: number) {
  return (calls: readonly DiscoveredCall[]): (Disturbed & { also: Disturbed })[] => {
    const all = eachOf(inPairs)(calls);
    const others = shuffled(all, seed + 1);
    return inTurns(shuffled(all, seed), ({ call }) => call.caller)
      .map((one, at) => ({ ...one, also: others[at] as Disturbed }))
      .filter(({ call, also }) => call !== also.call && call.cold === also.call.cold)
      .slice(0, count);
  };
}

/** One of each group, then the next of each. */
function inTurns<T>(items: readonly T[], groupOf: (item: T) => string): T[] {
  const seen = new Map<string, number>();
  const turns = items.map((item) => {
    const turn = (seen.get(groupOf(item)) ?? 0) + 1;
    seen.set(groupOf(item), turn);
    return { item, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ item }) => item);
}

/** Killed, its answer lost, or turned away for now. */
function inPairs(call: DiscoveredCall): Disturbance[] {
  const others = faultsOf(call).filter(({ name }) => PAIRED.includes(name));
  return [...kills(), ...others];
}

const PAIRED: readonly string[] = ['answer lost', 'throttled', '429'];

/** The function ends right before or right after the call's effect. */
export function kills(): Disturbance[] {
  return [
    { name: 'kill before', fault: { kill: 'before' } },
    { name: 'kill after', fault: { kill: 'after' } },
  ];
}

/** Calls that put a fact on record, sign it, hand it on or show it to customers. */
const DECIDING = new Set(['dynamodb:ExecuteStatement', 'sqs:SendMessage', 'kms:Sign']);

/** Right before and right after each call by which something is decided. */
export function killsAtFacts(call: DiscoveredCall): Disturbance[] {
  return DECIDING.has(call.operation) || call.fake === 'statuspage' ? kills() : [];
}

/** A call that only looks: whether it was made makes no difference to anybody. */
const LOOKS = new Set([
  'dynamodb:GetItem',
  'dynamodb:Query',
  'dynamodb:Scan',
  'secretsmanager:GetSecretValue',
  'kms:GetPublicKey',
  'sqs:GetQueueAttributes',
  'bookmarks.list',
  'chat.getPermalink',
  'conversations.history',
  'conversations.info',
  'conversations.list',
  'conversations.members',
  'users.info',
  'users.list',
  'users.lookupByEmail',
  'usergroups.list',
  'usergroups.users.list',
]);
const ONLY_READ: readonly string[] = ['oncall', 'workos', 'grafana', 'github'];

function looksOnly({ fake, operation }: DiscoveredCall): boolean {
  return ONLY_READ.includes(fake) || LOOKS.has(operation);
}

/**
 * Right before and right after each effect. At a look nothing is left behind but what the effects
 * before it left, and after those it was killed already; a secret is fetched before there is any.
 */
export function killsAtEffects(call: DiscoveredCall): Disturbance[] {
  if (call.operation === 'secretsmanager:GetSecretValue') return kills().slice(0, 1);
  return looksOnly(call) ? [] : kills();
}

/**
 * Each call fails once, in turn: before its effect, by an answer that is lost after it, by a limit,
 * and by no answer at all. A look fails once: it has no effect that could be there or not.
 */
export function failsOnce(call: DiscoveredCall): Disturbance[] {
  const fails = faultsOf(call).filter(({ name }) => ONCE.has(name));
  if (looksOnly(call)) return fails.filter(({ name }) => name.startsWith('5xx'));
  return call.fake === 'aws' || call.fake === 'slack' ? [...fails, ...neverDone(call)] : fails;
}

const ONCE = new Set(['answer lost', '5xx before', '5xx', 'throttled', '429', '420']);

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

/** What can go wrong with a source that is read and not written to. */
const readOnly = (): Disturbance[] => [
  { name: '429', fault: { status: 429, retryAfterS: 1 } },
  { name: '5xx', fault: { status: 503 } },
];

const VENDOR: Record<DiscoveredCall['fake'], (call: DiscoveredCall) => Disturbance[]> = {
  oncall: readOnly,
  workos: readOnly,
  grafana: readOnly,
  github: readOnly,
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

/** No answer ever comes to the first call of its kind; each costs the patience of its client. */
function neverDone({ nth }: DiscoveredCall): Disturbance[] {
  return nth === 1 ? [{ name: 'never answered', fault: { answer: 'never' } }] : [];
}

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
