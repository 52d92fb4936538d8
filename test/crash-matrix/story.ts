import type { MatrixWorld, MatrixWorldOptions } from './matrix-world.ts';

/** What was broken, in words that begin with the number or name of the promise. */
export type Broken = string;

/** A tale that the system is put through; each act is disturbed once, at one call. */
export type Story = {
  name: string;
  /** In the order in which one telling plays them. */
  acts: readonly string[];
  /** In what kind of world. @default one as shipped */
  world?: () => Pick<MatrixWorldOptions, 'configFolder' | 'variables'>;
  /** A fresh incident, right before its first act. */
  begin(world: MatrixWorld): Promise<Telling>;
};

/** One incident's way through the acts of a story. */
export interface Telling {
  /** Everything before the act, undisturbed, until nothing moves. */
  prepare(act: string): Promise<void>;
  /** What people do in the act; returns when they have done it. */
  perform(act: string): Promise<void>;
  /**
   * The system recovers by itself: messages come back, the sweeper sweeps, time passes. People do
   * only what the system asks them for.
   *
   * @returns what people had to do, in their order
   */
  recover(act: string): Promise<string[]>;
  /** What the act and everything before it broke; empty when every promise was kept. */
  judge(act: string): Promise<Broken[]>;
  /** What may happen and people see, after `judge`; counted, not forbidden. @default nothing */
  remarks?(): string[];
  /** An unrelated event of the incident, by another lane than the act's own. */
  interfere(act: string): Promise<void>;
}

/** A story told by one kind of telling, which knows how its acts are played. */
export function storyOf<Act, T extends Telling>(
  of: {
    name: string;
    acts: Readonly<Record<string, Act>>;
    /** Before the first act. @default nothing has happened */
    begin?: (telling: T) => Promise<void>;
    world?: Story['world'];
  },
  tellingOf: (world: MatrixWorld, acts: Readonly<Record<string, Act>>) => T,
): Story {
  return {
    name: of.name,
    acts: Object.keys(of.acts),
    ...(of.world ? { world: of.world } : {}),
    begin: async (world) => {
      const telling = tellingOf(world, of.acts);
      await of.begin?.(telling);
      return telling;
    },
  };
}
