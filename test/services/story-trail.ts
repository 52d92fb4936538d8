import { afterAll, beforeAll } from 'vitest';
import { type AuditTools, composeAudit } from '../../src/handlers/compose-audit.ts';
import { type Verification, verifyTrail } from '../../src/services/verify-trail.ts';
import { startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { DECLARED, INTAKE, OPENED, REOPENED, tellStory } from '../trail-story.ts';
import { type StoredTrail, storedTrail } from './stored-trail.ts';

/** Every chain of the story. */
export const CHAINS = [OPENED, REOPENED, DECLARED, INTAKE];
/** The number of the first incident's last event. */
export const LAST = 14;

type Place = { incidentId: string; seq: number };
type Tamper = (trail: StoredTrail) => void;

/** The story's trail, read once; each verification gets a copy to tamper with. */
export class StoryTrail {
  /** What the system wrote. MUST NOT be changed. */
  honest!: StoredTrail;
  tools!: AuditTools;
  #world!: TrailWorld;

  async open(): Promise<void> {
    this.#world = await startTrailWorld();
    await tellStory(this.#world);
    this.tools = await composeAudit({
      access: {
        region: 'us-east-1',
        endpoint: this.#world.url,
        credentials: { accessKeyId: 'AUDIT', secretAccessKey: 'unchecked' },
      },
      tables: undefined,
      keys: undefined,
      clock: { nowMs: () => this.#world.now.ms },
    });
    this.honest = await storedTrail(this.tools.reader);
  }

  async close(): Promise<void> {
    this.tools.close();
    await this.#world.close();
  }

  /** Verifies a copy of the honest trail after a hand was on it. */
  async verifyAfter(tamper: Tamper, of: { incidentId?: string } = {}): Promise<Verification> {
    const trail = this.honest.copy();
    tamper(trail);
    return verifyTrail({ reader: trail, pinned: this.tools.pinned }, of);
  }

  /** Where the first bad event is, as `chain#number`. */
  async firstBadAfter(tamper: Tamper): Promise<string> {
    const verdict = await this.verifyAfter(tamper);
    return verdict.ok ? 'verified' : `${verdict.firstBad.incidentId}#${verdict.firstBad.seq}`;
  }

  /** Runs one tampering for every row of every chain; gives the rows that were not named. */
  async unnamed(tamper: (trail: StoredTrail, at: Place) => void): Promise<string[]> {
    const missed: string[] = [];
    for (const incidentId of CHAINS) {
      for (let seq = 1; seq <= this.honest.chain(incidentId).length; seq += 1) {
        const found = await this.firstBadAfter((trail) => tamper(trail, { incidentId, seq }));
        if (found !== `${incidentId}#${seq}`) missed.push(`${incidentId}#${seq}: ${found}`);
      }
    }
    return missed;
  }
}

/** Opens the story before the tests of a file and closes it after them. */
export function useStoryTrail(): StoryTrail {
  const story = new StoryTrail();
  beforeAll(() => story.open());
  afterAll(() => story.close());
  return story;
}
