import type { AlertSignal, AlertSource } from '../../alert-signal.ts';
import type { SignedRequest } from '../../verification/signed-request.ts';
import type { GrafanaAlertingHeaders } from '../../verification/verify-grafana-alerting.ts';
import type { ReadAlert } from '../read-alert.ts';

/** How a path proves who sends. One per path; nothing weaker is ever tried. */
export type Scheme =
  | 'body-hmac'
  | 'bearer'
  | 'grafana-alerting'
  | 'standard-webhooks'
  | 'pagerduty'
  | 'gi-signature';

/** The variable with the id of a path's secret. */
export type SecretVariable = `${string}_SECRET_ID`;

/** What operators choose about a sender, beside its secret. */
export type SenderSettings = {
  grafanaAlerting: GrafanaAlertingHeaders & { untimed: 'refuse' | 'accept' };
};

/** What an authentic delivery proves beside its sender. */
export type VerifiedDelivery = {
  /** Signed by the sender, and the same for every attempt at one delivery. */
  deliveryId?: string;
};

/** Everything about one webhook path. A sender is a file with one or more of them. */
export type AlertRoute = {
  /** Whose alerts arrive here. The same group from one source is one group, whatever its path. */
  source: AlertSource;
  scheme: Scheme;
  secretVariable: SecretVariable;
  /** @throws {VerificationError} the request is not from the path's sender */
  verify: (
    request: SignedRequest,
    at: { nowMs: number; settings: SenderSettings },
  ) => VerifiedDelivery;
  /** Reads one authenticated body. Never throws, whatever the bytes. */
  read: (bytes: Uint8Array) => ReadAlert;
  /** A small JSON value that reads as the same signal, for a body too large to travel whole. */
  essentials: (signal: AlertSignal, bytes: Uint8Array) => unknown;
  /**
   * When the sender sends again what we could not store. OnCall ignores status codes and repeats
   * only what it got no answer to in time; the others repeat what was answered 5xx.
   */
  repeatsOn: 'time-out' | 'server-error';
};

/** What a sender's file exports: its paths. */
export type Sender = Readonly<Record<`/webhooks/${string}`, AlertRoute>>;
