import { beforeEach, describe, expect, it } from 'vitest';
import { DeadLetterNews } from '../../src/services/dead-letter-news.ts';
import { declareCommand, INCIDENT } from './record-world.ts';
import { ANNOUNCEMENTS, useWorker } from './worker-world.ts';

const world = useWorker('memory');
const CHAIN = 'intake-20261120';
const AT_MS = Date.parse('2026-11-20T09:00:00Z');
let news: DeadLetterNews;
let asked: unknown[];

beforeEach(() => {
  asked = [];
  const send = async (...given: unknown[]) => void asked.push(given);
  news = new DeadLetterNews({ record: world.record, publications: { send } });
});

const told = async () => {
  await world.worker().run.run(CHAIN);
  return world.chat.lines(ANNOUNCEMENTS);
};
const events = async () =>
  (await world.trail.from(CHAIN, 1)).map(({ type, details }) => ({ type, ...details }));

describe('receive()', () => {
  const found = {
    kind: 'dead_letters',
    name: 'n',
    atMs: AT_MS,
    alerts: 2,
    requests: 1,
    others: 0,
  } as const;

  it('says once in the announcement channel what is tried again', async () => {
    for (let i = 0; i < 2; i += 1) {
      expect(await news.receive({ ...found, stay: false })).toBe(CHAIN);
    }
    expect(await events()).toEqual([
      {
        type: 'MESSAGES_SET_ASIDE',
        ...{ alerts: 2, requests: 1, others: 0, publicationOf: null, stay: false },
      },
    ]);
    expect(await told()).toEqual([
      '3 messages (alerts: 2, requests of people: 1, work of this app: 0) could not be handled and ' +
        'were set aside. They are tried again by themselves for the next half hour.',
    ]);
  });

  it('says what stays, and what to do', async () => {
    await news.receive({ ...found, alerts: 1, requests: 0, stay: true });
    expect(await told()).toEqual([
      expect.stringMatching(
        /^1 message \(alerts: 1, .*Look at your alert sources now.*incidents-dlq/,
      ),
    ]);
  });
});

describe('publicationDied()', () => {
  const died = (diedAtMs = AT_MS) =>
    news.publicationDied({
      ...{ kind: 'publication_died', incidentId: INCIDENT, draftId: 'drf-1', revision: 2 },
      diedAtMs,
    });

  it('asks the publisher for the same ids, and says so once in four hours', async () => {
    await world.record.run(declareCommand());
    for (const diedAtMs of [AT_MS, AT_MS, AT_MS + 60_000]) expect(await died(diedAtMs)).toBe(CHAIN);
    const ids = { incidentId: INCIDENT, draftId: 'drf-1', revision: 2 };
    expect(asked.map((given) => (given as unknown[])[0])).toEqual([ids, ids, ids]);
    expect(new Set(asked.map((given) => (given as unknown[])[1])).size).toBe(2);
    expect(await events()).toMatchObject([{ type: 'MESSAGES_SET_ASIDE', publicationOf: INCIDENT }]);
    expect(await told()).toEqual([expect.stringContaining('is not published twice')]);
  });

  it.each(['inc-bbbbbbbbbbbbbbbb', 'garbage'])(
    'asks nothing for “%s”, which is no incident',
    async (incidentId) => {
      const message = {
        kind: 'publication_died',
        incidentId,
        draftId: 'd',
        revision: 1,
        diedAtMs: 1,
      } as const;
      expect(await news.publicationDied(message)).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );
});
