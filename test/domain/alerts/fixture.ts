import { readFileSync } from 'node:fs';
import type { AlertSignal } from '../../../src/domain/alert-signal.ts';
import type { ReadAlert } from '../../../src/domain/alerts/read-alert.ts';

/** The bytes of one stored body, as they would arrive. */
export function fixtureBytes(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/alerts/${name}`, import.meta.url));
}

/** A stored body with some fields changed. */
export function changedFixture(name: string, change: (body: never) => void): Uint8Array {
  const body = JSON.parse(Buffer.from(fixtureBytes(name)).toString());
  change(body as never);
  return Buffer.from(JSON.stringify(body));
}

/** The signal of a body that must be readable. */
export function signalOf(read: ReadAlert): AlertSignal {
  if (read.kind !== 'signal') throw new Error(`expected a signal, got ${read.reason}`);
  return read.signal;
}
