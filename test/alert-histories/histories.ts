/** What happens at an alert source, at our door, and in the room. Groups are numbered. */
export type Step =
  /** The source says something; `held` is read only after a later `read`. */
  | { do: 'say'; group: number; what: Saying; held?: true }
  /** The queue delivers a message again, whenever that is. */
  | { do: 'redeliver'; nth: number }
  /** The sender tries its newest delivery once more, under another request. */
  | { do: 'retry' }
  /** What is held is read, the newest first. */
  | { do: 'read' }
  | { do: 'end'; group: number; how: 'INCIDENT_RESOLVED' | 'INCIDENT_CANCELLED' }
  | { do: 'reopen'; group: number }
  | { do: 'wait'; minutes: number };

/** What a source may come to say. Each sender says it in its own way, or not at all. */
export const SAYINGS = [
  'fire',
  'fire_as_before',
  'repeat',
  'resolve',
  'join',
  'join_worse',
  'leave',
  'rekey',
  'acknowledge',
  'unacknowledge',
  'note',
  'reassign',
  'raise',
] as const;
export type Saying = (typeof SAYINGS)[number];

/** How often each is said, relative to the others. */
const WEIGHTS: Record<Saying, number> = {
  fire: 5,
  fire_as_before: 6,
  repeat: 8,
  resolve: 8,
  join: 2,
  join_worse: 1,
  leave: 1,
  rekey: 2,
  acknowledge: 1,
  unacknowledge: 1,
  note: 1,
  reassign: 1,
  raise: 1,
};
const BAG = SAYINGS.flatMap((saying) => Array.from({ length: WEIGHTS[saying] }, () => saying));
const WAITS = [1, 4, 9, 11, 59, 61, 240];

/** The history of this seed: always the same. It begins with an alert. */
export function historyOf(seed: number): Step[] {
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const group = () => (random() < 0.85 ? 0 : 1);
  const steps: Step[] = [{ do: 'say', group: 0, what: 'fire' }];
  const length = 4 + below(14);
  while (steps.length < length) {
    const what = random();
    if (what < 0.5) {
      const held = random() < 0.12 ? { held: true as const } : {};
      steps.push({ do: 'say', group: group(), what: BAG[below(BAG.length)]!, ...held });
    } else if (what < 0.66) steps.push({ do: 'wait', minutes: WAITS[below(WAITS.length)]! });
    else if (what < 0.8) {
      const how = random() < 0.8 ? 'INCIDENT_RESOLVED' : 'INCIDENT_CANCELLED';
      steps.push({ do: 'end', group: group(), how });
    } else if (what < 0.84) steps.push({ do: 'reopen', group: group() });
    else if (what < 0.92) steps.push({ do: 'redeliver', nth: below(20) });
    else if (what < 0.95) steps.push({ do: 'retry' });
    else steps.push({ do: 'read' });
  }
  return [...steps, { do: 'read' }];
}

/** Mulberry32: small, quick, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
