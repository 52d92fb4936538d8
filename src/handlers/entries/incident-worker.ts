import { functionSystem } from '../../adapters/system/function-system.ts';
import { processEnvironment } from '../../config.ts';
import { createIncidentWorker } from '../incident-worker.ts';

/** Lambda's entry point. */
export const handler = createIncidentWorker(
  processEnvironment(),
  functionSystem('incident-worker'),
);
