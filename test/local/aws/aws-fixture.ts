import { afterEach, beforeEach } from 'vitest';
import { type EmbeddedAws, startAws } from '../../../src/local/aws/aws-server.ts';
import { WorldClock } from '../../../src/local/world-clock.ts';

/** One endpoint and one clock a test; clients made by `config()` are told whom they play. */
export type AwsFixture = {
  aws: EmbeddedAws;
  clock: WorldClock;
  killed: string[];
  /** A client configuration; `caller` is one of the fixture's functions, else `external`. */
  config(caller?: string): ClientConfig;
};

export type ClientConfig = {
  endpoint: string;
  region: string;
  maxAttempts: number;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

/** Starts a fresh endpoint before each test of the file and closes it afterwards. */
export function useAws(): AwsFixture {
  const fixture = { killed: [] as string[] } as AwsFixture;
  beforeEach(async () => {
    fixture.clock = new WorldClock();
    fixture.killed = [];
    fixture.aws = await startAws({
      clock: fixture.clock,
      callers: { AKIAWORKER: 'incident-worker', AKIAPUBLISHER: 'publisher' },
      kill: (caller) => fixture.killed.push(caller),
    });
  });
  fixture.config = (caller) => ({
    endpoint: fixture.aws.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: KEYS[caller ?? ''] ?? 'AKIATOOLS', secretAccessKey: 'unchecked' },
  });
  afterEach(async () => {
    fixture.clock.close();
    await fixture.aws.close();
  });
  return fixture;
}

const KEYS: Record<string, string> = {
  'incident-worker': 'AKIAWORKER',
  publisher: 'AKIAPUBLISHER',
};
