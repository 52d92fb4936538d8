import { functionSystem } from '../../adapters/system/function-system.ts';
import { processEnvironment } from '../../config.ts';
import { createSweeper } from '../sweeper.ts';

/** Lambda's entry point. */
export const handler = createSweeper(processEnvironment(), functionSystem('sweeper'));
