import { describe, expect, it } from 'vitest';
import {
  DeleteCommand,
  PutCommand,
  UpdateCommand,
} from '../../src/adapters/dynamodb/document-client.ts';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import { TrailError } from '../../src/domain/errors.ts';
import { keysOf } from '../../src/domain/event-keys.ts';
import { eventHash } from '../../src/domain/hash-chain.ts';
import { MemoryAuditTrail } from '../../src/local/memory/memory-audit-trail.ts';
import { MemoryIncidentRows } from '../../src/local/memory/memory-incident-rows.ts';
import { catchUp, IncidentRecord, openingOf } from '../../src/services/incident-record.ts';
import type { AuditTrail, IncidentRows } from '../../src/services/ports.ts';
import { declareCommand, INCIDENT, noteCommand, useRecord } from './record-world.ts';

const world = useRecord();
/** The same record over the in-memory ports, which a contract suite proves alike. */
function useMemory(): void {
  const [trail, rows] = [new MemoryAuditTrail(), new MemoryIncidentRows()];
  const pause = { forMs: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const record = new IncidentRecord({ trail, rows, clock: world.clock, pause });
  Object.assign(world, { trail, rows, record });
}

/** A record over ports of which some methods are replaced. */
function recordWith(of: {
  trail?: Partial<AuditTrail>;
  rows?: Partial<IncidentRows>;
  forMs?: (ms: number) => Promise<void>;
}): IncidentRecord {
  const over = <T extends object>(port: T, changes: Partial<T> = {}): T =>
    new Proxy(port, {
      get(target, name) {
        const value = Reflect.get(changes, name) ?? Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new IncidentRecord({
    trail: over<AuditTrail>(world.trail, of.trail),
    rows: over<IncidentRows>(world.rows, of.rows),
    clock: world.clock,
    pause: { forMs: of.forMs ?? (async () => {}) },
  });
}

const chain = () => world.trail.from(INCIDENT, 1);
const texts = async () =>
  (await chain()).map((event) => ('text' in event.details ? event.details.text : event.type));

describe('run()', () => {
  it('appends one event to an empty chain, linked to the genesis hash', async () => {
    const outcome = await world.record.run(noteCommand('first'));
    expect(outcome.kind).toBe('appended');
    const [event, ...others] = await chain();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ seq: 1, commandId: 'first', prevHash: '0'.repeat(64) });
    expect(eventHash(event!)).toBe(event!.hash);
  });

  it('appends nothing for a declined command and says why', async () => {
    await world.record.run(declareCommand('one'));
    const outcome = await world.record.run(declareCommand('two'));
    expect(outcome).toMatchObject({ kind: 'declined', because: 'there already' });
    expect(await texts()).toEqual(['INCIDENT_DECLARED']);
  });

  it('gives the first event back when a command is repeated', async () => {
    await world.record.run(noteCommand('first', 'same'));
    const again = await world.record.run(noteCommand('other words', 'same'));
    expect(again).toMatchObject({ kind: 'repeated', event: { details: { text: 'first' } } });
    expect(await texts()).toEqual(['first']);
  });

  it.each([
    ['DynamoDB', 12],
    ['memory', 50],
  ])(
    'makes, in %s, %i events without a gap of as many simultaneous commands',
    async (store, count) => {
      if (store === 'memory') useMemory();
      const commands = Array.from({ length: count }, (_, i) => noteCommand(`note ${i}`));
      const outcomes = await Promise.all(commands.map((command) => world.record.run(command)));
      expect(outcomes.every(({ kind }) => kind === 'appended')).toBe(true);
      const events = await chain();
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
      for (const [i, event] of events.entries()) {
        expect(event.prevHash).toBe(events[i - 1]?.hash ?? '0'.repeat(64));
      }
      expect(new Set(await texts()).size).toBe(count);
      expect((await world.record.load(INCIDENT))?.state.version).toBe(count);
    },
  );

  it('makes one event of 20 simultaneous deliveries of one command', async () => {
    const commands = Array.from({ length: 20 }, () => noteCommand('once'));
    const outcomes = await Promise.all(commands.map((command) => world.record.run(command)));
    expect(await texts()).toEqual(['once']);
    for (const outcome of outcomes) expect(outcome.state?.version).toBe(1);
  });

  it('throws TRAIL_CONTENDED after 60 lost races, and writes nothing', async () => {
    const record = new IncidentRecord({
      trail: Object.assign(Object.create(world.trail), {
        from: () => Promise.resolve([]),
        get: () => Promise.resolve(undefined),
        insert: () => Promise.resolve('taken'),
      }),
      rows: world.rows,
      clock: world.clock,
      pause: { forMs: async () => {} },
    });
    const run = record.run(noteCommand('never'));
    await expect(run).rejects.toThrowWithCode(TrailError, 'TRAIL_CONTENDED');
    await expect(run).rejects.toMatchObject({
      message: 'cannot append to inc-aaaaaaaaaaaaaaaa: lost 60 races for the next number',
      retryable: true,
    });
    expect(await chain()).toEqual([]);
  });

  it('tries 60 times, marks the incident once, and spreads losers by name and losses', async () => {
    const waits = async (commandId: string) => {
      const calls = { inserts: 0, marks: 0, waits: [] as number[] };
      const record = recordWith({
        trail: {
          insert: async () => {
            calls.inserts += 1;
            return 'taken';
          },
        },
        rows: {
          markUnfinished: async () => {
            calls.marks += 1;
          },
        },
        forMs: async (ms) => {
          calls.waits.push(ms);
        },
      });
      await expect(record.run(noteCommand(commandId))).rejects.toThrow('lost 60 races');
      return calls;
    };
    const never = await waits('never');
    expect(never).toMatchObject({ inserts: 60, marks: 1 });
    expect(never.waits).toHaveLength(60);
    expect(never.waits.slice(0, 12)).toEqual([5, 6, 24, 2, 3, 31, 69, 60, 38, 16, 57, 25]);
    expect(Math.max(...never.waits)).toBe(96);
    expect((await waits('other')).waits.slice(0, 6)).toEqual([9, 17, 28, 6, 34, 35]);
  });

  it('does not double an event whose insert was done and answered with an error', async () => {
    const lost = {
      match: 'dynamodb:ExecuteStatement',
      effect: 'done',
      error: 'InternalServerError',
    };
    world.aws.board.plan({ ...lost, status: 500 });
    const first = world.record.run(noteCommand('once'));
    await expect(first).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
    const again = await world.record.run(noteCommand('once'));
    expect(again.kind).toBe('repeated');
    expect(await texts()).toEqual(['once']);
  });

  it('throws TRAIL_CORRUPT when the command row names an event it did not make', async () => {
    await world.record.run(noteCommand('first'));
    const row = { pk: `INCIDENT#${INCIDENT}`, sk: 'CMD#second', seq: 1 };
    await world.documents.send(new PutCommand({ TableName: 'incidents', Item: row }));
    const run = world.record.run(noteCommand('second'));
    await expect(run).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
    await expect(run).rejects.toMatchObject({
      message: 'cannot repeat a command of inc-aaaaaaaaaaaaaaaa: event 1 is not the one it made',
      retryable: false,
    });
  });

  it('throws TRAIL_CORRUPT when the command row names an event that is not there', async () => {
    await world.record.run(noteCommand('first'));
    const record = recordWith({ rows: { appliedSeq: async () => 7 } });
    const run = record.run(noteCommand('second'));
    await expect(run).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
  });

  it('gives a repeated command the state it led to, applied by another delivery meanwhile', async () => {
    await world.record.run(noteCommand('first'));
    const record = recordWith({
      rows: {
        appliedSeq: async (incidentId, commandId) => {
          await world.record.run(noteCommand('same'));
          return world.rows.appliedSeq(incidentId, commandId);
        },
      },
    });
    const outcome = await record.run(noteCommand('same'));
    expect(outcome).toMatchObject({ kind: 'repeated', event: { seq: 2 }, state: { version: 2 } });
  });

  it.each(['first', 'second'])('reads the state once to repeat the %s of two', async (text) => {
    await world.record.run(noteCommand('first'));
    await world.record.run(noteCommand('second'));
    let reads = 0;
    const record = recordWith({
      rows: {
        readState: (incidentId) => {
          reads += 1;
          return world.rows.readState(incidentId);
        },
      },
    });
    const outcome = await record.run(noteCommand(text));
    expect(outcome).toMatchObject({ kind: 'repeated', state: { version: 2 } });
    expect(reads).toBe(1);
  });

  it('throws EVENT_INVALID and appends nothing when details do not match their schema', async () => {
    const run = world.record.run(noteCommand('x'.repeat(3_001), 'long'));
    await expect(run).rejects.toThrowWithCode(TrailError, 'EVENT_INVALID');
    expect(await chain()).toEqual([]);
  });

  it('costs the same number of calls on a trail of 1 and of 130 events', async () => {
    const cost = async (text: string) => {
      const before = Object.values(world.aws.board.calls().counts).reduce((a, b) => a + b, 0);
      await world.record.run(noteCommand(text));
      return Object.values(world.aws.board.calls().counts).reduce((a, b) => a + b, 0) - before;
    };
    await world.record.run(noteCommand('note 0'));
    const early = await cost('early');
    for (let i = 1; i < 130; i += 1) await world.record.run(noteCommand(`note ${i}`));
    expect(await cost('late')).toBe(early);
    expect(early).toBe(7);
  });

  it('puts an incident on the unfinished index before its first append', async () => {
    world.aws.board.plan({
      match: 'dynamodb:ExecuteStatement',
      error: 'InternalServerError',
      status: 500,
    });
    await expect(world.record.run(noteCommand('first'))).rejects.toThrow();
    expect(await world.rows.listUnfinished(10)).toMatchObject([{ incidentId: INCIDENT }]);
  });

  it('keeps an incident on the index when a run settled it between mark and append', async () => {
    await world.record.run(noteCommand('first'));
    const insert = world.trail.insert.bind(world.trail);
    const record = new IncidentRecord({
      trail: Object.assign(Object.create(world.trail), {
        from: world.trail.from.bind(world.trail),
        insert: async (event: Parameters<typeof insert>[0]) => {
          await world.rows.clearUnfinished(INCIDENT, 'second');
          return insert(event);
        },
      }),
      rows: world.rows,
      clock: world.clock,
      pause: { forMs: async () => {} },
    });
    await record.run(noteCommand('second'));
    expect(await world.rows.listUnfinished(10)).toMatchObject([{ incidentId: INCIDENT }]);
  });

  it('keeps a fact whose text holds half a character', async () => {
    await world.record.run(noteCommand('cut \ud83d', 'half'));
    expect(await texts()).toEqual(['cut \ufffd']);
  });
});

describe('runAll()', () => {
  const notes = (...texts: string[]) => texts.map((text) => noteCommand(text));

  it('appends several commands in their order, each linked to the one before', async () => {
    const outcomes = await world.record.runAll(INCIDENT, notes('a', 'b', 'c'));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'appended', 'appended']);
    const events = await chain();
    expect(events.map(({ commandId }) => commandId)).toEqual(['a', 'b', 'c']);
    expect(events[2]!.prevHash).toBe(events[1]!.hash);
    expect((await world.rows.readState(INCIDENT))?.state.version).toBe(3);
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      expect(await world.rows.appliedSeq(INCIDENT, id)).toBe(index + 1);
    }
  });

  it('looks at the trail once, and stores the projection once', async () => {
    await world.record.run(noteCommand('first'));
    const before = {
      reads: world.calls('dynamodb:Query'),
      updates: world.calls('dynamodb:UpdateItem'),
    };
    await world.record.runAll(INCIDENT, notes('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'));
    expect(world.calls('dynamodb:Query') - before.reads).toBe(1);
    // The mark before the first append, and the projection after the last.
    expect(world.calls('dynamodb:UpdateItem') - before.updates).toBe(2);
  });

  it('decides each command on the state after the one before', async () => {
    const outcomes = await world.record.runAll<string>(INCIDENT, [
      declareCommand('one'),
      declareCommand('two'),
      noteCommand('three'),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'declined', 'appended']);
    expect(await texts()).toEqual(['INCIDENT_DECLARED', 'three']);
  });

  it('makes one event of a command that is there twice', async () => {
    const outcomes = await world.record.runAll(INCIDENT, notes('same', 'same'));
    expect(outcomes).toMatchObject([{ kind: 'appended' }, { kind: 'repeated', event: { seq: 1 } }]);
    expect(await texts()).toEqual(['same']);
  });

  it('gives back what was applied before and appends the rest, when it is repeated', async () => {
    world.aws.board.plan({
      match: 'dynamodb:ExecuteStatement',
      nth: 3,
      error: 'InternalServerError',
      status: 500,
    });
    const first = world.record.runAll(INCIDENT, notes('a', 'b', 'c'));
    await expect(first).rejects.toThrowWithCode(TrailError, 'TRAIL_UNAVAILABLE');
    expect(await texts()).toEqual(['a', 'b']);
    const again = await world.record.runAll(INCIDENT, notes('a', 'b', 'c'));
    expect(again.map(({ kind }) => kind)).toEqual(['repeated', 'repeated', 'appended']);
    expect(await texts()).toEqual(['a', 'b', 'c']);
  });

  it('goes on after another writer took a number in between', async () => {
    let isFirst = true;
    const record = recordWith({
      trail: {
        insert: async (event) => {
          if (isFirst && event.seq === 2) {
            isFirst = false;
            await world.record.run(noteCommand('between'));
          }
          return world.trail.insert(event);
        },
      },
    });
    const outcomes = await record.runAll(INCIDENT, notes('a', 'b', 'c'));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'appended', 'appended']);
    expect(await texts()).toEqual(['a', 'between', 'b', 'c']);
  });

  it('makes 20 events without a gap of four batches at once', async () => {
    useMemory();
    const batch = (name: string) => notes(...[1, 2, 3, 4, 5].map((i) => `${name}${i}`));
    await Promise.all(['a', 'b', 'c', 'd'].map((n) => world.record.runAll(INCIDENT, batch(n))));
    const said = await texts();
    expect(new Set(said).size).toBe(20);
    expect(said.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  });

  it('does nothing for no command', async () => {
    expect(await world.record.runAll(INCIDENT, [])).toEqual([]);
    expect(world.calls('dynamodb:Query')).toBe(0);
  });
});

