import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqsStandIn } from '../../../src/local/aws/sqs-stand-in.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

type Step =
  | { do: 'send'; group: 'a' | 'b' | 'c' }
  | { do: 'receive'; max: number }
  | { do: 'delete' | 'giveBack'; pick: number }
  | { do: 'advance'; ms: number };

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom('delete' as const, 'giveBack' as const), pick: fc.nat(9) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1_000, 29_999, 30_000) }),
  ),
  { maxLength: 60 },
);

/** What the queue may do, told from the outside: per group, what is not deleted, in order. */
class Model {
  readonly clock = new WorldClock();
  readonly sqs = new SqsStandIn({ clock: this.clock, endpoint: () => 'http://local' });
  readonly open: Record<string, string[]> = { a: [], b: [], c: [] };
  held: { group: string; body: string; handle: string; untilMs: number }[] = [];
  sent = 0;

  run(step: Step): void {
    this.held = this.held.filter(({ untilMs }) => untilMs > this.clock.nowMs());
    if (step.do === 'send') this.#send(step.group);
    else if (step.do === 'receive') this.#receive(step.max);
    else if (step.do === 'advance') this.clock.advance(step.ms);
    else this.#settle(step.do, step.pick);
  }

  #send(groupId: string): void {
    this.sent += 1;
    const body = String(this.sent);
    this.sqs.queue('q.fifo').send({ body, groupId, dedupId: body });
    this.open[groupId]?.push(body);
  }

  #receive(max: number): void {
    const lockedBefore = new Set(this.held.map(({ group }) => group));
    const received = this.sqs.receive('q.fifo', { max });
    expect(received.length).toBeLessThanOrEqual(max);
    const perGroup: Record<string, string[]> = {};
    for (const { groupId, body, receiptHandle, visibleAtMs } of received) {
      const group = String(groupId);
      const handle = String(receiptHandle);
      expect(lockedBefore.has(group)).toBe(false);
      perGroup[group] = [...(perGroup[group] ?? []), body];
      this.held.push({ group, body, handle, untilMs: visibleAtMs });
    }
    for (const [group, bodies] of Object.entries(perGroup)) {
      expect(bodies).toEqual(this.open[group]?.slice(0, bodies.length));
    }
    const free = Object.entries(this.open).filter(([group]) => !lockedBefore.has(group));
    const available = free.reduce((count, [, bodies]) => count + bodies.length, 0);
    expect(received).toHaveLength(Math.min(max, available));
  }

  #settle(how: 'delete' | 'giveBack', pick: number): void {
    const [chosen] = this.held.splice(pick % Math.max(1, this.held.length), 1);
    if (!chosen) return;
    if (how === 'giveBack') {
      this.sqs.changeVisibility('q.fifo', chosen.handle, 0);
      return;
    }
    this.sqs.delete('q.fifo', chosen.handle);
    const group = this.open[chosen.group] ?? [];
    group.splice(group.indexOf(chosen.body), 1);
  }
}

describe('SqsQueue', () => {
  it('keeps order and group locks, and loses nothing, for any sequence of calls', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const model = new Model();
        model.sqs.createQueue('q.fifo', { FifoQueue: 'true', VisibilityTimeout: '30' });
        try {
          for (const step of sequence) model.run(step);
          const left = Object.values(model.open).flat();
          const stored = model.sqs.queue('q.fifo').peek();
          expect(stored.map(({ body }) => body).sort()).toEqual(left.sort());
        } finally {
          model.clock.close();
        }
      }),
      { numRuns: 300 },
    );
  });
});
