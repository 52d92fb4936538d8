import { verifyStandardWebhooks } from '../../verification/verify-standard-webhooks.ts';
import { onCallEssentials, readOnCall } from '../read-on-call.ts';
import type { Sender } from './sender.ts';

/**
 * Standard Webhooks v1: OnCall's own body, unchanged, signed by a relay in the operator's network.
 *
 * The source is OnCall, so a group is the same group on this path and on the bearer path. The relay
 * repeats by itself and holds OnCall meanwhile, so a 503 here comes at once.
 */
export const standardWebhooks = {
  '/webhooks/standard': {
    source: 'grafana-oncall',
    scheme: 'standard-webhooks',
    secretVariable: 'STANDARD_WEBHOOKS_SECRET_ID',
    verify: (request, { nowMs }) => ({
      deliveryId: verifyStandardWebhooks({ ...request, nowMs }).id,
    }),
    read: readOnCall,
    essentials: onCallEssentials,
    repeatsOn: 'server-error',
  },
} as const satisfies Sender;
