import { verifyBearer } from '../../verification/verify-bearer.ts';
import { verifyOnCallHmac } from '../../verification/verify-on-call-hmac.ts';
import { onCallEssentials, readOnCall } from '../read-on-call.ts';
import type { Sender } from './sender.ts';

const ONCALL = {
  source: 'grafana-oncall',
  read: readOnCall,
  essentials: onCallEssentials,
  repeatsOn: 'time-out',
} as const;

/** Grafana OnCall and IRM: signed by whoever can (drills, scripts), bearer for a stock one. */
export const grafanaOnCall = {
  '/webhooks/grafana-oncall': {
    ...ONCALL,
    scheme: 'body-hmac',
    secretVariable: 'ONCALL_HMAC_SECRET_ID',
    verify: (request) => {
      verifyOnCallHmac(request);
      return {};
    },
  },
  '/webhooks/grafana-oncall/bearer': {
    ...ONCALL,
    scheme: 'bearer',
    secretVariable: 'ONCALL_BEARER_SECRET_ID',
    verify: (request) => {
      verifyBearer(request);
      return {};
    },
  },
} as const satisfies Sender;
