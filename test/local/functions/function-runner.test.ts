import { describe, expect, it } from 'vitest';
import { failureLine } from '../../../src/local/functions/function-runner.ts';
import { InlineRunner } from '../../../src/local/functions/inline-runner.ts';

function runner(handler: (event: unknown) => Promise<unknown>, timeoutMs = 5_000): InlineRunner {
  return new InlineRunner({ name: 'sweeper', handler, timeoutMs });
}

describe('InlineRunner', () => {
  it('passes event and answer through JSON, as Lambda does', async () => {
    const event = { at: new Date(0), gone: undefined };
    const answer = await runner(async (given) => given).invoke(event);
    expect(answer).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(await runner(async () => undefined).invoke({})).toBeNull();
  });

  it('counts invocations, errors, durations and what is in flight', async () => {
    let release = () => {};
    const held = runner(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const running = held.invoke({});
    expect(held.stats.counts()).toMatchObject({ invocations: 1, inFlight: 1, p50Ms: null });
    release();
    await running;
    expect(held.stats.counts()).toMatchObject({ inFlight: 0, errors: 0, restarts: 0 });
    expect(held.stats.counts().lastDurationMs).toBeGreaterThanOrEqual(0);
    const failing = runner(async () => {
      throw new Error('no');
    });
    await expect(failing.invoke({})).rejects.toThrow('no');
    expect(failing.stats.counts()).toMatchObject({ invocations: 1, errors: 1, inFlight: 0 });
  });

  it('gives an invocation up after the time-out of the function', async () => {
    const never = runner(() => new Promise(() => {}), 5);
    await expect(never.invoke({})).rejects.toThrow('cannot finish sweeper: expected 5 ms at most');
    expect(never.stats.inFlight).toBe(0);
  });
});

describe('failureLine()', () => {
  it('tells function, reason and the first frames', () => {
    const line = JSON.parse(failureLine('sweeper', new Error('no')));
    expect(line).toMatchObject({ level: 'WARN', function: 'sweeper', reason: 'no' });
    expect(line.frames.length).toBeLessThanOrEqual(5);
    expect(line.frames[0]).toMatch(/^at /);
    expect(JSON.parse(failureLine('sweeper', 'plain')).reason).toBe('plain');
  });
});
