import { type LifeAct, lifeStory } from './life-story.ts';
import { stormyConfig } from './stormy-config.ts';

/** After the first, an incident of this service belongs to a storm (`stormyConfig`). */
const BEFORE_STORM = 2;

/** A text goes out, then the incident turns out to be none, while another text waits. */
export const cancelledStory = lifeStory({
  name: 'cancelled',
  begin: async (telling) => {
    const one = await telling.opens();
    await one.publishes('investigating', 'Some payments fail. We are looking for the cause.');
  },
  acts: {
    cancel: {
      prepare: async ({ first }) => first.says('draft identified A change caused it.'),
      perform: async ({ first, world }) => {
        await first.says('cancel The probe was broken');
        await first.approves();
        await world.quiet();
      },
      ending: 'any',
    },
    end: {
      prepare: async ({ first }) => first.says('draft resolved Nothing was wrong. We are sorry.'),
      perform: async ({ first }) => void (await first.approves()),
      ending: 'published',
    },
  },
});

/** The end is proposed, and then it is down again before anybody said yes. */
export const reopenedStory = lifeStory({
  name: 'reopened',
  begin: async (telling) => {
    const one = await telling.opens();
    await one.publishes('investigating', 'Some payments fail. We are looking for the cause.');
  },
  acts: {
    reopen: {
      prepare: async ({ first }) => first.says('resolve It was a bad release'),
      perform: async ({ first, world }) => {
        await first.says('reopen It is down again');
        await first.approves();
        await world.quiet();
      },
      ending: 'any',
    },
    end: ended(),
  },
});

/** Two incidents of one service: the end of one is not the end of the other. */
export const twinsStory = lifeStory({
  name: 'twins',
  begin: async (telling) => {
    for (const text of ['Some payments fail.', 'Payments by card fail.']) {
      await (await telling.opens()).publishes('investigating', text);
    }
  },
  acts: { 'end one': ended(0), 'end other': ended(1) },
});

/** A storm gathers; what customers read is written in its room. */
export const stormStory = lifeStory({
  name: 'storm',
  world: () => ({ configFolder: stormyConfig() }),
  begin: async (telling) => {
    for (let fired = 0; fired < BEFORE_STORM; fired += 1) await telling.fires();
  },
  acts: {
    gather: {
      perform: async (telling) => {
        await telling.fires();
        await telling.fires();
      },
      ending: 'storm',
    },
    create: {
      prepare: async (telling) => {
        const storm = await telling.joinsStorm();
        await storm.says('draft investigating Much is down. We are looking for the cause.');
      },
      perform: async ({ first }) => void (await first.approves()),
      ending: 'published',
    },
  },
});

/** Somebody resolves an incident and somebody else says yes to what it proposes. */
function ended(nth = 0): LifeAct {
  return {
    perform: async (telling) => {
      const one = telling.nth(nth);
      await one.says('resolve It was a bad release');
      await telling.world.quiet();
      await one.approves();
    },
    ending: 'published',
    nth,
  };
}
