import { readFileSync } from 'node:fs';
import type { AlertSignal } from '../../../src/domain/alert-signal.ts';
import { type AlertPath, readAlert } from '../../../src/domain/alerts/alert-paths.ts';
import { signalOf } from './fixture.ts';

/** The body of one recorded delivery: what stands after the first empty line. */
export function recordedBody(name: string): Buffer {
  const bytes = readFileSync(new URL(`../../fixtures/deliveries/${name}.http`, import.meta.url));
  return bytes.subarray(bytes.indexOf('\n\n') + 2);
}

/** What a recorded delivery reads as on a path. */
export function recordedSignal(path: AlertPath, name: string): AlertSignal {
  return signalOf(readAlert(path, recordedBody(name)));
}

/** The same with some fields of the body changed. */
export function changedSignal(
  path: AlertPath,
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: the test reaches into a recorded body of any shape.
  change: (body: any) => void,
): AlertSignal {
  const body = JSON.parse(recordedBody(name).toString());
  change(body);
  return signalOf(readAlert(path, Buffer.from(JSON.stringify(body))));
}
