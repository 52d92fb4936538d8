import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AuditTable } from './audit-table.ts';
import type { SigningKey } from './signing-key.ts';

/** What a compliance reviewer gets: reads the trail, verifies signatures, changes nothing. */
export class AuditReader extends Construct {
  readonly policy: ManagedPolicy;

  constructor(
    scope: Construct,
    id: string,
    props: { policyName: string; audit: AuditTable; keys: readonly SigningKey[] },
  ) {
    super(scope, id);
    this.policy = new ManagedPolicy(this, 'Policy', {
      managedPolicyName: props.policyName,
      description: 'Reads the incident audit trail and the public keys that verify it',
    });
    props.audit.grantReview(this.policy);
    for (const key of props.keys) key.grantVerify(this.policy);
  }
}
