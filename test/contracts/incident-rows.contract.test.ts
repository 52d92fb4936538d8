import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyEvent } from '../../src/domain/apply-event.ts';
import { sealEvent } from '../../src/domain/audit-event.ts';
import { GENESIS_HASH } from '../../src/domain/hash-chain.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { STORES, type Stores } from './ports-under-contract.ts';

const A = 'inc-aaaaaaaaaaaaaaaa';
const B = 'inc-bbbbbbbbbbbbbbbb';
const AT = '2026-11-20T09:00:00.000Z';

function stateOf(incidentId: string, of: Partial<IncidentState> = {}): IncidentState {
  const declared = sealEvent({
    incidentId,
    seq: 1,
    type: 'INCIDENT_DECLARED',
    at: AT,
    actor: { kind: 'slack_user', id: 'U0ADA' },
    commandId: 'c1',
    details: {
      title: 't',
      severity: 'P1',
      severityIsDefault: false,
      service: null,
      declaredIn: null,
    },
    prevHash: GENESIS_HASH,
  });
  return { ...applyEvent(undefined, declared), ...of };
}

const applied = (seq: number, type: 'NOTE_ADDED' | 'INCIDENT_OPENED' | 'WAR_ROOM_CREATED') => ({
  commandId: `c${seq}`,
  seq,
  type,
  at: AT,
});

