import type { AwsAccess } from '../../config.ts';

/** Constructor options shared by every AWS client: region, endpoint, credentials. */
export type AwsClientOptions = {
  region: string;
  endpoint?: string;
  credentials?: NonNullable<AwsAccess['credentials']>;
};

/** Leaves out what is not set, so the SDK's own defaults apply on AWS. */
export function awsClientOptions(access: AwsAccess): AwsClientOptions {
  return {
    region: access.region,
    ...(access.endpoint ? { endpoint: access.endpoint } : {}),
    ...(access.credentials ? { credentials: access.credentials } : {}),
  };
}
