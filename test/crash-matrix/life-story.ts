import { isIncidentId } from '../../src/domain/ids.ts';
import { livesPromises } from './check-lives.ts';
import { publicationPromises } from './check-publication.ts';
import type { MatrixWorld } from './matrix-world.ts';
import { PublicationTelling } from './publication-story.ts';
import { type Broken, type Story, storyOf, type Telling } from './story.ts';

/** One act of a story about whole incidents. */
export type LifeAct = {
  /** Everything before it, undisturbed. */
  prepare?: (of: LifeTelling) => Promise<void>;
  perform: (of: LifeTelling) => Promise<void>;
  /** How it has to end: a text on the page; drafts decided or void; alerts gathered in a storm. */
  ending: 'published' | 'any' | 'storm';
  /** Which of the incidents it is about. @default the first */
  nth?: number;
};

/** Steps of 30 s in which everything has to come to its end. */
const ROUNDS_MAX = 20;
const ROUND_S = 30;
/** An alert's source tries again when it is told that it did not work. */
const TRIES_MAX = 4;
/** The sweeper has been there, and whatever it woke has run. Unit: s. */
const SWEPT_S = 61;

/** A story about incidents that share one page. */
export function lifeStory(of: Parameters<typeof storyOf<LifeAct, LifeTelling>>[0]): Story {
  return storyOf(of, (world, acts) => new LifeTelling(world, acts));
}

/** One way through the acts, and all that can be seen of it. */
export class LifeTelling implements Telling {
  readonly world: MatrixWorld;
  readonly #acts: Readonly<Record<string, LifeAct>>;
  readonly #incidents: PublicationTelling[] = [];

  constructor(world: MatrixWorld, acts: Readonly<Record<string, LifeAct>>) {
    this.world = world;
    this.#acts = acts;
  }

  get first(): PublicationTelling {
    return this.nth(0);
  }

  nth(at: number): PublicationTelling {
    const one = this.#incidents[at];
    if (!one) throw new Error('there is no incident');
    return one;
  }

  /** An alert fires and people come to its room. */
  async opens(): Promise<PublicationTelling> {
    const one = await PublicationTelling.begin(this.world, { name: '', notify: true });
    this.#incidents.push(one);
    return one;
  }

  /** An alert fires; its source sends it again when it is not told "accepted". */
  async fires(): Promise<void> {
    const { actors } = this.world;
    const firing = await actors.fires('checkout-errors');
    for (let tries = 1, { status } = firing; status !== 202; tries += 1) {
      if (tries === TRIES_MAX) throw new Error('lost: nobody takes the alert');
      status = await actors.sends(firing, 'alert group created');
    }
    await this.world.quiet();
  }

  /** People come to the storm's room. */
  async joinsStorm(): Promise<PublicationTelling> {
    const storm = await PublicationTelling.join(
      this.world,
      (first) => first.type === 'INCIDENT_OPENED' && first.details.storm !== undefined,
    );
    this.#incidents.unshift(storm);
    return storm;
  }

  async prepare(act: string): Promise<void> {
    await this.#act(act).prepare?.(this);
    await this.world.quiet();
  }

  async perform(act: string): Promise<void> {
    await this.#act(act).perform(this);
  }

  async recover(act: string): Promise<string[]> {
    const { ending, nth = 0 } = this.#act(act);
    if (ending === 'published') return this.nth(nth).recover();
    const helped: string[] = [];
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await this.world.quiet();
      const steps = await this.#goOn();
      helped.push(...steps.flat());
      if (steps.length > 0) continue;
      if (await this.#isSettled()) break;
      await this.world.passes(ROUND_S);
    }
    // Whatever is still to come a second time, comes now.
    await this.world.passes(2 * SWEPT_S);
    return helped;
  }

  async judge(act: string): Promise<Broken[]> {
    const { ending, nth } = this.#act(act);
    const seen = await Promise.all(this.#incidents.map((one) => one.observation()));
    const broken = seen.flatMap((one, at) =>
      publicationPromises(one, ending === 'published' && at === (nth ?? 0)),
    );
    return [...broken, ...(await livesPromises(this.world)), ...(await this.#trailProblems())];
  }

  /** An unrelated event of the incident. */
  async interfere(): Promise<void> {
    await this.first.interfere('create');
  }

  #act(name: string): LifeAct {
    return this.#acts[name] as LifeAct;
  }

  /** What people do about publications that are under way, or whose outcome nobody knows. */
  async #goOn(): Promise<string[][]> {
    const steps: string[][] = [];
    for (const one of this.#incidents) {
      const step = await one.goesOn();
      if (step) steps.push(step);
    }
    return steps;
  }

  async #isSettled(): Promise<boolean> {
    for (const [id, events] of await this.world.actors.trails()) {
      if (!isIncidentId(id)) continue;
      const { version, actedSeq } = await this.world.progress(id);
      if (version !== events.length || actedSeq !== events.length) return false;
    }
    return true;
  }

  async #trailProblems(): Promise<Broken[]> {
    const ids = [...(await this.world.actors.trails()).keys()];
    const problems = await Promise.all(ids.map((id) => this.world.trailProblem(id)));
    return problems.flatMap((problem) => (problem === undefined ? [] : [`trail: ${problem}`]));
  }
}
