import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dollarsOf } from '../../scripts/bench/costs.ts';
import { byMethod } from '../../scripts/bench/drain.ts';
import { BENCH_USAGE, parseBenchOptions, SECTIONS } from '../../scripts/bench/options.ts';
import { longestChain } from '../../scripts/bench/room.ts';
import { shownRatio, shownSpread, spreadOf, tableText } from '../../scripts/bench/table.ts';
import { startTlsFront } from '../../scripts/bench/tls-front.ts';
import { UsageError } from '../../scripts/command-line.ts';

describe('parseBenchOptions()', () => {
  it('measures everything, five rounds, unless told otherwise', () => {
    expect(parseBenchOptions([])).toEqual({ sections: SECTIONS, rounds: 5 });
  });

  it('takes sections by name, in the order of printing, and rounds', () => {
    expect(parseBenchOptions(['warm', 'cold', '--rounds', '12'])).toEqual({
      sections: ['cold', 'warm'],
      rounds: 12,
    });
  });

  it.each([[['hot']], [['cold', '--rounds', '0']], [['--rounds=101']], [['--rounds', 'x']]])(
    'throws USAGE for %j',
    (args) => {
      expect(() => parseBenchOptions(args)).toThrowWithCode(UsageError, 'USAGE');
    },
  );

  it('names what can be measured', () => {
    expect(() => parseBenchOptions(['hot'])).toThrow(BENCH_USAGE);
    expect(BENCH_USAGE).toContain('[cold] [warm]');
  });
});

describe('tables', () => {
  it('spreadOf() takes the middle of an odd and the mean of an even number of takes', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ min: 1, median: 5, max: 9 });
    expect(spreadOf([4, 1, 2, 9])).toEqual({ min: 1, median: 3, max: 9 });
    expect(() => spreadOf([])).toThrow('expected figures, got none');
  });

  it('shows spreads and ratios with their digits', () => {
    expect(shownSpread([1, 2.25, 4])).toEqual(['1.0', '2.3', '4.0']);
    expect(shownSpread([0.111], 2)).toEqual(['0.11', '0.11', '0.11']);
    expect(shownRatio([3, 3, 9], [4, 4, 4])).toBe('0.75');
  });

  it('tableText() aligns words left and figures right', () => {
    expect(
      tableText(
        ['name', 'ms'],
        [
          ['a', '1.0'],
          ['longer', '10.0'],
        ],
      ),
    ).toBe(
      ['| name   |   ms |', '| ------ | ---: |', '| a      |  1.0 |', '| longer | 10.0 |'].join(
        '\n',
      ),
    );
  });
});

describe('what is read out of a call log', () => {
  it('longestChain() counts calls that began after the one before had ended', () => {
    const at = (...times: number[]) => longestChain(times.map((atMs) => ({ atMs })));
    expect(at()).toBe(0);
    expect(at(0, 0, 119)).toBe(1);
    expect(at(120, 0, 121, 240)).toBe(3);
  });

  it('byMethod() compares the last call with the best that an allowance leaves', () => {
    const call = (operation: string, atMs: number, status = 200) => ({
      operation,
      caller: 'incident-worker',
      atMs,
      args: { channel: 'C1' },
      status,
      faulted: false,
    });
    const creations = Array.from({ length: 30 }, (_, n) => call('conversations.create', n * 1_100));
    const drains = byMethod([...creations, call('conversations.create', 500, 429)], 0);
    // 20 at once, and 10 more at 20 a minute.
    expect(drains).toEqual([
      { method: 'conversations.create', calls: 30, refused: 1, tookS: 31.9, atBestS: 30 },
    ]);
  });

  it('dollarsOf() multiplies units by prices', () => {
    const dollars = dollarsOf({
      calls: { 'sqs:SendMessage': 2, 'kms:Sign': 1, 'kms:GetPublicKey': 1 },
      writeUnits: 1_000_000,
      readUnits: 1_000_000,
      httpRequests: 1_000_000,
      lambdaRequests: 1_000_000,
      lambdaGbS: 100_000,
    });
    expect(dollars.SQS).toBeCloseTo(0.000003, 9);
    expect(dollars.KMS).toBeCloseTo(0.00003, 9);
    expect(dollars.DynamoDB).toBeCloseTo(0.75, 9);
    expect(dollars['HTTP API']).toBeCloseTo(1, 9);
    expect(dollars.Lambda).toBeCloseTo(0.2 + 1.33334, 5);
  });
});

describe('startTlsFront()', () => {
  it('ends TLS with a certificate that its file alone makes trusted', async () => {
    const plain = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as { port: number };
    const front = await startTlsFront(`http://127.0.0.1:${port}`);
    const ask = (ca?: string) =>
      new Promise<number | string>((resolve) => {
        const agentless = { agent: false, ...(ca ? { ca } : {}) } as const;
        get(front.url, agentless, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        }).on('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? 'failed'));
      });
    expect(await ask(readFileSync(front.certFile, 'utf8'))).toBe(200);
    expect(await ask()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await front.close();
    await new Promise((resolve) => plain.close(resolve));
  });
});
