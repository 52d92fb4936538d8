import fc from 'fast-check';
import { addsTo } from '../../src/domain/draft-base.ts';
import { codeOf, isRetryable } from '../../src/domain/errors.ts';
import { startProblem } from '../../src/domain/publication-replay.ts';
import type { PageIncident } from '../../src/services/status-page.ts';
import { type GateModules, GateWorld } from '../gate/gate-world.ts';

/** What happens next; another hand's acts and ours, in any order. */
const STEPS = [
  'draft',
  'draft',
  'approve',
  'approve',
  'deliver',
  'deliver',
  'a hand removes it',
  'a hand removes its newest update',
  'a hand puts it back',
  'the removal is found',
  'it is removed, found, and replaced by what is approved',
  'it comes back right before a new one is sent',
  'an update is found missing',
] as const;
type Step = (typeof STEPS)[number];

const OURS = (one: PageIncident) => one.incidentId !== null;

class Story {
  readonly world: GateWorld;
  readonly #taken: PageIncident[] = [];
  #findings = 0;
  broken: string | undefined;

  constructor(modules?: GateModules) {
    this.world = new GateWorld({ severity: 'P2', ...(modules ? { modules } : {}) });
    this.world.intercept = async (call, perform) => {
      const onPage = this.world.page.incidents.filter(OURS);
      const sentBefore = this.world.page.sent.length;
      const result = await perform().finally(() => {
        const request = this.world.page.sent[sentBefore]?.permit.request;
        if (call !== 'page.publish' || !request) return;
        if (addsTo(request) === undefined && onPage.length > 0) {
          this.broken ??= '2: a second incident was opened';
        }
      });
      return result;
    };
  }

  async steps(...steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.step(step);
  }

  async step(step: Step): Promise<void> {
    const { world } = this;
    const { page } = world;
    const state = await world.state();
    const id = state.page.statuspageIncidentId;
    const shown = page.incidents.find((one) => one.statuspageIncidentId === id);
    switch (step) {
      case 'draft':
        if (state.drafts.length < 8) await world.draft(`Words ${state.version}.`);
        return;
      case 'approve': {
        const waiting = state.drafts.findLast((draft) => draft.status === 'pending_approval');
        if (waiting) await world.decide('approve', await world.card(waiting.draftId));
        return;
      }
      case 'deliver':
        await this.#deliver();
        return;
      case 'a hand removes it':
        if (shown) this.#taken.push(page.removedByHand(shown.statuspageIncidentId));
        return;
      case 'a hand removes its newest update':
        shown?.updates.shift();
        return;
      case 'a hand puts it back': {
        const back = this.#taken.pop();
        // Beside the one that replaced it, it is a second one by another hand.
        if (back && back.statuspageIncidentId === id) page.incidents.push(back);
        return;
      }
      case 'it is removed, found, and replaced by what is approved':
        await this.steps('a hand removes it', 'the removal is found', 'draft', 'approve');
        return;
      case 'it comes back right before a new one is sent':
        await this.steps('it is removed, found, and replaced by what is approved');
        await this.steps('a hand puts it back', 'deliver');
        return;
      case 'the removal is found':
        if (id && !shown && !state.page.removed) await this.#found(id, true);
        return;
      case 'an update is found missing':
        if (id && shown) await this.#found(id, false);
    }
  }

  async #deliver(): Promise<void> {
    for (const request of this.world.publications.take()) {
      // The page may be asked again: its limit counts the requests of a minute.
      this.world.nowMs += 61_000;
      try {
        await this.world.deliver(request);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        this.broken ??= `4: a publication goes in circles: ${codeOf(error)}`;
      }
    }
  }

  #found(statuspageIncidentId: string, whole: boolean): Promise<void> {
    this.#findings += 1;
    return this.world.append('STATUSPAGE_DRIFT_FOUND', {
      statuspageIncidentId,
      kind: 'removed',
      publicationId: null,
      ...(whole ? { whole: true } : {}),
      difference: `finding ${this.#findings}`,
      link: '',
    });
  }

  /** What is wrong with the record by now. */
  async problem(): Promise<string | undefined> {
    const events = await this.world.events();
    const valid = new Set(events.map(({ seq }) => seq));
    for (const event of events) {
      if (event.type !== 'STATUSPAGE_PUBLISH_STARTED') continue;
      const problem = startProblem(event, events.slice(0, event.seq - 1), valid);
      if (problem) return `1: ${problem}`;
    }
    return this.broken;
  }

  /** Whatever happened, somebody who drafts and approves twice more gets through. */
  async ends(): Promise<string | undefined> {
    for (let round = 0; round < 2; round += 1) {
      const card = await this.world.draft(`The last words ${round}.`);
      const refused = await this.world.decide('approve', card);
      if (refused) return `4: ${refused.code}`;
      await this.#deliver();
      if ((await this.world.statusOf(card.draftId)) === 'published') return undefined;
    }
    return '4: nothing can be published any more';
  }
}

/** @returns the first history that broke a promise, if any did */
export async function runRemovals(
  runs: number,
  seed: number,
  modules?: GateModules,
): Promise<string | undefined> {
  const holds = fc.asyncProperty(
    fc.array(fc.constantFrom(...STEPS), { minLength: 4, maxLength: 24 }),
    async (steps) => {
      const story = new Story(modules);
      await story.world.open('P2');
      await story.world.publish(await story.world.draft('The first words.'));
      await story.steps(...steps);
      const broken = (await story.problem()) ?? (await story.ends()) ?? (await story.problem());
      if (broken) throw new Error(`${broken}\n${(await story.world.types()).join('\n')}`);
    },
  );
  const found = await fc.check(holds, { numRuns: runs, seed, endOnFailure: true });
  return found.failed ? String(found.errorInstance) : undefined;
}
