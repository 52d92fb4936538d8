import { type DiscoveredCall, discoveredIn, type MadeCall } from './calls.ts';
import type { Disturbance } from './disturbances.ts';
import { MatrixWorld, type MatrixWorldOptions } from './matrix-world.ts';
import type { Broken, Story, Telling } from './story.ts';

/** A call, and how it is disturbed. */
export type Disturbed = { call: DiscoveredCall; disturbance: Disturbance };
/** One call of one act, disturbed in one way, and maybe another one too. */
export type Case = Disturbed & { act: string; also?: Disturbed };

/** How one case went. */
export type CaseResult = {
  case: Case;
  /** The call, or the other one, was made and disturbed. */
  isHit: boolean;
  /** How many of the planned faults were met. */
  hits: number;
  broken: Broken[];
  /** What people had to do for it to recover. */
  helped: string[];
  /** What people saw that is allowed, but not wished for. */
  remarks: string[];
  /** Of real time. */
  seconds: number;
};

/** A world fills up: sweeps and look-ups then take longer. */
const TELLINGS_PER_WORLD = 12;
/** A call that is made at all is made soon. Unit: ms of real time. */
const HELD_UP_WITHIN_MS = 3_000;

/** Tells a story again and again, each time with its acts disturbed elsewhere. */
export class CaseRunner {
  readonly #story: Story;
  readonly #options: MatrixWorldOptions;
  #world: MatrixWorld | undefined;
  #tellings = 0;

  constructor(of: { story: Story; options: MatrixWorldOptions }) {
    this.#story = of.story;
    this.#options = of.options;
  }

  async close(): Promise<void> {
    await this.#world?.close();
    this.#world = undefined;
  }

  /**
   * Plays the story undisturbed and lists the calls of each act.
   *
   * @param plays - with functions that remember, and as many with functions that just started
   * @throws when a promise is broken, or people have to help, though nothing was disturbed
   */
  async discover(plays: number): Promise<Record<string, DiscoveredCall[]>> {
    const made = new Map<string, { warm: MadeCall[][]; cold: MadeCall[][] }>();
    for (let play = 0; play < 2 * plays; play += 1) {
      const { world, telling } = await this.#begin();
      const isCold = play % 2 === 1 && this.#options.functions === 'process';
      for (const act of this.#story.acts) {
        const of = made.get(act) ?? { warm: [], cold: [] };
        of[isCold ? 'cold' : 'warm'].push(await undisturbed(act, { world, telling, isCold }));
        made.set(act, of);
      }
    }
    return Object.fromEntries([...made].map(([act, of]) => [act, discoveredIn(of)]));
  }

  /**
   * Tells the story once, with at most one case for each act. What comes after an act that broke a
   * promise proves nothing: those cases are not in the answer.
   */
  async tell(cases: readonly Case[]): Promise<CaseResult[]> {
    const results: CaseResult[] = [];
    const { world, telling } = await this.#begin();
    const { acts } = this.#story;
    const last = Math.max(...cases.map(({ act }) => acts.indexOf(act)));
    for (const act of acts.slice(0, last + 1)) {
      const disturbed = cases.find((one) => one.act === act);
      const startedMs = performance.now();
      const { hits, helped, broken } = await play({ world, telling, act, disturbed });
      if (disturbed) {
        const seconds = (performance.now() - startedMs) / 1_000;
        const remarks = telling.remarks?.() ?? [];
        const isHit = hits > 0;
        results.push({ case: disturbed, isHit, hits, broken, helped, remarks, seconds });
      }
      if (broken.length === 0) continue;
      if (!disturbed) throw new Error(`undisturbed ${act}: ${broken.join('; ')}`);
      // Whatever it left behind must not reach the next story.
      await this.close();
      break;
    }
    // An incident that is open on the page still would have its say in the next story.
    if (last < acts.length - 1) await this.close();
    return results;
  }

  async #begin(): Promise<{ world: MatrixWorld; telling: Telling }> {
    if (this.#tellings >= TELLINGS_PER_WORLD) await this.close();
    if (!this.#world) {
      this.#tellings = 0;
      this.#world = await MatrixWorld.open({ ...this.#options, ...this.#story.world?.() });
    }
    this.#tellings += 1;
    return { world: this.#world, telling: await this.#story.begin(this.#world) };
  }
}

async function undisturbed(
  act: string,
  of: { world: MatrixWorld; telling: Telling; isCold: boolean },
): Promise<MadeCall[]> {
  const { world, telling, isCold } = of;
  await telling.prepare(act);
  if (isCold) world.chill();
  world.forgetCalls();
  await telling.perform(act);
  await world.quiet();
  const made = world.calls();
  const helped = await telling.recover(act);
  const broken = await telling.judge(act);
  const wrong = [...helped, ...broken];
  if (wrong.length > 0) throw new Error(`undisturbed ${act}: ${wrong.join('; ')}`);
  return made;
}

async function play(of: {
  world: MatrixWorld;
  telling: Telling;
  act: string;
  disturbed: Case | undefined;
}): Promise<{ hits: number; helped: string[]; broken: Broken[] }> {
  const { world, telling, act, disturbed } = of;
  let hits = 0;
  try {
    await telling.prepare(act);
    world.forgetCalls();
    if (disturbed) arm(world, disturbed);
    if (disturbed?.also) arm(world, disturbed.also);
    await telling.perform(act);
    if (disturbed) await meanwhile(world, { telling, disturbed });
    await world.quiet();
    hits = world.disarm();
    const helped = await telling.recover(act);
    return { hits, helped, broken: await telling.judge(act) };
  } catch (error) {
    hits = world.disarm() || hits;
    return { hits, helped: [], broken: [error instanceof Error ? error.message : 'it broke'] };
  }
}

function arm(world: MatrixWorld, { call, disturbance }: Disturbed): void {
  if (call.cold) world.chill();
  const { fake, operation, caller, nth } = call;
  world.arm(fake, { ...disturbance.fault, match: operation, caller, nth });
}

/** What else a disturbance does, from the moment on that the call is made, if it is made. */
async function meanwhile(
  world: MatrixWorld,
  { telling, disturbed }: { telling: Telling; disturbed: Case },
): Promise<void> {
  const { interferes, sendsAgain } = disturbed.disturbance;
  if (!interferes && !sendsAgain) return;
  if (sendsAgain === 'late') await world.quiet();
  const untilMs = performance.now() + HELD_UP_WITHIN_MS;
  while (!world.isHit() && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (!world.isHit()) return;
  if (interferes) await telling.interfere(disturbed.act);
  if (sendsAgain) await world.sendsAgain(disturbed.call);
}
