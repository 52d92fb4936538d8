import { acceptAlert } from '../../src/services/accept-alert.ts';
import { AlertIntake } from '../../src/services/alert-intake.ts';
import { effectsOf } from '../../src/services/effect-plan.ts';
import { sayFlapping } from '../../src/services/flapping-alerts.ts';
import { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { lineOf } from '../../src/services/room-lines.ts';
import { type Breakage, brokenCopy } from '../properties/broken-gate.ts';

/** What hears of alerts, from the door to the words. */
export type AlertModules = {
  acceptAlert: typeof acceptAlert;
  AlertIntake: typeof AlertIntake;
  ReceiveAlert: typeof ReceiveAlert;
  effectsOf: typeof effectsOf;
  lineOf: typeof lineOf;
  sayFlapping: typeof sayFlapping;
};

export const INTACT: AlertModules = {
  acceptAlert,
  AlertIntake,
  ReceiveAlert,
  effectsOf,
  lineOf,
  sayFlapping,
};

/** The same with a mistake in it. @throws {RangeError} when the text to break is not there */
export async function breakAlerts(name: string, breakages: Breakage[]): Promise<AlertModules> {
  const copy = brokenCopy(`alerts-${name}`, breakages);
  const from = (file: string) => import(/* @vite-ignore */ `${copy}/services/${file}.ts`);
  const files = [
    'accept-alert',
    'alert-intake',
    'receive-alert',
    'effect-plan',
    'room-lines',
    'flapping-alerts',
  ];
  return Object.assign({}, ...(await Promise.all(files.map(from))));
}
