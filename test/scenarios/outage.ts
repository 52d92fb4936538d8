import { expect } from 'vitest';
import type { Incident, Stage } from './war-room.ts';

/** Shorter than the waits between two tries of a message. Unit: s. */
const STEP_S = 15;
/** Of 20 ms of real time each: longer than a function runs, whatever else the machine does. */
const ROUNDS_MAX = 2_000;

/** Of a second each. */
const REST_ROUNDS_MAX = 120;

/** Time passes while something is out: whatever tries, tries to its end, and waits for its turn. */
export async function endures(stage: Stage, of: { minutes: number }): Promise<void> {
  for (let leftS = of.minutes * 60; leftS > 0; leftS -= STEP_S) {
    stage.world.clock.advance(STEP_S * 1_000);
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const { pending } = await stage.world.idle(20);
      if (Object.keys(pending.functions).length === 0) break;
    }
  }
}

/** Time passes after an outage, and then everything comes to rest, on a machine under load too. */
export async function recovers(stage: Stage, of: { minutes: number }): Promise<void> {
  await endures(stage, of);
  for (let round = 0; round < REST_ROUNDS_MAX; round += 1) {
    const { idle, pending } = await stage.world.idle(1_000);
    if (idle) return;
    // What was put off for some seconds need not be waited for in real time.
    if (Object.keys(pending.functions).length === 0) stage.world.clock.advance(2_000);
  }
  await stage.settle();
}

/** The room is whole, and there is one of everything: nobody was told anything twice. */
export async function expectComplete(incident: Incident): Promise<void> {
  const { stage, id } = incident;
  const room = await stage.actors.channel(await incident.room());
  const events = await incident.trail();
  const invited = events.flatMap((event) =>
    event.type === 'RESPONDER_INVITED' ? [event.details.slackUserId] : [],
  );
  expect(invited.length).toBeGreaterThan(0);
  expect(new Set(invited).size).toBe(invited.length);
  expect(room.members).toEqual(expect.arrayContaining(invited));
  expect(room.pins).toHaveLength(2);
  expect(room.bookmarks.length).toBeGreaterThan(0);
  const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
  for (const type of ['WAR_ROOM_CREATED', 'WAR_ROOM_ASSEMBLED', 'CHECKLIST_PINNED']) {
    expect(count(type), type).toBe(1);
  }
  expect(count('EFFECT_ABANDONED')).toBe(0);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ commandId }) => commandId)).size).toBe(events.length);
  const channels = await stage.actors.channels();
  expect(channels.filter(({ name }) => name.endsWith(id.slice(-6)))).toHaveLength(1);
  const effects = channels.flatMap(({ messages }) =>
    messages.flatMap(({ metadata }) => {
      const effect = metadata?.event_payload?.effect;
      return typeof effect === 'string' && effect.startsWith(id) ? [effect] : [];
    }),
  );
  expect(new Set(effects).size, `each of ${effects} once`).toBe(effects.length);
  for (const name of ['incident_card', 'checklist', 'announcement']) {
    expect(effects).toContain(`${id}#1#${name}`);
  }
}
