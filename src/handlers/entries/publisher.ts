import { functionSystem } from '../../adapters/system/function-system.ts';
import { processEnvironment } from '../../config.ts';
import { createPublisher } from '../publisher.ts';

/** Lambda's entry point. */
export const handler = createPublisher(processEnvironment(), functionSystem('publisher'));