describe.each(Object.entries(STORES))('IncidentRows on %s', (_name, open) => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await open();
  });
  afterEach(() => stores.close());

  it('knows nothing of an incident that was never marked or projected', async () => {
    expect(await stores.rows.readState(A)).toBeUndefined();
    expect(await stores.rows.appliedSeq(A, 'c1')).toBeUndefined();
  });

  it('a mark before the first append stands without a state', async () => {
    await stores.rows.markUnfinished(A, 'token-1', 1_000);
    expect(await stores.rows.readState(A)).toEqual({
      state: { version: 0 },
      actedSeq: 0,
      unfinishedToken: 'token-1',
    });
  });

  it('keeps the newest projection and every applied command', async () => {
    const two = stateOf(A, { version: 2, title: 'two' });
    await stores.rows.project(two, [applied(1, 'NOTE_ADDED'), applied(2, 'NOTE_ADDED')]);
    await stores.rows.project(stateOf(A, { title: 'one' }), [applied(1, 'NOTE_ADDED')]);
    expect((await stores.rows.readState(A))?.state).toEqual(two);
    expect(await stores.rows.appliedSeq(A, 'c2')).toBe(2);
    expect(await stores.rows.appliedSeq(B, 'c2')).toBeUndefined();
  });

  it('lists what was published in a month by incident on the page, the newest of each', async () => {
    const text = (publicationId: string, at: string) => ({
      publicationId,
      opens: publicationId === 'p1',
      name: 'n',
      status: 'investigating',
      textDigest: 't',
      pageDigest: 'd',
      at,
    });
    const november = text('p1', '2026-11-30T23:59:59.000Z');
    const december = text('p2', '2026-12-01T00:00:01.000Z');
    const page = (...publications: (typeof november)[]) => ({
      statuspageIncidentId: 'page1',
      lastPublication: null,
      publications,
    });
    const published = (seq: number, at: string) => ({
      commandId: `c${seq}`,
      seq,
      type: 'STATUSPAGE_PUBLISHED' as const,
      at,
    });
    const both = [published(5, november.at), published(9, december.at)];
    await stores.rows.project(stateOf(A, { version: 9, page: page(november, december) }), both);
    // A late writer that knows less.
    await stores.rows.project(stateOf(A, { version: 5, page: page(november) }), [
      { ...published(4, december.at) },
    ]);
    const of = { statuspageIncidentId: 'page1', incidentId: A };
    expect(await stores.rows.listPublished('2026-11', 10)).toEqual([
      { ...of, seq: 5, publications: [november] },
    ]);
    expect(await stores.rows.listPublished('2026-12', 10)).toEqual([
      { ...of, seq: 9, publications: [november, december] },
    ]);
    expect(await stores.rows.listPublished('2027-01', 10)).toEqual([]);
    await stores.rows.project(
      stateOf(B, { page: { ...page(november), statuspageIncidentId: 'page0' } }),
      [published(1, november.at)],
    );
    expect((await stores.rows.listPublished('2026-11', 1)).map((e) => e.incidentId)).toEqual([B]);
  });

  it('actedSeq never goes back', async () => {
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    await stores.rows.advanceActed(A, 5);
    await stores.rows.advanceActed(A, 3);
    expect((await stores.rows.readState(A))?.actedSeq).toBe(5);
  });

  it('lists the unfinished oldest first, and clears only by the newest mark', async () => {
    await stores.rows.markUnfinished(B, 'token-b', 2_000);
    await stores.rows.markUnfinished(A, 'token-1', 1_000);
    await stores.rows.markUnfinished(A, 'token-2', 3_000);
    expect(await stores.rows.listUnfinished(10)).toEqual([
      { incidentId: A, sinceMs: 1_000 },
      { incidentId: B, sinceMs: 2_000 },
    ]);
    expect(await stores.rows.listUnfinished(1)).toEqual([{ incidentId: A, sinceMs: 1_000 }]);
    await stores.rows.clearUnfinished(A, 'token-1');
    expect(await stores.rows.listUnfinished(10)).toHaveLength(2);
    await stores.rows.clearUnfinished(A, 'token-2');
    expect(await stores.rows.listUnfinished(10)).toEqual([{ incidentId: B, sinceMs: 2_000 }]);
  });

  it('a newer projection marks the incident unfinished again, an older one does not', async () => {
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    expect(await stores.rows.listUnfinished(10)).toMatchObject([
      { incidentId: A, sinceMs: Date.parse(AT) },
    ]);
    const { unfinishedToken } = (await stores.rows.readState(A))!;
    await stores.rows.clearUnfinished(A, unfinishedToken!);
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    expect(await stores.rows.listUnfinished(10)).toEqual([]);
  });

  it('a mark that was read before a newer projection takes nothing away after it', async () => {
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    await stores.rows.markUnfinished(A, 'c2', 5);
    // A run settles: it reads the mark, then the event is appended and projected, then it clears.
    const { unfinishedToken } = (await stores.rows.readState(A))!;
    await stores.rows.project(stateOf(A, { version: 2 }), [applied(2, 'NOTE_ADDED')]);
    await stores.rows.clearUnfinished(A, unfinishedToken!);
    expect(await stores.rows.listUnfinished(10)).toMatchObject([
      { incidentId: A, sinceMs: Date.parse(AT) },
    ]);
    // An older projection says nothing new, so the newest mark can be cleared still.
    const newest = (await stores.rows.readState(A))!.unfinishedToken!;
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    await stores.rows.clearUnfinished(A, newest);
    expect(await stores.rows.listUnfinished(10)).toEqual([]);
  });

  it('says of an unfinished incident since when it lacks a room, while it needs one', async () => {
    const listed = async () => (await stores.rows.listUnfinished(10))[0]?.roomlessSinceMs;
    const room = { channelId: 'C0ROOM', channelName: 'inc' };
    await stores.rows.markUnfinished(A, 'token', 5);
    expect(await listed()).toBeUndefined();
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    expect(await listed()).toBe(Date.parse(AT));
    await stores.rows.project(stateOf(A, { version: 2, status: 'cancelled' }), []);
    expect(await listed()).toBeUndefined();
    await stores.rows.project(stateOf(A, { version: 3, room }), []);
    expect(await listed()).toBeUndefined();
  });

  it('lists open incidents newest first, without those that are over', async () => {
    const later = '2026-11-20T10:00:00.000Z';
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    await stores.rows.project(stateOf(B, { openedAt: later }), [applied(1, 'NOTE_ADDED')]);
    expect((await stores.rows.listOpen(10)).map((one) => one.incidentId)).toEqual([B, A]);
    expect(await stores.rows.listOpen(1)).toHaveLength(1);
    const over = stateOf(B, { version: 2, status: 'resolved' });
    await stores.rows.project(over, [applied(2, 'NOTE_ADDED')]);
    expect((await stores.rows.listOpen(10)).map((one) => one.incidentId)).toEqual([A]);
  });

  it('lists what is due of the open incidents, newest first', async () => {
    const nudge = { dueAt: '2026-11-20T09:30:00.000Z', silencedUntil: null };
    const room = { channelId: 'C1', channelName: 'inc' };
    const of = { nudge, room, invited: ['U1'], declaredBy: 'U1' };
    await stores.rows.project(stateOf(A, of), [applied(1, 'NOTE_ADDED')]);
    const later = '2026-11-20T10:00:00.000Z';
    await stores.rows.project(stateOf(B, { openedAt: later }), [applied(1, 'NOTE_ADDED')]);
    const [newest, oldest] = await stores.rows.listTimed(10);
    expect(newest).toMatchObject({ incidentId: B, openedAt: later });
    expect(oldest).toMatchObject({ incidentId: A, status: stateOf(A).status, ...of });
    expect(await stores.rows.listTimed(1)).toHaveLength(1);
  });

  it('lists an incident that is over for as long as the page shows it as open', async () => {
    const page = (status: string) => {
      const request = { body: { incident: { status } } };
      return { statuspageIncidentId: 'p1', lastPublication: { request } } as never;
    };
    const listed = async () => (await stores.rows.listOpen(10)).map((one) => one.incidentId);
    await stores.rows.project(stateOf(A), [applied(1, 'NOTE_ADDED')]);
    const over = { status: 'cancelled', page: page('monitoring') } as const;
    await stores.rows.project(stateOf(A, { version: 2, ...over }), [applied(2, 'NOTE_ADDED')]);
    expect(await listed()).toEqual([A]);
    const ended = stateOf(A, { version: 3, ...over, page: page('resolved') });
    await stores.rows.project(ended, [applied(3, 'NOTE_ADDED')]);
    expect(await listed()).toEqual([]);
  });

  it('points from alert groups and channels to incidents, newest episode first', async () => {
    const alertGroup = {
      source: 'grafana-oncall',
      group: 'g'.repeat(3_000),
      episode: 2,
      state: null,
      link: null,
      lastOccurredAt: null,
    } as const;
    const room = { channelId: 'C1', channelName: 'inc' };
    await stores.rows.project(stateOf(A, { alertGroup, room }), [
      applied(1, 'INCIDENT_OPENED'),
      applied(2, 'WAR_ROOM_CREATED'),
    ]);
    await stores.rows.writeEpisode(alertGroup.source, alertGroup.group, {
      incidentId: B,
      episode: 1,
    });
    const episode = await stores.rows.latestEpisode(alertGroup.source, alertGroup.group);
    expect(episode).toEqual({ incidentId: A, episode: 2 });
    expect(await stores.rows.latestEpisode('other', 'g')).toBeUndefined();
    expect(await stores.rows.incidentOfChannel('C1')).toBe(A);
    expect(await stores.rows.incidentOfChannel('C2')).toBeUndefined();
  });

  it('keeps steps, tombstones, rosters and postmortems', async () => {
    const { rows } = stores;
    await rows.writeStep(A, 3, 'line', { done: true, result: { ts: '1.2' } });
    expect(await rows.readStep(A, 3, 'line')).toEqual({ done: true, result: { ts: '1.2' } });
    expect(await rows.readStep(A, 4, 'line')).toBeUndefined();
    await rows.writeTombstone('s', 'g', AT);
    expect(await rows.readTombstone('s', 'g')).toBe(AT);
    expect(await rows.readTombstone('s', 'h')).toBeUndefined();
    await rows.writeHeard('s', 'g', { atMs: 2, delivery: 'b' });
    for (const atMs of [1, 2]) await rows.writeHeard('s', 'g', { atMs, delivery: 'a' });
    expect(await rows.readHeard('s', 'g')).toEqual({ atMs: 2, delivery: 'b' });
    await rows.writeHeard('s', 'g', { atMs: 3, delivery: 'c' });
    expect(await rows.readHeard('s', 'g')).toEqual({ atMs: 3, delivery: 'c' });
    expect(await rows.readHeard('s', 'h')).toBeUndefined();
    const people = [{ email: 'ada@example.com', reference: 'ada', source: 'oncall' }];
    await rows.putRoster(A, 'c1', people);
    expect(await rows.readRoster(A, 'c1')).toEqual(people);
    expect(await rows.readRoster(A, 'c2')).toEqual([]);
    await rows.putPostmortem(A, '# What happened');
    expect(await rows.readPostmortem(A)).toBe('# What happened');
    expect(await rows.readPostmortem(B)).toBeUndefined();
  });
});