describe('catchUp()', () => {
  it('throws for nothing at all, which is no incident', () => {
    expect(() => catchUp(undefined, [])).toThrow('expected at least one event, got none');
  });
});

describe('load()', () => {
  const stateKey = { pk: `INCIDENT#${INCIDENT}`, sk: 'STATE' };
  const tell = async (count: number) => {
    for (let i = 1; i <= count; i += 1) await world.record.run(noteCommand(`note ${i}`));
  };

  it('gives nothing for an incident without a trail', async () => {
    expect(await world.record.load(INCIDENT)).toBeUndefined();
  });

  it('folds the trail anew when the projection was lost, and finds applied commands again', async () => {
    await tell(3);
    await world.documents.send(new DeleteCommand({ TableName: 'incidents', Key: stateKey }));
    const commandKey = { ...stateKey, sk: 'CMD#note 2' };
    await world.documents.send(new DeleteCommand({ TableName: 'incidents', Key: commandKey }));
    expect((await world.record.load(INCIDENT))?.state.version).toBe(3);
    expect((await world.record.run(noteCommand('note 2'))).kind).toBe('repeated');
  });

  it('catches up with events whose projection was never written', async () => {
    await tell(1);
    world.aws.board.plan({ match: 'dynamodb:PutItem', error: 'InternalServerError', status: 500 });
    await expect(world.record.run(noteCommand('note 2'))).rejects.toThrow('cannot write a row');
    expect((await world.record.load(INCIDENT))?.state.version).toBe(2);
    expect((await world.rows.readState(INCIDENT))?.state.version).toBe(2);
    expect((await world.record.run(noteCommand('note 2'))).kind).toBe('repeated');
  });

  it('tells how far effects were done and which command marked the incident last', async () => {
    await tell(2);
    expect(await world.record.load(INCIDENT)).toMatchObject({
      actedSeq: 0,
      unfinishedToken: 'note 2#2',
    });
    await world.rows.advanceActed(INCIDENT, 1);
    await world.rows.clearUnfinished(INCIDENT, 'note 2#2');
    expect(await world.record.load(INCIDENT)).toMatchObject({
      actedSeq: 1,
      unfinishedToken: null,
    });
  });

  it('takes a lost projection for one that nobody acted on', async () => {
    await tell(1);
    const record = recordWith({ rows: { readState: async () => undefined } });
    expect(await record.load(INCIDENT)).toMatchObject({ actedSeq: 0, unfinishedToken: null });
  });

  it('asks for the trail and its projection at once, for an incident it has seen', async () => {
    await tell(2);
    const asked: string[] = [];
    const record = recordWith({
      trail: {
        from: (incidentId, fromSeq, limit) => {
          asked.push(`trail from ${fromSeq}`);
          return world.trail.from(incidentId, fromSeq, limit);
        },
      },
      rows: {
        readState: async (incidentId) => {
          const row = await world.rows.readState(incidentId);
          asked.push('projection');
          return row;
        },
      },
    });
    await record.load(INCIDENT);
    await record.load(INCIDENT);
    expect(asked).toEqual(['projection', 'trail from 2', 'trail from 2', 'projection']);
  });

  it('believes the projection, not what it remembers, when another writer was there', async () => {
    const other = recordWith({});
    await tell(1);
    await other.load(INCIDENT);
    await tell(3);
    expect((await other.load(INCIDENT))?.state.version).toBe(3);
    expect((await other.run(noteCommand('fourth'))).kind).toBe('appended');
    expect((await chain()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('remembers 500 incidents, the last ones it saw', async () => {
    useMemory();
    const load = async (from: number, to: number) => {
      for (let i = from; i <= to; i += 1) await record.load(`inc-${i}`);
    };
    let together = 0;
    let reading = false;
    const record = recordWith({
      trail: {
        from: async () => {
          if (reading) together += 1;
          return [];
        },
      },
      rows: {
        readState: async () => {
          reading = true;
          await Promise.resolve();
          reading = false;
          return undefined;
        },
      },
    });
    await load(0, 500);
    await load(1, 1);
    expect(together).toBe(1);
    await load(0, 0);
    expect(together).toBe(1);
  });

  it('reads no event of a long trail twice', async () => {
    useMemory();
    await tell(205);
    const asked: number[] = [];
    const record = recordWith({
      trail: {
        from: (incidentId, fromSeq, limit) => {
          asked.push(fromSeq);
          return world.trail.from(incidentId, fromSeq, limit);
        },
      },
      rows: { readState: async () => undefined },
    });
    expect((await record.load(INCIDENT))?.state.version).toBe(205);
    expect(asked).toEqual([1, 101, 201]);
  });

  it('catches up with a long trail page by page', async () => {
    await tell(205);
    await world.documents.send(new DeleteCommand({ TableName: 'incidents', Key: stateKey }));
    const before = world.calls('dynamodb:Query');
    expect((await recordWith({}).load(INCIDENT))?.state.version).toBe(205);
    expect(world.calls('dynamodb:Query') - before).toBe(3);
  });

  it('does not append after a projection that is ahead of the trail', async () => {
    await tell(2);
    const state = {
      ...(await world.record.load(INCIDENT))!.state,
      version: 9,
      headHash: 'f'.repeat(64),
    };
    await world.documents.send(
      new UpdateCommand({
        TableName: 'incidents',
        Key: stateKey,
        UpdateExpression: 'SET #s = :s, version = :v',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': state, ':v': 9 },
      }),
    );
    await world.record.run(noteCommand('note 3'));
    expect((await chain()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('does not append after a projection that ends with another trail', async () => {
    await tell(2);
    const state = { ...(await world.record.load(INCIDENT))!.state, headHash: 'f'.repeat(64) };
    const Item = { ...stateKey, state, version: 2 };
    await world.documents.send(new PutCommand({ TableName: 'incidents', Item }));
    const outcome = await world.record.run(noteCommand('note 3'));
    expect(outcome).toMatchObject({ kind: 'appended', event: { seq: 3 } });
    const [, second, third] = await chain();
    expect(third!.prevHash).toBe(second!.hash);
  });

  it('throws TRAIL_CORRUPT when an event was changed by hand', async () => {
    await tell(1);
    const [event] = await chain();
    const forged = { ...event!, ...keysOf(event!), details: { text: 'never said' } };
    await world.documents.send(new PutCommand({ TableName: 'audit', Item: forged }));
    const load = world.record.load(INCIDENT);
    await expect(load).rejects.toThrowWithCode(TrailError, 'TRAIL_CORRUPT');
  });
});

describe('run(), with the SDK repeating by itself', () => {
  const repeating = useRecord(3);

  it('takes the event at its number for its own when only the answer was lost', async () => {
    repeating.aws.board.plan({
      match: 'dynamodb:ExecuteStatement',
      effect: 'done',
      error: 'InternalServerError',
      status: 500,
    });
    const outcome = await repeating.record.run(noteCommand('once'));
    expect(outcome).toMatchObject({ kind: 'appended', event: { seq: 1 } });
    expect(repeating.calls('dynamodb:ExecuteStatement')).toBe(2);
    expect(await repeating.trail.from(INCIDENT, 1)).toHaveLength(1);
  });
});

describe('opening()', () => {
  it('says of no incident, and of a chain that opens none, that nothing is known', async () => {
    const { record } = useOpening();
    const nothing = { service: null, declaredBy: null };
    expect(await record.opening(INCIDENT)).toEqual(nothing);
    expect(openingOf({ type: 'NOTE_ADDED' } as AuditEvent)).toEqual(nothing);
  });
});

function useOpening(): { record: IncidentRecord } {
  const ports = { trail: new MemoryAuditTrail(), rows: new MemoryIncidentRows() };
  const clock = { nowMs: () => 0 };
  return { record: new IncidentRecord({ ...ports, clock, pause: { forMs: async () => {} } }) };
}
