import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  Grant,
  type IGrantable,
  type IRole,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * A P-256 key that exactly one role may sign with.
 *
 * The key itself denies signing to every other principal, administrators included, so a grant
 * elsewhere cannot add a second signer; only a change of this key's policy could, and CloudTrail
 * records that.
 */
export class SigningKey extends Construct {
  readonly key: Key;
  #signer: IRole | undefined;

  constructor(scope: Construct, id: string, props: { alias: string; description: string }) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias: props.alias,
      description: props.description,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      // The public half proves old approvals for as long as anybody may ask.
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'AccountAdministersThroughIam',
            principals: [new AccountRootPrincipal()],
            actions: ['kms:*'],
            resources: ['*'],
          }),
        ],
      }),
    });
  }

  /** Makes this role the key's only signer. MUST be called once. */
  grantSign(role: IRole): void {
    if (this.#signer) {
      throw new Error(`cannot grant signing on ${this.node.path}: expected one signer, got two`);
    }
    this.#signer = role;
    this.#grant(role, ['kms:Sign', 'kms:GetPublicKey']);
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyOneRoleSigns',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:Sign'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': role.roleArn } },
      }),
    );
  }

  /** Reads the public half, which is all that verification needs. */
  grantVerify(grantee: IGrantable): void {
    this.#grant(grantee, ['kms:GetPublicKey']);
  }

  #grant(grantee: IGrantable, actions: string[]): void {
    const resourceArns = [this.key.keyArn];
    Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
  }
}
