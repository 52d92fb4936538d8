/** A fake that records who calls it; one that a world does not have is called by nobody. */
export const FAKES = [
  'aws',
  'slack',
  'statuspage',
  'oncall',
  'workos',
  'grafana',
  'github',
] as const;
export type FakeName = (typeof FAKES)[number];
/** One call as a fake recorded it. */
export type MadeCall = { fake: FakeName; caller: string; operation: string };
/** The nth time that a function makes this call within one act of a story. */
export type Call = MadeCall & { nth: number };

/** A call that undisturbed plays of an act make. */
export type DiscoveredCall = Call & {
  /** Made by functions that have just started, and not by ones that remember. */
  cold: boolean;
  /** Of how many plays, and in how many of them it was made. */
  plays: number;
  seen: number;
};

/** Which calls an act makes: each call of each function at each fake, counted. */
export function discoveredIn(plays: { warm: MadeCall[][]; cold: MadeCall[][] }): DiscoveredCall[] {
  const warm = plays.warm.map(counted);
  const cold = plays.cold.map(counted);
  const names = new Set([...warm, ...cold].flatMap((counts) => [...counts.keys()]));
  return [...names].sort().flatMap((name) => {
    const made = JSON.parse(name) as MadeCall;
    const most = Math.max(...[...warm, ...cold].map((counts) => counts.get(name) ?? 0));
    return Array.from({ length: most }, (_, index): DiscoveredCall => {
      const nth = index + 1;
      const seenIn = (of: Map<string, number>[]) =>
        of.filter((counts) => (counts.get(name) ?? 0) >= nth).length;
      // Where it is made most reliably, there it is disturbed.
      const isCold = seenIn(cold) * warm.length > seenIn(warm) * cold.length;
      const of = isCold ? cold : warm;
      return { ...made, nth, cold: isCold, plays: of.length, seen: seenIn(of) };
    });
  });
}

/** A call in words, e.g. `publisher dynamodb:ExecuteStatement #2`. */
export function callWords({ caller, operation, nth }: Call): string {
  return `${caller} ${operation} #${nth}`;
}

function counted(calls: readonly MadeCall[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { fake, caller, operation } of calls) {
    const name = JSON.stringify({ fake, caller, operation });
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
