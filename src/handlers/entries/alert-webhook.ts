import { functionSystem } from '../../adapters/system/function-system.ts';
import { processEnvironment } from '../../config.ts';
import { createAlertWebhook } from '../alert-webhook.ts';

/** Lambda's entry point. */
export const handler = createAlertWebhook(processEnvironment(), functionSystem('alert-webhook'));
