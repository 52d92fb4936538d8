import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actors } from '../../src/local/actors.ts';
import { missingFacts } from '../../src/local/demo/facts.ts';
import { Narrator } from '../../src/local/demo/narrator.ts';
import { playStory, type Told } from '../../src/local/demo/story.ts';
import { startWorld, type World } from '../../src/local/world.ts';

describe('the story of the demo', () => {
  let world: World;
  let actors: Actors;
  let told: Told;
  let printed = '';

  beforeAll(async () => {
    const options = { port: 0, functions: 'inline', limits: 'on', ai: 'standin' } as const;
    world = await startWorld(options, { writeLog: () => {} });
    actors = new Actors(world);
    const write = (text: string) => {
      printed += text;
    };
    told = await playStory(actors, new Narrator({ actors, write, colours: false }));
  }, 120_000);
  afterAll(async () => {
    actors.close();
    await world.close();
  });

  it('leaves every expected fact on record', async () => {
    expect(await missingFacts(actors, told)).toEqual([]);
  });

  it('tells what people did and what customers read, in lines that fit a terminal', () => {
    for (const words of [
      'deployed 21 min before',
      'Take IC',
      'nobody approves text',
      'STATUS PAGE',
      'postmortem',
    ]) {
      expect(printed).toContain(words);
    }
    expect(Math.max(...printed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(printed).not.toContain('<@');
  });

  it('names what is missing when the page says something else than what was approved', async () => {
    const [incident] = await actors.page();
    await fetch(`${world.ready.urls.statuspage}/_world/edit`, {
      method: 'POST',
      body: JSON.stringify({ incidentId: incident?.id, status: 'monitoring', body: 'Oh no.' }),
    });
    expect(await missingFacts(actors, told)).toEqual([
      'expected the page to show the approved texts, word for word and in order',
      'expected the page incident to be resolved, got monitoring',
    ]);
  });

  it('names each event that is missing from a trail', async () => {
    const missing = await missingFacts(actors, { ...told, incidentId: 'inc-aaaaaaaaaaaaaaaa' });
    expect(missing).toContain('expected 1 WAR_ROOM_ASSEMBLED, got 0');
    expect(missing).toContain('expected 3 STATUSPAGE_PUBLISHED, got 0');
  });
});
