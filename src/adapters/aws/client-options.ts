import type { AwsAccess } from '../../config.ts';

/**
 * How long one request to an AWS service may take until its answer begins; without it a call that is
 * never answered holds its function up to the function's own time-out (30 s), and everything behind
 * it in the queue. What we call answers in tens of milliseconds, rarely in hundreds; the SDK tries
 * three times, so that the worst call takes 9 s and leaves the function the time to say so. Unit: ms.
 */
export const AWS_REQUEST_TIMEOUT_MS = 3_000;
/** A connection inside a region stands within a few milliseconds. Unit: ms. */
export const AWS_CONNECTION_TIMEOUT_MS = 1_000;

/** What a request is signed with. */
export type AwsCredentials = NonNullable<AwsAccess['credentials']>;

/** Constructor options shared by every AWS client: region, endpoint, credentials, patience. */
export type AwsClientOptions = {
  region: string;
  endpoint?: string;
  /** A function where they must be looked for, as on a person's machine. */
  credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** Of the SDK's handler for HTTP/1.1; a client that somebody waits for has shorter ones. */
  requestHandler?: {
    connectionTimeout: number;
    requestTimeout: number;
    /** Without it a late answer is only warned of, on the console. */
    throwOnRequestTimeout: true;
  };
};

/** Leaves out what is not set, so the SDK's own defaults apply on AWS; patience is always set. */
export function awsClientOptions(access: AwsAccess): AwsClientOptions {
  return {
    region: access.region,
    ...(access.endpoint ? { endpoint: access.endpoint } : {}),
    ...(access.credentials ? { credentials: access.credentials } : {}),
    requestHandler: {
      connectionTimeout: AWS_CONNECTION_TIMEOUT_MS,
      requestTimeout: AWS_REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}
