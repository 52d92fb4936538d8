import { functionSystem } from '../../adapters/system/function-system.ts';
import { processEnvironment } from '../../config.ts';
import { createSlackIngress } from '../slack-ingress.ts';

/** Lambda's entry point. */
export const handler = createSlackIngress(processEnvironment(), functionSystem('slack-ingress'));
