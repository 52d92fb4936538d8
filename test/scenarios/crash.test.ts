import { beforeAll, describe, expect, it } from 'vitest';
import { composeAudit } from '../../src/handlers/compose-audit.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { givenWorld, type Incident } from './war-room.ts';

/*
 * incident-worker dies right before or right after each append of a whole P1. Once the system is
 * idle, what people see and what is on record is what it would have been.
 */
const stage = givenWorld({ functions: 'process' });
const APPEND = 'dynamodb:ExecuteStatement';
/** More than the story appends; a fault beyond its end is never hit. */
const APPENDS_MAX = 32;

/** What a run of the story leaves behind, without what differs between runs. */
type Left = {
  types: string[];
  posts: string[];
  members: string[];
  pins: number;
  bookmarks: number;
  topic: string;
  page: string[];
  writes: number;
  schedules: number;
};

let undisturbed: Left;
let appendCount = 0;

async function playP1(): Promise<Incident> {
  const firing = await stage.actors.fires('checkout-errors', 'escalation');
  await stage.settle(30_000);
  const incident = await stage.incidentOf(firing);
  await incident.clicks('maya', 'incident_take_ic');
  await incident.givenDraft('maya');
  await incident.clicks('priya', 'statuspage_approve');
  await incident.says('maya', 'update Rolling back');
  await incident.alertSays('resolve');
  await incident.says('maya', 'resolve Rolled back');
  await incident.clicks('priya', 'statuspage_approve');
  await stage.passes({ minutes: 2 });
  return incident;
}

async function leftBy(incident: Incident, writesBefore: number): Promise<Left> {
  const room = await stage.actors.channel(await incident.room());
  const plain = (text: string) =>
    text.replaceAll(/incidents\/\w+/g, 'incidents/…').replaceAll(incident.id, '…');
  const schedules = stage.world.aws.scheduler
    .schedules()
    .filter(({ name }) => name.includes(incident.id));
  return {
    types: (await incident.types()).toSorted(),
    posts: room.messages.map(({ text }) => plain(text)).toSorted(),
    members: room.members.toSorted(),
    pins: room.pins.length,
    bookmarks: room.bookmarks.length,
    topic: room.topic.replace(/\d\d:\d\dZ/, ''),
    page: await incident.pageTexts(),
    writes: (await stage.pageWrites()) - writesBefore,
    schedules: schedules.length,
  };
}

/** Those that took their place on the trail: how many lose theirs to another differs between plays. */
const appends = () =>
  stage.world.aws.board
    .calls()
    .calls.filter(
      ({ operation, caller, status }) =>
        operation === APPEND && caller === 'incident-worker' && status === 200,
    ).length;

beforeAll(async () => {
  const before = appends();
  const incident = await playP1();
  undisturbed = await leftBy(incident, 0);
  appendCount = appends() - before;
  expect(appendCount).toBeGreaterThan(15);
  expect(appendCount).toBeLessThan(APPENDS_MAX);
  expect(undisturbed).toMatchObject({ page: [expect.any(String), expect.any(String)], writes: 2 });
}, 60_000);

/**
 * Kills before an append are sampled: they leave less behind than the kill after the append before.
 * 1 tries every one.
 */
const BEFORE_EVERY = 6;
const numbers = Array.from({ length: APPENDS_MAX }, (_, i) => i + 1);
const sampled = numbers.filter((nth) => nth % BEFORE_EVERY === 1 % BEFORE_EVERY);

async function surviveKill(nth: number, kill: 'before' | 'after'): Promise<void> {
  const writesBefore = await stage.pageWrites();
  stage.fault('aws', { match: APPEND, caller: 'incident-worker', nth, kill });
  const incident = await playP1();
  expect(stage.world.aws.board.faults().map(({ hits }) => hits)).toEqual([1]);
  expect(await leftBy(incident, writesBefore)).toEqual(undisturbed);
}

describe('every effect happens once, and nothing is doubled, when incident-worker is killed', () => {
  it.for(numbers)('right after append %i of the story', async (nth, { skip }) => {
    skip(nth > appendCount, 'the story has no more appends');
    await surviveKill(nth, 'after');
  });

  it.for(sampled)('right before append %i of the story', async (nth, { skip }) => {
    skip(nth > appendCount, 'the story has no more appends');
    await surviveKill(nth, 'before');
  });
});

describe('after all of it', () => {
  it('the whole trail verifies', async () => {
    const { urls, region, credentials, tables, keys } = stage.world.ready;
    const access = { region, credentials, endpoint: urls.aws };
    const audit = await composeAudit({ access, tables, keys, clock: stage.world.clock });
    expect(await verifyTrail(audit)).toMatchObject({ ok: true });
    audit.close();
  });
});
